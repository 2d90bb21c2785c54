import {
  constants,
  createHash,
  createHmac,
  type KeyObject,
  sign as signWithKey,
  timingSafeEqual,
  verify as verifyWithKey,
} from 'node:crypto';
import type { TextSink } from '@holdfast/soap';
import {
  ASYMMETRIC_SIGNATURE,
  type AsymmetricSignatureAlgorithm,
  DIGEST,
  type DigestAlgorithm,
  SYMMETRIC_SIGNATURE,
  type SymmetricSignatureAlgorithm,
} from './suites.js';

/** Node's name of the hash of each digest. */
export const HASH = {
  [DIGEST.sha1]: 'sha1',
  [DIGEST.sha256]: 'sha256',
  [DIGEST.sha384]: 'sha384',
  [DIGEST.sha512]: 'sha512',
} as const;

const HMAC = {
  [SYMMETRIC_SIGNATURE.hmacSha1]: 'sha1',
  [SYMMETRIC_SIGNATURE.hmacSha256]: 'sha256',
  [SYMMETRIC_SIGNATURE.hmacSha384]: 'sha384',
  [SYMMETRIC_SIGNATURE.hmacSha512]: 'sha512',
} as const;

const PKCS1 = { padding: constants.RSA_PKCS1_PADDING } as const;
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } as const;

const RSA = {
  [ASYMMETRIC_SIGNATURE.rsaSha1]: ['sha1', PKCS1],
  [ASYMMETRIC_SIGNATURE.rsaSha256]: ['sha256', PKCS1],
  [ASYMMETRIC_SIGNATURE.rsaSha384]: ['sha384', PKCS1],
  [ASYMMETRIC_SIGNATURE.rsaSha512]: ['sha512', PKCS1],
  [ASYMMETRIC_SIGNATURE.rsaPss]: ['sha256', PSS],
  [ASYMMETRIC_SIGNATURE.rsaPssSha256]: ['sha256', PSS],
  [ASYMMETRIC_SIGNATURE.rsaPssSha384]: ['sha384', PSS],
  [ASYMMETRIC_SIGNATURE.rsaPssSha512]: ['sha512', PSS],
} as const;

/** The digest of octets, or of a text in UTF-8. */
export function digest(algorithm: DigestAlgorithm, data: string | Uint8Array): Buffer {
  return createHash(HASH[algorithm]).update(data).digest();
}

/** {@link digest} of a text that is never there as a whole: it is hashed piece by piece as it is written. */
export function digestOf(algorithm: DigestAlgorithm, write: (sink: TextSink) => void): Buffer {
  const hash = createHash(HASH[algorithm]);
  write((piece) => hash.update(piece, 'utf8'));
  return hash.digest();
}

/** What signs: octets of a shared key with HMAC, a private key with RSA. */
export type SigningKey =
  | { readonly kind: 'symmetric'; readonly secret: Uint8Array; readonly algorithm: SymmetricSignatureAlgorithm }
  | { readonly kind: 'asymmetric'; readonly privateKey: KeyObject; readonly algorithm: AsymmetricSignatureAlgorithm };

/** What verifies, with the algorithm that the message names and the suite allows. */
export type VerificationKey =
  | { readonly kind: 'symmetric'; readonly secret: Uint8Array; readonly algorithm: SymmetricSignatureAlgorithm }
  | { readonly kind: 'asymmetric'; readonly publicKey: KeyObject; readonly algorithm: AsymmetricSignatureAlgorithm };

/** The octets of the SignatureValue over a text in UTF-8. */
export function signText(key: SigningKey, text: string): Buffer {
  if (key.kind === 'symmetric') return createHmac(HMAC[key.algorithm], key.secret).update(text, 'utf8').digest();
  const [hash, padding] = RSA[key.algorithm];
  return signWithKey(hash, Buffer.from(text, 'utf8'), { key: key.privateKey, ...padding });
}

export function verifyText(key: VerificationKey, text: string, signature: Uint8Array): boolean {
  if (key.kind === 'symmetric') {
    return equalSecrets(createHmac(HMAC[key.algorithm], key.secret).update(text, 'utf8').digest(), signature);
  }
  const [hash, padding] = RSA[key.algorithm];
  return (
    // Another kind of key would verify by its own algorithm, not by the one that was agreed.
    key.publicKey.asymmetricKeyType === 'rsa' &&
    // OpenSSL takes a signature whose leading zero octet was left off (RFC 8017 §8.1.2 does not).
    signature.length * 8 === key.publicKey.asymmetricKeyDetails?.modulusLength &&
    verifyWithKey(hash, Buffer.from(text, 'utf8'), { key: key.publicKey, ...padding }, signature)
  );
}

/** Compares in a time that depends on the lengths only. */
export function equalSecrets(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
