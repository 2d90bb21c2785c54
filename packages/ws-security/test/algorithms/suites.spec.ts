import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  type AlgorithmSuite,
  ASYMMETRIC_SIGNATURE,
  allowed,
  DIGEST,
  ENCRYPTION,
  KEY_TRANSPORT,
  KEY_WRAP,
  MGF,
  SUITES,
  type SuiteName,
  SYMMETRIC_SIGNATURE,
} from '#src/algorithms/suites.js';
import { CANONICALIZATION } from '#src/canonical/canonicalize.js';
import { thrown } from '../samples.js';

const { aes128, aes192, aes256, tripleDes } = KEY_WRAP;
const { rsa15, rsaOaepMgf1p } = KEY_TRANSPORT;

describe('algorithm suites (WS-SecurityPolicy 1.2 §6.1)', () => {
  const table: readonly (readonly [SuiteName, string, string, string, string, number, number])[] = [
    ['Basic256', DIGEST.sha1, ENCRYPTION.aes256Cbc, aes256, rsaOaepMgf1p, 256, 192],
    ['Basic192', DIGEST.sha1, ENCRYPTION.aes192Cbc, aes192, rsaOaepMgf1p, 192, 192],
    ['Basic128', DIGEST.sha1, ENCRYPTION.aes128Cbc, aes128, rsaOaepMgf1p, 128, 128],
    ['TripleDes', DIGEST.sha1, ENCRYPTION.tripleDesCbc, tripleDes, rsaOaepMgf1p, 192, 192],
    ['Basic256Rsa15', DIGEST.sha1, ENCRYPTION.aes256Cbc, aes256, rsa15, 256, 192],
    ['Basic192Rsa15', DIGEST.sha1, ENCRYPTION.aes192Cbc, aes192, rsa15, 192, 192],
    ['Basic128Rsa15', DIGEST.sha1, ENCRYPTION.aes128Cbc, aes128, rsa15, 128, 128],
    ['TripleDesRsa15', DIGEST.sha1, ENCRYPTION.tripleDesCbc, tripleDes, rsa15, 192, 192],
    ['Basic256Sha256', DIGEST.sha256, ENCRYPTION.aes256Cbc, aes256, rsaOaepMgf1p, 256, 192],
    ['Basic192Sha256', DIGEST.sha256, ENCRYPTION.aes192Cbc, aes192, rsaOaepMgf1p, 192, 192],
    ['Basic128Sha256', DIGEST.sha256, ENCRYPTION.aes128Cbc, aes128, rsaOaepMgf1p, 128, 128],
    ['TripleDesSha256', DIGEST.sha256, ENCRYPTION.tripleDesCbc, tripleDes, rsaOaepMgf1p, 192, 192],
    ['Basic256Sha256Rsa15', DIGEST.sha256, ENCRYPTION.aes256Cbc, aes256, rsa15, 256, 192],
    ['Basic192Sha256Rsa15', DIGEST.sha256, ENCRYPTION.aes192Cbc, aes192, rsa15, 192, 192],
    ['Basic128Sha256Rsa15', DIGEST.sha256, ENCRYPTION.aes128Cbc, aes128, rsa15, 128, 128],
    ['TripleDesSha256Rsa15', DIGEST.sha256, ENCRYPTION.tripleDesCbc, tripleDes, rsa15, 192, 192],
    // CXF 4.2, DefaultAlgorithmSuiteLoader.
    ['Basic256GCM', DIGEST.sha1, ENCRYPTION.aes256Gcm, aes256, rsaOaepMgf1p, 256, 192],
    ['Basic192GCM', DIGEST.sha1, ENCRYPTION.aes192Gcm, aes192, rsaOaepMgf1p, 192, 192],
    ['Basic128GCM', DIGEST.sha1, ENCRYPTION.aes128Gcm, aes128, rsaOaepMgf1p, 128, 128],
  ];

  it('are these and no others', () => {
    expect(Object.keys(SUITES)).to.deep.equal(table.map(([name]) => name));
    for (const [name] of table) expect(SUITES[name].name).to.equal(name);
  });

  for (const [name, digest, encryption, keyWrap, keyTransport, encryptionBits, signatureBits] of table) {
    it(`${name} is its row of the table`, () => {
      const suite = SUITES[name];
      expect(suite.digest).to.deep.equal([digest]);
      expect(suite.encryption).to.deep.equal([encryption]);
      expect(suite.keyWrap).to.deep.equal([keyWrap]);
      expect(suite.keyTransport).to.deep.equal([keyTransport]);
      expect(suite.encryptionKeyLength * 8).to.equal(encryptionBits);
      expect(suite.signatureKeyLength * 8).to.equal(signatureBits);
      expect(suite.symmetricKeyLength).to.deep.equal([encryptionBits / 8, 32]);
      expect(suite.canonicalization).to.deep.equal([CANONICALIZATION.exclusive]);
    });

    it(`${name} writes HMAC-SHA1, RSA-SHA1 and OAEP with SHA-1, as its row of the table has it`, () => {
      const { symmetricSignature, asymmetricSignature, oaepDigest, oaepMgf } = SUITES[name];
      expect(symmetricSignature[0]).to.equal(SYMMETRIC_SIGNATURE.hmacSha1);
      expect(asymmetricSignature[0]).to.equal(ASYMMETRIC_SIGNATURE.rsaSha1);
      expect(oaepDigest[0]).to.equal(DIGEST.sha1);
      expect(oaepMgf).to.deep.equal([MGF.mgf1Sha1]);
    });

    it(`${name} accepts SHA-256 besides${name.includes('Sha256') ? '' : ' nothing: it is not named for it'}`, () => {
      const { symmetricSignature, asymmetricSignature, oaepDigest } = SUITES[name];
      const sha256 = name.includes('Sha256');
      expect(symmetricSignature.slice(1)).to.deep.equal(sha256 ? [SYMMETRIC_SIGNATURE.hmacSha256] : []);
      expect(asymmetricSignature.slice(1)).to.deep.equal(sha256 ? [ASYMMETRIC_SIGNATURE.rsaSha256] : []);
      expect(oaepDigest.slice(1)).to.deep.equal(sha256 ? [DIGEST.sha256] : []);
    });
  }

  it('have RSA 1.5 and Triple DES only where their names say so', () => {
    for (const { name, keyTransport, encryption, keyWrap } of Object.values(SUITES)) {
      expect(keyTransport.includes(rsa15), name).to.equal(name.endsWith('Rsa15'));
      expect(encryption.includes(ENCRYPTION.tripleDesCbc), name).to.equal(name.startsWith('TripleDes'));
      expect(keyWrap.includes(tripleDes), name).to.equal(name.startsWith('TripleDes'));
    }
  });
});

describe('an algorithm that a message names', () => {
  const { digest } = SUITES.Basic256Sha256;

  it('is taken from the list', () => {
    expect(allowed(digest, DIGEST.sha256, 'digest')).to.equal(DIGEST.sha256);
  });

  for (const named of [DIGEST.sha1, '', 'toString', 'urn:unknown', `${DIGEST.sha256} `]) {
    it(`is refused when it is "${named}" and the list does not have it`, () => {
      const { message } = thrown(() => allowed(digest, named, 'digest'), 'algorithm-not-allowed');
      expect(message).to.contain(`digest algorithm "${named}"`);
    });
  }
});

describe('the page of the suites', () => {
  const page = readFileSync(new URL('../../../../docs/suites.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  const short = (uris: readonly string[]): string => uris.map((uri) => `\`${uri.split(/[#/]/).at(-1)}\``).join(', ');
  const row = (suite: AlgorithmSuite): readonly string[] => [
    `\`${suite.name}\``,
    short(suite.digest),
    short(suite.symmetricSignature),
    short(suite.asymmetricSignature),
    short(suite.encryption),
    short(suite.keyWrap),
    short(suite.keyTransport),
    suite.keyTransport.includes(rsa15) ? '–' : short(suite.oaepDigest),
    `${suite.signatureKeyLength} / ${suite.encryptionKeyLength}`,
    `${suite.symmetricKeyLength[0]}`,
  ];

  for (const suite of Object.values(SUITES)) {
    it(`says of ${suite.name} what the code has`, () => {
      const found = rows.filter(([, name]) => name === `\`${suite.name}\``);
      expect(found.map((cells) => cells.slice(1, -1))).to.deep.equal([row(suite)]);
    });
  }

  it('names every algorithm that there is by its identifier', () => {
    for (const algorithms of [
      DIGEST,
      SYMMETRIC_SIGNATURE,
      ASYMMETRIC_SIGNATURE,
      ENCRYPTION,
      KEY_TRANSPORT,
      MGF,
      KEY_WRAP,
    ]) {
      for (const uri of Object.values(algorithms)) expect(page).to.contain(`| \`${uri}\` |`);
    }
  });
});
