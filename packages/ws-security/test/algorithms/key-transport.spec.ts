import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  allowedTransport,
  type KeyTransportMethod,
  receiveKey,
  transportKey,
  writtenTransport,
} from '#src/algorithms/key-transport.js';
import { encodeOaep, encodePkcs1 } from '#src/algorithms/rsa-encoding.js';
import { withRsaOaep } from '#src/algorithms/suite-variants.js';
import { DIGEST, KEY_TRANSPORT, MGF, SUITES } from '#src/algorithms/suites.js';
import { alice, bob, octets, thrown } from '../samples.js';

const random = octets(17);
const { rsa15, rsaOaepMgf1p, rsaOaep } = KEY_TRANSPORT;
const holder = bob.privateKey;
const recipient = bob.certificate.publicKey;
const SIZE = 256;

const methods: readonly KeyTransportMethod[] = [
  { algorithm: rsa15 },
  { algorithm: rsaOaepMgf1p },
  { algorithm: rsaOaep },
  ...Object.values(DIGEST).map((digest) => ({ algorithm: rsaOaepMgf1p, digest })),
  ...Object.values(DIGEST).flatMap((digest) => Object.values(MGF).map((mgf) => ({ algorithm: rsaOaep, digest, mgf }))),
];
const name = (method: KeyTransportMethod): string =>
  Object.values(method)
    .map((uri) => uri.split('#')[1])
    .join(', ');
const changedAt = (from: Uint8Array, at: number): Buffer => {
  const changed = Buffer.from(from);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
};

describe('key transport', () => {
  for (const method of methods) {
    describe(name(method), () => {
      const key = Buffer.from(random(32));
      const transported = transportKey(method, recipient, key, random);

      it('brings the key to the holder of the private key', () => {
        expect(transported.length).to.equal(SIZE);
        expect(receiveKey(method, holder, transported)).to.deep.equal(key);
      });

      it('brings keys of every length that ciphers and HMAC have', () => {
        for (const length of [16, 20, 24, 32, 48, 64]) {
          const sent = Buffer.from(random(length));
          expect(receiveKey(method, holder, transportKey(method, recipient, sent)), `${length}`).to.deep.equal(sent);
        }
      });

      it('is another ciphertext each time', () => {
        expect(transportKey(method, recipient, key).equals(transportKey(method, recipient, key))).to.equal(false);
      });

      it('yields a key of the usual form whatever is wrong, and never the right one', () => {
        const garbage: readonly Uint8Array[] = [
          changedAt(transported, SIZE - 1),
          changedAt(transported, 1),
          Buffer.concat([transported, Buffer.alloc(1)]),
          transported.subarray(1),
          Buffer.alloc(0),
          Buffer.alloc(SIZE),
          Buffer.alloc(SIZE, 0xff),
          Buffer.alloc(100_000, 1),
          transportKey(method, alice.certificate.publicKey, key),
          publicEncrypt({ key: recipient, padding: constants.RSA_NO_PADDING }, Buffer.alloc(SIZE, 1)),
        ];
        for (const [at, octets] of garbage.entries()) {
          for (const length of [16, 24, 32]) {
            const made = receiveKey(method, holder, octets, length);
            expect(made, `${at}`).to.be.instanceOf(Buffer);
            expect(made.length, `${at}`).to.equal(length);
            expect(made.equals(key.subarray(0, length)), `${at}`).to.equal(false);
            expect(receiveKey(method, holder, octets, length), `${at}`).to.deep.equal(made);
          }
        }
        const all = garbage.map((octets) => receiveKey(method, holder, octets).toString('hex'));
        expect(new Set(all).size).to.equal(garbage.length);
      });

      it('yields another key to anybody else', () => {
        const made = receiveKey(method, alice.privateKey, transported);
        expect(made.length).to.equal(32);
        expect(made.equals(key)).to.equal(false);
      });

      it('does not take for a key what is shorter or longer than one', () => {
        for (const length of [0, 1, 15, 65, 80]) {
          const sent = Buffer.from(random(length));
          const made = receiveKey(method, holder, transportKey(method, recipient, sent));
          expect(made.length, `${length}`).to.equal(32);
          if (length >= 15) expect(made.includes(sent.subarray(0, 15)), `${length}`).to.equal(false);
        }
      });
    });
  }

  it('by RSA-OAEP is that of OpenSSL, where it has the same hash for both', () => {
    for (const [oaepHash, digest, mgf] of [
      ['sha1', DIGEST.sha1, MGF.mgf1Sha1],
      ['sha256', DIGEST.sha256, MGF.mgf1Sha256],
      ['sha384', DIGEST.sha384, MGF.mgf1Sha384],
      ['sha512', DIGEST.sha512, MGF.mgf1Sha512],
    ] as const) {
      const key = Buffer.from(random(32));
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const method = { algorithm: rsaOaep, digest, mgf };
      expect(privateDecrypt({ key: holder, padding, oaepHash }, transportKey(method, recipient, key))).to.deep.equal(
        key,
      );
      expect(receiveKey(method, holder, publicEncrypt({ key: recipient, padding, oaepHash }, key))).to.deep.equal(key);
    }
  });

  it('by RSA 1.5 reads what OpenSSL writes', () => {
    for (const length of [16, 24, 32]) {
      const key = Buffer.from(random(length));
      const octets = publicEncrypt({ key: recipient, padding: constants.RSA_PKCS1_PADDING }, key);
      expect(receiveKey({ algorithm: rsa15 }, holder, octets)).to.deep.equal(key);
    }
  });

  it('by RSA-OAEP has SHA-1 for what is not named, and always in the mask of rsa-oaep-mgf1p', () => {
    const key = Buffer.from(random(24));
    const named = transportKey({ algorithm: rsaOaep, digest: DIGEST.sha1, mgf: MGF.mgf1Sha1 }, recipient, key);
    for (const method of [
      { algorithm: rsaOaep },
      { algorithm: rsaOaepMgf1p },
      { algorithm: rsaOaepMgf1p, mgf: MGF.mgf1Sha512 },
    ]) {
      expect(receiveKey(method, holder, named)).to.deep.equal(key);
    }
  });

  it('by one method does not bring a key that was sent by another', () => {
    const key = Buffer.from(random(32));
    const same = (one: KeyTransportMethod, other: KeyTransportMethod): boolean =>
      (one.algorithm === rsa15) === (other.algorithm === rsa15) &&
      (one.digest ?? DIGEST.sha1) === (other.digest ?? DIGEST.sha1) &&
      (one.mgf ?? MGF.mgf1Sha1) === (other.mgf ?? MGF.mgf1Sha1);
    for (const sent of methods.slice(0, 9)) {
      const octets = transportKey(sent, recipient, key);
      for (const method of methods) {
        const label = `${name(sent)} by ${name(method)}`;
        expect(receiveKey(method, holder, octets).equals(key), label).to.equal(same(sent, method));
      }
    }
  });

  it('yields a key of the usual form for any block at all', () => {
    const block = fc.uint8Array({ minLength: SIZE - 1, maxLength: SIZE - 1 });
    fc.assert(
      fc.property(block, fc.constantFrom(...methods), fc.constantFrom(0, 2, undefined), (octets, method, second) => {
        const encoded = Buffer.concat([Buffer.alloc(1), octets]);
        if (second !== undefined) encoded[1] = second;
        const key = receiveKey(
          method,
          holder,
          publicEncrypt({ key: recipient, padding: constants.RSA_NO_PADDING }, encoded),
        );
        expect(key.length).to.be.within(16, 64);
      }),
      { numRuns: 200 },
    );
  });

  it('does not tell the blocks that Bleichenbacher tells apart', () => {
    const right = encodePkcs1(random(32), SIZE, random);
    const block = (change: (block: Buffer) => void): Buffer => {
      const changed = Buffer.from(right);
      change(changed);
      return publicEncrypt({ key: recipient, padding: constants.RSA_NO_PADDING }, changed);
    };
    const blocks = [
      block((octets) => octets.fill(1, 1, 2)),
      block((octets) => octets.fill(0, 4, 5)),
      block((octets) => octets.fill(7, SIZE - 33)),
      block((octets) => octets.fill(0, 10, 11)),
      block((octets) => octets.fill(0, SIZE - 1)),
    ];
    const keys = blocks.map((octets) => receiveKey({ algorithm: rsa15 }, holder, octets));
    expect(keys.map(({ length }) => length).slice(0, 4)).to.deep.equal([32, 32, 32, 32]);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).to.equal(keys.length);
    for (const key of keys.slice(0, 4)) expect(key.equals(right.subarray(-32))).to.equal(false);
  });

  it('does not tell the blocks that Manger tells apart', () => {
    const encoded = encodeOaep(random(32), SIZE, { label: 'sha1', mask: 'sha1' }, random);
    encoded[0] = 1;
    const octets = publicEncrypt({ key: recipient, padding: constants.RSA_NO_PADDING }, encoded);
    expect(receiveKey({ algorithm: rsaOaepMgf1p }, holder, octets).length).to.equal(32);
  });

  it('works with RSA keys whose size is no multiple of 8 bits', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2049 });
    const key = Buffer.from(random(32));
    for (const method of methods.slice(0, 4)) {
      expect(receiveKey(method, privateKey, transportKey(method, publicKey, key))).to.deep.equal(key);
      expect(receiveKey(method, privateKey, Buffer.alloc(257, 0xff)).length).to.equal(32);
    }
  });

  it('makes a key up when the holder has one of another kind than RSA, or one that is too small', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey;
    const medium = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const key of [small, medium, elliptic]) {
      for (const method of methods) expect(receiveKey(method, key, Buffer.alloc(128, 1)).length).to.equal(32);
    }
  });

  it('says that a key does not fit', () => {
    const keys: readonly KeyObject[] = [
      createPublicKey(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
    ];
    const method = { algorithm: rsaOaep, digest: DIGEST.sha512, mgf: MGF.mgf1Sha512 };
    for (const key of keys) thrown(() => transportKey(method, key, random(32)), 'invalid-argument');
    thrown(() => transportKey({ algorithm: rsa15 }, recipient, random(SIZE - 10)), 'invalid-argument');
    thrown(() => transportKey({ algorithm: rsaOaepMgf1p }, recipient, random(SIZE - 41)), 'invalid-argument');
  });
});

describe('the method of key transport', () => {
  it('that a suite writes has what belongs to its algorithm', () => {
    expect(writtenTransport(SUITES.Basic256Rsa15)).to.deep.equal({ algorithm: rsa15 });
    expect(writtenTransport(SUITES.Basic256)).to.deep.equal({ algorithm: rsaOaepMgf1p, digest: DIGEST.sha1 });
    expect(writtenTransport(withRsaOaep(SUITES.Basic256, DIGEST.sha256, MGF.mgf1Sha1))).to.deep.equal({
      algorithm: rsaOaepMgf1p,
      digest: DIGEST.sha256,
    });
    expect(writtenTransport(withRsaOaep(SUITES.Basic256, DIGEST.sha1, MGF.mgf1Sha256))).to.deep.equal({
      algorithm: rsaOaep,
      digest: DIGEST.sha1,
      mgf: MGF.mgf1Sha256,
    });
  });

  it('that a message names is taken with its defaults', () => {
    expect(allowedTransport(SUITES.Basic256, { algorithm: rsaOaepMgf1p })).to.deep.equal({
      algorithm: rsaOaepMgf1p,
      digest: DIGEST.sha1,
      mgf: MGF.mgf1Sha1,
    });
    expect(allowedTransport(SUITES.Basic128Rsa15, { algorithm: rsa15 })).to.deep.equal({ algorithm: rsa15 });
  });

  const strict = withRsaOaep(SUITES.Basic256, DIGEST.sha256, MGF.mgf1Sha256);
  const refused = [
    ['RSA 1.5 where OAEP is agreed', SUITES.Basic256, { algorithm: rsa15 }],
    ['OAEP where RSA 1.5 is agreed', SUITES.Basic256Rsa15, { algorithm: rsaOaepMgf1p }],
    ['rsa-oaep where rsa-oaep-mgf1p is agreed', SUITES.Basic256, { algorithm: rsaOaep }],
    ['another digest', SUITES.Basic256, { algorithm: rsaOaepMgf1p, digest: DIGEST.sha512 }],
    ['another mask', SUITES.Basic256, { algorithm: rsaOaepMgf1p, mgf: MGF.mgf1Sha256 }],
    ['the default digest where it is not agreed', strict, { algorithm: rsaOaep, mgf: MGF.mgf1Sha256 }],
    ['the default mask where it is not agreed', strict, { algorithm: rsaOaep, digest: DIGEST.sha256 }],
    ['an unknown algorithm', SUITES.Basic256, { algorithm: 'urn:unknown' }],
    ['an unknown digest', SUITES.Basic256, { algorithm: rsaOaepMgf1p, digest: 'urn:unknown' }],
    ['key wrap', SUITES.Basic256, { algorithm: SUITES.Basic256.keyWrap[0] }],
  ] as const;
  for (const [what, suite, named] of refused) {
    it(`is refused when it is ${what}`, () => {
      thrown(() => allowedTransport(suite, named), 'algorithm-not-allowed');
    });
  }
});
