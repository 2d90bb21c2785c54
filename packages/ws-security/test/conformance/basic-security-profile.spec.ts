import { elements, WSU, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { canonicalize } from '#src/canonical/canonicalize.js';
import {
  BASE64_BINARY,
  DS,
  EC,
  ENCRYPTED_KEY,
  THUMBPRINT_SHA1,
  USERNAME_TOKEN,
  WSC_13,
  WSSE,
  WSSE_11,
  X509_V3,
} from '#src/namespaces.js';
import {
  ALL,
  aliceKey,
  derived,
  dkt,
  encryptedData,
  envelope,
  reference,
  referenceList,
  SCT,
  type SignOptions,
  signed,
  TIMESTAMP,
  TOKENS,
} from '../forge.js';
import {
  alice,
  bob,
  changed,
  context,
  contextKeys,
  envelopeText,
  ORDER,
  part,
  secured,
  thrown,
  withContext,
  xml,
} from '../samples.js';
import { assertion, describedBy, received, sent, user } from '../structures/parties.js';

const clear = describedBy('SecurityContextToken', { encryptBody: false });
const encrypted = describedBy('SecurityContextToken', { order: 'encrypt-then-sign' });
const byCertificate = describedBy('X509', { encryptBody: false });

/** A message in clear that is right but for what is put into it. */
const made = (security = '', options: SignOptions = {}, ids: readonly string[] = ALL, timestamp = TIMESTAMP) =>
  signed(envelope(`${timestamp}${TOKENS}${security}<!--signature-->`), ids, options);
const accepted = (text: string, description = clear) => {
  expect(received(text, description).token).to.not.equal(undefined);
};
const refused = (text: string, code: string, description = clear) => thrown(() => received(text, description), code);

const BST = (attributes: string, id = 'bst') =>
  `<wsse:BinarySecurityToken wsu:Id="${id}" ${attributes}>${alice.certificate.raw.toString('base64')}</wsse:BinarySecurityToken>`;
const V3 = `EncodingType="${BASE64_BINARY}" ValueType="${X509_V3}"`;
const byAlice = (keyInfo: string, tokens = '') =>
  signed(envelope(`${TIMESTAMP}${tokens}<!--signature-->`), ALL, { key: aliceKey, keyInfo });
const str = (content: string, attributes = '') =>
  `<wsse:SecurityTokenReference ${attributes}>${content}</wsse:SecurityTokenReference>`;
const thumbprint = alice.certificate.thumbprintSha1.toString('base64');

describe('Basic Security Profile 1.1', () => {
  describe('Timestamp', () => {
    const stamped = (content: string) => made('', {}, ALL, `<wsu:Timestamp wsu:Id="ts">${content}</wsu:Timestamp>`);
    const created = '<wsu:Created>2026-03-01T12:00:00Z</wsu:Created>';
    const expires = '<wsu:Expires>2026-03-01T12:05:00Z</wsu:Expires>';

    it('is accepted as it should be', () => {
      for (const content of [created, created + expires, ` ${created}\n${expires} `]) accepted(stamped(content));
    });

    it('R3220, R3229: digits beyond milliseconds are accepted, as peers write them, and not relied on', () => {
      accepted(stamped('<wsu:Created>2026-03-01T12:00:00.123456789Z</wsu:Created>'));
      expect(part(secured(), 'wsu:Created')).to.match(/:\d\d\.\d{3}Z</);
    });

    const wrong: Readonly<Record<string, readonly string[]>> = {
      'R3203: exactly one Created': ['', expires, created + created],
      'R3224: at most one Expires': [created + expires + expires],
      'R3221: Created before Expires': [expires + created],
      'R3222: nothing else': [`${created}<x:More xmlns:x="urn:x"/>`, `${created}${expires}<wsu:Other/>`],
      'R3213, R3215: seconds below 60': ['<wsu:Created>2026-03-01T11:59:60Z</wsu:Created>'],
      'R3217, R3223: in UTC': [
        '<wsu:Created>2026-03-01T12:00:00</wsu:Created>',
        '<wsu:Created>2026-03-01T13:00:00+01:00</wsu:Created>',
        '<wsu:Created>2026-03-01</wsu:Created>',
        '<wsu:Created>2026-02-30T12:00:00Z</wsu:Created>',
        '<wsu:Created>now</wsu:Created>',
        '<wsu:Created/>',
      ],
      'R3225, R3226: no ValueType': [
        created.replace('>', ' ValueType="http://www.w3.org/2001/XMLSchema#dateTime">'),
        created + expires.replace('>', ' ValueType="x">'),
      ],
      'WSS-10-2: Created before Expires in time': [`${created}<wsu:Expires>2026-03-01T12:00:00Z</wsu:Expires>`],
    };
    for (const [rule, contents] of Object.entries(wrong)) {
      it(rule, () => {
        for (const content of contents) refused(stamped(content), 'security-header-invalid');
      });
    }

    it('R3227, WSS-10-2: at most one', () => {
      refused(made(TIMESTAMP.replace('"ts"', '"ts2"')), 'security-header-invalid');
    });
  });

  describe('SecurityTokenReference', () => {
    const direct = (attributes: string) => str(`<wsse:Reference ${attributes}/>`);
    const signedBy = (keyInfo: string) => made('', { keyInfo });
    const dk = `ValueType="${WSC_13}/dk"`;

    it('R3059: a Reference without ValueType is accepted: CXF, Metro and Rampart leave it out', () => {
      accepted(signedBy(direct('URI="#sign"')));
      accepted(signedBy(direct(`URI="#sign" ${dk}`)));
    });

    const wrong: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
      'R3061, WSS-7-1: exactly one reference': [
        [str(''), 'security-header-invalid'],
        [str(`<wsse:Reference URI="#sign" ${dk}/><wsse:Reference URI="#sign" ${dk}/>`), 'security-header-invalid'],
      ],
      'R3062: a Reference has a URI': [
        [direct(dk), 'security-header-invalid'],
        [direct(`URI="" ${dk}`), 'security-header-invalid'],
        [direct(`URI="#" ${dk}`), 'security-header-invalid'],
      ],
      'R3058, WSS-7-2: the ValueType is that of the token': [
        [direct(`URI="#sign" ValueType="${WSC_13}/sct"`), 'security-header-invalid'],
        [direct(`URI="#sign" ValueType="${X509_V3}"`), 'security-header-invalid'],
        [direct(`URI="#sign" ValueType="${USERNAME_TOKEN}"`), 'security-header-invalid'],
      ],
      'R3074, WSS-7-3: the TokenType is that of the token': [
        [
          str(`<wsse:Reference URI="#sign" ${dk}/>`, `xmlns:k="${WSSE_11}" k:TokenType="${ENCRYPTED_KEY}"`),
          'security-header-invalid',
        ],
      ],
      'R3027: no KeyName': [[str('<ds:KeyName>alice</ds:KeyName>'), 'unsupported-token']],
      'R3054, R3063: a KeyIdentifier has a ValueType, of those that are known': [
        [
          str(`<wsse:KeyIdentifier EncodingType="${BASE64_BINARY}">AAAA</wsse:KeyIdentifier>`),
          'security-header-invalid',
        ],
        [
          str(`<wsse:KeyIdentifier EncodingType="${BASE64_BINARY}" ValueType="urn:x">AAAA</wsse:KeyIdentifier>`),
          'unsupported-token',
        ],
      ],
      'R3071: a KeyIdentifier is Base64Binary': [
        [
          str(`<wsse:KeyIdentifier EncodingType="urn:hex" ValueType="${THUMBPRINT_SHA1}">AAAA</wsse:KeyIdentifier>`),
          'unsupported-token',
        ],
      ],
      'R3060, R3056: Embedded holds one token, and no reference': [
        [str('<wsse:Embedded/>'), 'security-header-invalid'],
        [
          str(`<wsse:Embedded>${SCT.replace('"sct"', '"e1"')}${SCT.replace('"sct"', '"e2"')}</wsse:Embedded>`),
          'security-header-invalid',
        ],
        [str(`<wsse:Embedded>${reference('#sign')}</wsse:Embedded>`), 'security-header-invalid'],
      ],
      'R3025: Embedded holds a token': [
        [str('<wsse:Embedded><x:Token xmlns:x="urn:x"/></wsse:Embedded>'), 'unsupported-token'],
      ],
      'R5204: a token in the message is named by its Id': [
        [direct(`URI="sign" ${dk}`), 'context-unknown'],
        [direct(`URI="http://bob/#sign" ${dk}`), 'context-unknown'],
      ],
      'R3211: no reference to a KeyInfo': [[direct('URI="#keyinfo"'), 'token-unavailable']],
    };
    for (const [rule, references] of Object.entries(wrong)) {
      it(rule, () => {
        for (const [keyInfo, code] of references) refused(signedBy(keyInfo), code);
      });
    }

    it('R3057, R3064: does not name another reference, nor what is embedded in one', () => {
      const other = str(`<wsse:Reference URI="#sign" ${dk}/>`, 'wsu:Id="other"');
      refused(made(other, { keyInfo: direct('URI="#other"') }), 'unsupported-token');
      const embedding = str(`<wsse:Embedded>${dkt('inner', 24)}</wsse:Embedded>`, 'wsu:Id="embedding"');
      refused(made(embedding, { keyInfo: direct('URI="#inner"') }), 'token-unavailable');
    });

    it('R3070: a KeyIdentifier without EncodingType is accepted, as there is but one; it is written', () => {
      const bare = str(`<wsse:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">${thumbprint}</wsse:KeyIdentifier>`);
      accepted(byAlice(bare), byCertificate);
      const keys = {
        kind: 'X509',
        signer: alice,
        signerReference: 'thumbprint',
        recipient: bob.certificate,
        recipientReference: 'thumbprint',
      } as const;
      const { text } = sent(describedBy('X509'), keys);
      for (const [identifier] of text.matchAll(/<wsse:KeyIdentifier[^>]*>/g))
        expect(identifier).to.contain(BASE64_BINARY);
    });

    it('R3022, R3023, R5204: what we write names tokens in the message directly, by "#" and their Id', () => {
      const { text } = sent(describedBy('X509'), {
        kind: 'X509',
        signer: alice,
        signerReference: 'direct',
        recipient: bob.certificate,
        recipientReference: 'issuer-serial',
      });
      for (const [, uri] of text.matchAll(/<wsse:Reference URI="([^"]*)"/g)) {
        expect(uri).to.match(/^#/);
        expect(text).to.match(new RegExp(`Id="${uri?.slice(1)}"`));
      }
    });

    it('R3024: what we write names a context outside of the message by its URI', () => {
      expect(secured(withContext, contextKeys(false))).to.contain(`<wsse:Reference URI="${context.identifier}"`);
    });
  });

  describe('Signature', () => {
    it('R3102, R3103, R5403: no Object, so neither an enveloping signature nor a Manifest', () => {
      for (const object of [
        '<ds:Object/>',
        `<ds:Object><ds:Manifest Id="m"><ds:Reference URI="#body"/></ds:Manifest></ds:Object>`,
      ]) {
        refused(made().replace('</ds:Signature>', `${object}$&`), 'security-header-invalid');
      }
    });

    const transforms: Readonly<Record<string, readonly string[]>> = {
      'R5416, R5411: a Reference has a transform': [''],
      'R3104: no enveloped signature': [`<ds:Transform Algorithm="${DS}enveloped-signature"/>`],
      'R5423: none but exclusive canonicalization and STR-Transform': [
        '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>',
        `<ds:Transform Algorithm="${DS}base64"/>`,
      ],
      'R5412: the last one, and only one': [
        `<ds:Transform Algorithm="${EC}"/><ds:Transform Algorithm="${EC}"/>`,
        `<ds:Transform Algorithm="${DS}enveloped-signature"/><ds:Transform Algorithm="${EC}"/>`,
      ],
      'R5404: without comments': [`<ds:Transform Algorithm="${EC}WithComments"/>`],
    };
    for (const [rule, list] of Object.entries(transforms)) {
      it(rule, () => {
        for (const transform of list) refused(made('', { transforms: transform }), 'algorithm-not-allowed');
      });
    }

    it('R5404: its own canonicalization is exclusive, without comments', () => {
      for (const canonicalization of [
        'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
        `${EC}WithComments`,
      ] as const) {
        refused(made('', { canonicalization }), 'algorithm-not-allowed');
      }
    });

    it('R3065: an STR-Transform states its canonicalization', () => {
      const named =
        '<wsse:SecurityTokenReference wsu:Id="str"><wsse:Reference URI="#sct"/></wsse:SecurityTokenReference>';
      const transform =
        'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform';
      const wsse = `xmlns:wsse="${WSSE}"`;
      const parameters = (content: string) => `<ds:Transform Algorithm="${transform}">${content}</ds:Transform>`;
      const references = (given: string) => (id: string, digestValue: string) =>
        `<ds:Reference URI="#${id}"><ds:Transforms>${id === 'str' ? given : `<ds:Transform Algorithm="${EC}"/>`}</ds:Transforms>` +
        `<ds:DigestMethod Algorithm="${DS}sha1"/><ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`;
      for (const content of [
        '',
        `<wsse:TransformationParameters ${wsse}/>`,
        `<wsse:TransformationParameters ${wsse}><x/></wsse:TransformationParameters>`,
        `<ds:CanonicalizationMethod Algorithm="${EC}"/>`,
      ]) {
        refused(
          made(named, { references: references(parameters(content)) }, [...ALL, 'str']),
          'security-header-invalid',
        );
      }
    });

    it('R5414, R5415: a PrefixList in any order, with any white space', () => {
      const list = (prefixes: string, document: string) => {
        const target = xml(document);
        return canonicalize(
          target,
          EC,
          prefixes.split(/\s+/).filter((prefix) => prefix !== ''),
        );
      };
      const text = '<a:a xmlns:a="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" xmlns="urn:d"/>';
      expect(list(' c  b\n#default ', text)).to.equal(list('#default b c', text));
      const transform = (prefixes: string) =>
        `<ds:Transform Algorithm="${EC}"><ec:InclusiveNamespaces xmlns:ec="${EC}" PrefixList="${prefixes}"/></ds:Transform>`;
      for (const prefixes of ['', ' ', 'unknown', '  unknown   other '])
        accepted(made('', { transforms: transform(prefixes) }));
    });

    it('R5401: no HMACOutputLength', () => {
      refused(made('', { method: '<ds:HMACOutputLength>160</ds:HMACOutputLength>' }), 'algorithm-not-allowed');
    });

    it('R5402, R5417: KeyInfo has one child, a reference', () => {
      refused(made('', { keyInfo: '' }), 'security-header-invalid');
      refused(made('', { keyInfo: reference('#sign') + reference('#sign') }), 'security-header-invalid');
      for (const keyInfo of [
        '<ds:KeyName>alice</ds:KeyName>',
        `<ds:X509Data><ds:X509Certificate>${alice.certificate.raw.toString('base64')}</ds:X509Certificate></ds:X509Data>`,
        '<wsse:Reference URI="#sign"/>',
      ]) {
        refused(made('', { keyInfo }), 'unsupported-token');
        refused(byAlice(keyInfo), 'unsupported-token', byCertificate);
      }
    });

    it('R3001, R3002: references by "#" and an Id alone, so that everything signed has one', () => {
      const by = (uri: string) => (_: string, digestValue: string) =>
        `<ds:Reference${uri}><ds:Transforms><ds:Transform Algorithm="${EC}"/></ds:Transforms>` +
        `<ds:DigestMethod Algorithm="${DS}sha1"/><ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`;
      for (const uri of [
        '',
        ' URI=""',
        ' URI="#"',
        ' URI="body"',
        ' URI="#xpointer(/)"',
        ` URI="#xpointer(id('body'))"`,
        ' URI="http://bob/#body"',
      ]) {
        refused(made('', { references: by(uri) }, ['body']), 'security-header-invalid');
      }
    });

    it('R5440: nothing encrypted inside', () => {
      const data = encryptedData('inner', '<x xmlns="urn:x"/>', 'Element');
      refused(made().replace('</ds:Signature>', `${data}$&`), 'security-header-invalid');
      for (const keyInfo of [data, str(data), str(`<wsse:Embedded>${data}</wsse:Embedded>`)]) {
        refused(made('', { keyInfo }), 'unsupported-token');
        refused(made(referenceList('inner'), { keyInfo }), 'reference-not-resolved');
      }
    });

    it('covers the same in the same words as often as it likes, as Metro does, but not in other words', () => {
      accepted(made('', {}, [...ALL, 'body', 'to']));
      let count = 0;
      const references = (id: string, digestValue: string) => {
        const list = id === 'body' && count++ > 0 ? `<ec:InclusiveNamespaces xmlns:ec="${EC}" PrefixList="q"/>` : '';
        return (
          `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${EC}">${list}</ds:Transform></ds:Transforms>` +
          `<ds:DigestMethod Algorithm="${DS}sha1"/><ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`
        );
      };
      refused(made('', { references }, [...ALL, 'body']), 'security-header-invalid');
    });
  });

  describe('what we write', () => {
    const all = sent(
      describedBy('SecurityContextToken', {
        encryptedHeaders: [{ namespace: 'urn:pay' }],
        supportingTokens: [
          { token: 'X509', endorsing: true, signed: true, encrypted: false },
          { token: 'SAML', endorsing: false, signed: true, encrypted: false },
          { token: 'UsernameToken', endorsing: false, signed: true, encrypted: false },
        ],
      }),
      {
        kind: 'SecurityContextToken',
        context,
        includeToken: true,
        supporting: [
          { kind: 'X509', signer: alice, signerReference: 'direct' },
          { kind: 'SAML', assertion: assertion('2.0') },
          { kind: 'UsernameToken', form: 'digest', ...user },
        ],
      },
      { text: envelopeText('1.2', ORDER, '<p:Card xmlns:p="urn:pay">1</p:Card>') },
    ).text;
    const security = () => elements(elements(xml(all))[0] as XmlElement)[0] as XmlElement;

    it('R3003, R3004: Signature and EncryptedData have their own Id, by which the endorsing signature names one', () => {
      const ids = (name: string) =>
        [...all.matchAll(new RegExp(`<${name} ([^>]*)>`, 'g'))].map(([, attributes]) => attributes ?? '');
      for (const attributes of [...ids('ds:Signature'), ...ids('xenc:EncryptedData')]) {
        expect(attributes)
          .to.match(/(^| )Id="/)
          .and.to.not.contain('wsu:Id');
      }
      const [id] = /(?<=<ds:Signature[^>]* Id=")[^"]*/.exec(all) ?? [];
      expect(all).to.contain(`<ds:Reference URI="#${id}"`);
    });

    it('R3005: everything else that is signed has a wsu:Id', () => {
      expect(part(all, 's:Body')).to.match(/^<s:Body [^>]*wsu:Id="/);
      expect(part(all, 'wsu:Timestamp')).to.match(/^<wsu:Timestamp [^>]*wsu:Id="/);
      expect(WSU).to.be.a('string');
    });

    it('R5407, R5413, R5406: the PrefixList is empty, and so is left out', () => {
      expect(all).to.not.contain('InclusiveNamespaces PrefixList=""');
    });

    it('R3029, R3030, R3031, R3032, R3033, R5218: a BinarySecurityToken says its encoding and its type, and the Reference to it the type', () => {
      expect(all).to.match(new RegExp(`<wsse:BinarySecurityToken [^>]*EncodingType="${BASE64_BINARY}"`));
      expect(all).to.match(new RegExp(`<wsse:BinarySecurityToken [^>]*ValueType="${X509_V3}"`));
      expect(all).to.match(new RegExp(`<wsse:Reference [^>]*ValueType="${X509_V3}"`));
    });

    it('R6617, R6614, R6603, R6616, R6604, R6605: a SAML 2.0 token is named by its ID, a string, with its TokenType', () => {
      const [, attributes, identifier, value] =
        /<wsse:SecurityTokenReference ([^>]*)><wsse:KeyIdentifier ([^>]*)>([^<]*)</.exec(all) ?? [];
      expect(attributes).to.contain('oasis-wss-saml-token-profile-1.1#SAMLV2.0');
      expect(identifier).to.contain('oasis-wss-saml-token-profile-1.1#SAMLID').and.to.not.contain('EncodingType');
      expect(all).to.contain(` ID="${value}"`);
    });

    it('R6611, R6602, R6609: a SAML 1.1 token likewise, with the values of its version', () => {
      const { text } = sent(describedBy('SAML'), {
        kind: 'SAML',
        assertion: assertion('1.1', alice),
        holder: alice,
        recipient: bob.certificate,
        recipientReference: 'thumbprint',
      });
      expect(text)
        .to.contain('oasis-wss-saml-token-profile-1.1#SAMLV1.1')
        .and.to.contain('oasis-wss-saml-token-profile-1.0#SAMLAssertionID');
    });

    it('R3069, R3072: an EncryptedKey is named with its TokenType', () => {
      const { text } = sent(describedBy('EncryptedKey'), {
        kind: 'EncryptedKey',
        recipient: bob.certificate,
        recipientReference: 'thumbprint',
      });
      const references = [...text.matchAll(/<wsse:SecurityTokenReference ([^>]*)><wsse:Reference URI="#([^"]*)"/g)];
      const id = /<xenc:EncryptedKey [^>]*Id="([^"]*)"/.exec(text)?.[1];
      const toKey = references.filter(([, , uri]) => uri === id);
      expect(toKey.length).to.equal(2);
      for (const [, attributes] of toKey) expect(attributes).to.contain(`TokenType="${ENCRYPTED_KEY}"`);
    });

    it('R5215: a path is named with its TokenType', () => {
      const keys = {
        kind: 'X509',
        signer: alice,
        recipient: bob.certificate,
        recipientReference: 'thumbprint',
      } as const;
      const { text } = sent(describedBy('X509'), { ...keys, signerReference: 'pki-path', path: [] });
      expect(text).to.match(/<wsse:SecurityTokenReference [^>]*TokenType="[^"]*#X509PKIPathv1"/);
    });

    it('R3208, R3214, R3231, WSS-9-1, WSS-9-4: every EncryptedData is in one list, which stands before it', () => {
      const listed = [...all.matchAll(/<xenc:DataReference URI="#([^"]*)"/g)].map(([, id]) => id);
      const data = [...all.matchAll(/<xenc:EncryptedData [^>]*?Id="([^"]*)"/g)];
      expect(listed).to.have.members(data.map(([, id]) => id));
      expect(all.indexOf('<xenc:ReferenceList')).to.be.below(data[0]?.index ?? 0);
    });

    it('R5614, R5606, R3228, WSS-9-3: header blocks become EncryptedHeader, all else EncryptedData', () => {
      expect(all).to.match(/<wsse11:EncryptedHeader [^>]*><xenc:EncryptedData /);
      expect(elements(elements(xml(all))[0] as XmlElement).map(({ local }) => local)).to.not.include('EncryptedData');
    });

    it('WSS-5-3: tokens stand before what uses them', () => {
      expect(elements(security()).map(({ local }) => local)).to.deep.equal([
        'Timestamp',
        'SecurityContextToken',
        'DerivedKeyToken',
        'DerivedKeyToken',
        'ReferenceList',
        'BinarySecurityToken',
        'Assertion',
        'SecurityTokenReference',
        'UsernameToken',
        'Signature',
        'Signature',
      ]);
    });
  });

  describe('encryption', () => {
    const open = (security: string, body = encryptedData('data', ORDER), lateList = '') =>
      signed(envelope(`${TIMESTAMP}${TOKENS}${security}<!--signature-->${lateList}`, body), ALL);
    const late = referenceList('data');
    const good = encryptedData('data', ORDER);

    it('is accepted as it should be', () => {
      accepted(open('', good, late), encrypted);
    });

    it('R5601, R5603: says how', () => {
      const method = /<xenc:EncryptionMethod[^>]*\/>/;
      refused(open('', changed(good, method, ''), late), 'security-header-invalid', encrypted);
      refused(open('', good.replace(method, '$&$&'), late), 'security-header-invalid', encrypted);
    });

    it('R5629: says with which key', () => {
      refused(open('', changed(good, part(good, 'ds:KeyInfo'), ''), late), 'unsupported-token', encrypted);
      refused(open('', changed(good, part(good, 'ds:KeyInfo'), '<ds:KeyInfo/>'), late), 'unsupported-token', encrypted);
    });

    it('R5424, R5426: by one reference', () => {
      const twice = good.replace(reference('#encrypt'), reference('#encrypt').repeat(2));
      refused(open('', twice, late), 'security-header-invalid', encrypted);
      const named = good.replace(reference('#encrypt'), '<ds:KeyName>k</ds:KeyName>');
      refused(open('', named, late), 'unsupported-token', encrypted);
    });

    it('R5608, R5613, R3006, R3007: lists hold DataReferences by "#" and an Id, and no KeyReference', () => {
      for (const list of [
        '<xenc:ReferenceList><xenc:KeyReference URI="#sign"/></xenc:ReferenceList>',
        '<xenc:ReferenceList><xenc:DataReference/></xenc:ReferenceList>',
        '<xenc:ReferenceList><xenc:DataReference URI="data"/></xenc:ReferenceList>',
        '<xenc:ReferenceList><xenc:DataReference URI="#"/></xenc:ReferenceList>',
        '<xenc:ReferenceList><x:Other xmlns:x="urn:x" URI="#data"/></xenc:ReferenceList>',
      ]) {
        refused(open('', good, list), 'security-header-invalid', encrypted);
      }
      for (const id of ['nothing', 'body', 'sct', 'ts']) {
        refused(open('', good, referenceList(id)), 'reference-not-resolved', encrypted);
      }
    });

    it('R3205: a list may name what different keys of the message encrypted: each says its own', () => {
      const block = encryptedData('block', '<x:Block xmlns:x="urn:x"/>', 'Element', derived(32), reference('#other'));
      const signedBlock = [...ALL, 'block'];
      const text = signed(
        envelope(
          `${TIMESTAMP}${TOKENS}${dkt('other', 32)}<!--signature-->${referenceList('data', 'block')}`,
          good,
          block,
        ),
        signedBlock,
      );
      accepted(text, encrypted);
    });

    it('R3231: a Body that no list names is not decrypted, and so is missing', () => {
      refused(open('', good), 'part-not-encrypted', encrypted);
    });

    it('R3232, R5624, R5627: without an Id nothing can be listed', () => {
      const header = `<h:EncryptedHeader xmlns:h="${WSSE_11}">${encryptedData('x', '<a/>', 'Element').replace(' Id="x"', '')}</h:EncryptedHeader>`;
      const text = signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->`, ORDER, header), ALL);
      refused(text, 'reference-not-resolved', { ...encrypted, encryptBody: false });
    });

    it('R3209, R5602, R5622, R5623: an EncryptedKey has no Type, MimeType, Encoding or Recipient', () => {
      const description = describedBy('EncryptedKey');
      const { text } = sent(description, {
        kind: 'EncryptedKey',
        recipient: bob.certificate,
        recipientReference: 'thumbprint',
      });
      expect(/<xenc:EncryptedKey [^>]*>/.exec(text)?.[0]).to.not.match(/Type=|Encoding=|Recipient=/);
      for (const attribute of ['Type="x"', 'MimeType="text/xml"', 'Encoding="x"', 'Recipient="bob"']) {
        refused(text.replace('<xenc:EncryptedKey ', `$&${attribute} `), 'security-header-invalid', description);
      }
      refused(
        text.replace('</xenc:EncryptedKey>', '<xenc:CarriedKeyName>k</xenc:CarriedKeyName>$&'),
        'security-header-invalid',
        description,
      );
    });

    it('R5620, R5621, R5625, R5626: by the algorithms of the suite alone', () => {
      for (const algorithm of ['aes128-cbc', 'tripledes-cbc', 'aes192-cbc', 'kw-aes256']) {
        refused(open('', changed(good, 'aes256-cbc', algorithm), late), 'algorithm-not-allowed', encrypted);
      }
      const description = describedBy('EncryptedKey');
      const { text } = sent(description, {
        kind: 'EncryptedKey',
        recipient: bob.certificate,
        recipientReference: 'thumbprint',
      });
      for (const algorithm of ['rsa-1_5', 'rsa-oaep-mgf1pp']) {
        refused(changed(text, 'rsa-oaep-mgf1p"', `${algorithm}"`), 'algorithm-not-allowed', description);
      }
    });

    it('WSS-9-2: neither Body, Header nor Envelope is encrypted itself', () => {
      const data = encryptedData('data', `<s:Body xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>`, 'Element');
      const text = open('', good, late).replace(/<s:Body.*<\/s:Body>/s, data);
      refused(text, 'security-header-invalid', encrypted);
    });
  });

  describe('X.509 tokens', () => {
    it('R3031, R3032, R3033: have a ValueType of the profile', () => {
      accepted(byAlice(reference('#bst', X509_V3), BST(V3)), byCertificate);
      for (const valueType of ['urn:x', X509_V3.replace('v3', 'v1'), X509_V3.replace('v3', 'v2'), '']) {
        refused(
          byAlice(str('<wsse:Reference URI="#bst"/>'), BST(`EncodingType="${BASE64_BINARY}" ValueType="${valueType}"`)),
          'unsupported-token',
          byCertificate,
        );
      }
      refused(
        byAlice(str('<wsse:Reference URI="#bst"/>'), BST(`EncodingType="${BASE64_BINARY}"`)),
        'unsupported-token',
        byCertificate,
      );
    });

    it('R3029, R3030: in another encoding than Base64Binary are refused; that it is not stated is accepted, as WCF does it', () => {
      refused(
        byAlice(reference('#bst', X509_V3), BST(`EncodingType="urn:hex" ValueType="${X509_V3}"`)),
        'unsupported-token',
        byCertificate,
      );
      accepted(byAlice(reference('#bst', X509_V3), BST(`ValueType="${X509_V3}"`)), byCertificate);
    });

    it('R5206, R5208, R5210, R5209: are named by their values, or by issuer and serial number', () => {
      for (const signerReference of ['thumbprint', 'subject-key-identifier', 'issuer-serial'] as const) {
        const { text } = sent(byCertificate, {
          kind: 'X509',
          signer: alice,
          signerReference,
          recipient: bob.certificate,
          recipientReference: signerReference,
        });
        accepted(text, byCertificate);
      }
      refused(
        byAlice(
          str(
            `<wsse:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">${Buffer.alloc(20).toString('base64')}</wsse:KeyIdentifier>`,
          ),
        ),
        'token-unavailable',
        byCertificate,
      );
    });

    it('R5409: names of issuers are compared as names, however they are written', () => {
      const { issuer } = alice.certificate;
      const name = issuer.split('\n').reverse().join(',');
      const by = (text: string) =>
        byAlice(
          str(
            `<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>${text}</ds:X509IssuerName><ds:X509SerialNumber>${alice.certificate.serialNumber}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`,
          ),
        );
      for (const written of [name, name.replace('CN=', 'cn='), name.replace('CN=', '2.5.4.3='), name.toUpperCase()]) {
        accepted(by(written), byCertificate);
      }
      refused(by('CN=Somebody else'), 'token-unavailable', byCertificate);
    });
  });

  describe('UsernameTokens', () => {
    const description = describedBy('SecurityContextToken', {
      supportingTokens: [{ token: 'UsernameToken', endorsing: false, signed: false, encrypted: false }],
    });
    const keys = (form: 'text' | 'digest') => ({
      kind: 'SecurityContextToken' as const,
      context,
      includeToken: true,
      supporting: [{ kind: 'UsernameToken' as const, form, ...user }],
    });
    const { text } = sent(description, keys('digest'));
    const one = (name: string) => part(text, name);

    it('R4212: a digest over nonce, Created and password', () => {
      accepted(text, description);
    });

    const wrong: Readonly<Record<string, () => string>> = {
      'R4222: one Password': () => changed(text, one('wsse:Password'), one('wsse:Password').repeat(2)),
      'R4223: one Created': () =>
        text.replace(/(<wsse:UsernameToken.*?)(<wsu:Created>[^<]*<\/wsu:Created>)/s, '$1$2$2'),
      'R4225: one Nonce': () => changed(text, one('wsse:Nonce'), one('wsse:Nonce').repeat(2)),
      'R4201: Password has a Type': () =>
        changed(text, one('wsse:Password'), one('wsse:Password').replace(/ Type="[^"]*"/, '')),
      'R4220: Nonce has an EncodingType': () =>
        changed(text, one('wsse:Nonce'), one('wsse:Nonce').replace(/ EncodingType="[^"]*"/, '')),
    };
    for (const [rule, message] of Object.entries(wrong)) {
      it(rule, () => {
        refused(message(), 'security-header-invalid', description);
      });
    }

    it('R4221: a Nonce in another encoding is refused', () => {
      const nonce = one('wsse:Nonce');
      refused(changed(text, nonce, nonce.replace('#Base64Binary', '#HexBinary')), 'unsupported-token', description);
    });

    it('R4214, R4215: are named by a Reference, never by a KeyIdentifier', () => {
      const named = describedBy('UsernameToken', { encryptBody: false });
      const { text: keyed } = sent(named, { kind: 'UsernameToken', ...user });
      const uri = /<wsse:Reference URI="(#[^"]*)" ValueType="[^"]*#UsernameToken"\/>/.exec(keyed);
      expect(uri).to.not.equal(null);
      const byIdentifier = changed(
        keyed,
        uri?.[0] ?? '',
        `<wsse:KeyIdentifier EncodingType="${BASE64_BINARY}" ValueType="${USERNAME_TOKEN}">am9l</wsse:KeyIdentifier>`,
      );
      refused(byIdentifier, 'unsupported-token', named);
    });
  });

  it('R6601: the KeyInfo of a confirmation names no token', () => {
    const given = reference('#bst', X509_V3);
    const keyInfo = xml(`<ds:KeyInfo xmlns:ds="${DS}" xmlns:wsse="${WSSE}">${given}</ds:KeyInfo>`);
    const held = assertion('2.0', undefined, { confirmation: { method: 'holder-of-key', keyInfo } });
    const keys = {
      kind: 'SAML',
      assertion: held,
      holder: alice,
      recipient: bob.certificate,
      recipientReference: 'thumbprint',
    } as const;
    refused(sent(describedBy('SAML'), keys).text, 'unsupported-token', describedBy('SAML'));
  });
});
