import { elements, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import type { ProtectionDescription, SupportingToken } from '#src/description.js';
import type { ProtectionKeys, SupportingKeys } from '#src/keys.js';
import { replayCache } from '#src/replay-cache.js';
import { alice, bob, context, thrown } from '../samples.js';
import {
  assertion,
  binarySecret,
  carol,
  describedBy,
  intermediate,
  issuer,
  lookup,
  proofKey,
  received,
  remote,
  secretAssertion,
  sent,
  stranger,
  takesEncryptedTokens,
  unknownIssuer,
  user,
} from './parties.js';

const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const NONE = { endorsing: false, signed: false, encrypted: false } as const;

/** What protects the message that the tokens come with. */
interface Base {
  readonly name: string;
  readonly description: ProtectionDescription;
  readonly keys: ProtectionKeys;
}

const bases: readonly Base[] = (['sign-then-encrypt', 'encrypt-then-sign'] as const).flatMap((order) =>
  [false, true].flatMap((encryptSignature): readonly Base[] => {
    const more = `${order}${encryptSignature ? ', encrypted signature' : ''}`;
    const options = { order, encryptSignature };
    return [
      {
        name: `EncryptedKey, ${more}`,
        description: describedBy('EncryptedKey', options),
        keys: { kind: 'EncryptedKey', ...toBob },
      },
      {
        name: `X.509, ${more}`,
        description: describedBy('X509', options),
        keys: { kind: 'X509', signer: carol, signerReference: 'direct', ...toBob },
      },
    ];
  }),
);
const [base] = bases as readonly [Base, ...Base[]];

/** A token beside the message's own. */
interface Way {
  readonly name: string;
  readonly rule: Omit<SupportingToken, 'signed' | 'encrypted'>;
  readonly keys: SupportingKeys;
  /** Absent: it proves nothing. */
  readonly identity?: string;
  /** Whether the message holds it; it can be signed and encrypted only then. */
  readonly isHeld?: false;
}

const plain = (token: SupportingToken['token']) => ({ token, endorsing: false });
const endorsing = (token: SupportingToken['token']) => ({ token, endorsing: true });
const saml = 'saml:urn%3Atest%3Aissuer:alice';
const x509 = `x509:${alice.certificate.fingerprint}`;
const contextToken = { kind: 'SecurityContextToken', context, includeToken: true } as const;

const ways: readonly Way[] = [
  {
    name: 'text password',
    rule: plain('UsernameToken'),
    keys: { kind: 'UsernameToken', form: 'text', ...user },
    identity: 'user:joe',
  },
  {
    name: 'password digest',
    rule: plain('UsernameToken'),
    keys: { kind: 'UsernameToken', form: 'digest', ...user },
    identity: 'user:joe',
  },
  {
    name: 'user without password',
    rule: { ...plain('UsernameToken'), passwords: ['none'] },
    keys: { kind: 'UsernameToken', form: 'none', username: 'anybody' },
  },
  { name: 'certificate', rule: plain('X509'), keys: { kind: 'X509', signer: alice, signerReference: 'direct' } },
  { name: 'context', rule: plain('SecurityContextToken'), keys: contextToken },
  {
    name: 'endorsing context',
    rule: endorsing('SecurityContextToken'),
    keys: contextToken,
    identity: context.identity,
  },
  {
    name: 'endorsing context by its Identifier',
    rule: endorsing('SecurityContextToken'),
    keys: { ...contextToken, includeToken: false },
    identity: context.identity,
    isHeld: false,
  },
  {
    name: 'endorsing certificate',
    rule: endorsing('X509'),
    keys: { kind: 'X509', signer: alice, signerReference: 'direct' },
    identity: x509,
  },
  {
    name: 'endorsing certificate path',
    rule: endorsing('X509'),
    keys: { kind: 'X509', signer: remote, signerReference: 'pki-path', path: [intermediate] },
    identity: `x509:${remote.certificate.fingerprint}`,
  },
  {
    name: 'endorsing certificate by thumbprint',
    rule: endorsing('X509'),
    keys: { kind: 'X509', signer: alice, signerReference: 'thumbprint' },
    identity: x509,
    isHeld: false,
  },
  ...(['1.1', '2.0'] as const).flatMap((version): readonly Way[] => [
    {
      name: `SAML ${version} bearer`,
      rule: plain('SAML'),
      keys: { kind: 'SAML', assertion: assertion(version) },
      identity: saml,
    },
    {
      name: `SAML ${version} sender-vouches`,
      rule: plain('SAML'),
      keys: { kind: 'SAML', assertion: assertion(version, undefined, { confirmation: { method: 'sender-vouches' } }) },
      identity: saml,
    },
    {
      name: `endorsing SAML ${version}, held by a private key`,
      rule: endorsing('SAML'),
      keys: { kind: 'SAML', assertion: assertion(version, alice), holder: alice },
      identity: saml,
    },
    {
      name: `endorsing SAML ${version}, held by a secret`,
      rule: endorsing('SAML'),
      keys: { kind: 'SAML', assertion: secretAssertion(version), holder: proofKey },
      identity: saml,
    },
  ]),
];

const bears = ({ rule, keys }: Way) => keys.kind === 'SAML' && !rule.endorsing;

const withTokens = (description: ProtectionDescription, ...supportingTokens: readonly SupportingToken[]) => ({
  ...description,
  supportingTokens,
});

describe('structures: supporting tokens (SP-25)', () => {
  for (const way of ways) {
    for (const { name, description, keys } of bases) {
      it(`${way.name}: plain, signed, encrypted, both (${name})`, () => {
        for (const signed of [false, true]) {
          for (const encrypted of [false, true]) {
            if (way.isHeld === false && (signed || encrypted)) continue;
            if (bears(way) && !signed) continue;
            // A key that anybody could make vouches for nobody.
            if (way.name.includes('sender-vouches') && description.token === 'EncryptedKey') continue;
            if (encrypted && !(signed && takesEncryptedTokens(keys, description))) continue;
            const asked = withTokens(description, { ...way.rule, signed, encrypted });
            const { text, receipt } = sent(asked, { ...keys, supporting: [way.keys] });
            const found = received(text, asked);
            const identities = found.proof.tokens.map(({ identity }) => identity);
            expect(identities.slice(1)).to.deep.equal(way.identity === undefined ? [] : [way.identity]);
            expect(found.proof.tokens[0]).to.deep.equal(found.token);
            expect(found.token?.kind).to.equal(description.token);
            expect(found.receipt.signatures).to.deep.equal(receipt.signatures);
            expect(receipt.signatures.length).to.equal(way.rule.endorsing ? 2 : 1);
            // The endorsing signature says nothing about the Body: only about the signature that does.
            expect(found.proof.signatures(found.envelope.bodyElement).map((each) => each.endorsing)).to.deep.equal([
              false,
            ]);

            const security = elements(elements(found.envelope.root)[0] as XmlElement)[0] as XmlElement;
            if (way.rule.endorsing) {
              const [message, endorsement] = elements(security).filter(({ local }) => local === 'Signature');
              expect(found.proof.signatures(message as XmlElement).map((each) => each.endorsing)).to.deep.equal([true]);
              expect(found.proof.signatures(endorsement as XmlElement)).to.deep.equal([]);
            }
            if (signed || encrypted) {
              const carried = elements(security).findLast(({ local }) => local === LOCAL[way.rule.token]) as XmlElement;
              expect(found.proof.signatures(carried).length > 0, 'signed').to.equal(signed);
              expect(found.proof.encrypters(carried).length > 0, 'encrypted').to.equal(encrypted);
            }
          }
        }
      });
    }
  }

  for (const way of ways) {
    const rule: SupportingToken = { ...way.rule, signed: false, encrypted: false };
    const held = way.isHeld !== false;
    const asked = (more: Partial<SupportingToken>) => withTokens(base.description, { ...rule, ...more });
    const signed = bears(way);

    it(`${way.name}: is refused where it is missing`, () => {
      const { text } = sent(base.description, base.keys);
      thrown(() => received(text, asked({ signed })), 'wrong-token');
    });

    it(`${way.name}: is refused where nobody asked for it`, () => {
      const { text } = sent(asked({ signed }), { ...base.keys, supporting: [way.keys] });
      const code =
        way.rule.endorsing || way.rule.token !== 'SecurityContextToken' ? 'security-header-invalid' : 'wrong-token';
      thrown(() => received(text, base.description), code);
    });

    it(`${way.name}: is refused where it is there twice`, () => {
      const twice = withTokens(base.description, { ...rule, signed }, { ...rule, signed });
      const { text } = sent(twice, { ...base.keys, supporting: [way.keys, way.keys] });
      // A context may stand in a header twice: it is the same.
      if (way.name === 'context') thrown(() => received(text, asked({})), 'wrong-token');
      else
        thrown(
          () => received(text, asked({ signed })),
          way.rule.token === 'SAML' ? 'duplicate-id' : 'security-header-invalid',
        );
    });

    it(`${way.name}: is refused unsigned, and in clear, where that is asked for`, () => {
      if (!held) {
        thrown(() => sent(asked({ signed: true }), { ...base.keys, supporting: [way.keys] }), 'invalid-argument');
        thrown(
          () => sent(asked({ signed: true, encrypted: true }), { ...base.keys, supporting: [way.keys] }),
          'invalid-argument',
        );
      }
      const { text } = sent(asked({ signed }), { ...base.keys, supporting: [way.keys] });
      if (!signed) thrown(() => received(text, asked({ signed: true })), 'part-not-signed');
      thrown(() => received(text, asked({ signed: false, encrypted: true })), 'invalid-option');
      if (!held) return;
      const covered = sent(asked({ signed: true }), { ...base.keys, supporting: [way.keys] }).text;
      thrown(() => received(covered, asked({ signed: true, encrypted: true })), 'part-not-encrypted');
    });
  }

  it('bearer and sender-vouches are refused where the message signature does not cover the assertion', () => {
    for (const way of ways.filter(bears)) {
      const asked = withTokens(base.description, { ...way.rule, signed: false, encrypted: false });
      const { text } = sent(asked, { ...base.keys, supporting: [way.keys] });
      const error = thrown(() => received(text, asked), 'unsupported-token');
      expect(error.message).to.contain('neither covered by the message signature');
    }
  });

  it('holder-of-key is refused by the word of its bearer alone, and when another signs', () => {
    for (const version of ['1.1', '2.0'] as const) {
      const rule = { token: 'SAML', ...NONE, signed: true } as const;
      const [, known] = bases as readonly [Base, Base];
      const borne = withTokens(known.description, rule);
      const held = { kind: 'SAML', assertion: assertion(version, alice) } as const;
      thrown(() => received(sent(borne, { ...known.keys, supporting: [held] }).text, borne), 'token-not-trusted');
      const asked = withTokens(base.description, { ...rule, endorsing: true });
      const by = (holder: typeof carol | Uint8Array) =>
        sent(asked, { ...base.keys, supporting: [{ ...held, holder }] }).text;
      thrown(() => received(by(carol), asked), 'signature-invalid');
      thrown(() => received(by(proofKey), asked), 'unsupported-token');
      const secret = { kind: 'SAML', assertion: secretAssertion(version), holder: new Uint8Array(32).fill(9) } as const;
      thrown(() => received(sent(asked, { ...base.keys, supporting: [secret] }).text, asked), 'signature-invalid');
      const foreign = { ...secret, assertion: secretAssertion(version, proofKey, carol.certificate), holder: proofKey };
      thrown(() => received(sent(asked, { ...base.keys, supporting: [foreign] }).text, asked), 'token-unavailable');
    }
  });

  it('an assertion is refused whose issuer is not known, or that is about another time or audience', () => {
    const rule = { token: 'SAML', ...NONE, signed: true } as const;
    const asked = withTokens(base.description, rule);
    const text = (given: XmlElement) =>
      sent(asked, { ...base.keys, supporting: [{ kind: 'SAML', assertion: given }] }).text;
    const day = 86_400_000;
    const at = (from: number, to: number, audiences?: readonly string[]) =>
      issuer.issue(new Date('2026-03-01T12:00:00Z'), undefined, {
        conditions: {
          notBefore: new Date(Date.parse('2026-03-01T12:00:00Z') + from),
          notOnOrAfter: new Date(Date.parse('2026-03-01T12:00:00Z') + to),
          ...(audiences === undefined ? {} : { audiences }),
        },
      });
    thrown(() => received(text(unknownIssuer.issue(new Date('2026-03-01T12:00:00Z'))), asked), 'token-not-trusted');
    thrown(() => received(text(at(-2 * day, -day)), asked), 'token-expired');
    thrown(() => received(text(at(day, 2 * day)), asked), 'token-expired');
    thrown(() => received(text(at(0, day, ['urn:them'])), asked), 'token-not-trusted');
    thrown(() => received(text(at(0, day)), asked, { ...lookup, assertions: undefined as never }), 'unsupported-token');
    const ours = { ...lookup, assertions: { issuers: [issuer.issuer], audiences: ['urn:us'] } };
    expect(received(text(at(0, day, ['urn:us'])), asked, ours).proof.tokens.length).to.equal(2);
  });

  describe('a UsernameToken', () => {
    const asked = (more: Partial<SupportingToken> = {}) =>
      withTokens(base.description, { token: 'UsernameToken', ...NONE, ...more });
    const text = (keys: Partial<typeof user>, form: 'text' | 'digest') =>
      sent(asked(), { ...base.keys, supporting: [{ kind: 'UsernameToken', form, ...user, ...keys }] }).text;

    for (const form of ['text', 'digest'] as const) {
      it(`with ${form} is refused for a wrong password as for an unknown user`, () => {
        const wrong = thrown(() => received(text({ password: 'wrong' as never }, form), asked()), 'token-not-trusted');
        const unknown = thrown(() => received(text({ username: 'who' as never }, form), asked()), 'token-not-trusted');
        expect(wrong.message).to.equal(unknown.message);
        thrown(() => received(text({}, form), asked(), { ...lookup, password: () => undefined }), 'token-not-trusted');
      });

      it(`with ${form} is refused where only the other is accepted`, () => {
        const passwords = [form === 'text' ? 'digest' : 'text'] as const;
        thrown(() => received(text({}, form), asked({ passwords })), 'unsupported-token');
        expect(received(text({}, form), asked({ passwords: [form] })).proof.tokens.length).to.equal(2);
      });
    }

    it('without a password is refused where one must be shown', () => {
      const none = sent(asked(), {
        ...base.keys,
        supporting: [{ kind: 'UsernameToken', form: 'none', username: 'joe' }],
      });
      thrown(() => received(none.text, asked()), 'unsupported-token');
      expect(received(none.text, asked({ passwords: ['none'] })).proof.tokens.length).to.equal(1);
    });

    it('uses its nonce up, in whatever message it comes again, but not in one that is refused', () => {
      const cache = replayCache();
      const first = text({}, 'digest');
      const token = /<wsse:UsernameToken.*<\/wsse:UsernameToken>/s.exec(first)?.[0] ?? '';
      const second = sent(
        asked(),
        { ...base.keys, supporting: [{ kind: 'UsernameToken', form: 'digest', ...user }] },
        { seed: 77 },
      ).text;
      const again = second.replace(/<wsse:UsernameToken.*<\/wsse:UsernameToken>/s, () => token);
      thrown(
        () => received(first.replace('urn:o/Place', 'urn:o/Other'), asked(), lookup, { replayCache: cache }),
        'digest-mismatch',
      );
      received(first, asked(), lookup, { replayCache: cache });
      thrown(() => received(again, asked(), lookup, { replayCache: cache }), 'replayed');
      received(second, asked(), lookup, { replayCache: cache });
    });

    it('cannot endorse', () => {
      const endorsed = asked({ endorsing: true });
      const keys = { ...base.keys, supporting: [{ kind: 'UsernameToken', form: 'text', ...user } as const] };
      thrown(() => sent(endorsed, keys), 'unsupported');
    });
  });

  describe('an endorsing signature', () => {
    const certificate = { kind: 'X509', signer: alice, signerReference: 'direct' } as const;
    const rule = { token: 'X509', ...NONE, endorsing: true } as const;
    const asked = withTokens(base.description, rule);

    it('is refused by a stranger, and by a token of another kind', () => {
      const by = (keys: SupportingKeys, as: SupportingToken) =>
        sent(withTokens(base.description, as), { ...base.keys, supporting: [keys] }).text;
      thrown(() => received(by({ ...certificate, signer: stranger }, rule), asked), 'token-not-trusted');
      thrown(() => received(by(contextToken, { ...rule, token: 'SecurityContextToken' }), asked), 'wrong-token');
      thrown(
        () => received(by(certificate, rule), withTokens(base.description, { ...rule, token: 'SAML' })),
        'wrong-token',
      );
    });

    it('is refused over another message, and over a message that was signed anew', () => {
      const one = sent(asked, { ...base.keys, supporting: [certificate] }).text;
      const signatures = [...one.matchAll(/<ds:Signature[ >].*?<\/ds:Signature>/gs)].map(([text]) => text);
      const other = sent(asked, { ...base.keys, supporting: [certificate] }, { seed: 5 }).text;
      const [message = '', endorsement = ''] = [...other.matchAll(/<ds:Signature[ >].*?<\/ds:Signature>/gs)].map(
        ([text]) => text,
      );
      expect(signatures.length).to.equal(2);
      expect(() =>
        received(
          other.replace(endorsement, () => signatures[1] ?? ''),
          asked,
        ),
      ).to.throw();
      expect(() =>
        received(
          other.replace(message, () => signatures[0] ?? ''),
          asked,
        ),
      ).to.throw();
      thrown(() => received(other.replace(endorsement, ''), asked), 'wrong-token');
      expect(() => received(other.replace(message, ''), asked)).to.throw();
    });

    it('is refused where it and the message signature have changed places', () => {
      const x509 = describedBy('X509', { supportingTokens: [{ ...rule, token: 'SecurityContextToken' }] });
      const { text } = sent(x509, {
        kind: 'X509',
        signer: alice,
        signerReference: 'direct',
        ...toBob,
        supporting: [contextToken],
      });
      expect(received(text, x509).proof.tokens.map(({ kind }) => kind)).to.deep.equal(['X509', 'SecurityContextToken']);
      thrown(() => received(text, withTokens(describedBy('SecurityContextToken'), rule)), 'wrong-token');
    });

    it('must be as many as are asked for, each by a token of its own', () => {
      const two = withTokens(base.description, rule, rule);
      const bothKeys = { ...base.keys, supporting: [certificate, { ...certificate, signer: carol }] };
      const { text } = sent(two, bothKeys);
      const found = received(text, two);
      expect(found.proof.tokens.slice(1).map(({ identity }) => identity)).to.deep.equal([
        x509,
        `x509:${carol.certificate.fingerprint}`,
      ]);
      thrown(() => received(text, asked), 'security-header-invalid');
      thrown(() => received(sent(asked, { ...base.keys, supporting: [certificate] }).text, two), 'wrong-token');
    });

    it('covers its own token too, with protectTokens', () => {
      for (const { description, keys } of bases) {
        const covered = withTokens({ ...description, protectTokens: true }, rule);
        const { text } = sent(covered, { ...keys, supporting: [certificate] });
        const { proof, envelope } = received(text, covered);
        const security = elements(elements(envelope.root)[0] as XmlElement)[0] as XmlElement;
        const token = elements(security).findLast(({ local }) => local === 'BinarySecurityToken') as XmlElement;
        expect(proof.signatures(token).map((each) => each.endorsing)).to.deep.equal([true]);
      }
      const embedded = { ...base.keys, supporting: [{ ...certificate, signerReference: 'embedded' } as const] };
      const covered = withTokens({ ...base.description, protectTokens: true }, rule);
      expect(received(sent(covered, embedded).text, covered).proof.tokens.length).to.equal(2);
      expect(() => received(sent(asked, embedded).text, covered)).to.throw();
    });
  });

  it('is told from the token of the message, though it is of the same kind', () => {
    const pairs: readonly (readonly [ProtectionKeys, SupportingToken, SupportingKeys, string])[] = [
      [
        { kind: 'UsernameToken', ...user },
        { token: 'UsernameToken', ...NONE },
        { kind: 'UsernameToken', form: 'digest', ...user },
        'user:joe',
      ],
      [
        { kind: 'SAML', assertion: assertion('2.0', carol, { subject: { name: 'carol' } }), holder: carol, ...toBob },
        { token: 'SAML', ...NONE, signed: true },
        { kind: 'SAML', assertion: assertion('1.1') },
        saml,
      ],
      [
        { kind: 'X509', signer: carol, signerReference: 'direct', ...toBob },
        { token: 'X509', ...NONE, endorsing: true },
        { kind: 'X509', signer: alice, signerReference: 'direct' },
        x509,
      ],
    ];
    for (const [keys, rule, beside, identity] of pairs) {
      for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
        const asked = describedBy(rule.token, { order, supportingTokens: [rule] });
        const { text } = sent(asked, { ...keys, supporting: [beside] });
        expect(received(text, asked).proof.tokens[1]?.identity).to.equal(identity);
        const alone = describedBy(rule.token, { order });
        thrown(() => received(sent(alone, keys).text, asked), 'wrong-token');
        thrown(() => received(text, alone), 'security-header-invalid');
      }
    }
  });

  it('keys of other supporting tokens than the description names are refused when a message is made', () => {
    const asked = withTokens(base.description, { token: 'X509', ...NONE });
    thrown(() => sent(asked, base.keys), 'invalid-argument');
    thrown(() => sent(asked, { ...base.keys, supporting: [contextToken] }), 'invalid-argument');
    thrown(() => sent(base.description, { ...base.keys, supporting: [contextToken] }), 'invalid-argument');
    thrown(
      () =>
        sent(withTokens(base.description, { ...plain('SAML'), endorsing: true, signed: true, encrypted: false }), {
          ...base.keys,
          supporting: [{ kind: 'SAML', assertion: assertion('2.0') }],
        }),
      'unsupported',
    );
  });

  it('with a private key, a token is taken encrypted only if its signer has signed what it says', () => {
    const [, { description, keys: own }] = bases as readonly [Base, Base];
    expect([own.kind, description.order]).to.deep.equal(['X509', 'sign-then-encrypt']);
    const rule = { token: 'UsernameToken', ...NONE, encrypted: true } as const;
    const supporting = [{ kind: 'UsernameToken', form: 'text', ...user }] as const;
    const both = withTokens(description, { ...rule, signed: true });
    expect(received(sent(both, { ...own, supporting }).text, both).proof.tokens.length).to.equal(2);
    const unsigned = withTokens(description, rule);
    thrown(() => sent(unsigned, { ...own, supporting }), 'invalid-option');
    const other = { ...both, order: 'encrypt-then-sign' } as const;
    thrown(() => sent(other, { ...own, supporting }), 'invalid-option');
  });

  it('a secret that an assertion holds is taken only from one that came encrypted', () => {
    const rule = { token: 'SAML', endorsing: true, signed: true, encrypted: true } as const;
    const info = (secret: Uint8Array) =>
      assertion('2.0', undefined, { confirmation: { method: 'holder-of-key', keyInfo: binarySecret(secret) } });
    const keys = { ...base.keys, supporting: [{ kind: 'SAML', assertion: info(proofKey), holder: proofKey }] } as const;
    for (const { description, keys: own } of bases) {
      if (!takesEncryptedTokens(own, description)) continue;
      const asked = withTokens(description, rule);
      const { text } = sent(asked, { ...own, supporting: keys.supporting });
      expect(received(text, asked).proof.tokens[1]?.identity).to.equal(saml);
    }
    const clear = withTokens(base.description, { ...rule, encrypted: false });
    const error = thrown(() => received(sent(clear, keys).text, clear), 'unsupported-token');
    expect(error.message).to.contain('came in clear');
    const whole = describedBy('SAML');
    const own = sent(whole, { kind: 'SAML', assertion: info(proofKey), secret: proofKey }).text;
    thrown(() => received(own, whole), 'unsupported-token');
    const transport = withTokens(describedBy('transport'), { ...rule, encrypted: false, signed: false });
    const { text } = sent(transport, { kind: 'transport', supporting: keys.supporting });
    expect(received(text, transport).token?.identity).to.equal(saml);
  });
});

const LOCAL: Readonly<Record<SupportingToken['token'], string>> = {
  UsernameToken: 'UsernameToken',
  X509: 'BinarySecurityToken',
  SAML: 'Assertion',
  SecurityContextToken: 'SecurityContextToken',
};
