import { expect } from 'chai';
import { assertionReference, namesAssertion } from '#src/saml/reference.js';

const PROFILE = 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-';

describe('a reference to an assertion (SAML Token Profile 1.1 §3.4)', () => {
  it('to SAML 1.1 is a KeyIdentifier #SAMLAssertionID with TokenType #SAMLV1.1 (R6603, R6611)', () => {
    expect(assertionReference({ version: '1.1', id: '_a' })).to.deep.equal({
      reference: { kind: 'key-identifier', valueType: `${PROFILE}1.0#SAMLAssertionID`, value: Buffer.from('_a') },
      tokenType: `${PROFILE}1.1#SAMLV1.1`,
    });
  });

  it('to SAML 2.0 is a KeyIdentifier #SAMLID with TokenType #SAMLV2.0 (R6616, R6617)', () => {
    expect(assertionReference({ version: '2.0', id: '_a' })).to.deep.equal({
      reference: { kind: 'key-identifier', valueType: `${PROFILE}1.1#SAMLID`, value: Buffer.from('_a') },
      tokenType: `${PROFILE}1.1#SAMLV2.0`,
    });
  });

  it('names its assertion and no other', () => {
    for (const version of ['1.1', '2.0'] as const) {
      const { reference } = assertionReference({ version, id: '_a' });
      expect(namesAssertion(reference, { version, id: '_a' })).to.equal(true);
      expect(namesAssertion(reference, { version, id: '_b' })).to.equal(false);
      expect(namesAssertion(reference, { version: version === '1.1' ? '2.0' : '1.1', id: '_a' })).to.equal(false);
    }
  });

  it('may be direct to SAML 2.0', () => {
    const reference = { kind: 'direct', uri: '#_a' } as const;
    expect(namesAssertion(reference, { version: '2.0', id: '_a' })).to.equal(true);
    expect(namesAssertion(reference, { version: '2.0', id: 'a' })).to.equal(false);
    expect(namesAssertion(reference, { version: '1.1', id: '_a' })).to.equal(false);
  });

  it('is none by the issuer and serial number of a certificate', () => {
    const reference = { kind: 'issuer-serial', issuer: 'CN=x', serialNumber: 1n } as const;
    expect(namesAssertion(reference, { version: '2.0', id: '_a' })).to.equal(false);
  });
});
