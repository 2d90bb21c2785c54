import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  readTokenReference,
  type TokenReference,
  writeTokenReference,
} from '#src/elements/security-token-reference.js';
import { DS, THUMBPRINT_SHA1, WSC_13, WSC_2005, WSSE, WSSE_11 } from '#src/namespaces.js';
import { thrown, xml } from '../samples.js';

const again = (reference: TokenReference) => readTokenReference(parse(serialize(writeTokenReference(reference))).root);
const reference = (content: string) =>
  xml(
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}" xmlns:ds="${DS}" xmlns:wsc="${WSC_13}" xmlns:old="${WSC_2005}">${content}</wsse:SecurityTokenReference>`,
  );

describe('wsse:SecurityTokenReference', () => {
  const uri = fc.webUrl();
  const forms: Record<string, fc.Arbitrary<TokenReference>> = {
    'a direct reference': uri.map((value) => ({ kind: 'direct', uri: value })),
    'a direct reference with a type': fc
      .tuple(uri, uri)
      .map(([value, valueType]) => ({ kind: 'direct', uri: value, valueType })),
    'a direct reference to an instance': fc
      .tuple(uri, fc.constantFrom(`${WSC_13}/sct`, `${WSC_2005}/sct`), fc.string({ unit: 'grapheme-ascii' }))
      .map(([value, valueType, instance]) => ({ kind: 'direct', uri: value, valueType, instance })),
    'a key identifier': fc
      .uint8Array()
      .map((value) => ({ kind: 'key-identifier', valueType: THUMBPRINT_SHA1, value: Buffer.from(value) })),
    'an issuer and serial number': fc
      .tuple(fc.constantFrom('CN=a', 'O="x, y",CN=\u00e9 & <b>'), fc.bigInt(-(2n ** 160n), 2n ** 160n))
      .map(([issuer, serialNumber]) => ({ kind: 'issuer-serial', issuer, serialNumber })),
  };
  for (const [what, form] of Object.entries(forms)) {
    it(`brings back ${what}`, () => {
      fc.assert(
        fc.property(form, (value) => {
          expect(again(value)).to.deep.equal(value);
        }),
      );
    });
  }

  it('says the type of the token where it is asked to (WSS 1.1 TokenType)', () => {
    const written = serialize(writeTokenReference({ kind: 'direct', uri: '#x' }, { tokenType: 'urn:type' }));
    expect(written).to.contain(`wsse11:TokenType="urn:type"`).and.to.contain(WSSE_11);
  });

  it('writes Instance in the namespace of the version', () => {
    for (const version of [WSC_13, WSC_2005]) {
      const written = serialize(
        writeTokenReference({ kind: 'direct', uri: 'urn:c', valueType: `${version}/sct`, instance: '2' }),
      );
      expect(written).to.contain(`xmlns:wsc="${version}" `).and.to.contain('wsc:Instance="2"');
    }
  });

  it('reads Instance of either version', () => {
    expect(readTokenReference(reference('<wsse:Reference URI="urn:c" old:Instance="2"/>'))).to.include({
      instance: '2',
    });
    expect(readTokenReference(reference('<wsse:Reference URI="urn:c" wsc:Instance="3"/>'))).to.include({
      instance: '3',
    });
  });

  const invalid: Record<string, string> = {
    'holds nothing': '',
    'holds two references (BSP R3061)': '<wsse:Reference URI="#a"/><wsse:Reference URI="#a"/>',
    'has a Reference without URI': '<wsse:Reference/>',
    'has a Reference with an empty URI': '<wsse:Reference URI=""/>',
    'has a Reference to #': '<wsse:Reference URI="#"/>',
    'has a KeyIdentifier without ValueType (BSP R3054)': '<wsse:KeyIdentifier>AAAA</wsse:KeyIdentifier>',
    'has a KeyIdentifier that is not Base64': '<wsse:KeyIdentifier ValueType="urn:x">****</wsse:KeyIdentifier>',
    'has an X509Data without issuer and serial': '<ds:X509Data/>',
    'has an issuer without serial':
      '<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName></ds:X509IssuerSerial></ds:X509Data>',
    'has a serial that is no number':
      '<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName><ds:X509SerialNumber>0x1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>',
    'has a serial of a thousand digits': `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName><ds:X509SerialNumber>${'9'.repeat(1000)}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`,
    'has a name of a megabyte': `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=${'a'.repeat(1_000_000)}</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`,
  };
  for (const [what, content] of Object.entries(invalid)) {
    it(`is refused when it ${what}`, () => {
      thrown(() => readTokenReference(reference(content)), 'security-header-invalid');
    });
  }

  for (const content of ['<ds:KeyName>alice</ds:KeyName>', '<ds:KeyValue/>', '<Reference URI="#a"/>']) {
    it(`is not supported when it holds ${content}`, () => {
      thrown(() => readTokenReference(reference(content)), 'unsupported-token');
    });
  }
});
