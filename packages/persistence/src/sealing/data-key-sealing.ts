import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyRing } from '../keys/key-ring.js';
import type { Random } from '../random.js';
import { damaged, dataKeyPlace, type Place } from './place.js';
import { AES_256_GCM, KEY_ID_LENGTH, readSealedValue, sealedHeader } from './sealed-value.js';
import { sealSecret, unsealSecret } from './secret-sealing.js';

/** Where sealed data keys are kept. */
export interface DataKeyTable {
  /** Inserts, durably, in a transaction of its own. */
  readonly insert: (id: string, sealed: Uint8Array) => void;
  readonly find: (id: string) => Uint8Array | undefined;
}

/**
 * Uses of one data key. NIST SP 800-38D §8.3 allows 2^32 with random IVs of 96 bits; at 2^24 the odds that two IVs
 * ever meet are below one in 2^48.
 */
export const MOST_USES = 2 ** 24;

const KEY_LENGTH = 32;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;
const MOST_REMEMBERED = 256;

interface DataKey {
  readonly bytes: Uint8Array;
  readonly header: Uint8Array;
}

/**
 * Seals what is large or changes often (message bodies, session states) with AES-256-GCM under a random data key,
 * which is itself sealed as a secret. Every open store writes with a data key of its own, so that no count of uses
 * needs to be stored.
 */
export class DataKeySealing {
  readonly #keys: KeyRing;
  readonly #table: DataKeyTable;
  readonly #random: Random;
  readonly #mostUses: number;
  readonly #known = new Map<string, DataKey>();
  #writing: DataKey | undefined;
  #uses = 0;

  constructor(keys: KeyRing, table: DataKeyTable, random: Random, mostUses: number = MOST_USES) {
    this.#keys = keys;
    this.#table = table;
    this.#random = random;
    this.#mostUses = mostUses;
  }

  /**
   * Makes sure that there is a data key for so many uses. To be called outside of a transaction: a data key must be
   * durable before anything sealed with it is, whatever becomes of the transaction that writes that.
   */
  prepare(uses: number): void {
    if (uses > 0 && (this.#writing === undefined || this.#uses + uses > this.#mostUses)) {
      this.#writing = this.#create();
      this.#uses = 0;
    }
  }

  /** Seals for this place; {@link prepare} has been called. */
  seal(plaintext: Uint8Array, where: Place): Uint8Array {
    const key = this.#writing;
    if (key === undefined) {
      throw new Error('There is no data key to seal with');
    }
    this.#uses += 1;
    const iv = this.#random(IV_LENGTH);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: TAG_LENGTH });
    cipher.setAAD(key.header).setAAD(where.associatedData);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return Buffer.concat([key.header, iv, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws StoreError `store-damaged` naming the place */
  unseal(sealed: Uint8Array, where: Place): Uint8Array {
    const value = readSealedValue(sealed, AES_256_GCM);
    if (value === undefined || value.box.length < TAG_LENGTH) {
      throw damaged(where, 'it has not the form of a sealed value');
    }
    const key = this.#find(value.keyId, where);
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, value.nonce, { authTagLength: TAG_LENGTH });
    decipher.setAAD(value.header).setAAD(where.associatedData).setAuthTag(value.box.subarray(0, TAG_LENGTH));
    const plaintext = decipher.update(value.box.subarray(TAG_LENGTH));
    try {
      decipher.final();
    } catch (cause) {
      plaintext.fill(0);
      throw damaged(where, 'it was changed, or moved here, after it was sealed', cause);
    }
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  }

  /** Zeroes every data key in memory. */
  wipe(): void {
    for (const key of this.#known.values()) {
      key.bytes.fill(0);
    }
    this.#writing?.bytes.fill(0);
    this.#known.clear();
    this.#writing = undefined;
  }

  #create(): DataKey {
    const id = Buffer.from(this.#random(KEY_ID_LENGTH)).toString('hex');
    const bytes = Uint8Array.from(this.#random(KEY_LENGTH));
    this.#table.insert(id, sealSecret(bytes, dataKeyPlace(id), this.#keys.writing, this.#random));
    return this.#remember(id, bytes);
  }

  #find(id: string, where: Place): DataKey {
    const known = this.#known.get(id);
    if (known !== undefined) {
      return known;
    }
    const sealed = this.#table.find(id);
    if (sealed === undefined) {
      throw damaged(where, `its data key ${id} is not in the store`);
    }
    try {
      return this.#remember(id, unsealSecret(sealed, dataKeyPlace(id), this.#keys));
    } catch (cause) {
      throw damaged(where, `its data key ${id} cannot be opened`, cause);
    }
  }

  #remember(id: string, bytes: Uint8Array): DataKey {
    const key = { bytes, header: sealedHeader(AES_256_GCM, id) };
    for (const [oldId, old] of this.#known) {
      if (this.#known.size < MOST_REMEMBERED) {
        break;
      }
      this.#known.delete(oldId);
      if (old !== this.#writing) {
        old.bytes.fill(0);
      }
    }
    this.#known.set(id, key);
    return key;
  }
}
