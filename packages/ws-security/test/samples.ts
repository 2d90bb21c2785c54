import {
  HoldfastError,
  type ProvenToken,
  parse,
  SOAP_11,
  SOAP_12,
  serialize,
  WSA,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import { expect } from 'chai';
import { defaultProtection, type ProtectionDescription } from '#src/description.js';
import { type KeyLookup, noKeys, type ProtectionKeys, type SecurityContextKey } from '#src/keys.js';
import { protect } from '#src/protect.js';
import { certificateAuthority } from '#src/testing/index.js';
import { type Unprotected, unprotect } from '#src/unprotect.js';
import { type Credential, credential } from '#src/x509/certificate.js';
import { certificateTrust } from '#src/x509/trust.js';

/** The instant at which all of these tests happen. */
export const now = new Date('2026-03-01T12:00:00.000Z');

export function after(millis: number): Date {
  return new Date(now.getTime() + millis);
}

/** Octets that are always the same for the same seed. */
export function octets(seed: number): (length: number) => Uint8Array {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

export const random = octets(1);

export const authority = certificateAuthority('Test CA', now);

/** A certificate of the authority, with its key. */
export function issued(name: string): Credential {
  const { certificate, privateKey } = authority.issue({ name });
  return credential(certificate, privateKey);
}

/** The initiator and the recipient. */
export const alice = issued('alice');
export const bob = issued('bob');
export const trust = certificateTrust({ anchors: authority.certificate });

export const context: SecurityContextKey = {
  version: '1.3',
  identifier: 'urn:uuid:11111111-2222-3333-4444-555555555555',
  instance: undefined,
  secret: octets(2)(32),
  identity: 'x509:the-initiator',
};

export const withContext: ProtectionDescription = { ...defaultProtection, token: 'SecurityContextToken' };
export const withCertificates: ProtectionDescription = { ...defaultProtection, token: 'X509' };

export const contextKeys = (includeToken = true): ProtectionKeys => ({
  kind: 'SecurityContextToken',
  context,
  includeToken,
});

export const certificateKeys: Extract<ProtectionKeys, { kind: 'X509' }> = {
  kind: 'X509',
  signer: alice,
  signerReference: 'direct',
  recipient: bob.certificate,
  recipientReference: 'thumbprint',
};

/** What the recipient looks keys up in. */
export const recipientKeys: KeyLookup = {
  ...noKeys,
  credentials: [bob],
  certificates: [alice.certificate],
  trust,
  securityContext: (identifier) => (identifier === context.identifier ? context : undefined),
};

export const ORDER =
  '<o:Place xmlns:o="urn:o" o:rush="yes"><o:Item>12 eggs &amp; a &lt;hen&gt;</o:Item><o:Note/></o:Place>';

/** The text of an unsecured envelope. */
export function envelopeText(version: '1.1' | '1.2' = '1.2', body = ORDER, headers = ''): string {
  const s = version === '1.1' ? SOAP_11 : SOAP_12;
  return (
    `<s:Envelope xmlns:s="${s}" xmlns:wsa="${WSA}"><s:Header><wsa:Action s:mustUnderstand="1">urn:o/Place</wsa:Action>` +
    `<wsa:MessageID>urn:uuid:m1</wsa:MessageID><wsa:To>http://bob/</wsa:To>${headers}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** A message that alice secured for bob. */
export function secured(
  description: ProtectionDescription = withContext,
  keys: ProtectionKeys = description.token === 'X509' ? certificateKeys : contextKeys(),
  text = envelopeText(),
): string {
  return serialize(protect(parse(text).root, description, keys, { now, random }).envelope);
}

/** The message as bob opens it. */
export function opened(
  message: string | Uint8Array | XmlDocument,
  description: ProtectionDescription = withContext,
  keys: KeyLookup = recipientKeys,
  at = now,
): Unprotected & { readonly token: ProvenToken } {
  const document = typeof message === 'string' || message instanceof Uint8Array ? parse(message) : message;
  const { token, ...rest } = unprotect(document, description, keys, { now: at });
  return { ...rest, token: token ?? expect.fail('nobody stands behind the message') };
}

/** The error that the call throws, which must be one of ours with this code. */
export function thrown(call: () => unknown, code: string): HoldfastError {
  try {
    call();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code, error.message).to.equal(code);
    return error;
  }
  return expect.fail(`nothing was thrown; expected ${code}`);
}

/** The root of a document. */
export function xml(text: string): XmlElement {
  return parse(text).root;
}

/** A message in which one thing was changed, which must have been there exactly once. */
export function changed(message: string, what: string | RegExp, by: string): string {
  const found = typeof what === 'string' ? message.split(what).length - 1 : [...message.matchAll(global(what))].length;
  expect(found, `${what} in ${message}`).to.equal(1);
  return message.replace(what, () => by);
}

function global(what: RegExp): RegExp {
  return new RegExp(what.source, what.flags.includes('g') ? what.flags : `${what.flags}g`);
}

/** The text of the only element of this name, tags included. */
export function part(message: string, name: string): string {
  const found = new RegExp(`<${name}[ />].*?(?:</${name}>|(?<=<${name}(?: [^>]*)?)/>)`, 's').exec(message)?.[0];
  return found ?? expect.fail(`no ${name} in ${message}`);
}
