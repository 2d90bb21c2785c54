import { WSA } from '@holdfast/soap';
import { expect } from 'chai';
import fc from 'fast-check';
import { SUITES, type SuiteName } from '#src/algorithms/suites.js';
import type { Layout, ProtectionDescription, ProtectionToken, SupportingToken } from '#src/description.js';
import type { ProtectionKeys, SupportingKeys } from '#src/keys.js';
import type { Receipt } from '#src/receipt.js';
import { alice, bob, context, envelopeText } from '../samples.js';
import {
  assertion,
  carol,
  describedBy,
  intermediate,
  lookup,
  proofKey,
  received,
  remote,
  secretAssertion,
  sent,
  takesEncryptedTokens,
  user,
} from './parties.js';

const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const X509_FORMS = [
  'direct',
  'pki-path',
  'pkcs7',
  'embedded',
  'thumbprint',
  'subject-key-identifier',
  'issuer-serial',
] as const;

/** By name, so that a counterexample can be read. */
const messageKeys: Readonly<Record<string, readonly [ProtectionToken, ProtectionKeys]>> = {
  'context held': ['SecurityContextToken', { kind: 'SecurityContextToken', context, includeToken: true }],
  'context named': ['SecurityContextToken', { kind: 'SecurityContextToken', context, includeToken: false }],
  ...Object.fromEntries(
    X509_FORMS.map((signerReference) => {
      const isPath = signerReference === 'pki-path' || signerReference === 'pkcs7';
      const signer = isPath ? { signer: remote, path: [intermediate] } : { signer: alice };
      return [signerReference, ['X509', { kind: 'X509', ...signer, signerReference, ...toBob }] as const];
    }),
  ),
  'fresh key': ['EncryptedKey', { kind: 'EncryptedKey', ...toBob }],
  user: ['UsernameToken', { kind: 'UsernameToken', ...user }],
  'SAML 1.1, private key': ['SAML', { kind: 'SAML', assertion: assertion('1.1', alice), holder: alice, ...toBob }],
  'SAML 2.0, private key': ['SAML', { kind: 'SAML', assertion: assertion('2.0', alice), holder: alice, ...toBob }],
  'SAML 1.1, secret': ['SAML', { kind: 'SAML', assertion: secretAssertion('1.1'), secret: proofKey }],
  'SAML 2.0, secret': ['SAML', { kind: 'SAML', assertion: secretAssertion('2.0'), secret: proofKey }],
  transport: ['transport', { kind: 'transport' }],
};

const beside = { ...context, identifier: 'urn:uuid:beside', identity: 'beside' };

const supporting: Readonly<Record<string, readonly [Pick<SupportingToken, 'token' | 'endorsing'>, SupportingKeys]>> = {
  text: [
    { token: 'UsernameToken', endorsing: false },
    { kind: 'UsernameToken', form: 'text', ...user },
  ],
  digest: [
    { token: 'UsernameToken', endorsing: false },
    { kind: 'UsernameToken', form: 'digest', ...user },
  ],
  certificate: [
    { token: 'X509', endorsing: true },
    { kind: 'X509', signer: carol, signerReference: 'direct' },
  ],
  'bearer 1.1': [
    { token: 'SAML', endorsing: false },
    { kind: 'SAML', assertion: assertion('1.1') },
  ],
  'bearer 2.0': [
    { token: 'SAML', endorsing: false },
    { kind: 'SAML', assertion: assertion('2.0') },
  ],
  holder: [
    { token: 'SAML', endorsing: true },
    { kind: 'SAML', assertion: assertion('2.0', carol), holder: carol },
  ],
  secret: [
    { token: 'SAML', endorsing: true },
    { kind: 'SAML', assertion: secretAssertion('1.1'), holder: proofKey },
  ],
  context: [
    { token: 'SecurityContextToken', endorsing: true },
    { kind: 'SecurityContextToken', context: beside, includeToken: true },
  ],
};

const choices = fc.record({
  keys: fc.constantFrom(...Object.keys(messageKeys)),
  suite: fc.constantFrom<SuiteName>('Basic256', 'Basic128', 'Basic256Sha256', 'Basic256GCM', 'TripleDes'),
  order: fc.constantFrom('sign-then-encrypt' as const, 'encrypt-then-sign' as const),
  layout: fc.constantFrom<Layout>('strict', 'lax', 'lax-timestamp-first', 'lax-timestamp-last'),
  encryptSignature: fc.boolean(),
  encryptBody: fc.boolean(),
  protectTokens: fc.boolean(),
  signatureConfirmation: fc.boolean(),
  derivedKeys: fc.constantFrom('explicit' as const, 'implied' as const),
  headers: fc.boolean(),
  role: fc.option(fc.constant('urn:gateway'), { nil: undefined }),
  besides: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...Object.keys(supporting)),
      signed: fc.boolean(),
      encrypted: fc.boolean(),
    }),
    { maxLength: 3, selector: ({ name }) => JSON.stringify(supporting[name]?.[0]) },
  ),
  soap: fc.constantFrom('1.1' as const, '1.2' as const),
});

const keysOf = {
  ...lookup,
  securityContext: (identifier: string) => [context, beside].find((each) => each.identifier === identifier),
};

describe('structures: whatever a description asks for', () => {
  it('is written and read, in every combination', function () {
    this.timeout(60_000);
    const request: Receipt = { signatures: [Buffer.from('one'), Buffer.from('two')], encryptedKey: undefined };
    fc.assert(
      fc.property(choices, (chosen) => {
        const { keys, suite, headers, role, besides, soap, ...rest } = chosen;
        const [token, own] = messageKeys[keys] ?? expect.fail(keys);
        const tokens = besides.flatMap(({ name, signed, encrypted }) => {
          const [rule, each] = supporting[name] ?? expect.fail(name);
          const isBorne = rule.token === 'SAML' && !rule.endorsing;
          const hidden = encrypted && takesEncryptedTokens(own, rest);
          const isSigned = signed || isBorne || hidden;
          return [{ rule: { ...rule, encrypted: hidden, signed: isSigned }, keys: each }];
        });
        const rules = tokens.map(({ rule }) => rule);
        const given = tokens.map(({ keys: each }) => each);
        const description: ProtectionDescription = describedBy(token, {
          ...rest,
          suite: SUITES[suite],
          supportingTokens: rules,
          encryptedHeaders: headers ? [{ namespace: WSA, local: 'To' }] : [],
          ...(role === undefined ? {} : { role }),
        });
        // What is confirmed makes it a response, which an EncryptedKey of its own may not protect.
        const answers = description.signatureConfirmation && token !== 'EncryptedKey' ? { request } : {};
        const { text, receipt } = sent(
          description,
          { ...own, supporting: given },
          { text: envelopeText(soap), ...answers },
        );
        const found = received(text, description, keysOf, answers);
        expect(found.proof.tokens.length).to.equal(rules.length + (token === 'transport' ? 0 : 1));
        expect(found.receipt).to.deep.equal(receipt);
        expect(found.envelope.headers.map(({ local }) => local)).to.deep.equal(['Action', 'MessageID', 'To']);
        if (token === 'transport') return;
        expect(found.token?.kind).to.equal(token);
        expect(found.proof.signers(found.envelope.bodyElement)).to.deep.equal([found.token]);
        expect(found.proof.encrypters(found.envelope.bodyElement).length).to.equal(description.encryptBody ? 1 : 0);
        expect(text.includes('12 eggs')).to.equal(!description.encryptBody);
        // Every layout is written Strict, but for the place of the Timestamp.
        received(text, { ...description, layout: 'strict' }, keysOf, answers);
      }),
      { numRuns: 100 },
    );
  });
});
