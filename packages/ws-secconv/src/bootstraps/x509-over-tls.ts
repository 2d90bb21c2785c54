import { WSA } from '@holdfast/soap';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  noKeys,
  type SupportingToken,
  type X509ReferenceForm,
} from '@holdfast/ws-security';
import type { BootstrapProtection, InitiatorBootstrap, RecipientBootstrap } from './bootstrap.js';
import { overTlsInitiator, overTlsRecipient } from './over-tls.js';

/** What an initiator is told that proves itself by its certificate over TLS. */
export interface X509OverTlsInitiator {
  /** Who we are. */
  readonly signer: Credential;
  /** How our requests name our certificate. Default `direct`: they hold it; WCF's name it by `thumbprint`. */
  readonly signerReference?: X509ReferenceForm;
  readonly protection?: BootstrapProtection;
}

/**
 * The initiator's certificate signs Timestamp and To, TLS protects the rest: the initiator's side. The wire must be TLS.
 */
export function x509OverTlsInitiator(options: X509OverTlsInitiator): InitiatorBootstrap {
  const { signer, signerReference = 'direct', protection } = options;
  const rule = { ...ENDORSER, signedHeaders: [{ namespace: WSA, local: 'To' }] };
  return overTlsInitiator(protection, rule, { kind: 'X509', signer, signerReference });
}

/** What a recipient is told whose initiators prove themselves by a certificate over TLS. */
export interface X509OverTlsRecipient {
  /** Whose certificates are believed. */
  readonly trust: CertificateTrust;
  /** Certificates of initiators whose requests only name them. Default none. */
  readonly certificates?: readonly Certificate[];
  /** Whether To must be signed too: then a request cannot be meant for another service of ours. Default false: CXF and Metro do not sign it. */
  readonly toSigned?: boolean;
  readonly protection?: BootstrapProtection;
}

/** The initiator's certificate signs the Timestamp, TLS protects the rest: the recipient's side. */
export function x509OverTlsRecipient(options: X509OverTlsRecipient): RecipientBootstrap {
  const { trust, certificates = noKeys.certificates, toSigned = false, protection } = options;
  const rule = toSigned ? { ...ENDORSER, signedHeaders: [{ namespace: WSA, local: 'To' }] } : ENDORSER;
  return overTlsRecipient(protection, rule, { trust, certificates });
}

const ENDORSER: SupportingToken = { token: 'X509', endorsing: true, signed: false, encrypted: false };
