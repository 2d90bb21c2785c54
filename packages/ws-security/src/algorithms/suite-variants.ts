import type { CanonicalizationAlgorithm } from '../canonical/canonicalize.js';
import { CANONICALIZATION } from '../canonical/canonicalize.js';
import {
  type AlgorithmSuite,
  ASYMMETRIC_SIGNATURE,
  type Choice,
  DIGEST,
  type DigestAlgorithm,
  KEY_TRANSPORT,
  MGF,
  type MgfAlgorithm,
  SYMMETRIC_SIGNATURE,
} from './suites.js';

/** The hashes of SHA-2 that XML security uses. */
export type Sha2 = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** The suite with HMAC-SHA256 and RSA-SHA256 (PKCS #1 v1.5), which WCF uses in the suites named Sha256. */
export function withSha256Signatures(suite: AlgorithmSuite): AlgorithmSuite {
  return withSignatures(suite, 'SHA-256');
}

/**
 * The suite with signatures over this hash, written and accepted; no other is accepted any more. The digests of what is
 * signed stay the suite's: {@link withDigest} is their choice.
 * @param padding of RSA signatures: PKCS #1 v1.5, or PSS
 */
export function withSignatures(suite: AlgorithmSuite, hash: Sha2, padding: 'PKCS1' | 'PSS' = 'PKCS1'): AlgorithmSuite {
  const { hmac, rsa, pss } = SIGNATURES[hash];
  return { ...suite, symmetricSignature: [hmac], asymmetricSignature: padding === 'PSS' ? pss : [rsa] };
}

/** The suite with this digest of what is signed, and no other. */
export function withDigest(suite: AlgorithmSuite, hash: Sha2): AlgorithmSuite {
  return { ...suite, digest: [SIGNATURES[hash].digest] };
}

/**
 * The suite with RSA-OAEP of these parameters, and no others. With MGF1-SHA1 it is written as rsa-oaep-mgf1p, which
 * every peer knows, otherwise as rsa-oaep of XML Encryption 1.1.
 */
export function withRsaOaep(suite: AlgorithmSuite, digest: DigestAlgorithm, mgf: MgfAlgorithm): AlgorithmSuite {
  return {
    ...suite,
    keyTransport: mgf === MGF.mgf1Sha1 ? [KEY_TRANSPORT.rsaOaepMgf1p, KEY_TRANSPORT.rsaOaep] : [KEY_TRANSPORT.rsaOaep],
    oaepDigest: [digest],
    oaepMgf: [mgf],
  };
}

/**
 * The suite with this canonicalization accepted, and the exclusive one. The exclusive one without comments is what is
 * written, but for the one with comments: a signature over an inclusive form holds only in the very document that it was
 * made in. sp:InclusiveC14N (WS-SecurityPolicy 1.2 §6.1) asks for `CANONICALIZATION.inclusive`.
 */
export function withCanonicalization(suite: AlgorithmSuite, algorithm: CanonicalizationAlgorithm): AlgorithmSuite {
  const { exclusive, exclusiveWithComments } = CANONICALIZATION;
  return {
    ...suite,
    canonicalization:
      algorithm === exclusiveWithComments ? joined([algorithm], [exclusive]) : joined([exclusive], [algorithm]),
  };
}

/** The lists of a suite that {@link dangerouslyAccepting} adds to. */
export type AcceptedAlgorithms = {
  readonly [List in keyof AlgorithmSuite as AlgorithmSuite[List] extends Choice<string>
    ? List
    : never]?: AlgorithmSuite[List] extends Choice<infer Algorithm> ? readonly Algorithm[] : never;
};

/**
 * The suite that accepts these algorithms besides its own, and writes what it wrote before. Dangerous with RSA 1.5,
 * Triple DES or SHA-1: whoever can change a message on its way then chooses the weakest that is accepted.
 */
export function dangerouslyAccepting(suite: AlgorithmSuite, also: AcceptedAlgorithms): AlgorithmSuite {
  return {
    ...suite,
    digest: joined(suite.digest, also.digest),
    symmetricSignature: joined(suite.symmetricSignature, also.symmetricSignature),
    asymmetricSignature: joined(suite.asymmetricSignature, also.asymmetricSignature),
    encryption: joined(suite.encryption, also.encryption),
    keyTransport: joined(suite.keyTransport, also.keyTransport),
    oaepDigest: joined(suite.oaepDigest, also.oaepDigest),
    oaepMgf: joined(suite.oaepMgf, also.oaepMgf),
    keyWrap: joined(suite.keyWrap, also.keyWrap),
    canonicalization: joined(suite.canonicalization, also.canonicalization),
  };
}

function joined<T>([first, ...rest]: Choice<T>, more: readonly T[] = []): Choice<T> {
  return [first, ...new Set([...rest, ...more].filter((algorithm) => algorithm !== first))];
}

const SIGNATURES = {
  'SHA-256': {
    digest: DIGEST.sha256,
    hmac: SYMMETRIC_SIGNATURE.hmacSha256,
    rsa: ASYMMETRIC_SIGNATURE.rsaSha256,
    pss: [ASYMMETRIC_SIGNATURE.rsaPssSha256, ASYMMETRIC_SIGNATURE.rsaPss],
  },
  'SHA-384': {
    digest: DIGEST.sha384,
    hmac: SYMMETRIC_SIGNATURE.hmacSha384,
    rsa: ASYMMETRIC_SIGNATURE.rsaSha384,
    pss: [ASYMMETRIC_SIGNATURE.rsaPssSha384],
  },
  'SHA-512': {
    digest: DIGEST.sha512,
    hmac: SYMMETRIC_SIGNATURE.hmacSha512,
    rsa: ASYMMETRIC_SIGNATURE.rsaSha512,
    pss: [ASYMMETRIC_SIGNATURE.rsaPssSha512],
  },
} as const;
