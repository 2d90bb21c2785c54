import { expect } from 'chai';
import {
  dangerouslyAccepting,
  withCanonicalization,
  withDigest,
  withRsaOaep,
  withSha256Signatures,
  withSignatures,
} from '#src/algorithms/suite-variants.js';
import {
  ASYMMETRIC_SIGNATURE,
  DIGEST,
  ENCRYPTION,
  KEY_TRANSPORT,
  KEY_WRAP,
  MGF,
  SUITES,
  SYMMETRIC_SIGNATURE,
} from '#src/algorithms/suites.js';
import { CANONICALIZATION } from '#src/canonical/canonicalize.js';

const { Basic256, Basic256Sha256 } = SUITES;

describe('another choice for a peer', () => {
  it('is SHA-256 in signatures, and SHA-1 no more', () => {
    for (const suite of Object.values(SUITES)) {
      const symmetricSignature = [SYMMETRIC_SIGNATURE.hmacSha256];
      const asymmetricSignature = [ASYMMETRIC_SIGNATURE.rsaSha256];
      expect(withSha256Signatures(suite)).to.deep.equal({ ...suite, symmetricSignature, asymmetricSignature });
    }
  });

  const stronger = [
    ['SHA-384', SYMMETRIC_SIGNATURE.hmacSha384, ASYMMETRIC_SIGNATURE.rsaSha384, [ASYMMETRIC_SIGNATURE.rsaPssSha384]],
    ['SHA-512', SYMMETRIC_SIGNATURE.hmacSha512, ASYMMETRIC_SIGNATURE.rsaSha512, [ASYMMETRIC_SIGNATURE.rsaPssSha512]],
    [
      'SHA-256',
      SYMMETRIC_SIGNATURE.hmacSha256,
      ASYMMETRIC_SIGNATURE.rsaSha256,
      [ASYMMETRIC_SIGNATURE.rsaPssSha256, ASYMMETRIC_SIGNATURE.rsaPss],
    ],
  ] as const;
  for (const [hash, hmac, rsa, pss] of stronger) {
    it(`is ${hash} in signatures, by PKCS #1 or PSS`, () => {
      const expected = { ...Basic256, symmetricSignature: [hmac] };
      expect(withSignatures(Basic256, hash)).to.deep.equal({ ...expected, asymmetricSignature: [rsa] });
      expect(withSignatures(Basic256, hash, 'PSS')).to.deep.equal({ ...expected, asymmetricSignature: pss });
    });
  }

  it('is another digest, and no other', () => {
    expect(withDigest(Basic256, 'SHA-256')).to.deep.equal({ ...Basic256, digest: [DIGEST.sha256] });
    expect(withDigest(Basic256Sha256, 'SHA-384').digest).to.deep.equal([DIGEST.sha384]);
    expect(withDigest(Basic256Sha256, 'SHA-512').digest).to.deep.equal([DIGEST.sha512]);
  });

  it('is RSA-OAEP with other parameters, by the name that says them', () => {
    const { rsaOaepMgf1p, rsaOaep } = KEY_TRANSPORT;
    expect(withRsaOaep(SUITES.Basic256Rsa15, DIGEST.sha256, MGF.mgf1Sha1)).to.deep.equal({
      ...SUITES.Basic256Rsa15,
      keyTransport: [rsaOaepMgf1p, rsaOaep],
      oaepDigest: [DIGEST.sha256],
      oaepMgf: [MGF.mgf1Sha1],
    });
    expect(withRsaOaep(Basic256Sha256, DIGEST.sha1, MGF.mgf1Sha256)).to.deep.equal({
      ...Basic256Sha256,
      keyTransport: [rsaOaep],
      oaepDigest: [DIGEST.sha1],
      oaepMgf: [MGF.mgf1Sha256],
    });
  });

  it('is another canonicalization; an inclusive one is accepted and never written', () => {
    const { exclusive, exclusiveWithComments, inclusive } = CANONICALIZATION;
    const of = (algorithm: (typeof CANONICALIZATION)[keyof typeof CANONICALIZATION]) =>
      withCanonicalization(Basic256, algorithm).canonicalization;
    expect(of(inclusive)).to.deep.equal([exclusive, inclusive]);
    expect(of(exclusiveWithComments)).to.deep.equal([exclusiveWithComments, exclusive]);
    expect(of(exclusive)).to.deep.equal([exclusive]);
  });

  it('is, dangerously, what the suite does not have: accepted, and never written', () => {
    const suite = dangerouslyAccepting(withSha256Signatures(Basic256), {
      keyTransport: [KEY_TRANSPORT.rsa15],
      encryption: [ENCRYPTION.tripleDesCbc, Basic256.encryption[0]],
      keyWrap: [KEY_WRAP.tripleDes, KEY_WRAP.tripleDes],
      asymmetricSignature: [ASYMMETRIC_SIGNATURE.rsaSha1],
    });
    expect(suite.keyTransport).to.deep.equal([...Basic256.keyTransport, KEY_TRANSPORT.rsa15]);
    expect(suite.encryption).to.deep.equal([...Basic256.encryption, ENCRYPTION.tripleDesCbc]);
    expect(suite.keyWrap).to.deep.equal([...Basic256.keyWrap, KEY_WRAP.tripleDes]);
    expect(suite.asymmetricSignature).to.deep.equal([ASYMMETRIC_SIGNATURE.rsaSha256, ASYMMETRIC_SIGNATURE.rsaSha1]);
    expect(suite.symmetricSignature).to.deep.equal([SYMMETRIC_SIGNATURE.hmacSha256]);
  });

  it('leaves the suite that it was made of as it was, and its name', () => {
    const before = structuredClone(Basic256);
    const made = [
      withSignatures(Basic256, 'SHA-512', 'PSS'),
      withDigest(Basic256, 'SHA-512'),
      withRsaOaep(Basic256, DIGEST.sha256, MGF.mgf1Sha256),
      withCanonicalization(Basic256, CANONICALIZATION.inclusive),
      dangerouslyAccepting(Basic256, { digest: [DIGEST.sha512] }),
    ];
    expect(Basic256).to.deep.equal(before);
    for (const { name } of made) expect(name).to.equal('Basic256');
    expect(dangerouslyAccepting(Basic256, {})).to.deep.equal(Basic256);
  });
});
