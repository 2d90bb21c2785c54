import { parse, SOAP_11, SOAP_12, type SoapVersion, serialize, WSA } from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import {
  defaultProtection,
  type ProtectionDescription,
  type ProtectionKeys,
  protect,
  type SecurityContextKey,
  SUITES,
} from '@holdfast/ws-security';
import { alice, bob } from './kit.js';

/** Everything that can be asked of {@link protect}, with a name. */
export interface Variant {
  readonly name: string;
  readonly description: ProtectionDescription;
  readonly keys: ProtectionKeys;
}

export const WSRM = 'http://docs.oasis-open.org/ws-rx/wsrm/200702';

export const context: SecurityContextKey = {
  version: '1.3',
  identifier: 'urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100',
  instance: undefined,
  secret: Buffer.from(Array.from({ length: 32 }, (_, at) => at + 1)),
  identity: 'x509:the-initiator',
};

export const suites = Object.values(SUITES);
export const orders = ['sign-then-encrypt', 'encrypt-then-sign'] as const;
export const forms = ['direct', 'thumbprint', 'subject-key-identifier', 'issuer-serial'] as const;

export function x509Keys(form: (typeof forms)[number]): ProtectionKeys {
  return {
    kind: 'X509',
    signer: alice,
    signerReference: form,
    recipient: bob.certificate,
    recipientReference: form === 'direct' ? 'thumbprint' : form,
  };
}

export function contextKeys(includeToken: boolean, version: '1.3' | '2005' = '1.3'): ProtectionKeys {
  return { kind: 'SecurityContextToken', context: { ...context, version }, includeToken };
}

export function* variants(): Generator<Variant> {
  for (const suite of suites) {
    for (const order of orders) {
      for (const encryptSignature of [false, true]) {
        const options = { ...defaultProtection, suite, order, encryptSignature };
        const name = `${suite.name}, ${order}${encryptSignature ? ', encrypted signature' : ''}`;
        for (const version of ['1.3', '2005'] as const) {
          for (const includeToken of [true, false]) {
            yield {
              name: `${name}, SCT ${version} ${includeToken ? 'in the message' : 'by Identifier'}`,
              description: { ...options, token: 'SecurityContextToken' },
              keys: contextKeys(includeToken, version),
            };
          }
        }
        for (const form of forms) {
          yield { name: `${name}, X.509 ${form}`, description: { ...options, token: 'X509' }, keys: x509Keys(form) };
        }
      }
    }
  }
}

/** An unsecured message with addressing, a Sequence, and content whose canonical form is not how it is written. */
export function plain(version: SoapVersion = '1.2'): string {
  return (
    `<s:Envelope xmlns:s="${version === '1.2' ? SOAP_12 : SOAP_11}" xmlns:a="${WSA}"><s:Header><a:Action s:mustUnderstand="1">urn:o/Place</a:Action>` +
    '<a:MessageID>urn:uuid:00000000-0000-4000-8000-000000000001</a:MessageID><a:To s:mustUnderstand="1">http://localhost/orders</a:To>' +
    `<r:Sequence xmlns:r="${WSRM}" s:mustUnderstand="1"><r:Identifier>urn:uuid:seq-1</r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence></s:Header>` +
    '<s:Body><placeOrder xmlns="urn:holdfast:peers:orders" b="1" a="2"> <note xmlns:q="urn:unused" q:z="1" xml:space="preserve"> &lt;\u00e9 &amp; "\u00df"&#13; &#9;\u{1F600}</note><empty/></placeOrder></s:Body></s:Envelope>'
  );
}

/** Octets that are always the same for the same seed. */
export function octets(seed: number): (length: number) => Uint8Array {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

const random = octets(7);

/** The message that our side writes. */
export function emitted(
  { description, keys }: Pick<Variant, 'description' | 'keys'>,
  now: Date,
  version: SoapVersion = '1.2',
): string {
  return serialize(protect(parse(plain(version)).root, description, keys, { now, random }).envelope);
}
