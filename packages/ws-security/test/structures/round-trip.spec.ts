import { elements, WSA, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { SUITES } from '#src/algorithms/suites.js';
import { CANONICALIZATION, canonicalize } from '#src/canonical/canonicalize.js';
import type { ProtectionDescription, ProtectionToken } from '#src/description.js';
import type { ProtectionKeys, X509ReferenceForm } from '#src/keys.js';
import { STR_TRANSFORM } from '#src/namespaces.js';
import { alice, bob, context, contextKeys, envelopeText, thrown, xml } from '../samples.js';
import {
  assertion,
  block,
  carol,
  describedBy,
  intermediate,
  layoutOf,
  lookup,
  proofKey,
  received,
  remote,
  secretAssertion,
  sent,
  user,
} from './parties.js';

/** A way to protect a message, and who is then behind it. */
interface Way {
  readonly name: string;
  readonly token: Exclude<ProtectionToken, 'transport'>;
  readonly keys: ProtectionKeys;
  /** Absent: whoever made the key, who is nobody we know. */
  readonly identity?: string;
  readonly description?: Partial<ProtectionDescription>;
  /** The element that the message holds for the token. */
  readonly carrier?: string;
}

const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const subject = 'saml:urn%3Atest%3Aissuer:alice';

function* ways(): Generator<Way> {
  for (const version of ['1.3', '2005'] as const) {
    for (const includeToken of [true, false]) {
      yield {
        name: `context ${version}, token ${includeToken ? 'held' : 'named'}`,
        token: 'SecurityContextToken',
        keys: { kind: 'SecurityContextToken', context: { ...context, version }, includeToken },
        identity: context.identity,
        ...(includeToken ? { carrier: 'SecurityContextToken' } : {}),
      };
    }
  }
  const forms: Readonly<Record<X509ReferenceForm, string | undefined>> = {
    direct: 'BinarySecurityToken',
    'pki-path': 'BinarySecurityToken',
    pkcs7: 'BinarySecurityToken',
    embedded: undefined,
    thumbprint: undefined,
    'subject-key-identifier': undefined,
    'issuer-serial': undefined,
  };
  for (const [form, carrier] of Object.entries(forms) as [X509ReferenceForm, string | undefined][]) {
    const isPath = form === 'pki-path' || form === 'pkcs7';
    const signer = isPath ? remote : alice;
    yield {
      name: `certificate, ${form}`,
      token: 'X509',
      keys: { kind: 'X509', signer, signerReference: form, ...(isPath ? { path: [intermediate] } : {}), ...toBob },
      identity: `x509:${signer.certificate.fingerprint}`,
      ...(carrier === undefined ? {} : { carrier }),
    };
  }
  for (const recipientReference of ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const) {
    yield {
      name: `EncryptedKey for a certificate by ${recipientReference}`,
      token: 'EncryptedKey',
      keys: { kind: 'EncryptedKey', recipient: bob.certificate, recipientReference },
      carrier: 'EncryptedKey',
    };
  }
  for (const derivedKeyVersion of ['1.3', '2005'] as const) {
    yield {
      name: `EncryptedKey, derived keys of ${derivedKeyVersion}`,
      token: 'EncryptedKey',
      keys: { kind: 'EncryptedKey', ...toBob },
      description: { derivedKeyVersion },
      carrier: 'EncryptedKey',
    };
    yield {
      name: `UsernameToken, derived keys of ${derivedKeyVersion}`,
      token: 'UsernameToken',
      keys: { kind: 'UsernameToken', ...user, ...(derivedKeyVersion === '1.3' ? {} : { iterations: 1_500 }) },
      identity: 'user:joe',
      description: { derivedKeyVersion },
      carrier: 'UsernameToken',
    };
  }
  for (const version of ['1.1', '2.0'] as const) {
    yield {
      name: `SAML ${version} assertion held by a private key`,
      token: 'SAML',
      keys: { kind: 'SAML', assertion: assertion(version, alice), holder: alice, ...toBob },
      identity: subject,
      carrier: 'Assertion',
    };
    yield {
      name: `SAML ${version} assertion held by a secret`,
      token: 'SAML',
      keys: { kind: 'SAML', assertion: secretAssertion(version), secret: proofKey },
      identity: subject,
      carrier: 'Assertion',
    };
  }
  const underived = { derivedKeys: 'none', acceptUnderivedKeys: true } as const;
  const shared: readonly Way[] = [
    { name: 'context', token: 'SecurityContextToken', keys: contextKeys(), identity: context.identity },
    { name: 'context named', token: 'SecurityContextToken', keys: contextKeys(false), identity: context.identity },
    { name: 'EncryptedKey', token: 'EncryptedKey', keys: { kind: 'EncryptedKey', ...toBob } },
    {
      name: 'SAML secret',
      token: 'SAML',
      keys: { kind: 'SAML', assertion: secretAssertion('2.0'), secret: proofKey },
      identity: subject,
    },
  ];
  for (const way of shared) {
    yield { ...way, name: `${way.name}, implied derived keys`, description: { derivedKeys: 'implied' } };
    yield { ...way, name: `${way.name}, its own secret`, description: underived };
  }
  yield {
    name: 'UsernameToken, implied derived keys',
    token: 'UsernameToken',
    keys: { kind: 'UsernameToken', ...user },
    identity: 'user:joe',
    description: { derivedKeys: 'implied' },
  };
}

const lookupOf = ({ keys }: Way) =>
  keys.kind === 'SecurityContextToken' ? { ...lookup, securityContext: () => keys.context } : lookup;

describe('structures: what was protected by any token', () => {
  for (const way of ways()) {
    for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
      it(`opens as it was, by whom it was (${way.name}, ${order})`, () => {
        for (const [version, encryptSignature] of [
          ['1.1', true],
          ['1.2', false],
          ['1.2', true],
        ] as const) {
          const description = describedBy(way.token, { order, encryptSignature, ...way.description });
          const { text, receipt: request } = sent(description, way.keys, { text: envelopeText(version) });
          const { envelope, proof, token, unprotectedHeaders, receipt } = received(text, description, lookupOf(way));

          expect(text).to.not.contain('12 eggs');
          expect(layoutOf(text).includes('Signature')).to.equal(!encryptSignature);
          expect(elements(envelope.bodyElement).map((each) => canonicalize(each))).to.deep.equal(
            elements(elements(xml(envelopeText(version)))[1] as XmlElement).map((each) => canonicalize(each)),
          );
          expect(envelope.headers.map(({ local }) => local)).to.deep.equal(['Action', 'MessageID', 'To']);
          expect(unprotectedHeaders).to.deep.equal([]);
          expect(token?.kind).to.equal(way.token);
          if (way.identity !== undefined) expect(token?.identity).to.equal(way.identity);
          expect(proof.tokens).to.deep.equal([token]);
          for (const part of [...envelope.headers, envelope.bodyElement, ...elements(envelope.bodyElement)]) {
            const [signature, ...others] = proof.signatures(part);
            expect(others).to.deep.equal([]);
            expect(signature).to.deep.include({ token, endorsing: false, transforms: [CANONICALIZATION.exclusive] });
            expect(proof.signers(part)).to.deep.equal([token]);
          }
          // With a private key the key of the content is one of its own; with a shared one it is of the same token.
          const encrypter = 'holder' in way.keys || way.keys.kind === 'X509' ? 'EncryptedKey' : way.token;
          expect(proof.encrypters(envelope.bodyElement).map(({ kind }) => kind)).to.deep.equal([encrypter]);
          for (const header of envelope.headers) expect(proof.encrypters(header)).to.deep.equal([]);
          expect(receipt.signatures).to.deep.equal(request.signatures);
          expect(receipt.encryptedKey).to.deep.equal(request.encryptedKey);
        }
      });
    }
  }

  for (const way of ways()) {
    if (way.carrier === undefined) continue;
    it(`is under the same token that its signature covers (protectTokens: ${way.name})`, () => {
      for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
        const description = describedBy(way.token, { order, protectTokens: true, ...way.description });
        const { text } = sent(description, way.keys);
        const found = received(text, description, lookupOf(way));
        const security = elements(elements(found.envelope.root)[0] as XmlElement)[0] as XmlElement;
        const carrier = elements(security).find(({ local }) => local === way.carrier) as XmlElement;
        const [signature] = found.proof.signatures(carrier);
        expect(signature?.token).to.deep.equal(found.token);
        expect(signature?.transforms).to.deep.equal(
          way.token === 'SAML' ? [STR_TRANSFORM, CANONICALIZATION.exclusive] : [CANONICALIZATION.exclusive],
        );
      }
    });

    it(`is refused where its signature does not cover the token, and must (${way.name})`, () => {
      const description = describedBy(way.token, way.description);
      const { text } = sent(description, way.keys);
      expect(() => received(text, { ...description, protectTokens: true }, lookupOf(way))).to.throw(
        /is not covered by the message signature/,
      );
    });
  }

  it('is refused by a description for any other kind of token', () => {
    const kinds = ['SecurityContextToken', 'X509', 'EncryptedKey', 'UsernameToken', 'SAML'] as const;
    for (const way of ways()) {
      const { text } = sent(describedBy(way.token, way.description), way.keys);
      for (const token of kinds.filter((kind) => kind !== way.token)) {
        const description = describedBy(token, { acceptUnderivedKeys: true });
        expect(() => received(text, description, lookupOf(way)), `${way.name} as ${token}`).to.throw(
          /is not signed with a key of a|uses a key of a/,
        );
      }
    }
  });

  it('is refused where its key was not derived, and must be', () => {
    for (const way of ways()) {
      if (way.description?.derivedKeys !== 'none') continue;
      const { text } = sent(describedBy(way.token, way.description), way.keys);
      expect(() => received(text, describedBy(way.token)), way.name).to.throw(/is not signed with a key of a/);
    }
  });

  it('is for each of several recipients, and for nobody else, whatever is encrypted', () => {
    const keys = { kind: 'X509', signer: alice, signerReference: 'direct', ...toBob } as const;
    const supporting = [{ kind: 'UsernameToken', form: 'text', ...user }] as const;
    for (const [order, encryptSignature] of [
      ['sign-then-encrypt', false],
      ['sign-then-encrypt', true],
      ['encrypt-then-sign', false],
    ] as const) {
      const encryptedHeaders = [{ namespace: WSA, local: 'To' }];
      const encrypted = order === 'sign-then-encrypt';
      const supportingTokens = [{ token: 'UsernameToken', endorsing: false, signed: true, encrypted }] as const;
      const description = describedBy('X509', { order, encryptSignature, encryptedHeaders, supportingTokens });
      const furtherRecipients = [carol.certificate, remote.certificate];
      const { text } = sent(description, { ...keys, furtherRecipients, supporting });
      expect(text.match(/<xenc:EncryptedKey[ >]/g)?.length).to.equal(3);
      for (const reader of [bob, carol, remote]) {
        const found = received(text, description, { ...lookup, credentials: [reader] });
        const encrypters = (part: XmlElement) => found.proof.encrypters(part).map(({ kind }) => kind);
        expect(encrypters(found.envelope.bodyElement)).to.deep.equal(['EncryptedKey']);
        expect(encrypters(block(found.envelope, 'To'))).to.deep.equal(['EncryptedKey']);
        expect(block(found.envelope, 'To').children).to.deep.equal(['http://bob/']);
        expect(found.proof.tokens[1]?.identity).to.equal('user:joe');
      }
      for (const credentials of [[alice], []]) {
        expect(() => received(text, description, { ...lookup, credentials })).to.throw(
          'The message is encrypted for a certificate that is not ours.',
        );
      }
    }
    const both = describedBy('X509', { order: 'encrypt-then-sign', encryptSignature: true });
    thrown(() => sent(both, { ...keys, furtherRecipients: [carol.certificate] }), 'unsupported');
  });

  it('has keys of the length that the suite says (SP-18)', () => {
    for (const suite of Object.values(SUITES)) {
      const description = describedBy('EncryptedKey', { suite });
      const { text, receipt } = sent(description, { kind: 'EncryptedKey', ...toBob });
      const lengths = [...text.matchAll(/<wsc:Length>(\d+)</g)].map(([, length]) => Number(length));
      expect(lengths, suite.name).to.deep.equal([suite.signatureKeyLength, suite.encryptionKeyLength]);
      expect(receipt.encryptedKey?.secret.length, suite.name).to.be.at.least(suite.encryptionKeyLength);
      expect(received(text, description).token?.kind).to.equal('EncryptedKey');
    }
  });
});
