import { elements, WSA, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { matches, type ProtectionDescription } from '#src/description.js';
import type { ProtectionKeys } from '#src/keys.js';
import { WSSE_11 } from '#src/namespaces.js';
import { ALL, dkt, encryptedData, envelope, referenceList, SCT, signed, TIMESTAMP, TOKENS } from '../forge.js';
import { alice, bob, changed, contextKeys, envelopeText, ORDER, part, thrown } from '../samples.js';
import { block, describedBy, layoutOf, lookup, received, sent } from './parties.js';

const PAY = { namespace: 'urn:pay', local: 'Card' };
const CARD = '<p:Card xmlns:p="urn:pay" s:mustUnderstand="1" s:role="urn:cashier">4000 0000</p:Card>';
const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;

const ways: readonly { readonly token: ProtectionDescription['token']; readonly keys: ProtectionKeys }[] = [
  { token: 'SecurityContextToken', keys: contextKeys() },
  { token: 'EncryptedKey', keys: { kind: 'EncryptedKey', ...toBob } },
  { token: 'X509', keys: { kind: 'X509', signer: alice, signerReference: 'direct', ...toBob } },
];

describe('structures: encrypted header blocks (WSS-9.3-1, WSS-9.3-2, SP-2)', () => {
  for (const { token, keys } of ways) {
    for (const order of ['sign-then-encrypt', 'encrypt-then-sign'] as const) {
      it(`come back in their place, signed and encrypted (${token}, ${order})`, () => {
        for (const version of ['1.1', '1.2'] as const) {
          for (const encryptBody of [true, false]) {
            const description = describedBy(token, { order, encryptBody, encryptedHeaders: [PAY, { namespace: WSA }] });
            const card = version === '1.1' ? CARD.replace('s:role', 's:actor') : CARD;
            const { text } = sent(description, keys, { text: envelopeText(version, ORDER, card) });
            expect(text).to.not.contain('4000').and.to.not.contain('urn:uuid:m1');
            expect(text.match(/<wsse11:EncryptedHeader /g)?.length).to.equal(4);
            const { envelope: found, proof, token: signer } = received(text, description);
            expect(found.headers.map(({ local }) => local)).to.deep.equal(['Action', 'MessageID', 'To', 'Card']);
            for (const each of found.headers) {
              expect(proof.signers(each)).to.deep.equal([signer]);
              expect(proof.encrypters(each).length).to.equal(1);
            }
            expect(block(found, 'Card').children).to.deep.equal(['4000 0000']);
            expect(proof.encrypters(found.bodyElement).length).to.equal(encryptBody ? 1 : 0);
          }
        }
      });
    }
  }

  const description = describedBy('SecurityContextToken', { encryptedHeaders: [PAY], encryptBody: false });
  const text = envelopeText('1.2', ORDER, CARD);

  it('copy mustUnderstand, role and relay, and nothing else', () => {
    const relayed = CARD.replace('s:role', 'p:secret="1" s:relay="true" s:role');
    const message = sent(description, contextKeys(), { text: envelopeText('1.2', ORDER, relayed) }).text;
    const header = /<wsse11:EncryptedHeader [^>]*>/.exec(message)?.[0] ?? '';
    expect(header)
      .to.contain('s:mustUnderstand="1"')
      .and.to.contain('s:role="urn:cashier"')
      .and.to.contain('s:relay="true"')
      .and.to.match(/ wsu:Id="/)
      .and.to.not.contain('secret');
  });

  it('that must be encrypted are refused in clear, and unsigned', () => {
    const clear = sent({ ...description, encryptedHeaders: [] }, contextKeys(), { text }).text;
    thrown(() => received(clear, description), 'part-not-encrypted');
    received(clear, { ...description, encryptedHeaders: [] });
    const without = sent(description, contextKeys()).text;
    expect(received(without, description).envelope.headers.length).to.equal(3);
    const added = without.replace('</s:Header>', `${CARD}$&`);
    thrown(() => received(added, description), 'part-not-encrypted');
    thrown(() => received(added, { ...description, encryptedHeaders: [], signedHeaders: [PAY] }), 'part-not-signed');
    expect(matches(description.encryptedHeaders, PAY)).to.equal(true);
  });

  it('that need not be encrypted may be', () => {
    const message = sent(description, contextKeys(), { text }).text;
    const found = received(message, { ...description, encryptedHeaders: [] });
    expect(found.proof.encrypters(block(found.envelope, 'Card')).length).to.equal(1);
  });

  it('that no list names are refused if they are for us, and left to whom they are for if not', () => {
    const unlisted = (block: string) => {
      const message = sent({ ...description, order: 'encrypt-then-sign' }, contextKeys(), {
        text: envelopeText('1.2', ORDER, block),
      }).text;
      return changed(message, part(message, 'xenc:ReferenceList'), '');
    };
    thrown(() => received(unlisted(CARD.replace(/ s:role="[^"]*"/, '')), description), 'reference-not-resolved');
    const left = block(received(unlisted(CARD), description).envelope, 'EncryptedHeader');
    expect(left.attributes.find(({ local }) => local === 'mustUnderstand')?.value).to.equal('1');
  });

  describe('made by hand', () => {
    const secret =
      '<p:Card xmlns:p="urn:pay" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" wsu:Id="card">4000</p:Card>';
    const data = encryptedData('data', secret, 'Element');
    const header = (content: string, id = 'wsu:Id="head" ') =>
      `<h:EncryptedHeader xmlns:h="${WSSE_11}" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" ${id}s:mustUnderstand="1">${content}</h:EncryptedHeader>`;
    /** Encrypted, then signed as it is on the wire. */
    const made = (block: string, list = referenceList('data'), ids: readonly string[] = [...ALL, 'head']) =>
      signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${list}`, ORDER, block), ids);
    const open = (message: string) => received(message, { ...description, order: 'encrypt-then-sign' });

    it('are opened as they are', () => {
      const found = open(made(header(data)));
      expect(found.proof.signers(block(found.envelope, 'Card')).length).to.equal(1);
      expect(found.proof.encrypters(block(found.envelope, 'Card')).length).to.equal(1);
    });

    it('are refused where nobody signed them, asked for or not: acceptance would tell that they could be read', () => {
      thrown(() => open(made(header(data), referenceList('data'), ALL)), 'part-not-signed');
      const asked = { ...description, order: 'encrypt-then-sign', signedHeaders: [PAY] } as const;
      thrown(() => received(made(header(data), referenceList('data'), ALL), asked), 'part-not-signed');
    });

    it('R5608, R3006: may be named by the EncryptedHeader as well as by its EncryptedData', () => {
      expect(open(made(header(data), referenceList('head'))).envelope.headers.length).to.equal(4);
      thrown(() => open(made(header(data), referenceList('body'))), 'reference-not-resolved');
    });

    it('R3230, R3299: hold exactly one EncryptedData', () => {
      const other = encryptedData('other', '<x xmlns="urn:pay"/>', 'Element');
      for (const content of [data + other, `${data}<x/>`, `${data}text`]) {
        thrown(() => open(made(header(content))), 'security-header-invalid');
      }
      thrown(() => open(made(header(''), referenceList('head'))), 'reference-not-resolved');
      thrown(() => open(made(header('<x/>'), referenceList('head'))), 'reference-not-resolved');
    });

    it('are refused when what they hold is no single element, or a Security header, or ciphertext', () => {
      const holding = (plain: string) => made(header(encryptedData('data', plain, 'Element')));
      for (const plain of ['text', '', '<a/><b/>', '<a>', encryptedData('inner', '<a/>', 'Element')]) {
        thrown(() => open(holding(plain)), 'decryption-failed');
      }
      const security =
        '<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>';
      thrown(() => open(holding(security)), 'decryption-failed');
    });

    it('are refused as Content, and deeper than in the Header', () => {
      thrown(() => open(made(header(encryptedData('data', secret, 'Content')))), 'reference-not-resolved');
      thrown(
        () => open(made(`<x:Deep xmlns:x="urn:x">${header(data)}</x:Deep>`, undefined, ALL)),
        'reference-not-resolved',
      );
    });

    it('R3228: without an EncryptedHeader around it, as WSS 1.0 had it, are opened too', () => {
      const found = open(made(data, referenceList('data'), [...ALL, 'data']));
      expect(found.proof.signers(block(found.envelope, 'Card')).length).to.equal(1);
    });

    it('are not taken for signed where another party encrypted them', () => {
      const eve = `${SCT}${dkt('sign', 24)}`;
      const message = signed(envelope(`${TIMESTAMP}${eve}<!--signature-->`, ORDER, header(data)), [...ALL, 'head']);
      thrown(
        () => received(message.replace('</wsse:Security>', `${referenceList('data')}$&`), description),
        'token-unavailable',
      );
    });
  });

  it('for another role stay as they are', () => {
    const own = describedBy('SecurityContextToken', { role: 'urn:cashier' });
    const { text: message } = sent(own, contextKeys(), { text });
    thrown(() => received(message, describedBy('SecurityContextToken')), 'security-header-missing');
    const found = received(message, own, lookup);
    expect(layoutOf(message)[0]).to.equal('Timestamp');
    expect(elements(elements(found.envelope.root)[0] as XmlElement).length).to.equal(5);
  });
});
