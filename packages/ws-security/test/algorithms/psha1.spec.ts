import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { pSha1 } from '#src/algorithms/psha1.js';
import { DEFAULT_LABEL } from '#src/elements/derived-key-token.js';

/** Octets that count up from the first. */
const counting = (first: number, length: number, step = 1): Buffer =>
  Buffer.from(Array.from({ length }, (_, at) => (first + at * step) & 0xff));

/** The definition of RFC 2246 §5, written as it stands there. */
function definition(secret: Uint8Array, seed: Uint8Array, length: number): Buffer {
  const hmac = (...parts: readonly Uint8Array[]): Buffer =>
    createHmac('sha1', secret).update(Buffer.concat(parts)).digest();
  const a = (i: number): Uint8Array => (i === 0 ? seed : hmac(a(i - 1)));
  const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, at) => hmac(a(at + 1), seed));
  return Buffer.concat(blocks).subarray(0, length);
}

describe('P_SHA1', () => {
  const secret = counting(1, 32);
  const nonce = counting(0xa0, 16);

  it('yields what other implementations derive from the same secret, label and nonce', () => {
    const stream = pSha1(secret, DEFAULT_LABEL, nonce, 0, 64).toString('hex');
    expect(stream.slice(0, 32)).to.equal('8c4a5c5fa5f0960a1e2e52c0d106d17a');
    expect(stream.slice(-7)).to.equal('f4088a2');
  });

  it('takes the octets from Offset, across the blocks of HMAC-SHA1', () => {
    expect(pSha1(secret, DEFAULT_LABEL, nonce, 16, 24).toString('hex')).to.equal(
      '7ae8b4683e20402100f069c77ca1c4be25f9d8fde3028479',
    );
  });

  it('computes the key of two entropies without a label (WS-Trust CK/PSHA1)', () => {
    const issuer = counting(0xff, 32, -1);
    expect(pSha1(counting(0, 32), '', issuer, 0, 32).toString('hex')).to.equal(
      'abd920a34b1fa152da9c8b13e016fe44e94bc1d1639210714f874da0d01f57cc',
    );
  });

  it('is the P_hash of RFC 2246 §5, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        fc.string(),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(100),
        fc.nat(100),
        (key, label, seed, offset, length) => {
          const expected = definition(key, Buffer.concat([Buffer.from(label), seed]), offset + length);
          expect(pSha1(key, label, seed, offset, length).equals(expected.subarray(offset))).to.equal(true);
        },
      ),
    );
  });

  it('takes the label in UTF-8', () => {
    expect(pSha1(secret, 'é', nonce, 0, 20)).to.deep.equal(
      pSha1(secret, '', Buffer.concat([Buffer.from([0xc3, 0xa9]), nonce]), 0, 20),
    );
  });
});
