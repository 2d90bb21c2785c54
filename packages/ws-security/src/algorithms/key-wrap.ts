import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { equalSecrets } from './digest.js';
import { KEY_WRAP, type KeyWrapAlgorithm } from './suites.js';

/** Octets of the key that wraps. */
export const WRAPPING_KEY_LENGTH: Readonly<Record<KeyWrapAlgorithm, number>> = {
  [KEY_WRAP.aes128]: 16,
  [KEY_WRAP.aes192]: 24,
  [KEY_WRAP.aes256]: 32,
  [KEY_WRAP.tripleDes]: 24,
};

const AES = {
  [KEY_WRAP.aes128]: 'id-aes128-wrap',
  [KEY_WRAP.aes192]: 'id-aes192-wrap',
  [KEY_WRAP.aes256]: 'id-aes256-wrap',
} as const;

const AES_INITIAL_VALUE = Buffer.alloc(8, 0xa6);
const TRIPLE_DES = 'des-ede3-cbc';
const TRIPLE_DES_BLOCK = 8;
/** The vector of the outer encryption (RFC 3217 §3.1 step 7). */
const TRIPLE_DES_OUTER_VECTOR = Buffer.from('4adda22c79e82105', 'hex');

/**
 * A key encrypted by another: AES key wrap (RFC 3394) or Triple DES key wrap (RFC 3217).
 * @param key of 16 octets or more, a multiple of 8
 * @param random used by Triple DES alone
 */
export function wrapKey(
  algorithm: KeyWrapAlgorithm,
  wrappingKey: Uint8Array,
  key: Uint8Array,
  random: (length: number) => Uint8Array,
): Buffer {
  if (algorithm !== KEY_WRAP.tripleDes) {
    const cipher = createCipheriv(AES[algorithm], wrappingKey, AES_INITIAL_VALUE);
    return Buffer.concat([cipher.update(key), cipher.final()]);
  }
  const vector = random(TRIPLE_DES_BLOCK);
  const inner = tripleDes(createCipheriv, wrappingKey, vector, Buffer.concat([key, checksum(key)]));
  return tripleDes(createCipheriv, wrappingKey, TRIPLE_DES_OUTER_VECTOR, Buffer.concat([vector, inner]).reverse());
}

/** The key that was wrapped, or `undefined` for whatever is wrong: callers must not tell why. */
export function unwrapKey(
  algorithm: KeyWrapAlgorithm,
  wrappingKey: Uint8Array,
  octets: Uint8Array,
): Buffer | undefined {
  if (wrappingKey.length !== WRAPPING_KEY_LENGTH[algorithm] || octets.length < 24 || octets.length % 8 !== 0)
    return undefined;
  if (algorithm === KEY_WRAP.tripleDes) return unwrapTripleDes(wrappingKey, octets);
  try {
    const decipher = createDecipheriv(AES[algorithm], wrappingKey, AES_INITIAL_VALUE);
    return Buffer.concat([decipher.update(octets), decipher.final()]);
  } catch {
    return undefined;
  }
}

function unwrapTripleDes(wrappingKey: Uint8Array, octets: Uint8Array): Buffer | undefined {
  const outer = tripleDes(createDecipheriv, wrappingKey, TRIPLE_DES_OUTER_VECTOR, octets).reverse();
  const vector = outer.subarray(0, TRIPLE_DES_BLOCK);
  const inner = tripleDes(createDecipheriv, wrappingKey, vector, outer.subarray(TRIPLE_DES_BLOCK));
  const key = inner.subarray(0, inner.length - TRIPLE_DES_BLOCK);
  return equalSecrets(checksum(key), inner.subarray(key.length)) && key.length >= 16 ? key : undefined;
}

function tripleDes(
  cipher: typeof createCipheriv | typeof createDecipheriv,
  key: Uint8Array,
  vector: Uint8Array,
  octets: Uint8Array,
): Buffer {
  return cipher(TRIPLE_DES, key, vector).setAutoPadding(false).update(octets);
}

/** RFC 3217 §2. */
function checksum(key: Uint8Array): Buffer {
  return createHash('sha1').update(key).digest().subarray(0, 8);
}
