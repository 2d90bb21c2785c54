import { expect } from 'chai';
import { digest, equalSecrets, signText, verifyText } from '#src/algorithms/digest.js';
import { ASYMMETRIC_SIGNATURE, DIGEST, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { alice, bob, octets } from '../samples.js';

describe('digests', () => {
  it('are of the text in UTF-8', () => {
    expect(digest(DIGEST.sha1, 'abc').toString('hex')).to.equal('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(digest(DIGEST.sha256, 'abc').toString('hex')).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(digest(DIGEST.sha1, 'é').equals(digest(DIGEST.sha1, 'e\u0301'))).to.equal(false);
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

  it('are the HMAC-SHA1 of RFC 2202', () => {
    const key = { kind: 'symmetric', secret: Buffer.from('Jefe'), algorithm: SYMMETRIC_SIGNATURE.hmacSha1 } as const;
    expect(signText(key, 'what do ya want for nothing?').toString('hex')).to.equal(
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    );
  });

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

  it('do not verify by another algorithm than they were made with', () => {
    const value = signText(
      { kind: 'asymmetric', privateKey: alice.privateKey, algorithm: ASYMMETRIC_SIGNATURE.rsaSha1 },
      'text',
    );
    const { publicKey } = alice.certificate;
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
