import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  noKeys,
  type SupportingToken,
  type X509ReferenceForm,
} from '@holdfast/ws-security';
import type { InitiatorBootstrap, RecipientBootstrap } from './bootstrap.js';
import {
  type ForCertificateInitiator,
  type ForCertificateRecipient,
  forCertificateInitiator,
  forCertificateRecipient,
} from './for-certificate.js';

/** What an initiator is told that endorses its request by its certificate. */
export interface EndorsedX509Initiator extends ForCertificateInitiator {
  /** Who we are. */
  readonly signer: Credential;
  /** How our requests name our certificate. Default `direct`: they hold it. */
  readonly signerReference?: X509ReferenceForm;
}

/**
 * A fresh key for the recipient's certificate protects the request, and the initiator's certificate endorses it (symmetric
 * binding with an endorsing X.509 token, as Rampart's samples have it): the initiator's side.
 */
export function endorsedX509Initiator(options: EndorsedX509Initiator): InitiatorBootstrap {
  const { signer, signerReference = 'direct', ...others } = options;
  return forCertificateInitiator(others, { rule: ENDORSER, keys: { kind: 'X509', signer, signerReference } });
}

/** What a recipient is told whose initiators endorse their requests by a certificate. */
export interface EndorsedX509Recipient extends ForCertificateRecipient {
  /** Whose certificates are believed. */
  readonly trust: CertificateTrust;
  /** Certificates of initiators whose requests only name them. Default none. */
  readonly certificates?: readonly Certificate[];
}

/** The recipient's side of {@link endorsedX509Initiator}. */
export function endorsedX509Recipient(options: EndorsedX509Recipient): RecipientBootstrap {
  const { trust, certificates = noKeys.certificates, ...others } = options;
  return forCertificateRecipient(others, { rule: ENDORSER, lookup: { trust, certificates } });
}

const ENDORSER: SupportingToken = { token: 'X509', endorsing: true, signed: false, encrypted: false };
