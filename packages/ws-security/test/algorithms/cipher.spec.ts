import { createCipheriv } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { attemptDecryption, decryptOctets, encryptOctets } from '#src/algorithms/cipher.js';
import { ENCRYPTION, type EncryptionAlgorithm, KEY_LENGTH } from '#src/algorithms/suites.js';
import { octets } from '../samples.js';

const random = octets(11);
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const isGcm = (algorithm: EncryptionAlgorithm): boolean => algorithm.endsWith('-gcm');
const blockOf = (algorithm: EncryptionAlgorithm): number => (algorithm === ENCRYPTION.tripleDesCbc ? 8 : 16);
const name = (algorithm: string): string => algorithm.split('#')[1] as string;
const changedAt = (from: Uint8Array, at: number): Buffer => {
  const changed = Buffer.from(from);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
};

describe('encryption of octets', () => {
  for (const algorithm of Object.values(ENCRYPTION)) {
    const key = random(KEY_LENGTH[algorithm]);
    const block = blockOf(algorithm);
    const vector = isGcm(algorithm) ? 12 : block;

    it(`brings back the text (${name(algorithm)})`, () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          const octets = encryptOctets(algorithm, key, text, random);
          const length = Buffer.byteLength(text);
          expect(octets.length).to.equal(
            isGcm(algorithm) ? 12 + length + 16 : block + length + (block - (length % block)),
          );
          expect(decryptOctets(algorithm, key, octets)?.toString('utf8')).to.equal(text);
        }),
      );
    });

    it(`brings back octets (${name(algorithm)})`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
          const octets = encryptOctets(algorithm, key, plaintext, random);
          expect(decryptOctets(algorithm, key, octets)).to.deep.equal(Buffer.from(plaintext));
        }),
      );
    });

    it(`brings back a megabyte (${name(algorithm)})`, () => {
      const text = 'é'.repeat(500_001);
      expect(decryptOctets(algorithm, key, encryptOctets(algorithm, key, text, random))?.toString()).to.equal(text);
    });

    it(`begins with a fresh initialization vector (${name(algorithm)})`, () => {
      const asked: number[] = [];
      const counted = (length: number): Uint8Array => {
        asked.push(length);
        return random(length);
      };
      const [one, other] = [encryptOctets(algorithm, key, 'x', counted), encryptOctets(algorithm, key, 'x', counted)];
      expect(asked).to.deep.equal([vector, vector]);
      expect(one.subarray(0, vector).equals(other.subarray(0, vector))).to.equal(false);
      expect(one.subarray(vector).equals(other.subarray(vector))).to.equal(false);
    });

    it(`refuses a key of another length than the cipher's (${name(algorithm)})`, () => {
      const octets = encryptOctets(algorithm, key, 'x', random);
      for (const length of [0, 1, 8, 15, 16, 17, 24, 32, 33, 64]) {
        if (length === key.length) continue;
        expect(decryptOctets(algorithm, random(length), octets), `${length}`).to.equal(undefined);
      }
    });

    it(`refuses what fits the key that stands in for one of the wrong length (${name(algorithm)})`, () => {
      const octets = encryptOctets(algorithm, Buffer.alloc(key.length), 'x', random);
      expect(decryptOctets(algorithm, Buffer.alloc(key.length), octets)?.toString()).to.equal('x');
      expect(decryptOctets(algorithm, Buffer.alloc(key.length + 1), octets)).to.equal(undefined);
    });

    it(`refuses whatever is shorter than the shortest ciphertext (${name(algorithm)})`, () => {
      for (let length = 0; length < (isGcm(algorithm) ? 12 + 16 : 2 * block); length++) {
        expect(decryptOctets(algorithm, key, Buffer.alloc(length)), `${length}`).to.equal(undefined);
      }
    });

    it(`does as much work for a failure as for a success (${name(algorithm)})`, () => {
      const octets = encryptOctets(algorithm, key, 'x'.repeat(1000), random);
      const attempts = [
        attemptDecryption(algorithm, key, octets),
        attemptDecryption(algorithm, random(key.length), octets),
        attemptDecryption(algorithm, random(5), octets),
        attemptDecryption(algorithm, key, octets.subarray(0, -1)),
        attemptDecryption(algorithm, key, changedAt(octets, octets.length - 1)),
      ];
      expect(attempts[0]?.intact).to.equal(true);
      for (const { plaintext } of attempts) expect(plaintext.length).to.be.within(1000 - 2 * block, 1000 + 2 * block);
    });
  }
});

describe('AES-CBC (NIST SP 800-38A §F.2)', () => {
  const vector = hex('000102030405060708090a0b0c0d0e0f');
  const plaintext = hex(
    '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51' +
      '30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710',
  );
  const vectors = [
    [
      ENCRYPTION.aes128Cbc,
      '2b7e151628aed2a6abf7158809cf4f3c',
      '7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2 73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7',
    ],
    [
      ENCRYPTION.aes192Cbc,
      '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
      '4f021db243bc633d7178183a9fa071e8 b4d9ada9ad7dedf4e5e738763f69145a 571b242012fb7ae07fa9baac3df102e0 08b0e27988598881d920a9e64f5615cd',
    ],
    [
      ENCRYPTION.aes256Cbc,
      '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      'f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d 39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b',
    ],
  ] as const;

  for (const [algorithm, key, ciphertext] of vectors) {
    it(`encrypts as published, and then the padding (${name(algorithm)})`, () => {
      const found = encryptOctets(algorithm, hex(key), plaintext, () => vector);
      expect(found.subarray(0, 16)).to.deep.equal(vector);
      expect(found.subarray(16, -16)).to.deep.equal(hex(ciphertext));
    });

    it(`decrypts as published: the last octet makes the last block one of padding (${name(algorithm)})`, () => {
      const found = decryptOctets(algorithm, hex(key), Buffer.concat([vector, hex(ciphertext)]));
      expect(found).to.deep.equal(plaintext.subarray(0, 48));
    });
  }
});

describe('Triple DES in CBC (RFC 3217 §3.4, the inner encryption)', () => {
  const key = hex('255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f');
  const vector = hex('5dd4cbfc96f5453b');
  const plaintext = hex('2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98 181b7e9686e04a4e');
  const ciphertext = hex('cfc1a789c675dd2ab49a3204ef92cc035c1f973b7a7960f6a44dcc5f729d8449');

  it('encrypts as published, and then the padding', () => {
    const found = encryptOctets(ENCRYPTION.tripleDesCbc, key, plaintext, () => vector);
    expect(found.subarray(0, -8)).to.deep.equal(Buffer.concat([vector, ciphertext]));
    expect(decryptOctets(ENCRYPTION.tripleDesCbc, key, found)).to.deep.equal(plaintext);
  });
});

describe('AES-GCM (test cases 3, 9 and 15 of McGrew and Viega, "The Galois/Counter Mode of Operation")', () => {
  const vector = hex('cafebabefacedbaddecaf888');
  const plaintext = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
  );
  const long = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308';
  const vectors = [
    [
      ENCRYPTION.aes128Gcm,
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e' +
        '21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985',
      '4d5c2af327cd64a62cf35abd2ba6fab4',
    ],
    [
      ENCRYPTION.aes192Gcm,
      '3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c' +
        '7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256',
      '9924a7c8587336bfb118024db8674a14',
    ],
    [
      ENCRYPTION.aes256Gcm,
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
        '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
      'b094dac5d93471bdec1a502270e3cc6c',
    ],
  ] as const;

  for (const [algorithm, ciphertext, tag] of vectors) {
    const key = hex(long).subarray(0, KEY_LENGTH[algorithm]);
    const published = Buffer.concat([vector, hex(ciphertext), hex(tag)]);

    it(`is vector, ciphertext and tag as published (${name(algorithm)})`, () => {
      expect(encryptOctets(algorithm, key, plaintext, () => vector)).to.deep.equal(published);
      expect(decryptOctets(algorithm, key, published)).to.deep.equal(plaintext);
    });

    it(`refuses a change of any octet, and gives out no plaintext (${name(algorithm)})`, () => {
      for (let at = 0; at < published.length; at++) {
        const changed = changedAt(published, at);
        expect(decryptOctets(algorithm, key, changed), `${at}`).to.equal(undefined);
        expect(attemptDecryption(algorithm, key, changed).plaintext.every((octet) => octet === 0)).to.equal(true);
      }
    });

    it(`refuses a tag that was cut short, and octets behind it (${name(algorithm)})`, () => {
      for (const length of [1, 4, 8, 12, 15]) {
        expect(decryptOctets(algorithm, key, published.subarray(0, -length)), `${length}`).to.equal(undefined);
      }
      expect(decryptOctets(algorithm, key, Buffer.concat([published, Buffer.alloc(1)]))).to.equal(undefined);
    });

    it(`has an empty plaintext too (${name(algorithm)})`, () => {
      const octets = encryptOctets(algorithm, key, '', random);
      expect(octets.length).to.equal(28);
      expect(decryptOctets(algorithm, key, octets)?.length).to.equal(0);
    });
  }
});

describe('the padding of CBC (XML Encryption 1.1 §5.2)', () => {
  for (const [algorithm, cipherName] of [
    [ENCRYPTION.aes128Cbc, 'aes-128-cbc'],
    [ENCRYPTION.tripleDesCbc, 'des-ede3-cbc'],
  ] as const) {
    const key = random(KEY_LENGTH[algorithm]);
    const block = blockOf(algorithm);

    /** The ciphertext of exactly these octets: they say themselves how they are padded. */
    const raw = (plain: Uint8Array): Buffer => {
      const cipher = createCipheriv(cipherName, key, Buffer.alloc(block)).setAutoPadding(false);
      return Buffer.concat([Buffer.alloc(block), cipher.update(plain), cipher.final()]);
    };
    const ending = (count: number, blocks = 2): Buffer => {
      const plain = Buffer.from(random(blocks * block));
      plain[plain.length - 1] = count;
      return plain;
    };

    it(`is any octets before the count (${name(algorithm)})`, () => {
      for (let count = 1; count <= block; count++) {
        const plain = ending(count);
        expect(decryptOctets(algorithm, key, raw(plain)), `${count}`).to.deep.equal(
          plain.subarray(0, plain.length - count),
        );
      }
    });

    it(`may be all that there is (${name(algorithm)})`, () => {
      expect(decryptOctets(algorithm, key, raw(ending(block, 1)))?.length).to.equal(0);
    });

    it(`is refused for every count but 1 to ${block} (${name(algorithm)})`, () => {
      for (const count of [0, ...Array.from({ length: 255 - block }, (_, at) => block + 1 + at)]) {
        expect(decryptOctets(algorithm, key, raw(ending(count))), `${count}`).to.equal(undefined);
        expect(attemptDecryption(algorithm, key, raw(ending(count))).plaintext.length).to.equal(2 * block);
      }
    });

    it(`is refused behind a block that is not whole, even if it were right before it (${name(algorithm)})`, () => {
      for (let more = 1; more < block; more++) {
        const octets = Buffer.concat([raw(ending(3)), Buffer.alloc(more)]);
        expect(decryptOctets(algorithm, key, octets), `${more}`).to.equal(undefined);
      }
    });
  }
});
