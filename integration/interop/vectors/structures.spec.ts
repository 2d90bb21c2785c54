import { parse, type SoapVersion, serialize, type XmlElement } from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import {
  type AssertionContent,
  type AssertionIssuer,
  certificateKeyInfo,
  certificateTrust,
  credential,
  defaultProtection,
  issueAssertion,
  type KeyLookup,
  noKeys,
  type ProtectionDescription,
  type ProtectionKeys,
  protect,
  type Receipt,
  readCertificate,
  type SupportingKeys,
  type SupportingToken,
  type Unprotected,
  unprotect,
  WSSE,
  WSSE_11,
} from '@holdfast/ws-security';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';
import { type Answer, type Judge, startJudge } from './judge.js';
import { alice, bob, keysOf, sharedText, trust } from './kit.js';
import { context, contextKeys } from './variants.js';

const SOAP: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};
const WSA = 'http://www.w3.org/2005/08/addressing';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const PAY = { namespace: 'urn:pay', local: 'Card' };
const pem = (file: string): string => sharedText(`peers/keys/${file}`);
const carol = credential(pem('carol.cert.pem'), pem('carol.key.pem'));
const ISSUER = 'urn:holdfast:peers:issuer';
const issuers: readonly AssertionIssuer[] = [{ name: ISSUER, trust, certificates: [carol.certificate] }];
const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const user = { username: 'joe', password: 'joespassword' } as const;
const PLAIN = { endorsing: false, signed: true, encrypted: false } as const;
const ENDORSING = { ...PLAIN, endorsing: true } as const;

const lookup: KeyLookup = {
  ...keysOf(bob, (identifier) => (identifier === context.identifier ? context.secret : undefined), '1.3'),
  password: (name) => (name === user.username ? user.password : undefined),
  assertions: { issuers },
};
const aliceLookup: KeyLookup = { ...lookup, credentials: [alice] };

function octets(seed: number): (length: number) => Uint8Array {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

function plain(version: SoapVersion = '1.2'): string {
  return (
    `<s:Envelope xmlns:s="${SOAP[version]}" xmlns:wsa="${WSA}"><s:Header><wsa:Action>urn:o/Place</wsa:Action>` +
    `<wsa:To>http://bob/</wsa:To><p:Card xmlns:p="urn:pay" s:mustUnderstand="1">4000</p:Card></s:Header>` +
    `<s:Body><o:Place xmlns:o="urn:o">12 eggs</o:Place></s:Body></s:Envelope>`
  );
}

let assertions = 0;
function assertion(
  version: '1.1' | '2.0',
  method: 'holder-of-key' | 'sender-vouches' | 'bearer',
  now: Date,
): XmlElement {
  const content: AssertionContent = {
    version,
    id: `_assertion-${++assertions}`,
    issuer: ISSUER,
    issueInstant: now,
    subject: { name: 'alice' },
    confirmation: method === 'holder-of-key' ? { method, keyInfo: certificateKeyInfo(alice.certificate) } : { method },
    conditions: { notBefore: new Date(now.getTime() - 1_000), notOnOrAfter: new Date(now.getTime() + 300_000) },
    attributes: [{ name: 'role', namespace: 'urn:holdfast:role', values: ['buyer'] }],
    ...(method === 'holder-of-key'
      ? {}
      : {
          authentication: {
            instant: now,
            method:
              version === '1.1'
                ? 'urn:oasis:names:tc:SAML:1.0:am:password'
                : 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
          },
        }),
  };
  return issueAssertion(content, { signer: carol });
}

/** A kind of message that we make. */
interface Kind {
  readonly name: string;
  readonly description: Partial<ProtectionDescription> & Pick<ProtectionDescription, 'token'>;
  keys(now: Date): ProtectionKeys;
  /** What the judge is told beside. */
  readonly judge?: Readonly<Record<string, unknown>>;
}

/** What WSS4J cannot read, and says so. */
const unread: Readonly<Record<string, RegExp>> = {
  'certificate path, PKCS#7': /signature or decryption was invalid/,
  'certificate, embedded': /Unsupported KeyInfo type/,
  // It must have the key of each EncryptedKey.
  'certificate, two recipients': /Cannot find key for certificate/,
};

const x509 = (more: object = {}): ProtectionKeys => ({
  kind: 'X509',
  signer: alice,
  signerReference: 'direct',
  ...toBob,
  ...more,
});

const root = certificateAuthority('Interop root');
const department = root.subordinate('Interop department');
const leaf = department.issue({ name: 'dora' });
const dora = credential(leaf.certificate, leaf.privateKey);
const rooted = { trust: [root.certificate] };

function supporting(rule: SupportingToken, keys: (now: Date) => SupportingKeys, name: string): Kind[] {
  return [false, true].flatMap((encrypted) => [
    {
      name: `EncryptedKey with a supporting token${encrypted ? ', encrypted' : ''}: ${name}`,
      description: { token: 'EncryptedKey', supportingTokens: [{ ...rule, encrypted }] },
      keys: (now: Date): ProtectionKeys => ({ kind: 'EncryptedKey', ...toBob, supporting: [keys(now)] }),
      // It looks for the assertion among what is signed, and not for the ciphertext that it came in.
      ...(encrypted && name.includes('sender-vouches') ? { judge: { samlConfirmation: false } } : {}),
    },
  ]);
}

const kinds: readonly Kind[] = [
  {
    name: 'certificate path, PKIPath',
    description: { token: 'X509' },
    keys: () => x509({ signer: dora, signerReference: 'pki-path', path: [readCertificate(department.certificate)] }),
    judge: rooted,
  },
  {
    name: 'certificate path, PKCS#7',
    description: { token: 'X509' },
    keys: () => x509({ signer: dora, signerReference: 'pkcs7', path: [readCertificate(department.certificate)] }),
    judge: rooted,
  },
  { name: 'certificate, embedded', description: { token: 'X509' }, keys: () => x509({ signerReference: 'embedded' }) },
  {
    name: 'certificate, two recipients',
    description: { token: 'X509' },
    keys: () => x509({ furtherRecipients: [carol.certificate] }),
  },
  { name: 'certificate, protectTokens', description: { token: 'X509', protectTokens: true }, keys: () => x509() },
  {
    name: 'context, protectTokens',
    description: { token: 'SecurityContextToken', protectTokens: true },
    keys: () => contextKeys(true),
  },
  {
    name: 'context, encrypted headers',
    description: { token: 'SecurityContextToken', encryptedHeaders: [PAY] },
    keys: () => contextKeys(true),
  },
  {
    name: 'certificate, encrypted headers',
    description: { token: 'X509', encryptedHeaders: [PAY] },
    keys: () => x509(),
  },
  ...(['1.3', '2005'] as const).map(
    (derivedKeyVersion): Kind => ({
      name: `EncryptedKey, derived keys of ${derivedKeyVersion}, encrypted headers`,
      description: { token: 'EncryptedKey', derivedKeyVersion, encryptedHeaders: [PAY] },
      keys: () => ({ kind: 'EncryptedKey', ...toBob }),
    }),
  ),
  {
    name: 'EncryptedKey, used as it is',
    description: { token: 'EncryptedKey', derivedKeys: 'none', acceptUnderivedKeys: true },
    keys: () => ({ kind: 'EncryptedKey', ...toBob }),
  },
  {
    name: 'EncryptedKey, protectTokens',
    description: { token: 'EncryptedKey', protectTokens: true },
    keys: () => ({ kind: 'EncryptedKey', ...toBob }),
  },
  {
    name: 'UsernameToken',
    description: { token: 'UsernameToken' },
    keys: () => ({ kind: 'UsernameToken', ...user }),
    judge: { allowNoPassword: true },
  },
  ...(['1.1', '2.0'] as const).flatMap((version): readonly Kind[] =>
    [false, true].map((protectTokens) => ({
      name: `SAML ${version} holder-of-key${protectTokens ? ', protectTokens' : ''}`,
      description: { token: 'SAML', protectTokens },
      keys: (now) => ({ kind: 'SAML', assertion: assertion(version, 'holder-of-key', now), holder: alice, ...toBob }),
    })),
  ),
  ...supporting(
    { ...PLAIN, token: 'UsernameToken' },
    () => ({ kind: 'UsernameToken', form: 'text', ...user }),
    'password',
  ),
  ...supporting(
    { ...PLAIN, token: 'UsernameToken' },
    () => ({ kind: 'UsernameToken', form: 'digest', ...user }),
    'digest',
  ),
  ...supporting(
    { ...ENDORSING, token: 'X509' },
    () => ({ kind: 'X509', signer: alice, signerReference: 'direct' }),
    'endorsing certificate',
  ),
  ...supporting(
    { ...ENDORSING, token: 'SecurityContextToken' },
    () => ({ kind: 'SecurityContextToken', context, includeToken: true }),
    'endorsing context',
  ),
  ...(['1.1', '2.0'] as const).flatMap((version) => [
    ...supporting(
      { ...PLAIN, token: 'SAML' },
      (now) => ({ kind: 'SAML', assertion: assertion(version, 'sender-vouches', now) }),
      `SAML ${version} sender-vouches`,
    ),
    ...supporting(
      { ...PLAIN, token: 'SAML' },
      (now) => ({ kind: 'SAML', assertion: assertion(version, 'bearer', now) }),
      `SAML ${version} bearer`,
    ),
    ...supporting(
      { ...ENDORSING, token: 'SAML' },
      (now) => ({ kind: 'SAML', assertion: assertion(version, 'holder-of-key', now), holder: alice }),
      `endorsing SAML ${version}`,
    ),
  ]),
  ...(['EncryptedKey', 'SecurityContextToken', 'X509'] as const).map(
    (token): Kind => ({
      name: `everything at once, under ${token}`,
      description: {
        token,
        protectTokens: true,
        encryptedHeaders: [PAY],
        supportingTokens: [
          { ...PLAIN, encrypted: token !== 'X509', token: 'UsernameToken' },
          { ...ENDORSING, encrypted: token !== 'X509', token: 'X509' },
          { ...PLAIN, token: 'SAML' },
        ],
      },
      keys: (now) => ({
        ...(token === 'X509' ? x509() : token === 'EncryptedKey' ? { kind: token, ...toBob } : contextKeys(true)),
        supporting: [
          { kind: 'UsernameToken', form: 'digest', ...user },
          { kind: 'X509', signer: carol, signerReference: 'direct' },
          { kind: 'SAML', assertion: assertion('2.0', 'bearer', now) },
        ],
      }),
    }),
  ),
  {
    name: 'transport, endorsing certificate over Timestamp and wsa:To',
    description: {
      token: 'transport',
      supportingTokens: [
        { ...ENDORSING, signed: false, token: 'X509', signedHeaders: [{ namespace: WSA, local: 'To' }] },
      ],
    },
    keys: () => ({ kind: 'transport', supporting: [{ kind: 'X509', signer: alice, signerReference: 'direct' }] }),
  },
];

const orders = ['sign-then-encrypt', 'encrypt-then-sign'] as const;
const secrets = { [context.identifier]: Buffer.from(context.secret).toString('base64') };

describe('structures and the judge (WSS4J 4, Basic Security Profile on)', () => {
  let judge: Judge;
  let count = 0;
  before(async () => {
    judge = await startJudge();
  });
  after(() => judge.stop());

  const made = (
    description: ProtectionDescription,
    keys: ProtectionKeys,
    now: Date,
    version: SoapVersion,
    request?: Receipt,
  ) => {
    const environment = { now, random: octets(++count), ...(request === undefined ? {} : { request }) };
    const { envelope, receipt } = protect(parse(plain(version)).root, description, keys, environment);
    return { xml: serialize(envelope), receipt };
  };
  const judged = async (question: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const answer = await judge.ask({
      op: 'verify',
      requireTimestamp: true,
      secrets,
      passwords: { joe: 'joespassword' },
      ...question,
    });
    expect(answer.ok, answer.error).to.equal(true);
    return answer;
  };
  /** What the schemas say; of SAML 2.0 its catalogue has no type for what holds a key. */
  const problems = async (xml: string): Promise<readonly string[] | undefined> =>
    (await judge.ask({ op: 'validate', xml })).errors?.filter(
      (error) => !error.includes('KeyInfoConfirmationDataType'),
    );
  const opened = (xml: string, description: ProtectionDescription, keys = lookup, request?: Receipt): Unprotected =>
    unprotect(parse(xml), description, keys, { now: new Date(), ...(request === undefined ? {} : { request }) });

  describe('it accepts what we write', () => {
    for (const { name, description: asked, keys, judge: options = {} } of kinds) {
      const reason = unread[name];
      if (reason !== undefined) {
        it(`${name}: it cannot read this`, async () => {
          const now = new Date();
          const { xml } = made({ ...defaultProtection, ...asked }, keys(now), now, '1.2');
          const answer = await judge.ask({ op: 'verify', xml, ...options });
          expect(answer.error).to.match(reason);
        });
        continue;
      }
      for (const order of orders) {
        it(`${name} (${order})`, async () => {
          for (const [version, encryptSignature] of [
            ['1.2', false],
            ['1.1', true],
          ] as const) {
            const description = { ...defaultProtection, order, encryptSignature, ...asked };
            const now = new Date();
            const { xml } = made(description, keys(now), now, version);
            const isMessage = description.token !== 'transport';
            const body = `{${SOAP[version]}}Body`;
            await judged({
              xml,
              ...options,
              requireSigned: isMessage
                ? [body, `{${WSU}}Timestamp`, `{${WSA}}To`]
                : [`{${WSU}}Timestamp`, `{${WSA}}To`],
              requireEncrypted: isMessage
                ? [body, ...(description.encryptedHeaders.length > 0 ? ['{urn:pay}Card'] : [])]
                : [],
            });
            expect(await problems(xml), xml).to.deep.equal([]);
            const wrong = xml.replace(/(?<=<xenc:CipherValue>)..../, 'AAAA').replace('http://bob/', 'http://eve/');
            expect(
              (await judge.ask({ op: 'verify', xml: wrong, secrets, passwords: { joe: 'joespassword' }, ...options }))
                .ok,
            ).to.equal(false);
          }
        });
      }
    }
  });

  describe('it accepts our responses', () => {
    for (const derivedKeys of ['explicit', 'none'] as const) {
      for (const order of orders) {
        it(`under the key of the request, confirming its signature (${derivedKeys}, ${order})`, async () => {
          for (const encryptSignature of [false, true]) {
            const description: ProtectionDescription = {
              ...defaultProtection,
              token: 'EncryptedKey',
              order,
              encryptSignature,
              derivedKeys,
              acceptUnderivedKeys: derivedKeys === 'none',
              signatureConfirmation: true,
            };
            const now = new Date();
            const request = made(description, { kind: 'EncryptedKey', ...toBob }, now, '1.2');
            const { receipt } = opened(request.xml, description);
            const { encryptedKey } = receipt;
            if (encryptedKey === undefined) expect.fail('no key came with the request');
            const { xml } = made(description, { kind: 'EncryptedKey', key: encryptedKey }, now, '1.2', receipt);
            const known = { [encryptedKey.sha1]: Buffer.from(encryptedKey.secret).toString('base64') };
            await judged({
              xml,
              role: 'initiator',
              secrets: known,
              requireSigned: [`{${WSSE_11}}SignatureConfirmation`, `{${SOAP['1.2']}}Body`],
              requireEncrypted: [`{${SOAP['1.2']}}Body`],
            });
            opened(xml, description, aliceLookup, request.receipt);
          }
        });
      }
    }
  });

  describe('it writes what we accept', () => {
    const sign = ['Body', 'Timestamp', `{${WSA}}To`, `{${WSA}}Action`];
    const written = async (actions: readonly object[]): Promise<Answer> => {
      const answer = await judge.ask({ op: 'protect', xml: plain(), actions: [{ do: 'timestamp' }, ...actions] });
      expect(answer.ok, answer.error).to.equal(true);
      return answer;
    };
    const described = (
      token: ProtectionDescription['token'],
      more: Partial<ProtectionDescription> = {},
    ): ProtectionDescription => ({
      ...defaultProtection,
      token,
      ...more,
    });
    /** By derived keys of the token before. */
    const bySharedKey = (parts: readonly string[] = sign, encrypted: readonly string[] = ['Content:Body']) => [
      { do: 'sign', with: 'dkt', parts, length: 24 },
      { do: 'encrypt', with: 'dkt', parts: encrypted, length: 32, algorithm: 'aes256-cbc' },
    ];
    const byCertificate = (parts: readonly string[] = sign, more: object = {}) => [
      { do: 'sign', with: 'x509', parts, ...more },
      { do: 'encrypt', with: 'x509', parts: ['Content:Body'], algorithm: 'aes256-cbc', reference: 'thumbprint' },
    ];

    for (const version of ['1.3', '2005'] as const) {
      it(`EncryptedKey and keys derived from it (${version})`, async () => {
        const { xml = '' } = await written([
          { do: 'encryptedKey', for: 'bob', reference: 'thumbprint', version },
          ...bySharedKey(),
        ]);
        const found = opened(xml, described('EncryptedKey'));
        expect(found.token?.kind).to.equal('EncryptedKey');
        expect(found.proof.signers(found.envelope.bodyElement)).to.deep.equal([found.token]);
      });
    }

    it('EncryptedKey used as it is', async () => {
      const actions = [
        { do: 'encryptedKey', for: 'bob', reference: 'thumbprint', algorithm: 'aes256-cbc' },
        { do: 'sign', with: 'token', parts: sign },
        { do: 'encrypt', with: 'token', parts: ['Content:Body'], algorithm: 'aes256-cbc' },
      ];
      const { xml = '' } = await written(actions);
      expect(opened(xml, described('EncryptedKey', { acceptUnderivedKeys: true })).token?.kind).to.equal(
        'EncryptedKey',
      );
    });

    it('a response under the key of our request, with its confirmation', async () => {
      const description = described('EncryptedKey', { signatureConfirmation: true });
      const request = made(description, { kind: 'EncryptedKey', ...toBob }, new Date(), '1.2');
      const { encryptedKey, signatures } = request.receipt;
      const { xml = '' } = await written([
        {
          do: 'encryptedKey',
          sha1: encryptedKey?.sha1,
          secret: Buffer.from(encryptedKey?.secret ?? []).toString('base64'),
        },
        { do: 'signatureConfirmation', values: signatures.map((value) => value.toString('base64')) },
        ...bySharedKey([...sign, 'SignatureConfirmation']),
      ]);
      const { token } = opened(xml, description, aliceLookup, request.receipt);
      expect(token?.id).to.equal(encryptedKey?.sha1);
    });

    it('encrypted headers', async () => {
      const { xml = '' } = await written([
        { do: 'encryptedKey', for: 'bob', reference: 'thumbprint' },
        ...bySharedKey([...sign, '{urn:pay}Card'], ['Content:Body', 'Header:{urn:pay}Card']),
      ]);
      const { envelope, proof } = opened(xml, described('EncryptedKey', { encryptedHeaders: [PAY] }));
      const card = envelope.headers.find(({ local }) => local === 'Card') ?? expect.fail('no Card');
      expect(card.children).to.deep.equal(['4000']);
      expect(proof.encrypters(card).length).to.equal(1);
    });

    it('an endorsing signature, for which it gives the signature that is covered a second Id', async () => {
      const { xml = '' } = await written([
        { do: 'encryptedKey', for: 'bob', reference: 'thumbprint' },
        ...bySharedKey(),
        { do: 'sign', with: 'x509', parts: ['Signature'] },
      ]);
      const endorsed = {
        ...described('EncryptedKey'),
        supportingTokens: [{ token: 'X509', endorsing: true, signed: false, encrypted: false }],
      } as const;
      expect(opened(xml, endorsed).proof.tokens.map(({ kind }) => kind)).to.deep.equal(['EncryptedKey', 'X509']);
    });

    it('tokens that their signature covers', async () => {
      const { xml = '' } = await written(
        byCertificate([...sign, 'STR'], {
          reference: 'bst',
        }),
      );
      expect(opened(xml, described('X509', { protectTokens: true })).token?.kind).to.equal('X509');
      const { xml: sct = '' } = await written([
        { do: 'sct', identifier: context.identifier, secret: secrets[context.identifier], version: '1.3' },
        ...bySharedKey([...sign, 'SecurityContextToken']),
      ]);
      expect(opened(sct, described('SecurityContextToken', { protectTokens: true })).token?.id).to.equal(
        context.identifier,
      );
    });

    it('a certificate by STR-Transform that the message only names', async () => {
      for (const reference of ['thumbprint', 'ski', 'issuer-serial']) {
        const { xml = '' } = await written(byCertificate([...sign, 'STR'], { reference }));
        expect(opened(xml, described('X509')).token?.id, reference).to.equal(alice.certificate.fingerprint);
      }
    });

    it('keys implied by references', async () => {
      const { xml = '' } = await written([
        { do: 'sct', identifier: context.identifier, secret: secrets[context.identifier], version: '1.3' },
        { do: 'sign', with: 'implied', parts: sign, length: 24 },
        { do: 'encrypt', with: 'implied', parts: ['Content:Body'], length: 32, algorithm: 'aes256-cbc' },
      ]);
      expect(opened(xml, described('SecurityContextToken')).token?.id).to.equal(context.identifier);
    });

    for (const type of ['text', 'digest'] as const) {
      it(`a UsernameToken with ${type} password, signed`, async () => {
        const { xml = '' } = await written([
          { do: 'username', user: 'joe', password: 'joespassword', type, nonce: true, createdElement: true },
          { do: 'encryptedKey', for: 'bob', reference: 'thumbprint' },
          ...bySharedKey([...sign, 'UsernameToken'], ['Content:Body', 'Element:UsernameToken']),
        ]);
        const rule = { ...PLAIN, encrypted: true, token: 'UsernameToken', passwords: [type] } as const;
        const { proof } = opened(xml, described('EncryptedKey', { supportingTokens: [rule] }));
        expect(proof.tokens[1]?.identity).to.equal('user:joe');
      });
    }

    for (const version of ['1.1', '2.0'] as const) {
      it(`SAML ${version} holder-of-key`, async () => {
        const { xml = '' } = await written([
          { do: 'saml', version, confirmation: 'holder-of-key', signed: true },
          { do: 'sign', with: 'saml', parts: sign },
          { do: 'encrypt', with: 'x509', parts: ['Content:Body'], algorithm: 'aes256-cbc', reference: 'thumbprint' },
        ]);
        const { token, certificate } = opened(xml, described('SAML'));
        expect(token?.identity.split(':').slice(0, 3)).to.deep.equal(['saml', encodeURIComponent(ISSUER), 'alice']);
        expect(certificate?.fingerprint).to.equal(alice.certificate.fingerprint);
      });

      it(`SAML ${version} sender-vouches, by STR-Transform`, async () => {
        for (const signed of [true, false]) {
          const { xml = '' } = await written([
            { do: 'saml', version, confirmation: 'sender-vouches', signed },
            { do: 'sign', with: 'x509', parts: [...sign, 'Assertion'] },
            { do: 'encrypt', with: 'x509', parts: ['Content:Body'], algorithm: 'aes256-cbc', reference: 'thumbprint' },
          ]);
          const keys = { ...lookup, assertions: { issuers, acceptUnsignedSenderVouches: !signed } };
          const { proof } = opened(xml, described('X509', { supportingTokens: [{ ...PLAIN, token: 'SAML' }] }), keys);
          expect(proof.tokens.map(({ kind }) => kind)).to.deep.equal(['X509', 'SAML']);
        }
      });
    }
  });

  it('knows no more of a path than we do: without the authority between, both refuse', async () => {
    const now = new Date();
    const description = { ...defaultProtection, token: 'X509' } as const;
    const { xml } = made(description, x509({ signer: dora, signerReference: 'pki-path', path: [] }), now, '1.2');
    expect((await judge.ask({ op: 'verify', xml, ...rooted })).ok).to.equal(false);
    const keys = { ...noKeys, credentials: [bob], trust: certificateTrust({ anchors: root.certificate }) };
    expect(() => opened(xml, description, keys)).to.throw();
    const whole = made(
      description,
      x509({ signer: dora, signerReference: 'pki-path', path: [readCertificate(department.certificate)] }),
      now,
      '1.2',
    );
    expect(opened(whole.xml, description, keys).certificate?.fingerprint).to.equal(dora.certificate.fingerprint);
    expect(WSSE).to.be.a('string');
  });
});
