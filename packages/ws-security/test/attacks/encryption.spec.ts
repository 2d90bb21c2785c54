import { elements, parse } from '@holdfast/soap';
import { expect } from 'chai';
import { ENCRYPTION, KEY_TRANSPORT } from '#src/algorithms/suites.js';
import { sctType } from '#src/elements/security-context-token.js';
import { DS, WSSE_11, XENC } from '#src/namespaces.js';
import {
  ALL,
  derived,
  encryptedData,
  envelope,
  good,
  reference,
  referenceList,
  signed,
  TIMESTAMP,
  TOKENS,
} from '../forge.js';
import {
  bob,
  certificateKeys,
  changed,
  context,
  contextKeys,
  envelopeText,
  issued,
  ORDER,
  opened,
  part,
  recipientKeys,
  secured,
  thrown,
  withCertificates,
  withContext,
} from '../samples.js';

const refused = (text: string, code: string, description = withContext) =>
  thrown(() => opened(text, description), code);

/** Encrypted and then signed: lists and data as given, before or after the signature. */
const forged = (before: string, after: string, body: string, ids = ALL) =>
  signed(envelope(`${TIMESTAMP}${TOKENS}${before}<!--signature-->${after}`, body), ids);

describe('encryption that was tampered with', () => {
  const message = secured();
  const data = part(message, 'xenc:EncryptedData');
  const value = /(?<=<xenc:CipherValue>)[^<]*/;

  it('is told by messages that are accepted', () => {
    for (const text of [good(), message]) expect(opened(text).envelope.body.length).to.equal(1);
  });

  describe('the Body', () => {
    it('came in clear', () => {
      refused(secured({ ...withContext, encryptBody: false }), 'part-not-encrypted');
      refused(secured({ ...withCertificates, encryptBody: false }), 'part-not-encrypted', withCertificates);
      refused(forged('', '', ORDER), 'part-not-encrypted');
    });

    it('was put in clear in the place of what was encrypted', () => {
      refused(changed(message, data, ORDER), 'reference-not-resolved');
      refused(changed(changed(message, data, ORDER), part(message, 'xenc:ReferenceList'), ''), 'part-not-encrypted');
    });

    it('came in clear, and something else encrypted', () => {
      const block = `<x:Other xmlns:x="urn:x">${encryptedData('data', ORDER)}</x:Other>`;
      const security = `${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data')}`;
      refused(signed(envelope(security, ORDER, block), ALL), 'reference-not-resolved');
    });

    it('came partly in clear, beside what was encrypted', () => {
      refused(forged('', referenceList('data'), encryptedData('data', ORDER) + ORDER), 'part-not-encrypted');
      refused(forged('', referenceList('data'), `text ${encryptedData('data', ORDER)}`), 'part-not-encrypted');
      refused(
        forged('', referenceList('data'), `<!-- ${'x'} -->${encryptedData('data', ORDER)}`),
        'part-not-encrypted',
      );
    });

    it('came encrypted as its one element, which is its whole content, or as something that is none', () => {
      opened(forged('', referenceList('data'), encryptedData('data', ORDER, 'Element')));
      const two = forged('', referenceList('data'), encryptedData('data', `${ORDER}<b/>`, 'Element'));
      refused(two, 'decryption-failed');
      const beside = forged('', referenceList('data'), `${encryptedData('data', ORDER, 'Element')}<b/>`);
      refused(beside, 'part-not-encrypted');
    });

    it('holds something encrypted that nobody decrypts', () => {
      refused(forged('', '', encryptedData('data', ORDER)), 'part-not-encrypted');
    });

    it('was replaced by its EncryptedData as a whole', () => {
      const whole = encryptedData(
        'data',
        `<s:Body xmlns:s="http://www.w3.org/2003/05/soap-envelope">${ORDER}</s:Body>`,
        'Element',
      );
      refused(changed(message, part(message, 's:Body'), whole), 'security-header-invalid');
    });

    it('was changed within its ciphertext', () => {
      const octets = Buffer.from(value.exec(message)?.[0] ?? '', 'base64');
      for (let at = 0; at < octets.length - 16; at += 7) {
        const flipped = Buffer.from(octets);
        flipped[at] = (flipped[at] as number) ^ 1;
        expect(() => opened(changed(message, value, flipped.toString('base64')))).to.throw();
      }
    });

    it('was cut, emptied, or replaced by random blocks', () => {
      const octets = Buffer.from(value.exec(message)?.[0] ?? '', 'base64');
      for (const other of [
        octets.subarray(0, 16),
        octets.subarray(1),
        Buffer.alloc(0),
        octets.subarray(0, octets.length - 1),
      ]) {
        refused(changed(message, value, other.toString('base64')), 'decryption-failed');
      }
    });

    it('was taken from another message under the same context', () => {
      const other = secured(withContext, contextKeys(), envelopeText('1.2', ORDER.replace('12', '13')));
      const foreign = part(other, 'xenc:EncryptedData').replace(/Id="[^"]*"/, /Id="[^"]*"/.exec(data)?.[0] as string);
      const keyId = /URI="(#[^"]*)"/;
      const rekeyed = foreign.replace(keyId, () => `URI="${keyId.exec(data)?.[1]}"`);
      refused(changed(message, data, foreign), 'token-unavailable');
      refused(changed(message, data, rekeyed), 'decryption-failed');
    });
  });

  it('an EncryptedData was moved out of the Body', () => {
    const moved = changed(message, data, '');
    refused(moved.replace('</s:Header>', `<x:W xmlns:x="urn:x">${data}</x:W></s:Header>`), 'reference-not-resolved');
    refused(moved.replace('</wsse:Security>', `${data}</wsse:Security>`), 'reference-not-resolved');
    refused(moved, 'reference-not-resolved');
  });

  it('an EncryptedData was wrapped within the Body', () => {
    refused(changed(message, data, `<x:W xmlns:x="urn:x">${data}</x:W>`), 'reference-not-resolved');
  });

  it('a ReferenceList refers to nothing, or to something else', () => {
    const uri = /(?<=<xenc:DataReference URI=")[^"]*/;
    refused(changed(message, uri, '#nothing'), 'reference-not-resolved');
    refused(good().replace('#data', '#body'), 'reference-not-resolved');
    refused(changed(message, uri, ''), 'security-header-invalid');
    refused(changed(message, uri, 'http://inside/'), 'security-header-invalid');
  });

  it('a ReferenceList refers to the same twice', () => {
    refused(good().replace(referenceList('data'), referenceList('data', 'data')), 'reference-not-resolved');
  });

  it('a decrypted part brings an Id that is in the message', () => {
    const content =
      '<x:A xmlns:x="urn:x" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" wsu:Id="ID"/>';
    const text = (id: string) => forged('', referenceList('data'), encryptedData('data', content.replace('ID', id)));
    opened(text('new'));
    // Told from no other failure: what came to light could be guessed from it otherwise.
    for (const id of ['body', 'ts', 'action', 'sct']) refused(text(id), 'decryption-failed');
  });

  describe('in the Header', () => {
    const blocks = {
      'a header block': '<x:A xmlns:x="urn:x"/>',
      'a block that must be signed':
        '<w:From xmlns:w="http://www.w3.org/2005/08/addressing"><w:Address>urn:x</w:Address></w:From>',
      'a Security header':
        '<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>',
      'something encrypted': encryptedData('inner', ORDER),
    };
    const security = `${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data', 'one')}`;
    const holding = (placed: string) => signed(envelope(security, encryptedData('data', ORDER), placed), ALL);

    for (const [what, content] of Object.entries(blocks)) {
      it(`${what} is not decrypted anywhere but in a place of its own`, () => {
        const block = encryptedData('one', content, 'Element');
        refused(holding(`<x:W xmlns:x="urn:x">${block}</x:W>`), 'reference-not-resolved');
        const two = `<e:EncryptedHeader xmlns:e="${WSSE_11}">${block}<x:A xmlns:x="urn:x"/></e:EncryptedHeader>`;
        refused(holding(two), 'security-header-invalid');
      });
    }

    for (const open of ['', `<e:EncryptedHeader xmlns:e="${WSSE_11}">`]) {
      const placed = (content: string) =>
        holding(`${open}${encryptedData('one', content, 'Element')}${open === '' ? '' : '</e:EncryptedHeader>'}`);

      it(`a block that nobody signed is refused, asked for or not (${open === '' ? 'bare' : 'EncryptedHeader'})`, () => {
        refused(placed(blocks['a header block']), 'part-not-signed');
      });

      it(`a block that must be signed is refused unsigned (${open === '' ? 'bare' : 'EncryptedHeader'})`, () => {
        refused(placed(blocks['a block that must be signed']), 'part-not-signed');
      });

      it(`nothing else is brought to light (${open === '' ? 'bare' : 'EncryptedHeader'})`, () => {
        refused(placed(blocks['a Security header']), 'decryption-failed');
        refused(placed(blocks['something encrypted']), 'decryption-failed');
      });
    }
  });

  it('an EncryptedData lies within another', () => {
    const inner = encryptedData('inner', ORDER);
    const nested = forged('', referenceList('data'), encryptedData('data', inner));
    // What came to light is not what the sender's list names: the application gets it as it is, and nothing more.
    expect(elements(opened(nested).envelope.bodyElement).map(({ local }) => local)).to.deep.equal(['EncryptedData']);
    const twice = forged('', referenceList('data', 'inner'), encryptedData('data', inner));
    refused(twice, 'security-header-invalid');
    refused(forged('', referenceList('inner', 'data'), encryptedData('data', inner)), 'reference-not-resolved');
  });

  it('an EncryptedData lies within the KeyInfo of another', () => {
    const strange = encryptedData('data', ORDER).replace(
      '<ds:KeyInfo>',
      `<ds:KeyInfo>${encryptedData('inner', ORDER)}`,
    );
    refused(forged('', referenceList('data'), strange), 'security-header-invalid');
  });

  it('what it decrypts to is not well-formed, or is no single element', () => {
    for (const content of ['<a>', '</s:Body>', '&undefined;', '<!DOCTYPE a>', '<?pi?>', '<q:a/>', '\u0001']) {
      refused(forged('', referenceList('data'), encryptedData('data', content)), 'decryption-failed');
    }
    for (const content of ['', 'text', '<a/><b/>', '<a/> ', '<!-- c -->']) {
      const security = `${TIMESTAMP}${TOKENS}<!--signature-->${encryptedData('one', content, 'Element')}`;
      refused(signed(envelope(security, ''), ALL), 'decryption-failed');
    }
  });

  describe('names', () => {
    it('another algorithm than that of the suite', () => {
      for (const algorithm of [
        `${XENC}tripledes-cbc`,
        ENCRYPTION.aes128Cbc,
        'http://www.w3.org/2009/xmlenc11#aes256-gcm',
        '',
      ]) {
        refused(message.replace(ENCRYPTION.aes256Cbc, algorithm), 'algorithm-not-allowed');
      }
    });

    it('no key, or one in a way that is not supported', () => {
      const text = (keyInfo: string) =>
        forged('', referenceList('data'), encryptedData('data', ORDER, 'Content', derived(32), keyInfo));
      refused(text(''), 'unsupported-token');
      refused(text('<ds:KeyName>k</ds:KeyName>'), 'unsupported-token');
      refused(text(reference('#body')), 'token-unavailable');
      refused(text(reference('#ts', 'urn:unknown')), 'unsupported-token');
      refused(text(reference('#ts')), 'security-header-invalid');
      refused(text(reference('#sign')), 'decryption-failed');
    });

    it("the context's secret itself, where keys must be derived", () => {
      const text = forged(
        '',
        referenceList('data'),
        encryptedData('data', ORDER, 'Content', context.secret, reference('#sct', sctType('1.3'))),
      );
      refused(text, 'wrong-token');
      opened(text, { ...withContext, acceptUnderivedKeys: true });
    });

    it('a key of another context than the one that signed', () => {
      const other = { ...context, identifier: 'urn:uuid:other', secret: Buffer.alloc(32, 9) };
      const keys = {
        ...recipientKeys,
        securityContext: (id: string) => [context, other].find(({ identifier }) => identifier === id),
      };
      const source = `<wsc:DerivedKeyToken wsu:Id="foreign">${reference(other.identifier, sctType('1.3'))}<wsc:Nonce>${Buffer.alloc(16, 7).toString('base64')}</wsc:Nonce></wsc:DerivedKeyToken>`;
      const text = forged(
        source,
        referenceList('data'),
        encryptedData('data', ORDER, 'Content', derived(32, other.secret), reference('#foreign')),
      );
      thrown(() => opened(text, withContext, keys), 'wrong-token');
    });
  });

  it('what another encrypted, with the keys named beside it, is not decrypted for who signs it', () => {
    const other = { ...context, identifier: 'urn:uuid:other', secret: Buffer.alloc(32, 9) };
    const keys = {
      ...recipientKeys,
      securityContext: (id: string) => [context, other].find(({ identifier }) => identifier === id),
    };
    const source = `<wsc:DerivedKeyToken wsu:Id="foreign">${reference(other.identifier, sctType('1.3'))}<wsc:Nonce>${Buffer.alloc(16, 7).toString('base64')}</wsc:Nonce></wsc:DerivedKeyToken>`;
    const stolen = encryptedData('stolen', ORDER, 'Content', derived(32, other.secret), reference('#foreign'));
    const inside = forged(
      '',
      `${referenceList('data')}${source}${referenceList('stolen')}`,
      encryptedData('data', stolen),
    );
    thrown(() => opened(inside, withContext, keys), 'security-header-invalid');
    const clear = forged('', `${source}${referenceList('stolen')}`, stolen);
    thrown(() => opened(clear, { ...withContext, encryptBody: false }, keys), 'wrong-token');
  });

  it('a Body that somebody else encrypted for us is not taken for that of who signs it with a certificate', () => {
    const later = secured({ ...withCertificates, order: 'encrypt-then-sign' });
    opened(later, { ...withCertificates, order: 'encrypt-then-sign' });
    refused(later, 'part-not-signed', withCertificates);
  });

  describe('for a certificate', () => {
    const x509 = secured(withCertificates);

    it("was for somebody else's", () => {
      const text = secured(withCertificates, { ...certificateKeys, recipient: issued('carol').certificate });
      refused(text, 'token-unavailable', withCertificates);
    });

    it("was for somebody else's, and says that it is for ours", () => {
      const carol = issued('carol').certificate;
      const text = secured(withCertificates, { ...certificateKeys, recipient: carol });
      const renamed = changed(
        text,
        carol.thumbprintSha1.toString('base64'),
        bob.certificate.thumbprintSha1.toString('base64'),
      );
      refused(renamed, 'decryption-failed', withCertificates);
    });

    it('came by another key transport, or another digest of it', () => {
      refused(changed(x509, KEY_TRANSPORT.rsaOaepMgf1p, `${XENC}rsa-1_5`), 'algorithm-not-allowed', withCertificates);
      refused(
        changed(x509, KEY_TRANSPORT.rsaOaepMgf1p, 'http://www.w3.org/2009/xmlenc11#rsa-oaep'),
        'algorithm-not-allowed',
        withCertificates,
      );
      const method = /(?<=<xenc:EncryptedKey .*?<ds:DigestMethod[^>]*Algorithm=")[^"]*/s;
      refused(x509.replace(method, `${XENC}sha256`), 'algorithm-not-allowed', withCertificates);
    });

    it('lost its EncryptedKey, or does not say for whom it is', () => {
      const key = part(x509, 'xenc:EncryptedKey');
      refused(changed(x509, key, ''), 'digest-mismatch', withCertificates);
      const nameless = key.replace(/<ds:KeyInfo.*?<\/ds:KeyInfo>/s, '');
      refused(changed(x509, key, nameless), 'unsupported-token', withCertificates);
    });

    it('has the key of another message', () => {
      const other = part(secured(withCertificates), 'xenc:EncryptedKey');
      const key = part(x509, 'xenc:EncryptedKey');
      const cipher = /<xenc:CipherData>.*<\/xenc:CipherData>/s;
      refused(
        changed(
          x509,
          key,
          key.replace(cipher, () => cipher.exec(other)?.[0] ?? ''),
        ),
        'decryption-failed',
        withCertificates,
      );
    });

    it('has a key of the wrong length', () => {
      const { suite } = { suite: { ...withCertificates.suite, encryption: [ENCRYPTION.aes128Cbc] as const } };
      const short = secured({ ...withCertificates, suite }).replace(ENCRYPTION.aes128Cbc, ENCRYPTION.aes256Cbc);
      refused(short, 'decryption-failed', withCertificates);
    });
  });

  describe('of the signature', () => {
    const hidden = { ...withContext, encryptSignature: true };

    it('is missing where it is asked for', () => {
      refused(message, 'part-not-encrypted', hidden);
      refused(secured(withCertificates), 'part-not-encrypted', { ...withCertificates, encryptSignature: true });
    });

    it('is accepted where it is not', () => {
      expect(opened(secured(hidden)).token.id).to.equal(context.identifier);
    });

    it('is undone, and the signature put in its place', () => {
      const document = parse(secured(hidden));
      const signature = elements(elements(elements(document.root)[0] as never)[0] as never).find(
        ({ local }) => local === 'EncryptedData',
      );
      expect(signature?.namespace).to.equal(XENC);
      const clear = good();
      expect(clear).to.contain(`xmlns:ds="${DS}"`);
      refused(clear, 'part-not-encrypted', hidden);
    });
  });

  it('says the same whatever was wrong with a ciphertext: key, padding, or content', () => {
    const messages = new Set(
      [
        changed(message, value, Buffer.alloc(64).toString('base64')),
        changed(message, value, Buffer.alloc(16).toString('base64')),
        forged('', referenceList('data'), encryptedData('data', '<a>')),
        forged('', referenceList('data'), encryptedData('data', ORDER, 'Content', Buffer.alloc(32))),
      ].map((text) => refused(text, 'decryption-failed').message),
    );
    expect(messages.size).to.equal(1);
  });
});
