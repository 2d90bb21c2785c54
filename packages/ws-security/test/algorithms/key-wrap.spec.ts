import { createCipheriv, createDecipheriv } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { unwrapKey, WRAPPING_KEY_LENGTH, wrapKey } from '#src/algorithms/key-wrap.js';
import { KEY_WRAP } from '#src/algorithms/suites.js';
import { octets } from '../samples.js';

const random = octets(29);
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const name = (algorithm: string): string => algorithm.split('#')[1] as string;

describe('AES key wrap (RFC 3394 §4)', () => {
  const kek = '000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F';
  const key = '00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F';
  const vectors = [
    ['4.1', KEY_WRAP.aes128, 16, '1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5'],
    ['4.2', KEY_WRAP.aes192, 16, '96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D'],
    ['4.3', KEY_WRAP.aes256, 16, '64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7'],
    ['4.4', KEY_WRAP.aes192, 24, '031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2'],
    ['4.5', KEY_WRAP.aes256, 24, 'A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1'],
    ['4.6', KEY_WRAP.aes256, 32, '28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21'],
  ] as const;

  for (const [section, algorithm, length, wrapped] of vectors) {
    it(`is vector ${section}`, () => {
      const wrappingKey = hex(kek).subarray(0, WRAPPING_KEY_LENGTH[algorithm]);
      const plain = hex(key).subarray(0, length);
      expect(wrapKey(algorithm, wrappingKey, plain, random)).to.deep.equal(hex(wrapped));
      expect(unwrapKey(algorithm, wrappingKey, hex(wrapped))).to.deep.equal(plain);
    });
  }
});

describe('Triple DES key wrap (RFC 3217)', () => {
  const kek = hex('255e 0d1c 07b6 46df b313 4cc8 43ba 8aa7 1f02 5b7c 0838 251f');
  const key = hex('2923 bf85 e06d d6ae 5291 49f1 f1ba e9ea b3a7 da3d 860d 3e98');
  const vector = hex('5dd4 cbfc 96f5 453b');

  it('is the example of §3.4', () => {
    const wrapped = hex(
      '6901 0761 8ef0 92b3 b48c a179 6b23 4ae9 fa33 ebb4 1596 0403 7db5 d6a8 4eb3 aac2 768c 6327 75a4 67d4',
    );
    expect(wrapKey(KEY_WRAP.tripleDes, kek, key, () => vector)).to.deep.equal(wrapped);
    expect(unwrapKey(KEY_WRAP.tripleDes, kek, wrapped)).to.deep.equal(key);
  });

  it('is that of OpenSSL', () => {
    const cipher = createCipheriv('des3-wrap', kek, null);
    const theirs = Buffer.concat([cipher.update(key), cipher.final()]);
    expect(unwrapKey(KEY_WRAP.tripleDes, kek, theirs)).to.deep.equal(key);
    const decipher = createDecipheriv('des3-wrap', kek, null);
    const ours = wrapKey(KEY_WRAP.tripleDes, kek, key, random);
    expect(Buffer.concat([decipher.update(ours), decipher.final()])).to.deep.equal(key);
  });

  it('is another ciphertext each time', () => {
    const [one, other] = [1, 2].map(() => wrapKey(KEY_WRAP.tripleDes, kek, key, random).toString('hex'));
    expect(one).to.not.equal(other);
  });
});

describe('key wrap', () => {
  for (const algorithm of Object.values(KEY_WRAP)) {
    const wrappingKey = random(WRAPPING_KEY_LENGTH[algorithm]);

    it(`brings back keys (${name(algorithm)})`, () => {
      const keys = fc.integer({ min: 2, max: 8 }).chain((blocks) => {
        const length = blocks * 8;
        return fc.uint8Array({ minLength: length, maxLength: length });
      });
      fc.assert(
        fc.property(keys, (key) => {
          const wrapped = wrapKey(algorithm, wrappingKey, key, random);
          expect(unwrapKey(algorithm, wrappingKey, wrapped)).to.deep.equal(Buffer.from(key));
        }),
      );
    });

    const wrapped = wrapKey(algorithm, wrappingKey, random(24), random);

    it(`refuses a change of any octet (${name(algorithm)})`, () => {
      for (let at = 0; at < wrapped.length; at++) {
        const changed = Buffer.from(wrapped);
        changed[at] = (changed[at] as number) ^ 1;
        expect(unwrapKey(algorithm, wrappingKey, changed), `${at}`).to.equal(undefined);
      }
    });

    it(`refuses another key, and one of another length (${name(algorithm)})`, () => {
      for (const length of [0, 8, 15, 16, 24, 32, 64]) {
        expect(unwrapKey(algorithm, random(length), wrapped), `${length}`).to.equal(undefined);
      }
    });

    it(`refuses octets of every wrong length (${name(algorithm)})`, () => {
      for (let length = 0; length < 100; length++) {
        expect(unwrapKey(algorithm, wrappingKey, Buffer.alloc(length, 3)), `${length}`).to.equal(undefined);
      }
      expect(unwrapKey(algorithm, wrappingKey, wrapped.subarray(8))).to.equal(undefined);
      expect(unwrapKey(algorithm, wrappingKey, Buffer.concat([wrapped, Buffer.alloc(8)]))).to.equal(undefined);
    });
  }

  it('does not take for a key what is shorter than one', () => {
    const kek = random(24);
    const wrapped = wrapKey(KEY_WRAP.tripleDes, kek, random(8), random);
    expect(unwrapKey(KEY_WRAP.tripleDes, kek, wrapped)).to.equal(undefined);
  });
});
