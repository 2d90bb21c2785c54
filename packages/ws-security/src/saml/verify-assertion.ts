import { SecurityError, type XmlElement } from '@holdfast/soap';
import type { ReplayCache } from '../replay-cache.js';
import type { Certificate } from '../x509/certificate.js';
import type { CertificateTrust } from '../x509/trust.js';
import type { SamlAssertion } from './assertion.js';
import { checkConditions } from './conditions.js';
import { type IssuerSignature, readIssuerSignature, verifyIssuerSignature } from './issuer-signature.js';
import { describedPath, readKeyInfo } from './key-info.js';
import { readAssertion } from './read-assertion.js';
import { distrusted } from './shape.js';

/** Whose assertions are believed. */
export interface AssertionIssuer {
  /** As its assertions write it. */
  readonly name: string;
  /**
   * The certificates that it signs with. Best is to pin them, `certificateTrust({ anchors: certificate })`: with an
   * authority as the anchor, everybody whom it ever certified can issue assertions in this name.
   */
  readonly trust: CertificateTrust;
  /** Certificates that its assertions may name without holding them. Default none. */
  readonly certificates?: readonly Certificate[];
}

/** What an assertion must be to be believed. */
export interface AssertionRequirements {
  /** Each of them once. */
  readonly issuers: readonly AssertionIssuer[];
  readonly now: Date;
  /** How much the clocks may differ, milliseconds. Default 60,000. */
  readonly clockSkew?: number;
  /** Our names: an assertion that is for certain audiences must be for one of these. Default none. */
  readonly audiences?: readonly string[];
  /** Remembers the assertions that may be used once; without it they are refused. */
  readonly oneTimeUse?: ReplayCache;
  /**
   * Takes an assertion that nobody signed when all its confirmations are sender-vouches: then it is no more than the
   * word of whoever signed the message, which the caller must check (SAML Token Profile 1.1 §3.5.2). Default false.
   */
  readonly acceptUnsignedSenderVouches?: boolean;
  /** Takes signatures and digests with SHA-1, of which collisions can be made. Default false. */
  readonly dangerouslyAllowSha1?: boolean;
  /** Bits that the RSA key of an issuer must have. Default 2048. */
  readonly minimumKeyBits?: number;
}

/** An assertion that is as its issuer made it, and holds now. Whether it is its presenter's is not known yet. */
export interface VerifiedAssertion extends SamlAssertion {
  /** Whose signature it bears; absent: an unsigned one of which the sender vouches. */
  readonly signer: Certificate | undefined;
}

/**
 * Verifies the issuer's signature over this very element, then whether the assertion holds now and here.
 * @throws SecurityError `security-header-invalid` (its shape), `unsupported-token`, `algorithm-not-allowed`,
 * `token-not-trusted` (no signature, unknown issuer, another's certificate, another audience), `token-unavailable`,
 * `signature-invalid`, `digest-mismatch`, `token-expired`, `message-from-the-future`, `replayed`
 */
export function verifyAssertion(element: XmlElement, requirements: AssertionRequirements): VerifiedAssertion {
  const assertion = readAssertion(element);
  const signature = readIssuerSignature(element, assertion.id);
  const signer =
    signature === undefined
      ? unsigned(assertion, requirements)
      : verifiedSigner(element, assertion, signature, requirements);
  checkConditions(assertion, requirements);
  return { ...assertion, signer };
}

function unsigned({ confirmations }: SamlAssertion, requirements: AssertionRequirements): undefined {
  const vouched = confirmations.length > 0 && confirmations.every(({ method }) => method === 'sender-vouches');
  if (!vouched || requirements.acceptUnsignedSenderVouches !== true) distrusted('its issuer has not signed it');
}

function verifiedSigner(
  element: XmlElement,
  assertion: SamlAssertion,
  signature: IssuerSignature,
  requirements: AssertionRequirements,
): Certificate {
  const issuer = requirements.issuers.find(({ name }) => name === assertion.issuer);
  if (issuer === undefined) distrusted(`its issuer "${assertion.issuer.slice(0, 200)}" is not known`);
  const [signer, ...others] = describedPath(readKeyInfo(signature.keyInfo), issuer.certificates ?? []);
  issuer.trust.check(signer, requirements.now, ['digitalSignature', 'nonRepudiation'], others);
  assertKeySize(signer, requirements.minimumKeyBits ?? 2_048);
  verifyIssuerSignature(element, signature, signer, requirements.dangerouslyAllowSha1 === true);
  return signer;
}

function assertKeySize({ publicKey }: Certificate, minimum: number): void {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < minimum) {
    throw new SecurityError(
      'algorithm-not-allowed',
      `The issuer of a SAML assertion signs with a key of ${bits} bits; at least ${minimum} are asked for (minimumKeyBits).`,
    );
  }
}
