import {
  ANONYMOUS,
  element,
  elements,
  endpointReference,
  parse,
  replyAddressing,
  type SoapVersion,
  serialize,
  vocabulary,
  type WireExchange,
  type XmlElement,
} from '@holdfast/soap';
import { type SchemaValidator, schemaValidator } from '@holdfast/soap/schema';
import { manualTime, memoryWire } from '@holdfast/soap/testing';
import {
  defaultSecureExchangeConfig,
  defaultSecureHandlerConfig,
  mutualX509Initiator,
  mutualX509Recipient,
  secureExchange,
  secureHandler,
} from '@holdfast/ws-secconv';
import {
  DEFAULT_LABEL,
  defaultProtection,
  deriveKey,
  readDerivedKeyToken,
  replayCache,
  unprotect,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { SignedXml } from 'xml-crypto';
import { sharedPath } from '../shared.js';
import { alice, bob, keysOf, trust } from './kit.js';
import { context, contextKeys, emitted, forms, octets, orders, suites, variants, x509Keys } from './variants.js';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const at = new Date('2027-01-01T12:00:00.000Z');

/** The text of the ds:Signature in a message. */
function signatureIn(root: XmlElement): string {
  const header = elements(root)[0] as XmlElement;
  const security = elements(header).find(({ local }) => local === 'Security') as XmlElement;
  const signature = elements(security).find(({ local, namespace }) => local === 'Signature' && namespace === DS);
  return serialize(signature as XmlElement);
}

describe('xml-crypto agrees with our RSA signatures', () => {
  const checked = (message: string, signature: string): boolean => {
    const verifier = new SignedXml({ publicCert: alice.certificate.x509.toString(), idMode: 'wssecurity' });
    verifier.loadSignature(signature);
    return verifier.checkSignature(message);
  };

  for (const suite of suites) {
    for (const order of orders) {
      for (const form of forms) {
        const description = { ...defaultProtection, suite, order, token: 'X509' } as const;
        it(`${suite.name}, ${order}, ${form}`, () => {
          const message = emitted({ description, keys: x509Keys(form) }, at);
          // What was signed before it was encrypted is only there again after it was decrypted.
          const keys = keysOf(bob, () => context.secret, '1.3');
          const { root } = unprotect(parse(message), description, keys, { now: at }).envelope;
          const seen = order === 'sign-then-encrypt' ? serialize(root) : message;
          const signature = signatureIn(parse(seen).root);
          expect(checked(seen, signature)).to.equal(true);
          expect(checked(seen.replace('urn:o/Place', 'urn:o/Cancel'), signature)).to.equal(false);
        });
      }
    }
  }
});

describe('xml-crypto agrees with our HMAC signatures', () => {
  const checked = (message: string, signature: string, key: Buffer): boolean => {
    const verifier = new SignedXml({ publicCert: key, idMode: 'wssecurity' });
    verifier.enableHMAC();
    verifier.loadSignature(signature);
    return verifier.checkSignature(message);
  };

  for (const suite of suites) {
    for (const order of orders) {
      for (const version of ['1.3', '2005'] as const) {
        const description = { ...defaultProtection, suite, order, token: 'SecurityContextToken' } as const;
        it(`${suite.name}, ${order}, SCT ${version}`, () => {
          const message = emitted({ description, keys: contextKeys(true, version) }, at);
          const keys = keysOf(bob, () => context.secret, version);
          const { root } = unprotect(parse(message), description, keys, { now: at }).envelope;
          const seen = order === 'sign-then-encrypt' ? serialize(root) : message;
          const signature = signatureIn(parse(seen).root);
          const key = firstDerivedKey(parse(seen).root);
          expect(checked(seen, signature, key)).to.equal(true);
          expect(() => checked(seen, signature, Buffer.alloc(key.length))).to.throw('is incorrect');
          expect(checked(seen.replace('urn:o/Place', 'urn:o/Cancel'), signature, key)).to.equal(false);
        });
      }
    }
  }
});

/** The key of the first DerivedKeyToken, which is the one that signs. */
function firstDerivedKey(root: XmlElement): Buffer {
  const security = elements(elements(root)[0] as XmlElement).find(({ local }) => local === 'Security') as XmlElement;
  const token = elements(security).find(({ local }) => local === 'DerivedKeyToken') as XmlElement;
  const { nonce, offset, length } = readDerivedKeyToken(token);
  return deriveKey(context.secret, { label: DEFAULT_LABEL, nonce: nonce as Uint8Array, offset, length });
}

describe('what we write is valid by the schemas', () => {
  let schemas: SchemaValidator;
  // libxml2 reads no xs:integer of more than 24 digits; serial numbers have up to 49. The judge has no objection to them.
  const problems = (text: string) =>
    schemas
      .validate(text)
      .filter(({ message }) => !/X509SerialNumber\}?': '\d{25,49}' is not a valid value/.test(message));
  before(async () => {
    schemas = await schemaValidator({ catalog: sharedPath('specs/xsd/catalog.xml') });
  });
  after(() => schemas[Symbol.dispose]());

  for (const version of ['1.1', '1.2'] as const) {
    for (const { name, description, keys } of variants()) {
      it(`${name} (SOAP ${version})`, () => {
        expect(problems(emitted({ description, keys }, at, version))).to.deep.equal([]);
      });
    }
  }

  for (const version of ['1.1', '1.2'] as const) {
    it(`a whole conversation: request for a context, messages, faults, Cancel (SOAP ${version})`, async () => {
      const seen: string[] = [];
      await converse(version, seen);
      expect(seen.length).to.equal(10);
      for (const text of seen) expect(problems(text), text).to.deep.equal([]);
    });
  }
});

const o = vocabulary('o', 'urn:holdfast:peers:orders');

/** Plays a conversation, and notes every message as it was on the wire and what it was before it was secured. */
async function converse(version: SoapVersion, seen: string[]): Promise<void> {
  const clock = manualTime(at.getTime());
  const keys = (seed: number) => ({ clock, random: octets(seed), replayCache: replayCache() });
  let fail = false;
  const recipient = secureHandler(
    async ({ envelope, addressing }) => {
      if (fail) throw new Error('as it was told');
      return {
        envelope: { version: envelope.version, headers: [], body: envelope.body },
        addressing: replyAddressing(addressing, 'urn:o/Placed', 'urn:uuid:r'),
      };
    },
    { ...defaultSecureHandlerConfig, bootstrap: mutualX509Recipient({ credential: bob, trust }) },
    { ...keys(21), log: () => undefined },
  );
  const wire = memoryWire(recipient.handler);
  const tapped: WireExchange = async (request, signal) => {
    seen.push(serialize(request.root));
    const response = await wire(request, signal);
    if (response !== undefined) seen.push(serialize(response.root));
    return response;
  };
  const initiator = secureExchange(
    tapped,
    {
      ...defaultSecureExchangeConfig,
      soapVersion: version,
      bootstrap: mutualX509Initiator({ signer: alice, recipient: bob.certificate, trust }),
    },
    keys(22),
  );
  const place = (id: string) =>
    initiator.exchange({
      envelope: { version, headers: [], body: [element(o('placeOrder'), [], 'x')] },
      addressing: {
        action: 'urn:o/Place',
        to: 'http://bob/',
        messageId: `urn:uuid:${id}`,
        replyTo: endpointReference(ANONYMOUS),
      },
    });
  await place('1');
  fail = true;
  await place('2');
  const uuid = await initiator.sct.getUuid('http://bob/');
  const bytes = await initiator.sct.serialize(uuid);
  await initiator.cancel(uuid);
  await initiator.sct.deserialize(bytes);
  await place('3');
}
