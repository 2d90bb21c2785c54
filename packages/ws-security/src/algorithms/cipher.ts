import {
  constants,
  createCipheriv,
  createDecipheriv,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { ENCRYPTION, type EncryptionAlgorithm, KEY_LENGTH, type KeyTransportAlgorithm } from './suites.js';

const NODE_CIPHER = {
  [ENCRYPTION.aes128Cbc]: 'aes-128-cbc',
  [ENCRYPTION.aes256Cbc]: 'aes-256-cbc',
} as const;

const BLOCK = 16;

/** The octets of a CipherValue: the initialization vector, then the ciphertext (XML Encryption §5.2). */
export function encryptOctets(
  algorithm: EncryptionAlgorithm,
  key: Uint8Array,
  plaintext: string,
  random: (length: number) => Uint8Array,
): Buffer {
  const iv = random(BLOCK);
  const cipher = createCipheriv(NODE_CIPHER[algorithm], key, iv);
  // PKCS #7 padding is one of the paddings that XML Encryption's "last octet is the length" allows.
  return Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final()]);
}

/** The plaintext, or `undefined` for whatever is wrong with the ciphertext: callers must not tell why. */
export function decryptOctets(algorithm: EncryptionAlgorithm, key: Uint8Array, octets: Uint8Array): Buffer | undefined {
  if (octets.length < 2 * BLOCK || octets.length % BLOCK !== 0 || key.length !== KEY_LENGTH[algorithm])
    return undefined;
  const decipher = createDecipheriv(NODE_CIPHER[algorithm], key, octets.subarray(0, BLOCK));
  // XML Encryption pads with arbitrary octets and a length, which PKCS #7 checks of OpenSSL would refuse.
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(octets.subarray(BLOCK)), decipher.final()]);
  const padding = padded[padded.length - 1] as number;
  return padding >= 1 && padding <= BLOCK ? padded.subarray(0, padded.length - padding) : undefined;
}

/** Encrypts a content key for the holder of an RSA key. */
export function transportKey(_algorithm: KeyTransportAlgorithm, recipient: KeyObject, key: Uint8Array): Buffer {
  return publicEncrypt({ key: recipient, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key);
}

/** The content key, or `undefined` for whatever is wrong. */
export function receiveKey(
  _algorithm: KeyTransportAlgorithm,
  holder: KeyObject,
  octets: Uint8Array,
): Buffer | undefined {
  try {
    return privateDecrypt({ key: holder, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, octets);
  } catch {
    return undefined;
  }
}
