import { detached, parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import fc from 'fast-check';
import type { AssertionContent } from '#src/saml/assertion-content.js';
import { holderKey } from '#src/saml/holder-key.js';
import { issueAssertion } from '#src/saml/issue.js';
import { certificateKeyInfo, certificateReferenceKeyInfo } from '#src/saml/key-info-forms.js';
import { after, alice, now, thrown, xml } from '../samples.js';
import { honest, issued, VERSIONS, verified } from './issued.js';

const content: AssertionContent = {
  version: '2.0',
  id: '_1',
  issuer: honest.name,
  issueInstant: now,
  subject: { name: 'alice', format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified', qualifier: 'urn:q' },
  confirmation: { method: 'holder-of-key', keyInfo: certificateKeyInfo(alice.certificate) },
  conditions: { notBefore: now, notOnOrAfter: after(1_000), audiences: ['urn:a', 'urn:b'] },
  attributes: [
    { name: 'role', namespace: 'urn:n', values: ['buyer', 'seller & <co>'] },
    { name: 'city', namespace: 'urn:n', values: ['Zürich'] },
  ],
  authentication: { instant: after(-5_000), method: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password' },
};
const signing = { signer: honest.credential };
const refused = (change: Partial<AssertionContent>) =>
  thrown(() => issueAssertion({ ...content, ...change }, signing), 'invalid-argument');

describe('an assertion that is issued', () => {
  for (const version of VERSIONS) {
    describe(`in SAML ${version}`, () => {
      const text = serialize(issueAssertion({ ...content, version }, signing));

      it('says what it was to say, to whoever verifies it', () => {
        const assertion = verified(text, { audiences: ['urn:b'] });
        expect(assertion).to.deep.include({
          version,
          id: '_1',
          issuer: honest.name,
          issueInstant: now,
          subject: content.subject,
          authenticationInstant: after(-5_000),
          conditions: {
            notBefore: now,
            notOnOrAfter: after(1_000),
            audiences: [['urn:a', 'urn:b']],
            oneTimeUse: false,
          },
        });
        expect(assertion.attributes.map(({ name, namespace, values }) => ({ name, namespace, values }))).to.deep.equal(
          content.attributes,
        );
        const key = holderKey(assertion, { now });
        expect(key.kind === 'certificate' && key.certificate.fingerprint).to.equal(alice.certificate.fingerprint);
        expect(assertion.signer?.fingerprint).to.equal(honest.credential.certificate.fingerprint);
      });

      it('stays valid wherever it is written', () => {
        const wrapped = parse(`<a xmlns="urn:x" xmlns:saml2="urn:y" xmlns:ds="urn:z" xml:lang="sv">${text}</a>`).root;
        const [inner] = wrapped.children;
        if (typeof inner !== 'object' || inner.kind !== 'element') return expect.fail();
        expect(verified(inner, { audiences: ['urn:a'] }).id).to.equal('_1');
        return expect(verified(xml(serialize(detached(inner))), { audiences: ['urn:a'] }).id).to.equal('_1');
      });

      it('says any name and value just as it is', () => {
        const word = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => {
          return !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u.test(value);
        });
        fc.assert(
          fc.property(word, word, (name, value) => {
            fc.pre(name.trim() !== '');
            const made = issued(version, {
              subject: { name },
              attributes: [{ name: 'n', namespace: value.trim() === '' ? 'urn:n' : value, values: [value] }],
            });
            const { subject, attributes } = verified(made);
            expect(subject?.name).to.equal(name.trim());
            expect(attributes[0]?.values).to.deep.equal([value]);
          }),
          { numRuns: 50 },
        );
      });

      it('may be for one use', () => {
        const conditions = { ...content.conditions, oneTimeUse: true };
        const { root } = parse(serialize(issueAssertion({ ...content, version, conditions }, signing)));
        thrown(() => verified(root, { audiences: ['urn:a'] }), 'token-not-trusted');
      });

      it('may have its signature name its certificate', () => {
        for (const form of ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const) {
          const keyInfo = certificateReferenceKeyInfo(honest.credential.certificate, form);
          const made = serialize(issueAssertion({ ...content, version }, { ...signing, keyInfo }));
          expect(verified(made, { audiences: ['urn:a'] }).signer?.fingerprint).to.equal(
            honest.credential.certificate.fingerprint,
          );
        }
      });

      it('is refused when holder-of-key has no key, or another method has one', () => {
        refused({ version, confirmation: { method: 'holder-of-key' } });
        const keyInfo = certificateKeyInfo(alice.certificate);
        refused({ version, confirmation: { method: 'bearer', keyInfo } });
      });

      it('is refused when it would end before it begins', () => {
        refused({ version, conditions: { notBefore: now, notOnOrAfter: now } });
      });

      it('is refused with what its reader would refuse', () => {
        for (const id of ['', '1', 'a b', '#a', 'x'.repeat(300)]) refused({ version, id });
        refused({ version, issuer: '' });
        refused({ version, subject: { name: ' ' } });
      });
    });
  }

  it('in SAML 2.0 may limit when and where it is confirmed', () => {
    const confirmation = { method: 'bearer', notOnOrAfter: after(500), recipient: 'http://bob/' } as const;
    const [found] = verified(issued('2.0', { confirmation })).confirmations;
    expect(found).to.deep.equal({ ...confirmation, keyInfo: undefined, notBefore: undefined });
    refused({ version: '1.1', confirmation });
  });

  it('in SAML 1.1 must have something to state, and namespaces of attributes', () => {
    const { attributes: _attributes, authentication: _authentication, ...bare } = content;
    thrown(() => issueAssertion({ ...bare, version: '1.1' }, signing), 'invalid-argument');
    expect(issueAssertion(bare, signing).local).to.equal('Assertion');
    refused({ version: '1.1', attributes: [{ name: 'role', values: ['x'] }] });
    refused({ version: '1.1', attributes: [{ name: 'role', namespace: 'urn:n', values: [] }] });
  });

  it('needs an RSA key', () => {
    const { privateKey, certificate } = alice;
    const ec = { certificate, privateKey: { ...privateKey, asymmetricKeyType: 'ec' } as typeof privateKey };
    thrown(() => issueAssertion(content, { signer: ec }), 'invalid-argument');
  });
});
