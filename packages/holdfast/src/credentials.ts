import { configured, SecurityError, UsageError } from '@holdfast/soap';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  certificateTrust,
  credential,
  readCertificate,
  type TrustConfig,
} from '@holdfast/ws-security';

/** Who we are: a certificate and the private key that belongs to it, PEM. */
export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
  /** Of the private key, if it is encrypted. */
  readonly passphrase?: string;
}

/** @throws UsageError `invalid-option`, `invalid-key` */
export function credentialOf(identity: Identity | Credential | undefined): Credential {
  if (typeof identity !== 'object' || !identity.certificate || !identity.privateKey) {
    throw new UsageError(
      'invalid-option',
      'identity: a certificate and its private key are needed, PEM: { certificate, privateKey }.',
    );
  }
  if (!isIdentity(identity)) return identity;
  const defaults: Required<Record<keyof Identity, unknown>> = {
    certificate: undefined,
    privateKey: undefined,
    passphrase: undefined,
  };
  configured<object>('identity', defaults, identity);
  return credential(identity.certificate, identity.privateKey, identity.passphrase);
}

function isIdentity(identity: Identity | Credential): identity is Identity {
  return typeof identity.privateKey === 'string';
}

/** @throws UsageError `invalid-option` */
export function certificateOf(source: string | Certificate | undefined): Certificate {
  if (source === undefined)
    throw new UsageError('invalid-option', 'recipient: the certificate of the other end is needed.');
  if (typeof source !== 'string') return source;
  try {
    return readCertificate(source);
  } catch (cause) {
    throw new UsageError('invalid-option', 'recipient: that is not a certificate in PEM.', { cause });
  }
}

/** @throws UsageError `invalid-option` */
export function trustOf(trust: string | TrustConfig | undefined): CertificateTrust {
  if (trust === undefined)
    throw new UsageError('invalid-option', 'trust: the certificates of trusted authorities are needed.');
  const config = typeof trust === 'string' ? { anchors: trust } : trust;
  const defaults: Required<Record<keyof TrustConfig, unknown>> = {
    anchors: undefined,
    intermediates: undefined,
    revocationLists: undefined,
    maxPathLength: undefined,
  };
  configured<object>('trust', defaults, config);
  try {
    return certificateTrust(config);
  } catch (cause) {
    const why = cause instanceof UsageError || cause instanceof SecurityError ? ` ${cause.message}` : '';
    throw new UsageError(
      'invalid-option',
      `trust: it must be the PEM of the certificates of trusted authorities.${why}`,
      { cause },
    );
  }
}

/** @throws UsageError `invalid-option` when the recipient's certificate is out of date, or not trusted */
export function assertTrusted(recipient: Certificate, trust: CertificateTrust, now: Date): void {
  try {
    trust.check(recipient, now, ['digitalSignature', 'nonRepudiation']);
  } catch (cause) {
    if (!(cause instanceof SecurityError)) throw cause;
    const advice =
      cause.code === 'token-expired'
        ? 'Ask the other end for its present certificate.'
        : 'Give the certificate of the authority that issued it in the option trust.';
    throw new UsageError('invalid-option', `recipient: ${cause.message} ${advice}`, { cause });
  }
}

/** @throws UsageError `invalid-option` when our own certificate is out of date: nobody would believe it */
export function assertCurrent({ x509, notBefore, notAfter }: Certificate, now: Date): void {
  const why =
    now > notAfter
      ? `expired on ${notAfter.toISOString()}`
      : now < notBefore
        ? `is not valid before ${notBefore.toISOString()}`
        : undefined;
  if (why === undefined) return;
  const subject = x509.subject.replaceAll('\n', ', ');
  throw new UsageError('invalid-option', `identity: the certificate of "${subject}" ${why}. Have another one issued.`);
}
