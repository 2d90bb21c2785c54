import {
  attribute,
  childrenNamed,
  elements,
  parse,
  SOAP_12,
  serialize,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { expect } from 'chai';
import { SUITES } from '#src/algorithms/suites.js';
import { CANONICALIZATION, canonicalize } from '#src/canonical/canonicalize.js';
import type { ProtectionDescription } from '#src/description.js';
import type { ExternalX509ReferenceForm, ProtectionKeys } from '#src/keys.js';
import { wsse, wsu } from '#src/namespaces.js';
import { protect } from '#src/protect.js';
import { type ReplayCache, replayCache } from '#src/replay-cache.js';
import { type Unprotected, unprotect } from '#src/unprotect.js';
import {
  alice,
  bob,
  certificateKeys,
  context,
  contextKeys,
  envelopeText,
  now,
  ORDER,
  octets,
  opened,
  part,
  random,
  recipientKeys,
  secured,
  thrown,
  withCertificates,
  withContext,
  xml,
} from './samples.js';

interface Variant {
  readonly name: string;
  readonly description: ProtectionDescription;
  readonly keys: ProtectionKeys;
}

/** The whole product of what a description can say and how keys can be named. */
function* variants(): Generator<Variant> {
  for (const suite of Object.values(SUITES)) {
    for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
      for (const encryptSignature of [false, true]) {
        for (const encryptBody of [true, false]) {
          const parts = [encryptBody ? '' : 'clear Body', encryptSignature ? 'encrypted signature' : ''];
          const name = [suite.name, order, ...parts].filter((word) => word !== '').join(', ');
          const options = { suite, order, encryptSignature, encryptBody };
          for (const includeToken of [true, false]) {
            yield {
              name: `${name}, SCT ${includeToken ? 'in the message' : 'by Identifier'}`,
              description: { ...withContext, ...options },
              keys: contextKeys(includeToken),
            };
          }
          const forms: readonly ('direct' | ExternalX509ReferenceForm)[] = [
            'direct',
            'thumbprint',
            'subject-key-identifier',
            'issuer-serial',
          ];
          for (const form of forms) {
            yield {
              name: `${name}, X.509 ${form}`,
              description: { ...withCertificates, ...options },
              keys: {
                ...certificateKeys,
                signerReference: form,
                recipientReference: form === 'direct' ? 'thumbprint' : form,
              },
            };
          }
        }
      }
    }
  }
}

const named = (parent: XmlElement, local: string) =>
  elements(parent).find((each) => each.local === local) as XmlElement;

describe('a message that was protected', () => {
  for (const { name, description, keys } of variants()) {
    for (const version of ['1.1', '1.2'] as const) {
      it(`opens as it was, by whom it was (${name}, SOAP ${version})`, () => {
        const plain = xml(envelopeText(version));
        const text = secured(description, keys, envelopeText(version));
        const { envelope, proof, token, certificate, unprotectedHeaders } = opened(text, description);

        expect(envelope.version).to.equal(version);
        expect(envelope.body.map((node) => canonicalize(node as XmlElement))).to.deep.equal([
          canonicalize(named(named(plain, 'Body'), 'Place')),
        ]);
        expect(envelope.headers.map(({ local }) => local)).to.deep.equal(['Action', 'MessageID', 'To']);
        expect(unprotectedHeaders).to.deep.equal([]);
        for (const signed of [...envelope.headers, envelope.bodyElement, ...elements(envelope.bodyElement)]) {
          expect(proof.signers(signed)).to.deep.equal([token]);
        }
        if (keys.kind === 'X509') {
          const { fingerprint } = alice.certificate;
          expect(token).to.deep.equal({ kind: 'X509', id: fingerprint, identity: `x509:${fingerprint}` });
          expect(certificate?.fingerprint).to.equal(fingerprint);
        } else {
          expect(token).to.deep.equal({
            kind: 'SecurityContextToken',
            id: context.identifier,
            identity: context.identity,
          });
          expect(certificate).to.equal(undefined);
        }
        const encrypters = proof.encrypters(envelope.bodyElement).map(({ kind }) => kind);
        const kind = keys.kind === 'X509' ? 'EncryptedKey' : 'SecurityContextToken';
        expect(encrypters).to.deep.equal(description.encryptBody ? [kind] : []);
        expect(text.includes('12 eggs')).to.equal(!description.encryptBody);
        expect(text.includes('<ds:SignatureValue>')).to.equal(!description.encryptSignature);
      });
    }
  }
});

describe('protect', () => {
  it('writes one Security header, mandatory, first in the Header', () => {
    for (const version of ['1.1', '1.2'] as const) {
      const { root } = parse(secured(withContext, contextKeys(), envelopeText(version)));
      const header = named(root, 'Header');
      const security = elements(header)[0] as XmlElement;
      expect(childrenNamed(header, wsse('Security'))).to.deep.equal([security]);
      expect(attribute(security, { namespace: root.namespace, local: 'mustUnderstand' })).to.equal('1');
    }
  });

  it('writes the Strict layout: Timestamp, tokens before their use, the list of what is encrypted before the signature', () => {
    const layout = (text: string) =>
      elements(elements(named(xml(text), 'Header'))[0] as XmlElement).map(({ local }) => local);
    expect(layout(secured(withContext))).to.deep.equal([
      'Timestamp',
      'SecurityContextToken',
      'DerivedKeyToken',
      'DerivedKeyToken',
      'ReferenceList',
      'Signature',
    ]);
    expect(layout(secured(withContext, contextKeys(false)))).to.deep.equal([
      'Timestamp',
      'DerivedKeyToken',
      'DerivedKeyToken',
      'ReferenceList',
      'Signature',
    ]);
    expect(layout(secured(withCertificates))).to.deep.equal([
      'Timestamp',
      'BinarySecurityToken',
      'EncryptedKey',
      'Signature',
    ]);
    expect(layout(secured({ ...withContext, order: 'encrypt-then-sign', encryptSignature: true }))).to.deep.equal([
      'Timestamp',
      'SecurityContextToken',
      'DerivedKeyToken',
      'DerivedKeyToken',
      'ReferenceList',
      'EncryptedData',
      'ReferenceList',
    ]);
  });

  it('uses derived keys of the length of the suite, and nonces of 16 octets (SC-X-2)', () => {
    for (const [suite, lengths] of [
      [SUITES.Basic256, ['24', '32']],
      [SUITES.Basic128, ['16', '16']],
    ] as const) {
      const text = secured({ ...withContext, suite });
      expect([...text.matchAll(/<wsc:Length>(\d+)</g)].map(([, length]) => length)).to.deep.equal(lengths);
      for (const [, nonce] of text.matchAll(/<wsc:Nonce>([^<]*)</g)) {
        expect(Buffer.from(nonce as string, 'base64').length).to.equal(16);
      }
    }
  });

  it('names the algorithms of the suite', () => {
    const text = secured({ ...withCertificates, suite: SUITES.Basic256Sha256 });
    const found = new Set([...text.matchAll(/Algorithm="([^"]*)"/g)].map(([, uri]) => uri));
    const { digest, asymmetricSignature, encryption, keyTransport } = SUITES.Basic256Sha256;
    const expected = [
      digest[0],
      asymmetricSignature[0],
      encryption[0],
      keyTransport[0],
      CANONICALIZATION.exclusive,
      SUITES.Basic256.digest[0],
    ];
    expect([...found].sort()).to.deep.equal([...expected].sort());
  });

  it('uses fresh nonces, vectors and Ids for each message', () => {
    const [one, other] = [secured(), secured()];
    const taken = (text: string) =>
      [...text.matchAll(/<(?:wsc:Nonce|xenc:CipherValue)>([^<]*)<|Id="([^"]*)"/g)].map(([, a, b]) => a ?? b);
    for (const value of taken(one)) expect(taken(other)).to.not.include(value);
  });

  it('refers to the context by Identifier and Instance when the token is not in the message (SC13-8-2)', () => {
    const text = secured(withContext, {
      kind: 'SecurityContextToken',
      context: { ...context, instance: 'second' },
      includeToken: false,
    });
    expect(text).to.contain(`URI="${context.identifier}"`).and.to.contain('wsc:Instance="second"');
    expect(text).to.not.contain('<wsc:SecurityContextToken');
  });

  it('writes the lifetime that it was told', () => {
    expect(part(secured({ ...withContext, timeToLive: 1_500 }), 'wsu:Timestamp')).to.contain(
      '12:00:01.500Z</wsu:Expires>',
    );
  });

  it('signs every header block, whatever it is', () => {
    const text = secured(withContext, contextKeys(), envelopeText('1.2', ORDER, '<x:Mine xmlns:x="urn:x"/>'));
    expect(opened(text).envelope.headers.map(({ local }) => local)).to.include('Mine');
  });

  it('keeps an Id that is there already', () => {
    const text = secured(
      withContext,
      contextKeys(),
      envelopeText('1.2', ORDER, `<x:Mine xmlns:x="urn:x" xmlns:u="${wsu('').namespace}" u:Id="mine"/>`),
    );
    expect(text).to.contain('URI="#mine"');
    opened(text);
  });

  it('refers to a header block by its xml:id, and gives it no second Id (WSS-4-1)', () => {
    const text = secured(
      withContext,
      contextKeys(),
      envelopeText('1.2', ORDER, '<x:Mine xmlns:x="urn:x" xml:id="mine"/>'),
    );
    expect(text).to.contain('URI="#mine"');
    expect(opened(text).envelope.headers.map(({ local }) => local)).to.include('Mine');
  });

  it('encrypts an empty Body too: peers hold a clear one against their policy', () => {
    const text = secured(withContext, contextKeys(), envelopeText('1.2', ''));
    expect(text).to.contain('EncryptedData');
    expect(opened(text).envelope.body).to.deep.equal([]);
  });

  it('protects an envelope that has no Header', () => {
    const text = secured(
      withContext,
      contextKeys(),
      `<s:Envelope xmlns:s="${SOAP_12}"><s:Body>${ORDER}</s:Body></s:Envelope>`,
    );
    expect(opened(text).envelope.headers).to.deep.equal([]);
  });

  it('does not change the envelope that it was given', () => {
    const root = xml(envelopeText());
    const before = serialize(root);
    protect(root, withContext, contextKeys(), { now, random });
    expect(serialize(root)).to.equal(before);
  });

  describe('brings back any content as it was', () => {
    const contents: Record<string, string> = {
      'white space and line ends': '<a> \n\t&#13; x</a>',
      'characters of all planes': '<a b="\u00e9\uFF5E\u{1F600}">\u00e9\uFF5E\u{1F600}</a>',
      'markup characters': '<a b="&lt;&amp;&quot;\'&gt;">&lt;&amp;"\']]&gt;</a>',
      'a default namespace that is undeclared': '<a xmlns="urn:d"><b xmlns=""><c xmlns="urn:d"/></b></a>',
      'prefixes of the envelope': '<wsa:a xmlns:t="urn:t" t:b="wsa:c"><t:d/></wsa:a>',
      'a QName in content': '<a xmlns:xs="urn:xs" xmlns:i="urn:i" i:type="xs:int">1</a>',
      'several elements': '<a/><b/>text<c/>',
      'a comment': '<a><!-- hello --></a>',
      'xml: attributes': '<a xml:lang="sv" xml:space="preserve"/>',
    };
    for (const [what, content] of Object.entries(contents)) {
      for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
        it(`with ${what} (${order})`, () => {
          const text = envelopeText('1.2', content);
          const found = opened(secured({ ...withContext, order }, contextKeys(), text), { ...withContext, order });
          // The prefixes of QNames in content must mean the same still.
          const form = (each: XmlElement) =>
            canonicalize(each, CANONICALIZATION.exclusiveWithComments, ['wsa', 'xs', 'i', '#default']);
          expect(elements(found.envelope.bodyElement).map(form)).to.deep.equal(
            elements(named(xml(text), 'Body')).map(form),
          );
        });
      }
    }

    it('of several megabytes', () => {
      const text = envelopeText('1.2', `<a>${'0123456789 abcdef'.repeat(300_000)}</a>`);
      expect(opened(secured(withContext, contextKeys(), text)).envelope.body.length).to.equal(1);
    });

    it('of no namespace, in an envelope that has a default one', () => {
      const text = envelopeText('1.2', '<a xmlns=""><b/></a>').replace('<s:Envelope ', '<s:Envelope xmlns="urn:trap" ');
      for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
        const { envelope } = opened(secured({ ...withContext, order }, contextKeys(), text), { ...withContext, order });
        const [found] = elements(envelope.bodyElement);
        expect([found?.namespace, found && elements(found)[0]?.namespace]).to.deep.equal(['', '']);
      }
    });
  });

  describe('refuses', () => {
    const attempt =
      (text: string, description = withContext, keys = contextKeys()) =>
      () =>
        secured(description, keys, text);

    it('keys of another kind than the description asks for', () => {
      thrown(attempt(envelopeText(), withContext, certificateKeys), 'invalid-argument');
      thrown(attempt(envelopeText(), withCertificates, contextKeys()), 'invalid-argument');
    });

    it('an envelope that is secured already', () => {
      thrown(() => secured(withContext, contextKeys(), secured()), 'invalid-argument');
    });

    it('what is no envelope, or has no Body', () => {
      thrown(attempt('<a/>'), 'invalid-argument');
      thrown(attempt(`<s:Envelope xmlns:s="${SOAP_12}"/>`), 'invalid-argument');
      thrown(attempt('<s:Envelope xmlns:s="urn:soap13"><s:Body/></s:Envelope>'), 'invalid-argument');
    });

    it('a reference by subject key identifier to a certificate without one', () => {
      const recipient = { ...bob.certificate, subjectKeyIdentifier: undefined };
      const keys = { ...certificateKeys, recipient, recipientReference: 'subject-key-identifier' } as const;
      thrown(attempt(envelopeText(), withCertificates, keys), 'invalid-option');
    });
  });

  it('zeroes its keys: nothing of the secret is in the message', () => {
    const text = secured();
    for (const encoding of ['hex', 'base64'] as const) {
      expect(text).to.not.contain(Buffer.from(context.secret).toString(encoding));
    }
  });

  it('has its own messages refused when they are sent back to it', () => {
    for (const description of [withContext, { ...withContext, encryptSignature: true }]) {
      const ours = replayCache();
      const { envelope } = protect(xml(envelopeText()), description, contextKeys(), {
        now,
        random: octets(9),
        replayCache: ours,
      });
      const document = parse(serialize(envelope));
      opened(document, description);
      thrown(() => openWith(ours, document, description), 'replayed');
    }
  });
});

function openWith(cache: ReplayCache, document: XmlDocument, description: ProtectionDescription): Unprotected {
  return unprotect(document, description, recipientKeys, { now, replayCache: cache });
}
