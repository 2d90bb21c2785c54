import { parse, SOAP_11, WSA } from '@holdfast/soap';
import { expect } from 'chai';
import type { SupportingToken } from '#src/description.js';
import type { SupportingKeys } from '#src/keys.js';
import { replayCache } from '#src/replay-cache.js';
import { unprotect } from '#src/unprotect.js';
import {
  alice,
  bob,
  changed,
  context,
  envelopeText,
  ORDER,
  part,
  recipientKeys,
  secured,
  thrown,
  xml,
} from '../samples.js';
import {
  assertion,
  describedBy,
  layoutOf,
  lookup,
  proofKey,
  received,
  secretAssertion,
  sent,
  user,
} from './parties.js';

const plain = describedBy('transport');
const keys = (...supporting: readonly SupportingKeys[]) => ({ kind: 'transport', supporting }) as const;
const asking = (...supportingTokens: readonly SupportingToken[]) => describedBy('transport', { supportingTokens });
const TO = { namespace: WSA, local: 'To' };
const certificate = { kind: 'X509', signer: alice, signerReference: 'direct' } as const;
const contextToken = { kind: 'SecurityContextToken', context, includeToken: true } as const;
const rule = (
  token: SupportingToken['token'],
  endorsing: boolean,
  more: Partial<SupportingToken> = {},
): SupportingToken => ({
  token,
  endorsing,
  signed: false,
  encrypted: false,
  ...more,
});

describe('structures: the transport binding (SP-14)', () => {
  it('writes a Timestamp and nothing else', () => {
    for (const version of ['1.1', '1.2'] as const) {
      const { text, receipt } = sent(plain, { kind: 'transport' }, { text: envelopeText(version) });
      expect(layoutOf(text)).to.deep.equal(['Timestamp']);
      expect(text).to.contain('12 eggs');
      expect(receipt).to.deep.equal({ signatures: [], encryptedKey: undefined });
      const found = received(text, plain);
      expect(found.token).to.equal(undefined);
      expect(found.certificate).to.equal(undefined);
      expect(found.proof.tokens).to.deep.equal([]);
      expect(found.envelope.headers.map(({ local }) => local)).to.deep.equal(['Action', 'MessageID', 'To']);
      expect(found.unprotectedHeaders).to.deep.equal([]);
      expect(found.proof.signers(found.envelope.bodyElement)).to.deep.equal([]);
      expect(found.proof.encrypters(found.envelope.bodyElement)).to.deep.equal([]);
    }
  });

  it('SP-9: asks for the Timestamp, and for its being fresh', () => {
    const { text } = sent(plain, { kind: 'transport' });
    thrown(() => received(changed(text, part(text, 'wsu:Timestamp'), ''), plain), 'timestamp-missing');
    thrown(() => unprotect(parse(text), plain, lookup, { now: new Date('2026-03-01T13:00:00Z') }), 'message-expired');
    const without = { ...plain, dangerouslyWithoutTimestamp: true };
    expect(sent(without, { kind: 'transport' }).text).to.not.contain('Timestamp');
    received(sent(without, { kind: 'transport' }).text, without);
    thrown(() => received(sent(without, { kind: 'transport' }).text, plain), 'timestamp-missing');
    thrown(() => received(envelopeText(), plain), 'security-header-missing');
  });

  const ways: readonly (readonly [string, SupportingToken, SupportingKeys, string])[] = [
    ['user by password', rule('UsernameToken', false), { kind: 'UsernameToken', form: 'text', ...user }, 'user:joe'],
    ['user by digest', rule('UsernameToken', false), { kind: 'UsernameToken', form: 'digest', ...user }, 'user:joe'],
    ['bearer', rule('SAML', false), { kind: 'SAML', assertion: assertion('2.0') }, 'saml:urn%3Atest%3Aissuer:alice'],
    ['endorsing certificate', rule('X509', true), certificate, `x509:${alice.certificate.fingerprint}`],
    ['endorsing context', rule('SecurityContextToken', true), contextToken, context.identity],
    [
      'endorsing context by Identifier',
      rule('SecurityContextToken', true),
      { ...contextToken, includeToken: false },
      context.identity,
    ],
    [
      'endorsing assertion',
      rule('SAML', true),
      { kind: 'SAML', assertion: assertion('1.1', alice), holder: alice },
      'saml:urn%3Atest%3Aissuer:alice',
    ],
    [
      'endorsing assertion with a secret',
      rule('SAML', true),
      { kind: 'SAML', assertion: secretAssertion('2.0'), holder: proofKey },
      'saml:urn%3Atest%3Aissuer:alice',
    ],
  ];
  for (const [name, asked, given, identity] of ways) {
    it(`with a token: ${name}`, () => {
      const description = asking(asked);
      const { text, receipt } = sent(description, keys(given));
      const found = received(text, description);
      expect(found.token?.identity).to.equal(identity);
      expect(found.proof.tokens).to.deep.equal([found.token]);
      expect(receipt.signatures.length).to.equal(asked.endorsing ? 1 : 0);
      expect(found.receipt.signatures).to.deep.equal(receipt.signatures);
      thrown(() => received(text, plain), 'security-header-invalid');
      thrown(() => received(sent(plain, { kind: 'transport' }).text, description), 'wrong-token');
    });
  }

  it('an endorsing signature covers the Timestamp, and the header blocks that its rule names', () => {
    const to = asking(rule('X509', true, { signedHeaders: [TO] }));
    const { text } = sent(to, keys(certificate));
    const found = received(text, to);
    const byLocal = (local: string) => found.envelope.headers.find((each) => each.local === local);
    expect(found.proof.signers(byLocal('To') ?? xml('<x/>')).map(({ kind }) => kind)).to.deep.equal(['X509']);
    expect(found.proof.signers(byLocal('Action') ?? xml('<x/>'))).to.deep.equal([]);
    const { text: timestampOnly } = sent(asking(rule('X509', true)), keys(certificate));
    thrown(() => received(timestampOnly, to), 'part-not-signed');
    thrown(() => received(changed(text, 'http://bob/', 'http://eve/'), to), 'digest-mismatch');
    thrown(() => received(changed(text, '12:05:00.000Z', '12:06:00.000Z'), to), 'digest-mismatch');
    // Over the header block alone it would hold for ever.
    const without = { ...to, dangerouslyWithoutTimestamp: true };
    const timeless = sent(without, keys(certificate)).text;
    received(timeless, without);
    const stamp = part(text, 'wsu:Timestamp').replace(/Id="/, 'Id="other');
    thrown(
      () =>
        received(
          timeless.replace(/<wsse:Security[^>]*>/, (found_) => found_ + stamp),
          to,
        ),
      'part-not-signed',
    );
  });

  it('an endorsing signature cannot be used twice', () => {
    const cache = replayCache();
    const description = asking(rule('X509', true));
    const { text } = sent(description, keys(certificate));
    received(text, description, lookup, { replayCache: cache });
    thrown(() => received(text.replace('12 eggs', '99 eggs'), description, lookup, { replayCache: cache }), 'replayed');
  });

  it('takes nothing that is encrypted: who encrypted it would be nobody', () => {
    const x509 = describedBy('X509');
    const message = secured(x509, {
      kind: 'X509',
      signer: alice,
      signerReference: 'direct',
      recipient: bob.certificate,
      recipientReference: 'thumbprint',
    });
    expect(() => received(message, asking(rule('X509', true)))).to.throw();
    const { text } = sent(describedBy('EncryptedKey'), {
      kind: 'EncryptedKey',
      recipient: bob.certificate,
      recipientReference: 'thumbprint',
    });
    const signature = /<ds:Signature[ >].*<\/ds:Signature>/s.exec(text)?.[0] ?? '';
    thrown(() => received(text.replace(signature, ''), plain), 'wrong-token');
  });

  it('a message that nobody secured is not secured by being called so', () => {
    thrown(
      () => received(`<s:Envelope xmlns:s="${SOAP_11}"><s:Body>${ORDER}</s:Body></s:Envelope>`, plain, recipientKeys),
      'security-header-missing',
    );
  });
});
