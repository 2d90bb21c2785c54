import { childrenNamed, withChildren } from '@holdfast/soap';
import { expect } from 'chai';
import { ds } from '#src/namespaces.js';
import { bob, thrown } from '../samples.js';
import { assertion, carol, describedBy, issuer, lookup, received, sent } from './parties.js';

const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const rule = { token: 'SAML', endorsing: false, signed: true, encrypted: false } as const;
const endorsing = { token: 'X509', endorsing: true, signed: false, encrypted: false } as const;
const certificate = { kind: 'X509', signer: carol, signerReference: 'direct' } as const;

describe('structures: an assertion of which the sender vouches', () => {
  for (const version of ['1.1', '2.0'] as const) {
    const issued = assertion(version, undefined, { confirmation: { method: 'sender-vouches' } });
    const [signature] = childrenNamed(issued, ds('Signature'));
    const bare = {
      kind: 'SAML',
      assertion: withChildren(
        issued,
        issued.children.filter((node) => node !== signature),
      ),
    } as const;
    const keys = { ...lookup, assertions: { issuers: [issuer.issuer], acceptUnsignedSenderVouches: true } };

    it(`is the word of who signed the message, where that is accepted (SAML ${version})`, () => {
      const description = describedBy('X509', { supportingTokens: [rule] });
      const { text } = sent(description, { ...certificate, ...toBob, supporting: [bare] });
      expect(received(text, description, keys).proof.tokens.map(({ kind }) => kind)).to.deep.equal(['X509', 'SAML']);
      thrown(() => received(text, description), 'token-not-trusted');
    });

    it(`is nothing in a message that nobody who is known has signed (SAML ${version})`, () => {
      const description = describedBy('EncryptedKey', { supportingTokens: [rule] });
      const { text } = sent(description, { kind: 'EncryptedKey', ...toBob, supporting: [bare] });
      const signed = { kind: 'SAML', assertion: issued } as const;
      const bySigned = sent(description, { kind: 'EncryptedKey', ...toBob, supporting: [signed] }).text;
      thrown(() => received(bySigned, description, keys), 'unsupported-token');
      const error = thrown(() => received(text, description, keys), 'unsupported-token');
      expect(error.message).to.contain('vouched for by nobody');
      const endorsed = describedBy('EncryptedKey', { supportingTokens: [rule, endorsing] });
      const known = sent(endorsed, { kind: 'EncryptedKey', ...toBob, supporting: [bare, certificate] }).text;
      expect(received(known, endorsed, keys).proof.tokens.length).to.equal(3);
    });
  }
});
