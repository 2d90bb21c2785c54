import { serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { transportKey } from '#src/algorithms/key-transport.js';
import { ASYMMETRIC_SIGNATURE, DIGEST, KEY_TRANSPORT, SUITES, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { CANONICALIZATION } from '#src/canonical/canonicalize.js';
import { sctType } from '#src/elements/security-context-token.js';
import { writeTokenReference } from '#src/elements/security-token-reference.js';
import { DS, WSSE, X509_V3 } from '#src/namespaces.js';
import { certificateAuthority } from '#src/testing/index.js';
import { credential } from '#src/x509/certificate.js';
import { certificateReference } from '#src/x509/reference.js';
import {
  ALL,
  aliceKey,
  derived,
  dkt,
  envelope,
  good,
  reference,
  SCT,
  type SignOptions,
  signed,
  TIMESTAMP,
  TOKENS,
} from '../forge.js';
import {
  after,
  alice,
  authority,
  bob,
  certificateKeys,
  changed,
  context,
  issued,
  now,
  opened,
  part,
  recipientKeys,
  secured,
  thrown,
  withCertificates,
  withContext,
} from '../samples.js';

const clear = { ...withContext, encryptBody: false };
const clearX509 = { ...withCertificates, encryptBody: false };
const BST = `<wsse:BinarySecurityToken ValueType="${X509_V3}" wsu:Id="bst">${alice.certificate.raw.toString('base64')}</wsse:BinarySecurityToken>`;

/** A message under the context, signed in clear, with what an option changes. */
const forged = (options: SignOptions = {}, ids: readonly string[] = ALL, tokens = TOKENS) =>
  signed(envelope(`${TIMESTAMP}${tokens}<!--signature-->`), ids, options);
const forgedX509 = (options: SignOptions = {}, ids: readonly string[] = ALL, token = BST) =>
  signed(envelope(`${TIMESTAMP}${token}<!--signature-->`), ids, {
    key: aliceKey,
    keyInfo: reference('#bst', X509_V3),
    ...options,
  });

describe('a forged signature', () => {
  it('is told by messages that are accepted', () => {
    expect(opened(forged(), clear).token.kind).to.equal('SecurityContextToken');
    expect(opened(forgedX509(), clearX509).token.kind).to.equal('X509');
    expect(opened(good()).envelope.body.length).to.equal(1);
  });

  const messages = {
    'a security context': [secured(clear), clear],
    'a certificate': [secured(clearX509), clearX509],
  } as const;
  for (const [by, [message, description]] of Object.entries(messages)) {
    const refused = (text: string, code: string) => thrown(() => opened(text, description), code);
    const value = /(?<=<ds:SignatureValue>)[^<]*/;
    const digestValue = /(?<=<ds:DigestValue>)[^<]*/;

    describe(`by ${by}`, () => {
      it('that was removed', () => {
        refused(changed(message, part(message, 'ds:Signature'), ''), 'part-not-signed');
      });

      it('whose header was removed', () => {
        refused(changed(message, part(message, 'wsse:Security'), ''), 'security-header-missing');
        refused(changed(message, part(message, 's:Header'), ''), 'security-header-missing');
      });

      it('over content that was changed', () => {
        refused(changed(message, '12 eggs', '13 eggs'), 'digest-mismatch');
        refused(changed(message, 'o:rush="yes"', 'o:rush="no"'), 'digest-mismatch');
        refused(changed(message, '<o:Note/>', '<o:Note> </o:Note>'), 'digest-mismatch');
        refused(changed(message, 'urn:o/Place', 'urn:o/Cancel'), 'digest-mismatch');
        refused(changed(message, 'http://bob/', 'http://mallory/'), 'digest-mismatch');
        refused(changed(message, 'urn:uuid:m1', 'urn:uuid:m2'), 'digest-mismatch');
        refused(changed(message, /(?<=<wsu:Expires>)[^<]*/, '2027-01-01T00:00:00Z'), 'digest-mismatch');
      });

      it('over a header block that was removed', () => {
        for (const name of ['wsa:Action', 'wsa:To', 'wsa:MessageID', 'wsu:Timestamp']) {
          refused(changed(message, part(message, name), ''), 'reference-not-resolved');
        }
      });

      it('whose digest was made to fit', () => {
        refused(message.replace(digestValue, Buffer.alloc(20, 1).toString('base64')), 'signature-invalid');
      });

      it('whose value was changed, cut, or emptied', () => {
        const octets = Buffer.from(value.exec(message)?.[0] ?? '', 'base64');
        const flipped = Buffer.from(octets);
        flipped[3] = (flipped[3] as number) ^ 0x10;
        for (const other of [
          flipped,
          octets.subarray(0, 10),
          octets.subarray(0, octets.length - 1),
          Buffer.alloc(0),
          Buffer.alloc(octets.length),
        ]) {
          refused(changed(message, value, other.toString('base64')), 'signature-invalid');
        }
      });

      it('that names another algorithm than it was made by', () => {
        for (const algorithm of [
          SYMMETRIC_SIGNATURE.hmacSha256,
          ASYMMETRIC_SIGNATURE.rsaSha256,
          `${DS}dsa-sha1`,
          'http://www.w3.org/2001/04/xmldsig-more#hmac-md5',
          'http://www.w3.org/2001/04/xmldsig-more#rsa-md5',
          'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
          '',
          'none',
        ]) {
          refused(changed(message, /(?<=<ds:SignatureMethod Algorithm=")[^"]*/, algorithm), 'algorithm-not-allowed');
        }
      });

      it('whose reference was removed', () => {
        const first = /<ds:Reference .*?<\/ds:Reference>/.exec(message)?.[0] ?? '';
        refused(changed(message, first, ''), 'signature-invalid');
      });
    });
  }

  it('by an honest party that leaves a part out that must be signed', () => {
    for (const [id, name] of [
      ['body', 'Body'],
      ['ts', 'Timestamp'],
      ['action', 'Action'],
      ['id', 'MessageID'],
      ['to', 'To'],
    ] as const) {
      const ids = ALL.filter((each) => each !== id);
      expect(thrown(() => opened(forged({}, ids), clear), 'part-not-signed').message).to.contain(name);
      thrown(() => opened(forgedX509({}, ids), clearX509), 'part-not-signed');
    }
  });

  it('by an honest party that leaves a header block of reliable messaging unsigned', () => {
    const sequence = '<wsrm:Sequence xmlns:wsrm="http://docs.oasis-open.org/ws-rx/wsrm/200702"/>';
    const text = signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->`, undefined, sequence), ALL);
    expect(thrown(() => opened(text, clear), 'part-not-signed').message).to.contain('Sequence');
  });

  it('stands beside another: a message has one, so that no older one is believed in it', () => {
    const both = (first: SignOptions, second: SignOptions, parts = ALL) =>
      signed(signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature--><!--signature-->`), parts, first), ALL, second);
    const broken = { value: (octets: Buffer) => Buffer.from(octets).reverse() };
    for (const text of [both({}, {}), both({}, {}, ['ts', 'body'])]) {
      thrown(() => opened(text, clear), 'security-header-invalid');
    }
    thrown(() => opened(both(broken, {}), clear), 'signature-invalid');
  });

  it('that is an HMAC cut short, as its parameter says', () => {
    for (const bits of [1, 8, 80, 159, 160]) {
      const text = forged({
        method: `<ds:HMACOutputLength>${bits}</ds:HMACOutputLength>`,
        value: (octets) => octets.subarray(0, bits / 8),
      });
      thrown(() => opened(text, clear), 'algorithm-not-allowed');
    }
  });

  it('that is an HMAC cut short without a word', () => {
    for (const length of [0, 1, 10, 19]) {
      thrown(() => opened(forged({ value: (octets) => octets.subarray(0, length) }), clear), 'signature-invalid');
    }
  });

  it('that is an HMAC with the public key for its secret', () => {
    const { publicKey, raw } = alice.certificate;
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
    for (const secret of [der, pem, raw]) {
      const key = { kind: 'symmetric', secret, algorithm: SYMMETRIC_SIGNATURE.hmacSha1 } as const;
      thrown(() => opened(forgedX509({ key }), clearX509), 'unsupported-token');
      const byName =
        '<wsse:SecurityTokenReference><wsse:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1">'.concat(
          `${alice.certificate.thumbprintSha1.toString('base64')}</wsse:KeyIdentifier></wsse:SecurityTokenReference>`,
        );
      thrown(() => opened(forgedX509({ key, keyInfo: byName }), clearX509), 'unsupported-token');
    }
  });

  it('by inclusive canonicalization, which is not of the agreed suite', () => {
    const canonicalization = CANONICALIZATION.inclusive;
    const transform = CANONICALIZATION.inclusive;
    thrown(() => opened(forged({ canonicalization }), clear), 'algorithm-not-allowed');
    thrown(() => opened(forged({ transform }), clear), 'algorithm-not-allowed');
    thrown(() => opened(forged({ transform: CANONICALIZATION.exclusiveWithComments }), clear), 'algorithm-not-allowed');
  });

  for (const transforms of [
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl/></ds:Transform>',
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>',
    `<ds:Transform Algorithm="${DS}base64"/>`,
    `<ds:Transform Algorithm="${DS}enveloped-signature"/>`,
  ]) {
    it(`by the transform ${/[^/#]*(?=")/.exec(transforms)?.[0]}`, () => {
      const error = () => opened(forged({ transforms }), clear);
      thrown(error, transforms.includes('<xsl') ? 'security-header-invalid' : 'algorithm-not-allowed');
    });
  }

  it('by a digest that is not of the agreed suite', () => {
    for (const digestAlgorithm of [DIGEST.sha256, 'http://www.w3.org/2001/04/xmldsig-more#md5', '']) {
      thrown(() => opened(forged({ digestAlgorithm }), clear), 'algorithm-not-allowed');
    }
    thrown(() => opened(forged(), { ...clear, suite: SUITES.Basic256Sha256 }), 'algorithm-not-allowed');
  });

  it('that refers to an element that is not in the message', () => {
    thrown(() => opened(forged({}, [...ALL, 'nothing']), clear), 'reference-not-resolved');
  });

  it('that refers to the same element twice is not forged: Metro does so', () => {
    opened(forged({}, [...ALL, ...ALL]), clear);
  });

  describe('by another key', () => {
    it("of a context that is somebody else's", () => {
      const other = { ...context, identifier: 'urn:uuid:other', secret: Buffer.alloc(32, 1) };
      const text = secured(clear, { kind: 'SecurityContextToken', context: other, includeToken: true });
      thrown(() => opened(text, clear), 'context-unknown');
      thrown(() => opened(changed(text, other.identifier, context.identifier), clear), 'signature-invalid');
    });

    it('of the context, that was derived with another nonce', () => {
      const message = secured(clear);
      const nonce = /(?<=<wsc:Nonce>)[^<]*/.exec(message)?.[0] as string;
      thrown(() => opened(changed(message, nonce, Buffer.alloc(16).toString('base64')), clear), 'signature-invalid');
    });

    it("of the context's secret itself, where keys must be derived", () => {
      const key = { kind: 'symmetric', secret: context.secret, algorithm: SYMMETRIC_SIGNATURE.hmacSha1 } as const;
      const text = forged({ key, keyInfo: reference('#sct', sctType('1.3')) });
      thrown(() => opened(text, clear), 'wrong-token');
      expect(opened(text, { ...clear, acceptUnderivedKeys: true }).token.id).to.equal(context.identifier);
    });

    it('of a certificate, where a context must sign, and the other way round', () => {
      thrown(() => opened(forgedX509(), clear), 'wrong-token');
      thrown(() => opened(forged(), clearX509), 'wrong-token');
    });

    it('of an EncryptedKey, which anybody can make', () => {
      const secret = Buffer.alloc(32, 5);
      const octets = transportKey({ algorithm: KEY_TRANSPORT.rsaOaepMgf1p }, bob.certificate.publicKey, secret);
      const encryptedKey =
        `<xenc:EncryptedKey Id="ek"><xenc:EncryptionMethod Algorithm="${KEY_TRANSPORT.rsaOaepMgf1p}"/><ds:KeyInfo>` +
        `${serialize(writeTokenReference(certificateReference(bob.certificate, 'thumbprint')))}</ds:KeyInfo>` +
        `<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`;
      const key = { kind: 'symmetric', secret, algorithm: SYMMETRIC_SIGNATURE.hmacSha1 } as const;
      const forgery = forged({ key, keyInfo: reference('#ek', '') }, ALL, encryptedKey);
      thrown(() => opened(forgery, clear), 'wrong-token');
      thrown(() => opened(forgery, clearX509), 'wrong-token');
      thrown(() => opened(forgery, { ...clearX509, acceptUnderivedKeys: true }), 'wrong-token');
    });

    it('of a context that was named in the message as a decoy', () => {
      const decoy =
        '<wsc:SecurityContextToken wsu:Id="decoy"><wsc:Identifier>urn:uuid:decoy</wsc:Identifier></wsc:SecurityContextToken>';
      thrown(() => opened(forged({}, ALL, decoy + TOKENS), clear), 'wrong-token');
      thrown(() => opened(forged({}, ALL, TOKENS + decoy), clear), 'wrong-token');
      thrown(() => opened(forgedX509({}, ALL, SCT + BST), clearX509), 'wrong-token');
    });

    it('of a chain of derivations that is too long', () => {
      const chain = SCT + dkt('first', 32) + dkt('sign', 24, '#first') + dkt('encrypt', 32);
      const key = {
        kind: 'symmetric',
        secret: derived(24, derived(32)),
        algorithm: SYMMETRIC_SIGNATURE.hmacSha1,
      } as const;
      expect(opened(forged({ key }, ALL, chain), clear).token.id).to.equal(context.identifier);
      const links = Array.from({ length: 6 }, (_, at) => dkt(`k${at}`, 32, at === 0 ? '#sct' : `#k${at - 1}`)).join('');
      const long = SCT + links + dkt('sign', 24, '#k5') + dkt('encrypt', 32);
      thrown(() => opened(forged({ key }, ALL, long), clear), 'security-header-invalid');
    });

    it('of a key derived from itself', () => {
      thrown(
        () => opened(forged({}, ALL, SCT + dkt('sign', 24, '#sign') + dkt('encrypt', 32)), clear),
        'unsupported-token',
      );
      const circle = SCT + dkt('sign', 24, '#encrypt') + dkt('encrypt', 32, '#sign');
      thrown(() => opened(forged({}, ALL, circle), clear), 'unsupported-token');
    });
  });

  describe('by a certificate', () => {
    const refusedFor = (text: string, code: string, keys = recipientKeys) =>
      thrown(() => opened(text, clearX509, keys), code);

    it('of another authority', () => {
      const { certificate, privateKey } = certificateAuthority('Other CA', now).issue({ name: 'alice' });
      const text = secured(clearX509, { ...certificateKeys, signer: credential(certificate, privateKey) });
      refusedFor(text, 'token-not-trusted');
    });

    it('where none is trusted', () => {
      refusedFor(secured(clearX509), 'token-not-trusted', { ...recipientKeys, trust: undefined });
    });

    it('whose key is not the one that signed', () => {
      const mallory = issued('mallory');
      refusedFor(
        forgedX509({ key: { ...aliceKey, privateKey: mallory.privateKey } as typeof aliceKey }),
        'signature-invalid',
      );
    });

    it('that is not known here, when it is only named', () => {
      const text = secured(clearX509, { ...certificateKeys, signer: issued('carol'), signerReference: 'thumbprint' });
      refusedFor(text, 'token-unavailable');
    });

    it('that is not in the header', () => {
      const message = secured(clearX509);
      const token = part(message, 'wsse:BinarySecurityToken');
      refusedFor(changed(message, token, ''), 'token-unavailable');
      const elsewhere = token.replace(' ', ` xmlns:wsse="${WSSE}" `);
      refusedFor(changed(message, token, '').replace('</s:Header>', `${elsewhere}</s:Header>`), 'token-unavailable');
    });

    it('whose reference is to something else in the header', () => {
      refusedFor(forgedX509({ keyInfo: reference('#ts', X509_V3) }), 'security-header-invalid');
      refusedFor(forgedX509({ keyInfo: reference('#ts', 'urn:unknown') }), 'unsupported-token');
    });

    it('with a key of less bits than the suite asks for', () => {
      const strict = { ...clearX509, suite: { ...SUITES.Basic256, asymmetricKeyBits: [3072, 4096] as const } };
      thrown(() => opened(secured(clearX509), strict), 'token-not-trusted');
    });

    it('that has expired', () => {
      const { certificate, privateKey } = authority.issue({ name: 'old', notAfter: after(-1_000) });
      const text = secured(clearX509, { ...certificateKeys, signer: credential(certificate, privateKey) });
      refusedFor(text, 'token-expired');
    });

    it('whose key may only encrypt', () => {
      const { certificate, privateKey } = authority.issue({ name: 'box', usage: ['keyEncipherment'] });
      const text = secured(clearX509, { ...certificateKeys, signer: credential(certificate, privateKey) });
      refusedFor(text, 'token-not-trusted');
    });
  });

  it('names no key', () => {
    for (const keyInfo of [
      '<ds:KeyName>alice</ds:KeyName>',
      '<ds:KeyValue/>',
      reference('#sign').replaceAll('SecurityTokenReference', 'Embedded'),
    ]) {
      thrown(() => opened(forged({ keyInfo }), clear), 'unsupported-token');
    }
  });
});
