import { createHash } from 'node:crypto';
import { SecurityError } from '@holdfast/soap';
import { ASYMMETRIC_SIGNATURE, DIGEST } from '../algorithms/suites.js';

type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** Signatures of assertions: RSA (PKCS #1 v1.5), as every issuer can. A suite of the message has no say in them. */
export const SIGNATURES: ReadonlyMap<string, Hash> = new Map([
  [ASYMMETRIC_SIGNATURE.rsaSha1, 'sha1'],
  [ASYMMETRIC_SIGNATURE.rsaSha256, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', 'sha512'],
]);

/** Digests of assertions. */
export const DIGESTS: ReadonlyMap<string, Hash> = new Map([
  [DIGEST.sha1, 'sha1'],
  [DIGEST.sha256, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);

/**
 * The hash of an algorithm of the table.
 * @param sha1 whether SHA-1 will do
 * @throws SecurityError `algorithm-not-allowed`
 */
export function allowed(table: ReadonlyMap<string, Hash>, algorithm: string, sha1: boolean, what: string): Hash {
  const found = table.get(algorithm);
  if (found === undefined || (found === 'sha1' && !sha1)) {
    throw new SecurityError(
      'algorithm-not-allowed',
      `The ${what} algorithm "${algorithm.slice(0, 100)}" is not accepted in a SAML assertion.`,
    );
  }
  return found;
}

export function hash(name: Hash, text: string): Buffer {
  return createHash(name).update(text, 'utf8').digest();
}
