import { constants, generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect } from 'chai';
import { digest, equalSecrets, signText, verifyText } from '#src/algorithms/digest.js';
import { ASYMMETRIC_SIGNATURE, DIGEST, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { alice, bob, octets } from '../samples.js';

describe('digests', () => {
  it('are of the text in UTF-8 (FIPS 180-4, "abc")', () => {
    expect(digest(DIGEST.sha1, 'abc').toString('hex')).to.equal('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(digest(DIGEST.sha256, 'abc').toString('hex')).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(digest(DIGEST.sha384, 'abc').toString('hex')).to.equal(
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    );
    expect(digest(DIGEST.sha512, 'abc').toString('hex')).to.equal(
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
        '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    );
    expect(digest(DIGEST.sha1, 'é').equals(digest(DIGEST.sha1, 'e\u0301'))).to.equal(false);
  });
});

describe('digests of octets', () => {
  it('are those of the text that they spell', () => {
    for (const algorithm of Object.values(DIGEST)) {
      expect(digest(algorithm, Buffer.from('né'))).to.deep.equal(digest(algorithm, 'né'));
    }
  });
});

describe('signatures over a text', () => {
  const secret = octets(3)(24);

  for (const algorithm of Object.values(SYMMETRIC_SIGNATURE)) {
    const key = { kind: 'symmetric', secret, algorithm } as const;
    const value = signText(key, 'text');

    it(`verify with the same secret (${algorithm})`, () => {
      expect(verifyText(key, 'text', value)).to.equal(true);
    });

    it(`do not verify over another text, with another secret, or cut short (${algorithm})`, () => {
      expect(verifyText(key, 'texT', value)).to.equal(false);
      expect(verifyText({ ...key, secret: octets(4)(24) }, 'text', value)).to.equal(false);
      for (const length of [0, 1, 10, value.length - 1]) {
        expect(verifyText(key, 'text', value.subarray(0, length)), `${length}`).to.equal(false);
      }
    });
  }

  const published = [
    [SYMMETRIC_SIGNATURE.hmacSha1, 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    [SYMMETRIC_SIGNATURE.hmacSha256, '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    [
      SYMMETRIC_SIGNATURE.hmacSha384,
      'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    ],
    [
      SYMMETRIC_SIGNATURE.hmacSha512,
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554' +
        '9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
  ] as const;
  for (const [algorithm, value] of published) {
    it(`are the HMAC of test case 2 in RFC 2202 and RFC 4231 (${algorithm})`, () => {
      const key = { kind: 'symmetric', secret: Buffer.from('Jefe'), algorithm } as const;
      expect(signText(key, 'what do ya want for nothing?').toString('hex')).to.equal(value);
    });
  }

  for (const algorithm of Object.values(ASYMMETRIC_SIGNATURE)) {
    const value = signText({ kind: 'asymmetric', privateKey: alice.privateKey, algorithm }, 'text');
    const key = { kind: 'asymmetric', publicKey: alice.certificate.publicKey, algorithm } as const;

    it(`verify with the public key (${algorithm})`, () => {
      expect(verifyText(key, 'text', value)).to.equal(true);
    });

    it(`do not verify over another text, with another key, or of another length (${algorithm})`, () => {
      expect(verifyText(key, 'texT', value)).to.equal(false);
      expect(verifyText({ ...key, publicKey: bob.certificate.publicKey }, 'text', value)).to.equal(false);
      expect(verifyText(key, 'text', value.subarray(1))).to.equal(false);
      expect(verifyText(key, 'text', Buffer.concat([Buffer.alloc(1), value]))).to.equal(false);
      expect(verifyText(key, 'text', Buffer.alloc(0))).to.equal(false);
    });
  }

  it('do not verify without their leading zero octet', () => {
    const algorithm = ASYMMETRIC_SIGNATURE.rsaSha256;
    const signer = { kind: 'asymmetric', privateKey: alice.privateKey, algorithm } as const;
    const texts = Array.from({ length: 4_000 }, (_, at) => `text ${at}`);
    const text = texts.find((each) => signText(signer, each)[0] === 0) ?? expect.fail('no such signature');
    const key = { kind: 'asymmetric', publicKey: alice.certificate.publicKey, algorithm } as const;
    const value = signText(signer, text);
    expect(verifyText(key, text, value)).to.equal(true);
    expect(verifyText(key, text, value.subarray(1))).to.equal(false);
  });

  it('do not verify by another algorithm than they were made with', () => {
    const { rsaPss, rsaPssSha256 } = ASYMMETRIC_SIGNATURE;
    for (const made of Object.values(ASYMMETRIC_SIGNATURE)) {
      const value = signText({ kind: 'asymmetric', privateKey: alice.privateKey, algorithm: made }, 'text');
      for (const algorithm of Object.values(ASYMMETRIC_SIGNATURE)) {
        const key = { kind: 'asymmetric', publicKey: alice.certificate.publicKey, algorithm } as const;
        // One name of RSA-PSS says its parameters, the other leaves them at the same defaults.
        const same = [made, algorithm].every((each) => each === rsaPss || each === rsaPssSha256);
        expect(verifyText(key, 'text', value), `${made} as ${algorithm}`).to.equal(made === algorithm || same);
      }
    }
  });

  const pss = [
    [ASYMMETRIC_SIGNATURE.rsaPss, 'sha256', 32],
    [ASYMMETRIC_SIGNATURE.rsaPssSha256, 'sha256', 32],
    [ASYMMETRIC_SIGNATURE.rsaPssSha384, 'sha384', 48],
    [ASYMMETRIC_SIGNATURE.rsaPssSha512, 'sha512', 64],
  ] as const;
  for (const [algorithm, hash, saltLength] of pss) {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const { publicKey } = alice.certificate;

    it(`by RSA-PSS have a salt of ${saltLength} octets (RFC 6931 §2.3.9, §2.3.10: ${algorithm})`, () => {
      const value = signText({ kind: 'asymmetric', privateKey: alice.privateKey, algorithm }, 'text');
      expect(verify(hash, Buffer.from('text'), { key: publicKey, padding, saltLength }, value)).to.equal(true);
    });

    it(`by RSA-PSS do not verify with a salt of another length (${algorithm})`, () => {
      for (const other of [0, 20, saltLength - 1, saltLength + 1]) {
        const key = { key: alice.privateKey, padding, saltLength: other };
        const value = sign(hash, Buffer.from('text'), key);
        expect(verifyText({ kind: 'asymmetric', publicKey, algorithm }, 'text', value), `${other}`).to.equal(false);
      }
    });
  }

  it('do not verify with a key of another kind than RSA', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const value = sign('sha256', Buffer.from('text'), privateKey);
    const key = { kind: 'asymmetric', publicKey, algorithm: ASYMMETRIC_SIGNATURE.rsaSha256 } as const;
    expect(verifyText(key, 'text', value)).to.equal(false);
  });
});

describe('secrets', () => {
  it('are equal when every octet is', () => {
    expect(equalSecrets(Buffer.from('ab'), Buffer.from('ab'))).to.equal(true);
    expect(equalSecrets(Buffer.from('ab'), Buffer.from('ac'))).to.equal(false);
    expect(equalSecrets(Buffer.from('ab'), Buffer.from('abc'))).to.equal(false);
    expect(equalSecrets(Buffer.alloc(0), Buffer.alloc(0))).to.equal(true);
  });
});
