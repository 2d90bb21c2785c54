import { SecurityError } from '@holdfast/soap';
import {
  ASYMMETRIC_SIGNATURE,
  type AsymmetricSignatureAlgorithm,
  DIGEST,
  type DigestAlgorithm,
} from '../algorithms/suites.js';

/** Signatures of assertions: RSA, never a shared key. The suite of the message has no say in them. */
export function allowedSignature(algorithm: string, sha1: boolean): AsymmetricSignatureAlgorithm {
  const found = SIGNATURES.find((candidate) => candidate === algorithm);
  return found === undefined || (found === ASYMMETRIC_SIGNATURE.rsaSha1 && !sha1)
    ? notAllowed('signature', algorithm)
    : found;
}

/** Digests of assertions. */
export function allowedDigest(algorithm: string, sha1: boolean): DigestAlgorithm {
  const found = DIGESTS.find((candidate) => candidate === algorithm);
  return found === undefined || (found === DIGEST.sha1 && !sha1) ? notAllowed('digest', algorithm) : found;
}

const SIGNATURES = [
  ASYMMETRIC_SIGNATURE.rsaSha1,
  ASYMMETRIC_SIGNATURE.rsaSha256,
  ASYMMETRIC_SIGNATURE.rsaSha384,
  ASYMMETRIC_SIGNATURE.rsaSha512,
] as const;

const DIGESTS = [DIGEST.sha1, DIGEST.sha256, DIGEST.sha384, DIGEST.sha512] as const;

function notAllowed(what: string, algorithm: string): never {
  throw new SecurityError(
    'algorithm-not-allowed',
    `The ${what} algorithm "${algorithm.slice(0, 100)}" is not accepted in a SAML assertion.`,
  );
}
