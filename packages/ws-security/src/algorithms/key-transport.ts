import {
  constants,
  createHash,
  createHmac,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { UsageError } from '@holdfast/soap';
import { HASH } from './digest.js';
import {
  decodeOaep,
  decodePkcs1,
  encodeOaep,
  encodePkcs1,
  type OaepHashes,
  type SoughtMessage,
} from './rsa-encoding.js';
import {
  type AlgorithmSuite,
  allowed,
  DIGEST,
  type DigestAlgorithm,
  KEY_TRANSPORT,
  type KeyTransportAlgorithm,
  MGF,
  type MgfAlgorithm,
} from './suites.js';

/** How a key is encrypted for the holder of an RSA key, as an EncryptionMethod says it (XML Encryption 1.1 §5.5). */
export interface KeyTransportMethod {
  readonly algorithm: KeyTransportAlgorithm;
  /** Of RSA-OAEP. Default SHA-1. */
  readonly digest?: DigestAlgorithm | undefined;
  /** Of rsa-oaep; rsa-oaep-mgf1p has MGF1-SHA1, whatever stands here. Default MGF1-SHA1. */
  readonly mgf?: MgfAlgorithm | undefined;
}

const MGF_HASH = {
  [MGF.mgf1Sha1]: 'sha1',
  [MGF.mgf1Sha256]: 'sha256',
  [MGF.mgf1Sha384]: 'sha384',
  [MGF.mgf1Sha512]: 'sha512',
} as const;

/** The method that a suite writes: with everything that belongs to its algorithm, and nothing else. */
export function writtenTransport({ keyTransport, oaepDigest, oaepMgf }: AlgorithmSuite): KeyTransportMethod {
  const [algorithm] = keyTransport;
  const [digest] = oaepDigest;
  switch (algorithm) {
    case KEY_TRANSPORT.rsa15:
      return { algorithm };
    case KEY_TRANSPORT.rsaOaepMgf1p:
      return { algorithm, digest };
    case KEY_TRANSPORT.rsaOaep:
      return { algorithm, digest, mgf: oaepMgf[0] };
    default:
      return algorithm satisfies never;
  }
}

/**
 * The method that a message names, if the suite has all of it, the defaults of what is not named included.
 * @throws SecurityError `algorithm-not-allowed`
 */
export function allowedTransport(
  suite: AlgorithmSuite,
  named: { readonly algorithm: string; readonly digest?: string | undefined; readonly mgf?: string | undefined },
): KeyTransportMethod {
  const algorithm = allowed(suite.keyTransport, named.algorithm, 'key transport');
  if (algorithm === KEY_TRANSPORT.rsa15) return { algorithm };
  return {
    algorithm,
    digest: allowed(suite.oaepDigest, named.digest ?? DIGEST.sha1, 'OAEP digest'),
    mgf: allowed(suite.oaepMgf, named.mgf ?? MGF.mgf1Sha1, 'mask generation'),
  };
}

/**
 * Encrypts a key for the holder of an RSA key.
 * @param random of the padding
 * @throws UsageError `invalid-argument` when the key does not fit into what the RSA key can encrypt
 */
export function transportKey(
  method: KeyTransportMethod,
  recipient: KeyObject,
  key: Uint8Array,
  random: (length: number) => Uint8Array = randomBytes,
): Buffer {
  const size = sizeOf(recipient);
  if (key.length > capacity(method, size)) {
    throw new UsageError(
      'invalid-argument',
      `A key of ${key.length} octets cannot be encrypted with this RSA key of ${size * 8} bits by ${method.algorithm}.`,
    );
  }
  const encoded =
    method.algorithm === KEY_TRANSPORT.rsa15
      ? encodePkcs1(key, size, random)
      : encodeOaep(key, size, oaepHashes(method), random);
  const transported = publicEncrypt({ key: recipient, padding: constants.RSA_NO_PADDING }, encoded);
  encoded.fill(0);
  return transported;
}

/** Octets that a received key may have; another one is no key. */
const SHORTEST_KEY = 16;
const LONGEST_KEY = 64;
/** Octets: from here on a block holds the longest key. */
const SMALLEST_MODULUS = 128;

/**
 * The key that was encrypted for the holder of an RSA key.
 *
 * It never fails: whatever is wrong, the result is a key that the sender cannot know, always the same for the same
 * octets, and the failure is that of the decryption with it. So nobody can ask with a ciphertext of his own making
 * whether it was well padded (Bleichenbacher, and Manger for OAEP; the implicit rejection of OpenSSL 3.2). Which of the
 * two came out is not decided by branches.
 * @param length octets of the key made up when there is none: 16 to 64
 */
export function receiveKey(method: KeyTransportMethod, holder: KeyObject, octets: Uint8Array, length = 32): Buffer {
  const size = sizeOf(holder);
  const substitute = createHmac('sha512', rejectionSecret(holder)).update(octets).digest();
  const { encoded, failed } = decryptRaw(holder, octets, size);
  const { block, start, wrong } =
    size < SMALLEST_MODULUS || capacity(method, size) < SHORTEST_KEY
      ? NOTHING_SOUGHT
      : method.algorithm === KEY_TRANSPORT.rsa15
        ? decodePkcs1(encoded)
        : decodeOaep(encoded, oaepHashes(method));
  const found = block.length - start;
  const implausible = ((found - SHORTEST_KEY) | (LONGEST_KEY - found)) >>> 31;
  const rejected = -(wrong | implausible | failed);
  const chosen = Buffer.alloc(LONGEST_KEY);
  for (let at = 0; at < LONGEST_KEY; at++) {
    chosen[at] = choose(rejected, substitute[at] as number, block[block.length - LONGEST_KEY + at] as number);
  }
  const key = Buffer.from(chosen.subarray(LONGEST_KEY - choose(rejected, length, found)));
  for (const secret of [substitute, encoded, block, chosen]) secret.fill(0);
  return key;
}

/** For an RSA key that is too small for the method, or none at all. */
const NOTHING_SOUGHT: SoughtMessage = { block: Buffer.alloc(LONGEST_KEY), start: 0, wrong: 1 };

/** One when the mask is all ones, the other when it is zero. */
function choose(mask: number, one: number, other: number): number {
  return (one & mask) | (other & ~mask);
}

/** Node refuses to decrypt with RSA_PKCS1_PADDING where OpenSSL would tell a wrong padding, so no padding is its affair. */
function decryptRaw(holder: KeyObject, octets: Uint8Array, size: number): { encoded: Buffer; failed: 0 | 1 } {
  const raw = (ciphertext: Uint8Array): Buffer | undefined => {
    try {
      return privateDecrypt({ key: holder, padding: constants.RSA_NO_PADDING }, ciphertext);
    } catch {
      return undefined;
    }
  };
  const encoded = octets.length === size ? raw(octets) : undefined;
  if (encoded !== undefined) return { encoded, failed: 0 };
  // Only a ciphertext that is no number below the modulus comes here, which its sender knows; the work is done all the same.
  return { encoded: raw(Buffer.alloc(size).fill(1, 1)) ?? Buffer.alloc(size), failed: 1 };
}

const rejectionSecrets = new WeakMap<KeyObject, Buffer>();

/** What only the holder knows, and what tells nothing of the private key. */
function rejectionSecret(holder: KeyObject): Buffer {
  const known = rejectionSecrets.get(holder);
  if (known !== undefined) return known;
  const encoded = holder.export({ type: 'pkcs8', format: 'der' });
  const secret = createHash('sha512').update('implicit rejection').update(encoded).digest();
  encoded.fill(0);
  rejectionSecrets.set(holder, secret);
  return secret;
}

function oaepHashes({ algorithm, digest, mgf }: KeyTransportMethod): OaepHashes {
  return {
    label: HASH[digest ?? DIGEST.sha1],
    mask: MGF_HASH[algorithm === KEY_TRANSPORT.rsaOaep ? (mgf ?? MGF.mgf1Sha1) : MGF.mgf1Sha1],
  };
}

/** Octets of the modulus; 0 when it is not a key of RSA. */
function sizeOf(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** The most octets that can be encrypted (RFC 8017 §7.1.1, §7.2.1). */
function capacity(method: KeyTransportMethod, size: number): number {
  if (method.algorithm === KEY_TRANSPORT.rsa15) return size - 11;
  return size - 2 * createHash(oaepHashes(method).label).digest().length - 2;
}
