import nacl from 'tweetnacl';
import type { HeldKey, KeyRing } from '../keys/key-ring.js';
import type { Random } from '../random.js';
import { damaged, type Place } from './place.js';
import { readSealedValue, SECRETBOX, sealedHeader } from './sealed-value.js';

/** Octets in front of the associated data that say its length. */
const LENGTH_PREFIX = 4;

/**
 * Seals a secret with a key-encryption key: XSalsa20-Poly1305 under a random nonce of 24 bytes. secretbox knows no
 * associated data, so the place stands in front of the secret inside the box, and is compared when it is opened.
 */
export function sealSecret(secret: Uint8Array, where: Place, key: HeldKey, random: Random): Uint8Array {
  const nonce = random(nacl.secretbox.nonceLength);
  const plaintext = joined(where.associatedData, secret);
  try {
    return Buffer.concat([sealedHeader(SECRETBOX, key.id), nonce, nacl.secretbox(plaintext, nonce, key.bytes)]);
  } finally {
    plaintext.fill(0);
  }
}

/**
 * The secret that {@link sealSecret} sealed; the caller zeroes it when done.
 *
 * @throws StoreError `store-damaged` naming the place
 */
export function unsealSecret(sealed: Uint8Array, where: Place, keys: KeyRing): Uint8Array {
  const value = readSealedValue(sealed, SECRETBOX);
  if (value === undefined) {
    throw damaged(where, 'it has not the form of a sealed secret');
  }
  const key = keys.all.get(value.keyId);
  if (key === undefined) {
    throw damaged(where, `it names the key ${value.keyId}, which is not in the key ring`);
  }
  const plaintext = nacl.secretbox.open(value.box, value.nonce, key.bytes);
  if (plaintext === null) {
    throw damaged(where, 'it was changed after it was sealed');
  }
  try {
    return withoutPlace(plaintext, where);
  } finally {
    plaintext.fill(0);
  }
}

function joined(associatedData: Uint8Array, secret: Uint8Array): Uint8Array {
  const plaintext = new Uint8Array(LENGTH_PREFIX + associatedData.length + secret.length);
  new DataView(plaintext.buffer).setUint32(0, associatedData.length);
  plaintext.set(associatedData, LENGTH_PREFIX);
  plaintext.set(secret, LENGTH_PREFIX + associatedData.length);
  return plaintext;
}

function withoutPlace(plaintext: Uint8Array, where: Place): Uint8Array {
  const start = LENGTH_PREFIX + where.associatedData.length;
  const expected = joined(where.associatedData, new Uint8Array(0));
  if (plaintext.length < start || !Buffer.from(expected).equals(plaintext.subarray(0, start))) {
    throw damaged(where, 'it was sealed for another entry');
  }
  return plaintext.slice(start);
}
