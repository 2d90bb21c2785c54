import { createCipheriv, createDecipheriv } from 'node:crypto';
import { ENCRYPTION, type EncryptionAlgorithm, KEY_LENGTH } from './suites.js';

/** Node's name of each block cipher, and the octets of its blocks. */
const CBC = {
  [ENCRYPTION.aes128Cbc]: ['aes-128-cbc', 16],
  [ENCRYPTION.aes192Cbc]: ['aes-192-cbc', 16],
  [ENCRYPTION.aes256Cbc]: ['aes-256-cbc', 16],
  [ENCRYPTION.tripleDesCbc]: ['des-ede3-cbc', 8],
} as const;

const GCM = {
  [ENCRYPTION.aes128Gcm]: 'aes-128-gcm',
  [ENCRYPTION.aes192Gcm]: 'aes-192-gcm',
  [ENCRYPTION.aes256Gcm]: 'aes-256-gcm',
} as const;

const GCM_VECTOR = 12;
const GCM_TAG = 16;

/**
 * The octets of a CipherValue: the initialization vector, then the ciphertext, and with GCM the tag (XML Encryption 1.1
 * §5.2).
 * @param plaintext octets, or a text to be encrypted in UTF-8
 */
export function encryptOctets(
  algorithm: EncryptionAlgorithm,
  key: Uint8Array,
  plaintext: string | Uint8Array,
  random: (length: number) => Uint8Array,
): Buffer {
  if (isGcm(algorithm)) {
    const vector = random(GCM_VECTOR);
    const cipher = createCipheriv(GCM[algorithm], key, vector, { authTagLength: GCM_TAG });
    const ciphertext = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
    return Buffer.concat([vector, ciphertext, cipher.final(), cipher.getAuthTag()]);
  }
  const [name, block] = CBC[algorithm];
  const vector = random(block);
  // PKCS #7 padding is one of the paddings that XML Encryption's "last octet is the length" allows.
  const cipher = createCipheriv(name, key, vector);
  const ciphertext = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  return Buffer.concat([vector, ciphertext, cipher.final()]);
}

/**
 * The plaintext, or `undefined` for whatever is wrong with the ciphertext or the key: callers must not tell why, and
 * the time it took does not tell either.
 */
export function decryptOctets(algorithm: EncryptionAlgorithm, key: Uint8Array, octets: Uint8Array): Buffer | undefined {
  const { plaintext, intact } = attemptDecryption(algorithm, key, octets);
  return intact ? plaintext : undefined;
}

/** What came of a decryption. */
export interface DecryptionAttempt {
  /** The padding of CBC, or the tag of GCM, is right, and so were the lengths. */
  readonly intact: boolean;
  /**
   * As long as a success would be, give or take the padding. When it is not intact it means nothing, but a caller may
   * do with it what he does after a success, so that his work does not tell the outcome. Of GCM it is zeros then.
   */
  readonly plaintext: Buffer;
}

/** {@link decryptOctets} for callers who go on with the same work whatever came of it. */
export function attemptDecryption(
  algorithm: EncryptionAlgorithm,
  key: Uint8Array,
  octets: Uint8Array,
): DecryptionAttempt {
  const length = KEY_LENGTH[algorithm];
  const fits = key.length === length;
  const usable = fits ? key : Buffer.alloc(length);
  if (isGcm(algorithm)) return attemptGcm(GCM[algorithm], usable, octets, fits);
  const [name, block] = CBC[algorithm];
  return attemptCbc(name, block, usable, octets, fits);
}

function attemptCbc(
  name: string,
  block: number,
  key: Uint8Array,
  octets: Uint8Array,
  fits: boolean,
): DecryptionAttempt {
  const whole = Math.max(octets.length - (octets.length % block), 2 * block);
  const sound = fits && octets.length === whole;
  const source = octets.length < whole ? Buffer.alloc(whole) : octets.subarray(0, whole);
  // XML Encryption pads with arbitrary octets and a length, which PKCS #7 checks of OpenSSL would refuse.
  const decipher = createDecipheriv(name, key, source.subarray(0, block)).setAutoPadding(false);
  const padded = decipher.update(source.subarray(block));
  const padding = padded[padded.length - 1] as number;
  // The sign of what is negative when it is out of range: no branch depends on the octet.
  const wrong = ((padding - 1) | (block - padding)) >>> 31;
  const length = padded.length - (padding & (wrong - 1));
  return { plaintext: padded.subarray(0, length), intact: (wrong | Number(!sound)) === 0 };
}

function attemptGcm(
  name: (typeof GCM)[keyof typeof GCM],
  key: Uint8Array,
  octets: Uint8Array,
  fits: boolean,
): DecryptionAttempt {
  const sound = fits && octets.length >= GCM_VECTOR + GCM_TAG;
  const source = octets.length < GCM_VECTOR + GCM_TAG ? Buffer.alloc(GCM_VECTOR + GCM_TAG) : octets;
  const decipher = createDecipheriv(name, key, source.subarray(0, GCM_VECTOR), { authTagLength: GCM_TAG });
  decipher.setAuthTag(source.subarray(source.length - GCM_TAG));
  const plaintext = decipher.update(source.subarray(GCM_VECTOR, source.length - GCM_TAG));
  let authentic = true;
  try {
    decipher.final();
  } catch {
    authentic = false;
  }
  const intact = sound && authentic;
  if (!intact) plaintext.fill(0);
  return { plaintext, intact };
}

function isGcm(algorithm: EncryptionAlgorithm): algorithm is keyof typeof GCM {
  return algorithm in GCM;
}
