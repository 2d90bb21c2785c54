/** The algorithms by their identifiers, and the suites of WS-SecurityPolicy 1.2 §6.1 that say which of them may be used. */

export const DIGEST = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
} as const;

export const SYMMETRIC_SIGNATURE = {
  hmacSha1: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  hmacSha256: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
} as const;

export const ASYMMETRIC_SIGNATURE = {
  rsaSha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
} as const;

export const ENCRYPTION = {
  aes128Cbc: 'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  aes256Cbc: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
} as const;

export const KEY_TRANSPORT = {
  /** RSA-OAEP with MGF1-SHA1. */
  rsaOaepMgf1p: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
} as const;

type ValueOf<T> = T[keyof T];
export type DigestAlgorithm = ValueOf<typeof DIGEST>;
export type SymmetricSignatureAlgorithm = ValueOf<typeof SYMMETRIC_SIGNATURE>;
export type AsymmetricSignatureAlgorithm = ValueOf<typeof ASYMMETRIC_SIGNATURE>;
export type EncryptionAlgorithm = ValueOf<typeof ENCRYPTION>;
export type KeyTransportAlgorithm = ValueOf<typeof KEY_TRANSPORT>;

/** What is written is the first of each list; what is accepted is any of it, and nothing else. */
export interface AlgorithmSuite {
  readonly name: string;
  readonly digest: readonly [DigestAlgorithm, ...DigestAlgorithm[]];
  readonly symmetricSignature: readonly [SymmetricSignatureAlgorithm, ...SymmetricSignatureAlgorithm[]];
  readonly asymmetricSignature: readonly [AsymmetricSignatureAlgorithm, ...AsymmetricSignatureAlgorithm[]];
  readonly encryption: readonly [EncryptionAlgorithm, ...EncryptionAlgorithm[]];
  readonly keyTransport: readonly [KeyTransportAlgorithm, ...KeyTransportAlgorithm[]];
  /** Octets of a derived key that signs, and of one that encrypts. */
  readonly signatureKeyLength: number;
  readonly encryptionKeyLength: number;
  /** Bits that an RSA key must and may have. */
  readonly asymmetricKeyBits: readonly [minimum: number, maximum: number];
}

const RSA_BITS = [2048, 4096] as const;

/**
 * Suites by name. Basic256Sha256 accepts SHA-256 signatures too: WCF reads the suite so, while the Java stacks sign with
 * SHA-1 as the specification's table has it.
 */
export const SUITES = {
  Basic256: {
    name: 'Basic256',
    digest: [DIGEST.sha1],
    symmetricSignature: [SYMMETRIC_SIGNATURE.hmacSha1],
    asymmetricSignature: [ASYMMETRIC_SIGNATURE.rsaSha1],
    encryption: [ENCRYPTION.aes256Cbc],
    keyTransport: [KEY_TRANSPORT.rsaOaepMgf1p],
    signatureKeyLength: 24,
    encryptionKeyLength: 32,
    asymmetricKeyBits: RSA_BITS,
  },
  Basic128: {
    name: 'Basic128',
    digest: [DIGEST.sha1],
    symmetricSignature: [SYMMETRIC_SIGNATURE.hmacSha1],
    asymmetricSignature: [ASYMMETRIC_SIGNATURE.rsaSha1],
    encryption: [ENCRYPTION.aes128Cbc],
    keyTransport: [KEY_TRANSPORT.rsaOaepMgf1p],
    signatureKeyLength: 16,
    encryptionKeyLength: 16,
    asymmetricKeyBits: RSA_BITS,
  },
  Basic256Sha256: {
    name: 'Basic256Sha256',
    digest: [DIGEST.sha256],
    symmetricSignature: [SYMMETRIC_SIGNATURE.hmacSha1, SYMMETRIC_SIGNATURE.hmacSha256],
    asymmetricSignature: [ASYMMETRIC_SIGNATURE.rsaSha1, ASYMMETRIC_SIGNATURE.rsaSha256],
    encryption: [ENCRYPTION.aes256Cbc],
    keyTransport: [KEY_TRANSPORT.rsaOaepMgf1p],
    signatureKeyLength: 24,
    encryptionKeyLength: 32,
    asymmetricKeyBits: RSA_BITS,
  },
} as const satisfies Record<string, AlgorithmSuite>;

export type SuiteName = keyof typeof SUITES;

/** Octets of the keys of each cipher. */
export const KEY_LENGTH: Record<EncryptionAlgorithm, number> = {
  [ENCRYPTION.aes128Cbc]: 16,
  [ENCRYPTION.aes256Cbc]: 32,
};
