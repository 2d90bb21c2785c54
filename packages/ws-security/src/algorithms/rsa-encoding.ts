import { createHash } from 'node:crypto';

/** Node's names of the hash of the label and of the one in MGF1: Node itself can only have both the same. */
export interface OaepHashes {
  readonly label: string;
  readonly mask: string;
}

/** Where in a decoded block the message is: from `start` to the end, unless `wrong` is 1. Found without branches on the octets. */
export interface SoughtMessage {
  readonly block: Buffer;
  readonly start: number;
  readonly wrong: number;
}

/**
 * EME-OAEP (RFC 8017 §7.1.1) with an empty label.
 * @param size octets of the modulus, with room for the message
 */
export function encodeOaep(
  message: Uint8Array,
  size: number,
  hashes: OaepHashes,
  random: (length: number) => Uint8Array,
): Buffer {
  const label = createHash(hashes.label).digest();
  const encoded = Buffer.alloc(size);
  const seed = encoded.subarray(1, 1 + label.length);
  const block = encoded.subarray(1 + label.length);
  label.copy(block);
  block[block.length - message.length - 1] = 1;
  block.set(message, block.length - message.length);
  seed.set(random(label.length));
  mask(block, seed, hashes.mask);
  mask(seed, block, hashes.mask);
  return encoded;
}

/**
 * EME-OAEP decoding (RFC 8017 §7.1.2) with an empty label.
 * @param encoded as long as the modulus, with room for the label and a message; it is overwritten
 */
export function decodeOaep(encoded: Buffer, hashes: OaepHashes): SoughtMessage {
  const label = createHash(hashes.label).digest();
  const seed = encoded.subarray(1, 1 + label.length);
  const block = encoded.subarray(1 + label.length);
  mask(seed, block, hashes.mask);
  mask(block, seed, hashes.mask);
  let wrong = isNotZero(encoded[0] as number);
  for (let at = 0; at < label.length; at++) wrong |= isNotZero((block[at] as number) ^ (label[at] as number));
  let sought = 1;
  let start = block.length;
  for (let at = label.length; at < block.length; at++) {
    const octet = block[at] as number;
    const isOne = isNotZero(octet ^ 1) ^ 1;
    // Between the label and the 1 before the message there is nothing but zeros.
    wrong |= sought & isNotZero(octet) & (isOne ^ 1);
    start -= -(sought & isOne) & (start - at - 1);
    sought &= isOne ^ 1;
  }
  return { block, start, wrong: wrong | sought };
}

/**
 * EME-PKCS1-v1_5 (RFC 8017 §7.2.1).
 * @param size octets of the modulus, with room for the message
 */
export function encodePkcs1(message: Uint8Array, size: number, random: (length: number) => Uint8Array): Buffer {
  const encoded = Buffer.alloc(size);
  encoded[1] = 2;
  const end = size - message.length - 1;
  for (let at = 2; at < end; ) {
    for (const octet of random(end - at)) if (octet !== 0) encoded[at++] = octet;
  }
  encoded.set(message, end + 1);
  return encoded;
}

/** EME-PKCS1-v1_5 decoding (RFC 8017 §7.2.2). @param encoded as long as the modulus */
export function decodePkcs1(encoded: Buffer): SoughtMessage {
  let wrong = isNotZero(encoded[0] as number) | isNotZero((encoded[1] as number) ^ 2);
  let sought = 1;
  let start = encoded.length;
  for (let at = 2; at < encoded.length; at++) {
    const isZero = isNotZero(encoded[at] as number) ^ 1;
    start -= -(sought & isZero) & (start - at - 1);
    sought &= isZero ^ 1;
  }
  wrong |= (start - SHORTEST_PREFIX) >>> 31;
  return { block: encoded, start, wrong: wrong | sought };
}

/** Two octets, eight of padding, a zero. */
const SHORTEST_PREFIX = 11;

/** 1 for any octet but 0. */
function isNotZero(octet: number): number {
  return (0 - octet) >>> 31;
}

/** Combines the target with MGF1 of the seed (RFC 8017 §B.2.1). */
function mask(target: Buffer, seed: Uint8Array, hash: string): void {
  const counter = Buffer.alloc(4);
  for (let from = 0, count = 0; from < target.length; count++) {
    counter.writeUInt32BE(count);
    const octets = createHash(hash).update(seed).update(counter).digest();
    for (let at = 0; at < octets.length && from < target.length; at++, from++) {
      target[from] = (target[from] as number) ^ (octets[at] as number);
    }
  }
}
