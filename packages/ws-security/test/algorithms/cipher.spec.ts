import { createCipheriv } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { decryptOctets, encryptOctets, receiveKey, transportKey } from '#src/algorithms/cipher.js';
import { ENCRYPTION, KEY_LENGTH, KEY_TRANSPORT } from '#src/algorithms/suites.js';
import { alice, bob, octets } from '../samples.js';

const random = octets(11);

describe('encryption of octets', () => {
  for (const algorithm of Object.values(ENCRYPTION)) {
    const key = random(KEY_LENGTH[algorithm]);

    it(`brings back the text (${algorithm})`, () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          const octets = encryptOctets(algorithm, key, text, random);
          expect(octets.length % 16).to.equal(0);
          expect(decryptOctets(algorithm, key, octets)?.toString('utf8')).to.equal(text);
        }),
      );
    });

    it(`begins with a fresh initialization vector (${algorithm})`, () => {
      const [one, other] = [encryptOctets(algorithm, key, 'x', random), encryptOctets(algorithm, key, 'x', random)];
      expect(one.subarray(0, 16).equals(other.subarray(0, 16))).to.equal(false);
      expect(one.subarray(16).equals(other.subarray(16))).to.equal(false);
    });

    it(`refuses a key of another length than the cipher's (${algorithm})`, () => {
      const octets = encryptOctets(algorithm, key, 'x', random);
      for (const length of [0, 15, 24, key.length === 16 ? 32 : 16]) {
        expect(decryptOctets(algorithm, random(length), octets), `${length}`).to.equal(undefined);
      }
    });
  }

  const key = random(16);

  /** The ciphertext of exactly these octets: they say themselves how they are padded. */
  const raw = (plain: Uint8Array): Buffer => {
    const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16)).setAutoPadding(false);
    return Buffer.concat([Buffer.alloc(16), cipher.update(plain), cipher.final()]);
  };

  it('accepts padding of any octets before the count (XML Encryption §5.2)', () => {
    const padded = Buffer.from('abc__________??\x0d', 'latin1');
    expect(decryptOctets(ENCRYPTION.aes128Cbc, key, raw(padded))?.toString()).to.equal('abc');
  });

  it('accepts a block that is padding alone', () => {
    expect(decryptOctets(ENCRYPTION.aes128Cbc, key, raw(Buffer.alloc(16, 16)))?.length).to.equal(0);
  });

  for (const count of [0, 17, 255]) {
    it(`refuses ${count} octets of padding`, () => {
      expect(decryptOctets(ENCRYPTION.aes128Cbc, key, raw(Buffer.alloc(32, count)))).to.equal(undefined);
    });
  }

  for (const length of [0, 1, 16, 31, 33]) {
    it(`refuses ${length} octets, which hold no vector and whole blocks`, () => {
      expect(decryptOctets(ENCRYPTION.aes128Cbc, key, Buffer.alloc(length))).to.equal(undefined);
    });
  }
});

describe('key transport (RSA-OAEP)', () => {
  const key = random(32);
  const transported = transportKey(KEY_TRANSPORT.rsaOaepMgf1p, bob.certificate.publicKey, key);

  it('brings the key to the holder of the private key', () => {
    expect(receiveKey(KEY_TRANSPORT.rsaOaepMgf1p, bob.privateKey, transported)).to.deep.equal(Buffer.from(key));
  });

  it('brings nothing to anybody else', () => {
    expect(receiveKey(KEY_TRANSPORT.rsaOaepMgf1p, alice.privateKey, transported)).to.equal(undefined);
  });

  it('brings nothing when an octet was changed, or was lost', () => {
    const damaged = Buffer.from(transported);
    damaged[100] = (damaged[100] as number) ^ 1;
    expect(receiveKey(KEY_TRANSPORT.rsaOaepMgf1p, bob.privateKey, damaged)).to.equal(undefined);
    expect(receiveKey(KEY_TRANSPORT.rsaOaepMgf1p, bob.privateKey, transported.subarray(1))).to.equal(undefined);
    expect(receiveKey(KEY_TRANSPORT.rsaOaepMgf1p, bob.privateKey, Buffer.alloc(0))).to.equal(undefined);
  });
});
