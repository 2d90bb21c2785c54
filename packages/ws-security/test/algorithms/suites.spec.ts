import { expect } from 'chai';
import { DIGEST, ENCRYPTION, KEY_LENGTH, SUITES, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';

describe('algorithm suites (WS-SecurityPolicy 1.2 §6.1)', () => {
  const table = [
    ['Basic256', DIGEST.sha1, ENCRYPTION.aes256Cbc, 24, 32],
    ['Basic128', DIGEST.sha1, ENCRYPTION.aes128Cbc, 16, 16],
    ['Basic256Sha256', DIGEST.sha256, ENCRYPTION.aes256Cbc, 24, 32],
  ] as const;

  for (const [name, digest, encryption, signatureKey, encryptionKey] of table) {
    it(`${name} has its digest, its cipher, and derived keys of ${signatureKey} and ${encryptionKey} octets`, () => {
      const suite = SUITES[name];
      expect(suite.digest).to.deep.equal([digest]);
      expect(suite.encryption).to.deep.equal([encryption]);
      expect([suite.signatureKeyLength, suite.encryptionKeyLength]).to.deep.equal([signatureKey, encryptionKey]);
      expect(KEY_LENGTH[suite.encryption[0]]).to.equal(encryptionKey);
    });

    it(`${name} writes HMAC-SHA1, as its row of the table has it`, () => {
      expect(SUITES[name].symmetricSignature[0]).to.equal(SYMMETRIC_SIGNATURE.hmacSha1);
    });
  }

  it('have no algorithm twice, so that lists are what they seem', () => {
    for (const suite of Object.values(SUITES)) {
      for (const list of [suite.digest, suite.symmetricSignature, suite.asymmetricSignature, suite.encryption]) {
        expect(new Set(list).size).to.equal(list.length);
      }
    }
  });
});
