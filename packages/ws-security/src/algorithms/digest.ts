import {
  createHash,
  createHmac,
  type KeyObject,
  sign as signWithKey,
  timingSafeEqual,
  verify as verifyWithKey,
} from 'node:crypto';
import {
  ASYMMETRIC_SIGNATURE,
  type AsymmetricSignatureAlgorithm,
  DIGEST,
  type DigestAlgorithm,
  SYMMETRIC_SIGNATURE,
  type SymmetricSignatureAlgorithm,
} from './suites.js';

const HASH = {
  [DIGEST.sha1]: 'sha1',
  [DIGEST.sha256]: 'sha256',
  [SYMMETRIC_SIGNATURE.hmacSha1]: 'sha1',
  [SYMMETRIC_SIGNATURE.hmacSha256]: 'sha256',
  [ASYMMETRIC_SIGNATURE.rsaSha1]: 'sha1',
  [ASYMMETRIC_SIGNATURE.rsaSha256]: 'sha256',
} as const;

/** The digest of a text in UTF-8. */
export function digest(algorithm: DigestAlgorithm, text: string): Buffer {
  return createHash(HASH[algorithm]).update(text, 'utf8').digest();
}

/** What signs: octets of a shared key with HMAC, a private key with RSA (PKCS #1 v1.5). */
export type SigningKey =
  | { readonly kind: 'symmetric'; readonly secret: Uint8Array; readonly algorithm: SymmetricSignatureAlgorithm }
  | { readonly kind: 'asymmetric'; readonly privateKey: KeyObject; readonly algorithm: AsymmetricSignatureAlgorithm };

/** What verifies, with the algorithm that the message names and the suite allows. */
export type VerificationKey =
  | { readonly kind: 'symmetric'; readonly secret: Uint8Array; readonly algorithm: SymmetricSignatureAlgorithm }
  | { readonly kind: 'asymmetric'; readonly publicKey: KeyObject; readonly algorithm: AsymmetricSignatureAlgorithm };

export function signText(key: SigningKey, text: string): Buffer {
  return key.kind === 'symmetric'
    ? createHmac(HASH[key.algorithm], key.secret).update(text, 'utf8').digest()
    : signWithKey(HASH[key.algorithm], Buffer.from(text, 'utf8'), key.privateKey);
}

export function verifyText(key: VerificationKey, text: string, signature: Uint8Array): boolean {
  return key.kind === 'symmetric'
    ? equalSecrets(createHmac(HASH[key.algorithm], key.secret).update(text, 'utf8').digest(), signature)
    : verifyWithKey(HASH[key.algorithm], Buffer.from(text, 'utf8'), key.publicKey, signature);
}

/** Compares in a time that depends on the lengths only. */
export function equalSecrets(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
