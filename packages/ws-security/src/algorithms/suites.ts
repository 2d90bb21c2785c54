import { CANONICALIZATION, type CanonicalizationAlgorithm } from '../canonical/canonicalize.js';
import { notAllowed } from '../refusal.js';

/** The algorithms by their identifiers, and the suites of WS-SecurityPolicy 1.2 §6.1 that say which of them may be used. */

export const DIGEST = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
} as const;

export const SYMMETRIC_SIGNATURE = {
  hmacSha1: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  hmacSha256: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
  hmacSha384: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha384',
  hmacSha512: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512',
} as const;

export const ASYMMETRIC_SIGNATURE = {
  rsaSha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  rsaSha384: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
  rsaSha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  /** RSA-PSS without parameters, which is RSA-PSS with SHA-256 (RFC 6931 §2.3.9). */
  rsaPss: 'http://www.w3.org/2007/05/xmldsig-more#rsa-pss',
  /** RSA-PSS: one hash for the digest and for MGF1, a salt as long as the digest (RFC 6931 §2.3.10). */
  rsaPssSha256: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  rsaPssSha384: 'http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1',
  rsaPssSha512: 'http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1',
} as const;

export const ENCRYPTION = {
  aes128Cbc: 'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  aes192Cbc: 'http://www.w3.org/2001/04/xmlenc#aes192-cbc',
  aes256Cbc: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  tripleDesCbc: 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc',
  aes128Gcm: 'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  aes192Gcm: 'http://www.w3.org/2009/xmlenc11#aes192-gcm',
  aes256Gcm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
} as const;

export const KEY_TRANSPORT = {
  /** RSAES-PKCS1-v1_5. */
  rsa15: 'http://www.w3.org/2001/04/xmlenc#rsa-1_5',
  /** RSA-OAEP with MGF1-SHA1, whatever its digest. */
  rsaOaepMgf1p: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  /** RSA-OAEP with the mask generation function that the message names (XML Encryption 1.1 §5.5.2). */
  rsaOaep: 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
} as const;

/** Mask generation functions of RSA-OAEP. */
export const MGF = {
  mgf1Sha1: 'http://www.w3.org/2009/xmlenc11#mgf1sha1',
  mgf1Sha256: 'http://www.w3.org/2009/xmlenc11#mgf1sha256',
  mgf1Sha384: 'http://www.w3.org/2009/xmlenc11#mgf1sha384',
  mgf1Sha512: 'http://www.w3.org/2009/xmlenc11#mgf1sha512',
} as const;

export const KEY_WRAP = {
  aes128: 'http://www.w3.org/2001/04/xmlenc#kw-aes128',
  aes192: 'http://www.w3.org/2001/04/xmlenc#kw-aes192',
  aes256: 'http://www.w3.org/2001/04/xmlenc#kw-aes256',
  tripleDes: 'http://www.w3.org/2001/04/xmlenc#kw-tripledes',
} as const;

type ValueOf<T> = T[keyof T];
export type DigestAlgorithm = ValueOf<typeof DIGEST>;
export type SymmetricSignatureAlgorithm = ValueOf<typeof SYMMETRIC_SIGNATURE>;
export type AsymmetricSignatureAlgorithm = ValueOf<typeof ASYMMETRIC_SIGNATURE>;
export type EncryptionAlgorithm = ValueOf<typeof ENCRYPTION>;
export type KeyTransportAlgorithm = ValueOf<typeof KEY_TRANSPORT>;
export type MgfAlgorithm = ValueOf<typeof MGF>;
export type KeyWrapAlgorithm = ValueOf<typeof KEY_WRAP>;

/** Octets of the keys of each cipher. */
export const KEY_LENGTH: Readonly<Record<EncryptionAlgorithm, number>> = {
  [ENCRYPTION.aes128Cbc]: 16,
  [ENCRYPTION.aes192Cbc]: 24,
  [ENCRYPTION.aes256Cbc]: 32,
  [ENCRYPTION.tripleDesCbc]: 24,
  [ENCRYPTION.aes128Gcm]: 16,
  [ENCRYPTION.aes192Gcm]: 24,
  [ENCRYPTION.aes256Gcm]: 32,
};

/** At least one; the first is what is written. */
export type Choice<T> = readonly [T, ...T[]];

/** What is written is the first of each list; what is accepted is any of it, and nothing else. */
export interface AlgorithmSuite {
  /** As a policy spells it. */
  readonly name: string;
  readonly digest: Choice<DigestAlgorithm>;
  readonly symmetricSignature: Choice<SymmetricSignatureAlgorithm>;
  readonly asymmetricSignature: Choice<AsymmetricSignatureAlgorithm>;
  readonly encryption: Choice<EncryptionAlgorithm>;
  readonly keyTransport: Choice<KeyTransportAlgorithm>;
  /** The digest of RSA-OAEP. */
  readonly oaepDigest: Choice<DigestAlgorithm>;
  /** The mask generation function of RSA-OAEP. */
  readonly oaepMgf: Choice<MgfAlgorithm>;
  readonly keyWrap: Choice<KeyWrapAlgorithm>;
  /** Of SignedInfo and of what is signed. */
  readonly canonicalization: Choice<CanonicalizationAlgorithm>;
  /** Octets of a derived key that signs, and of one that encrypts. */
  readonly signatureKeyLength: number;
  readonly encryptionKeyLength: number;
  /** Octets that a symmetric key which is not derived must and may have. */
  readonly symmetricKeyLength: readonly [minimum: number, maximum: number];
  /** Bits that an RSA key must and may have. The specification would take 1024, which is too few today. */
  readonly asymmetricKeyBits: readonly [minimum: number, maximum: number];
}

const CIPHERS = {
  Basic256: [ENCRYPTION.aes256Cbc, KEY_WRAP.aes256],
  Basic192: [ENCRYPTION.aes192Cbc, KEY_WRAP.aes192],
  Basic128: [ENCRYPTION.aes128Cbc, KEY_WRAP.aes128],
  TripleDes: [ENCRYPTION.tripleDesCbc, KEY_WRAP.tripleDes],
} as const;

/** CXF's, in its own namespace of assertions: the Basic suites with another mode of AES. */
const GCM_CIPHERS = {
  Basic256GCM: [ENCRYPTION.aes256Gcm, KEY_WRAP.aes256],
  Basic192GCM: [ENCRYPTION.aes192Gcm, KEY_WRAP.aes192],
  Basic128GCM: [ENCRYPTION.aes128Gcm, KEY_WRAP.aes128],
} as const;

/** Octets: no suite derives a longer key to sign with (PSHA1-L192). */
const LONGEST_SIGNATURE_KEY = 24;

export type SuiteName = `${keyof typeof CIPHERS}${'' | 'Sha256'}${'' | 'Rsa15'}` | keyof typeof GCM_CIPHERS;

/**
 * The 16 suites of WS-SecurityPolicy 1.2 §6.1, and the three with AES-GCM that CXF added, by name.
 *
 * The suites named Sha256 accept SHA-256 signatures too: WCF reads them so, while the Java stacks sign with SHA-1 as
 * the specification's table has it. `suite-variants.ts` makes other choices of any of them.
 */
export const SUITES: Readonly<Record<SuiteName, AlgorithmSuite>> = byName([
  ...['', 'Sha256'].flatMap((digest) =>
    ['', 'Rsa15'].flatMap((transport) =>
      Object.entries(CIPHERS).map(([name, ciphers]) => suite(`${name}${digest}${transport}`, ciphers)),
    ),
  ),
  ...Object.entries(GCM_CIPHERS).map(([name, ciphers]) => suite(name, ciphers)),
]);

/**
 * The algorithm that a message names, if the list has it.
 * @param what the kind of algorithm, for the error
 * @throws SecurityError `algorithm-not-allowed`
 */
export function allowed<T extends string>(list: readonly T[], named: string, what: string): T {
  return list.find((algorithm) => algorithm === named) ?? notAllowed(what, named);
}

function suite(
  name: string,
  [encryption, keyWrap]: readonly [encryption: EncryptionAlgorithm, keyWrap: KeyWrapAlgorithm],
): AlgorithmSuite {
  const sha256 = name.includes('Sha256');
  const length = KEY_LENGTH[encryption];
  return {
    name,
    digest: [sha256 ? DIGEST.sha256 : DIGEST.sha1],
    symmetricSignature: [SYMMETRIC_SIGNATURE.hmacSha1, ...(sha256 ? [SYMMETRIC_SIGNATURE.hmacSha256] : [])],
    asymmetricSignature: [ASYMMETRIC_SIGNATURE.rsaSha1, ...(sha256 ? [ASYMMETRIC_SIGNATURE.rsaSha256] : [])],
    encryption: [encryption],
    keyTransport: [name.endsWith('Rsa15') ? KEY_TRANSPORT.rsa15 : KEY_TRANSPORT.rsaOaepMgf1p],
    oaepDigest: [DIGEST.sha1, ...(sha256 ? [DIGEST.sha256] : [])],
    oaepMgf: [MGF.mgf1Sha1],
    keyWrap: [keyWrap],
    canonicalization: [CANONICALIZATION.exclusive],
    signatureKeyLength: Math.min(length, LONGEST_SIGNATURE_KEY),
    encryptionKeyLength: length,
    symmetricKeyLength: [length, 32],
    asymmetricKeyBits: [2048, 4096],
  };
}

function byName(suites: readonly AlgorithmSuite[]): Readonly<Record<SuiteName, AlgorithmSuite>> {
  return Object.fromEntries(suites.map((each) => [each.name, each])) as Record<SuiteName, AlgorithmSuite>;
}
