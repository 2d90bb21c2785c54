import { SOAP_12 } from '@holdfast/soap';
import { expect } from 'chai';
import type { Layout, ProtectionDescription } from '#src/description.js';
import type { ProtectionKeys } from '#src/keys.js';
import { ALL, dkt, encryptedData, envelope, referenceList, SCT, signed, TIMESTAMP, TOKENS } from '../forge.js';
import { alice, bob, contextKeys, envelopeText, ORDER, thrown } from '../samples.js';
import {
  assertion,
  carol,
  describedBy,
  layoutOf,
  lookup,
  proofKey,
  received,
  secretAssertion,
  sent,
  takesEncryptedTokens,
  user,
} from './parties.js';

const LAYOUTS: readonly Layout[] = ['strict', 'lax', 'lax-timestamp-first', 'lax-timestamp-last'];
const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;

/** Messages with everything in them, of each kind. */
const ways: readonly { readonly token: ProtectionDescription['token']; readonly keys: ProtectionKeys }[] = [
  { token: 'SecurityContextToken', keys: contextKeys() },
  { token: 'X509', keys: { kind: 'X509', signer: alice, signerReference: 'direct', ...toBob } },
  { token: 'EncryptedKey', keys: { kind: 'EncryptedKey', ...toBob } },
  { token: 'UsernameToken', keys: { kind: 'UsernameToken', ...user } },
  { token: 'SAML', keys: { kind: 'SAML', assertion: assertion('2.0', alice), holder: alice, ...toBob } },
  { token: 'SAML', keys: { kind: 'SAML', assertion: secretAssertion('1.1'), secret: proofKey } },
];
const supportingTokens = (encrypted: boolean) =>
  [
    { token: 'X509', endorsing: true, signed: true, encrypted: false },
    { token: 'SAML', endorsing: false, signed: true, encrypted },
  ] as const;
const supporting = [
  { kind: 'X509', signer: carol, signerReference: 'direct' },
  { kind: 'SAML', assertion: assertion('1.1') },
] as const;

describe('structures: layouts (SP-10)', () => {
  for (const layout of LAYOUTS) {
    it(`${layout}: what is written is as what is read must be, and Strict`, () => {
      for (const { token, keys } of ways) {
        for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
          for (const encryptSignature of [false, true]) {
            for (const protectTokens of [false, true]) {
              const description = describedBy(token, {
                layout,
                order,
                encryptSignature,
                protectTokens,
                supportingTokens: supportingTokens(takesEncryptedTokens(keys, { order })),
              });
              const { text } = sent(description, { ...keys, supporting });
              expect(received(text, description).proof.tokens.length).to.equal(3);
              received(text, { ...description, layout: 'strict' });
              const parts = layoutOf(text);
              expect(parts[layout === 'lax-timestamp-last' ? parts.length - 1 : 0]).to.equal('Timestamp');
            }
          }
        }
      }
    });
  }

  const clear = describedBy('SecurityContextToken', { encryptBody: false });
  const withLayout = (layout: Layout) => ({ ...clear, layout });
  const made = (security: string, body = ORDER) => signed(envelope(security, body), ALL);

  it('lax-timestamp-first and -last: a Timestamp in any other place is refused', () => {
    const last = made(`${TOKENS}<!--signature-->${TIMESTAMP}`);
    const first = made(`${TIMESTAMP}${TOKENS}<!--signature-->`);
    const middle = made(`${TOKENS}${TIMESTAMP}<!--signature-->`);
    for (const message of [last, first, middle]) received(message, withLayout('lax'));
    received(first, withLayout('lax-timestamp-first'));
    received(last, withLayout('lax-timestamp-last'));
    for (const message of [last, middle])
      thrown(() => received(message, withLayout('lax-timestamp-first')), 'security-header-invalid');
    for (const message of [first, middle])
      thrown(() => received(message, withLayout('lax-timestamp-last')), 'security-header-invalid');
  });

  it('strict: R5205, SC13-7-13: a token after what refers to it is refused', () => {
    const sign = dkt('sign', 24);
    for (const security of [
      `${TIMESTAMP}<!--signature-->${TOKENS}`,
      `${TIMESTAMP}${SCT}<!--signature-->${sign}`,
      `${TIMESTAMP}${sign}${SCT}<!--signature-->`,
      `${TIMESTAMP}${sign}<!--signature-->${SCT}`,
    ]) {
      const message = made(security);
      received(message, withLayout('lax'));
      thrown(() => received(message, withLayout('strict')), 'security-header-invalid');
    }
    received(made(`${SCT}${sign}<!--signature-->${TIMESTAMP}`), withLayout('strict'));
  });

  it('strict: an assertion after the signature that names it by its ID is refused', () => {
    for (const [version, keys] of [
      ['2.0', { kind: 'SAML', assertion: assertion('2.0', alice), holder: alice, ...toBob }],
      ['1.1', { kind: 'SAML', assertion: assertion('1.1', alice), holder: alice, ...toBob }],
    ] as const) {
      const { text } = sent(describedBy('SAML', { encryptBody: false }), keys);
      const found = /<saml[12]:Assertion.*<\/saml[12]:Assertion>/s.exec(text)?.[0] ?? '';
      const late = text.replace(found, '').replace('</wsse:Security>', () => `${found}</wsse:Security>`);
      received(late, describedBy('SAML', { encryptBody: false }));
      const error = thrown(
        () => received(late, describedBy('SAML', { encryptBody: false, layout: 'strict' })),
        'security-header-invalid',
      );
      expect(error.message, version).to.contain('stands after');
    }
  });

  it('R3208: a list may stand after what it names: nothing depends on it', () => {
    const message = made(`${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data')}`, encryptedData('data', ORDER));
    received(message, describedBy('SecurityContextToken', { layout: 'strict' }));
  });
});

describe('structures: roles (WSS-5-1, WSS-5-2)', () => {
  const role = 'urn:the-gateway';
  for (const version of ['1.1', '1.2'] as const) {
    it(`each Security header is opened by whom it is for (SOAP ${version})`, () => {
      const [inner, outer] = [
        describedBy('SecurityContextToken'),
        describedBy('X509', { role, encryptBody: false, order: 'encrypt-then-sign' }),
      ];
      const keys = { kind: 'X509', signer: alice, signerReference: 'direct', ...toBob } as const;
      const first = sent(inner, contextKeys(), { text: envelopeText(version) }).text;
      const both = sent(outer, keys, { text: first, seed: 88 }).text;
      expect(both.match(/<wsse:Security[ >]/g)?.length).to.equal(2);
      expect(both).to.contain(version === '1.1' ? `s:actor="${role}"` : `s:role="${role}"`);
      const gateway = received(both, outer);
      expect(gateway.token?.kind).to.equal('X509');
      expect(gateway.envelope.headers.map(({ local }) => local)).to.include('Security');
      const end = received(both, inner);
      expect(end.token?.kind).to.equal('SecurityContextToken');
      expect(end.unprotectedHeaders.map(({ local }) => local)).to.deep.equal(['Security']);
      thrown(() => received(first, outer), 'security-header-missing');
      thrown(() => received(both, { ...inner, role: 'urn:somebody' }), 'security-header-missing');
    });
  }

  it('R3066, R3067: a token of another Security header is not used', () => {
    const other = `<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:wsc="http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" s:role="urn:x">${SCT}${dkt('sign', 24)}</wsse:Security>`;
    const message = signed(envelope(`${TIMESTAMP}<!--signature-->`, ORDER, other), ALL);
    thrown(() => received(message, describedBy('SecurityContextToken', { encryptBody: false })), 'token-unavailable');
  });

  it('WSS-5-1: two Security headers for one role are refused, and not made', () => {
    const { text } = sent(describedBy('SecurityContextToken'), contextKeys());
    thrown(() => sent(describedBy('SecurityContextToken'), contextKeys(), { text }), 'invalid-argument');
    const empty =
      '<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"';
    for (const attribute of ['', ' s:role=""', ` s:role="${SOAP_12}/role/ultimateReceiver"`]) {
      const message = text.replace('</s:Header>', `${empty}${attribute}/></s:Header>`);
      thrown(() => received(message, describedBy('SecurityContextToken'), lookup), 'security-header-invalid');
    }
  });
});
