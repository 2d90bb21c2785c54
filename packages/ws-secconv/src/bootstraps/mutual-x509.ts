import { SecurityError } from '@holdfast/soap';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  type ExternalX509ReferenceForm,
  noKeys,
  type ProtectionDescription,
  type X509ReferenceForm,
} from '@holdfast/ws-security';
import {
  type BootstrapProtection,
  defaultBootstrapProtection,
  type InitiatorBootstrap,
  type RecipientBootstrap,
} from './bootstrap.js';

/** What an initiator with a certificate is told. */
export interface MutualX509Initiator {
  /** Who we are. */
  readonly signer: Credential;
  /** How our requests name our certificate. Default `direct`: they hold it. */
  readonly signerReference?: X509ReferenceForm;
  /** Who must be at the other end; nobody else's answer is accepted. */
  readonly recipient: Certificate;
  /** How our requests name the recipient's certificate. Default `thumbprint`. */
  readonly recipientReference?: ExternalX509ReferenceForm;
  /** What makes the recipient's certificate believable at the time of use. */
  readonly trust: CertificateTrust;
  readonly protection?: BootstrapProtection;
}

/** Both sides have a certificate, and sign and encrypt with it (asymmetric binding): the initiator's side. */
export function mutualX509Initiator(options: MutualX509Initiator): InitiatorBootstrap {
  const { signer, signerReference = 'direct', recipient, recipientReference = 'thumbprint', trust } = options;
  const description = described(options.protection);
  const identity = `x509:${recipient.fingerprint}`;
  return {
    request: description,
    answer: description,
    lookup: { ...noKeys, credentials: [signer], certificates: [recipient], trust },
    keys: () => ({ kind: 'X509', signer, signerReference, recipient, recipientReference }),
    recipientAt: () => identity,
    judge({ token }) {
      if (token?.identity === identity) return;
      throw new SecurityError(
        'wrong-token',
        'The answer is signed by somebody other than the recipient that was asked.',
      );
    },
  };
}

/** What a recipient is told whose initiators have certificates. */
export interface MutualX509Recipient {
  /** Who we are: requests are encrypted for this certificate. */
  readonly credential: Credential;
  /** Whose certificates are believed. */
  readonly trust: CertificateTrust;
  /** Certificates of initiators whose requests only name them. Default none. */
  readonly certificates?: readonly Certificate[];
  /** How our answers name our certificate. Default `thumbprint`. */
  readonly signerReference?: X509ReferenceForm;
  /** How our answers name the initiator's certificate. Default `thumbprint`. */
  readonly initiatorReference?: ExternalX509ReferenceForm;
  readonly protection?: BootstrapProtection;
}

/** Both sides have a certificate, and sign and encrypt with it (asymmetric binding): the recipient's side. */
export function mutualX509Recipient(options: MutualX509Recipient): RecipientBootstrap {
  const { credential, trust, certificates = [] } = options;
  const { signerReference = 'thumbprint', initiatorReference = 'thumbprint' } = options;
  const description = described(options.protection);
  return {
    request: description,
    answer: description,
    lookup: { ...noKeys, credentials: [credential], certificates, trust },
    initiatorOf: ({ token }) => token?.identity,
    answerKeys({ certificate }) {
      if (certificate === undefined) {
        throw new SecurityError('wrong-token', 'A bootstrap request has no certificate to answer to.');
      }
      return {
        kind: 'X509',
        signer: credential,
        signerReference,
        recipient: certificate,
        recipientReference: initiatorReference,
      };
    },
  };
}

function described(protection: BootstrapProtection = {}): ProtectionDescription {
  return { ...defaultBootstrapProtection, ...protection, token: 'X509' };
}
