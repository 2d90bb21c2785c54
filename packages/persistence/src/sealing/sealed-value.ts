/**
 * The form of every sealed value:
 *
 * | octets | content                                                     |
 * |--------|-------------------------------------------------------------|
 * | 2      | `HF`                                                        |
 * | 1      | version of this form: 1                                     |
 * | 1      | algorithm: 1 secretbox, 2 AES-256-GCM                       |
 * | 8      | id of the key that sealed it                                |
 * | 24, 12 | nonce: XSalsa20-Poly1305's, AES-GCM's                       |
 * | rest   | the box: secretbox's, or AES-GCM's 16 octets of tag, then the ciphertext |
 */
export const SECRETBOX = 1;
/** The number of AES-256-GCM. */
export const AES_256_GCM = 2;
/** The number of an algorithm that seals. */
export type SealingAlgorithm = typeof SECRETBOX | typeof AES_256_GCM;

/** Octets before the nonce. */
export const HEADER_LENGTH = 12;
/** Octets of the id of a key. */
export const KEY_ID_LENGTH = 8;

const MAGIC = [0x48, 0x46] as const;
const VERSION = 1;
const NONCE_LENGTHS: Readonly<Record<SealingAlgorithm, number>> = { [SECRETBOX]: 24, [AES_256_GCM]: 12 };

/** The parts of a sealed value. */
export interface SealedValue {
  /** The id of the key, as 16 hexadecimal digits. */
  readonly keyId: string;
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

/** The first twelve octets of a value sealed with this key. */
export function sealedHeader(algorithm: SealingAlgorithm, keyId: string): Uint8Array {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.set([...MAGIC, VERSION, algorithm]);
  header.write(keyId, HEADER_LENGTH - KEY_ID_LENGTH, 'hex');
  return header;
}

/**
 * Takes a sealed value apart; undefined when it has not the form of one, or is of another algorithm. A damaged database
 * may hold anything in its place, so it is not taken for bytes unseen.
 */
export function readSealedValue(bytes: unknown, algorithm: SealingAlgorithm): SealedValue | undefined {
  const boxStart = HEADER_LENGTH + NONCE_LENGTHS[algorithm];
  if (
    !(bytes instanceof Uint8Array) ||
    bytes.length < boxStart ||
    bytes[0] !== MAGIC[0] ||
    bytes[1] !== MAGIC[1] ||
    bytes[2] !== VERSION ||
    bytes[3] !== algorithm
  ) {
    return undefined;
  }
  const header = bytes.subarray(0, HEADER_LENGTH);
  return {
    keyId: Buffer.from(header.subarray(HEADER_LENGTH - KEY_ID_LENGTH)).toString('hex'),
    header,
    nonce: bytes.subarray(HEADER_LENGTH, boxStart),
    box: bytes.subarray(boxStart),
  };
}
