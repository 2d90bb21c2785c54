import { elements, parse, SOAP_12, WSA, type XmlElement } from '@holdfast/soap';
import { defaultProtection, type ProtectionDescription, SUITES, unprotect } from '@holdfast/ws-security';
import { expect } from 'chai';
import { type Answer, type Judge, startJudge } from './judge.js';
import { alice, bob, clark, contentOf, keysOf } from './kit.js';
import { context, emitted, forms, orders, plain, suites, variants, WSRM } from './variants.js';

const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const DS = 'http://www.w3.org/2000/09/xmldsig#';

const secret = Buffer.from(context.secret).toString('base64');
const BODY = `{${SOAP_12}}Body`;
const TIMESTAMP = `{${WSU}}Timestamp`;
const HEADERS = [`{${WSA}}Action`, `{${WSA}}MessageID`, `{${WSA}}To`, `{${WSRM}}Sequence`];

describe('the judge (WSS4J 4)', () => {
  let judge: Judge;
  before(async () => {
    judge = await startJudge();
  });
  after(() => judge.stop());

  const answered = async (question: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const answer = await judge.ask(question);
    expect(answer.ok, answer.error).to.equal(true);
    return answer;
  };
  const verify = (xml: string, role = 'recipient') =>
    answered({
      op: 'verify',
      xml,
      role,
      secrets: { [context.identifier]: secret },
      requireTimestamp: true,
      requireSigned: [BODY, TIMESTAMP, ...HEADERS],
      // The profile has AES with 128 and 256 bits in CBC and Triple DES; the suites have AES with 192 bits and GCM too.
      ignoreBsp: ['R5620', 'R5626'],
    });

  describe('accepts what we write, with exactly these parts signed and encrypted, and valid by the schemas', () => {
    for (const { name, description, keys } of variants()) {
      it(name, async () => {
        const xml = emitted({ description, keys }, new Date());
        const { signed, encrypted, signatures, decrypted } = await verify(xml);
        expect(signed?.map((part) => part.name)).to.have.members([BODY, TIMESTAMP, ...HEADERS]);
        const signature = description.encryptSignature ? [`{${DS}}Signature`] : [];
        expect(encrypted?.map((part) => part.name)).to.have.members([BODY, ...signature]);
        expect(encrypted?.find((part) => part.name === BODY)?.content).to.equal(true);
        expect(signatures?.length).to.equal(1);
        const body = (text: string) => contentOf(elements(parse(text).root)[1] as XmlElement);
        expect(body(decrypted ?? '')).to.equal(body(plain()));
        expect((await answered({ op: 'validate', xml })).errors).to.deep.equal([]);
      });
    }
  });

  it('accepts what we write in SOAP 1.1, valid by the schemas', async () => {
    for (const { description, keys } of variants()) {
      if (description.suite !== SUITES.Basic256) continue;
      const xml = emitted({ description, keys }, new Date(), '1.1');
      await answered({ op: 'verify', xml, secrets: { [context.identifier]: secret }, requireTimestamp: true });
      expect((await answered({ op: 'validate', xml })).errors).to.deep.equal([]);
    }
  });

  it('refuses what we write after it was changed', async () => {
    const [variant] = variants();
    if (variant === undefined) return expect.fail('no variants');
    const xml = emitted(variant, new Date()).replace('urn:o/Place<', 'urn:o/Cancel<');
    const answer = await judge.ask({ op: 'verify', xml, secrets: { [context.identifier]: secret } });
    return expect(answer.ok).to.equal(false);
  });

  describe('writes what we accept', () => {
    const short = (algorithm: string) => algorithm.replace(/^.*#/, '');
    const reference = {
      direct: 'bst',
      thumbprint: 'thumbprint',
      'subject-key-identifier': 'ski',
      'issuer-serial': 'issuer-serial',
    } as const;
    const parts = ['Body', 'Timestamp', ...HEADERS];

    for (const suite of suites) {
      for (const order of orders) {
        for (const encryptSignature of [false, true]) {
          const base = { ...defaultProtection, suite, order, encryptSignature };
          const encryptedParts = ['Content:Body', ...(encryptSignature ? ['Element:Signature'] : [])];
          const open = (xml: string, description: ProtectionDescription, version: '1.3' | '2005' = '1.3') => {
            const keys = keysOf(
              bob,
              (identifier) => (identifier === context.identifier ? context.secret : undefined),
              version,
            );
            const { envelope, proof, token } = unprotect(parse(xml), description, keys, { now: new Date() });
            expect([...envelope.headers.map(clark)]).to.have.members(HEADERS);
            expect(contentOf(envelope.bodyElement)).to.equal(contentOf(elements(parse(plain()).root)[1] as XmlElement));
            expect(proof.encrypters(envelope.bodyElement).length).to.equal(1);
            return token;
          };
          /** Of encrypted signatures the encryption must come last. */
          const ordered = (
            sign: object,
            encryptBody: object,
            encryptBoth: object,
            encryptOnlySignature: object,
          ): readonly object[] =>
            order === 'sign-then-encrypt'
              ? [sign, encryptBoth]
              : [encryptBody, sign, ...(encryptSignature ? [encryptOnlySignature] : [])];
          const name = `${suite.name}, ${order}${encryptSignature ? ', encrypted signature' : ''}`;

          for (const version of ['1.3', '2005'] as const) {
            for (const include of [true, false]) {
              it(`${name}, SCT ${version} ${include ? 'in the message' : 'by Identifier'}`, async () => {
                const encrypt = {
                  do: 'encrypt',
                  with: 'dkt',
                  algorithm: short(suite.encryption[0]),
                  length: suite.encryptionKeyLength,
                };
                const { xml = '' } = await answered({
                  op: 'protect',
                  xml: plain(),
                  actions: [
                    { do: 'timestamp' },
                    { do: 'sct', identifier: context.identifier, secret, version, include },
                    ...ordered(
                      {
                        do: 'sign',
                        with: 'dkt',
                        parts,
                        digest: short(suite.digest[0]),
                        algorithm: short(suite.symmetricSignature[0]),
                        length: suite.signatureKeyLength,
                      },
                      { ...encrypt, parts: ['Content:Body'] },
                      { ...encrypt, parts: encryptedParts },
                      { ...encrypt, parts: ['Element:Signature'] },
                    ),
                  ],
                });
                expect(open(xml, { ...base, token: 'SecurityContextToken' }, version)?.id).to.equal(context.identifier);
              });
            }
          }

          for (const form of forms) {
            it(`${name}, X.509 ${form}`, async () => {
              const encrypt = {
                do: 'encrypt',
                with: 'x509',
                algorithm: short(suite.encryption[0]),
                transport: short(suite.keyTransport[0]),
                reference: form === 'direct' ? 'thumbprint' : reference[form],
              };
              const { xml = '' } = await answered({
                op: 'protect',
                xml: plain(),
                actions: [
                  { do: 'timestamp' },
                  ...ordered(
                    {
                      do: 'sign',
                      with: 'x509',
                      parts,
                      digest: short(suite.digest[0]),
                      algorithm: short(suite.asymmetricSignature[0]),
                      reference: reference[form],
                    },
                    { ...encrypt, parts: ['Content:Body'] },
                    { ...encrypt, parts: encryptedParts },
                    { ...encrypt, parts: ['Element:Signature'] },
                  ),
                ],
              });
              expect(open(xml, { ...base, token: 'X509' })?.id).to.equal(alice.certificate.fingerprint);
            });
          }
        }
      }
    }
  });
});
