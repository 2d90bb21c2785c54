import { createHmac } from 'node:crypto';

/**
 * P_SHA1 of TLS 1.0 (RFC 2246 §5): the derivation of WS-SecureConversation §7 and of WS-Trust's computed keys.
 * @param label the octets before the nonce in the seed (none for a computed key)
 * @returns the octets [offset, offset + length) of the stream
 */
export function pSha1(secret: Uint8Array, label: string, nonce: Uint8Array, offset: number, length: number): Buffer {
  const seed = Buffer.concat([Buffer.from(label, 'utf8'), nonce]);
  const end = offset + length;
  const stream = Buffer.alloc(Math.ceil(end / SHA1_LENGTH) * SHA1_LENGTH);
  let a: Buffer = seed;
  for (let written = 0; written < end; written += SHA1_LENGTH) {
    a = createHmac('sha1', secret).update(a).digest();
    createHmac('sha1', secret).update(a).update(seed).digest().copy(stream, written);
  }
  const result = Buffer.from(stream.subarray(offset, end));
  stream.fill(0);
  return result;
}

const SHA1_LENGTH = 20;
