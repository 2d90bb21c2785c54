import { createHash } from 'node:crypto';
import { element, parse, type ReadEnvelope, serialize, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { transportKey, writtenTransport } from '#src/algorithms/key-transport.js';
import { SUITES } from '#src/algorithms/suites.js';
import { defaultProtection, type ProtectionDescription } from '#src/description.js';
import { writeEncryptedKey } from '#src/elements/encrypted-data.js';
import { writeTokenReference } from '#src/elements/security-token-reference.js';
import type { KeyLookup, ProtectionKeys } from '#src/keys.js';
import { ds } from '#src/namespaces.js';
import { protect } from '#src/protect.js';
import type { Receipt } from '#src/receipt.js';
import type { ReplayCache } from '#src/replay-cache.js';
import type { SamlVersion } from '#src/saml/assertion.js';
import type { AssertionContent } from '#src/saml/assertion-content.js';
import { encryptedKeyInfo } from '#src/saml/key-info-forms.js';
import { certificateAuthority, testIssuer } from '#src/testing/index.js';
import { type Unprotected, unprotect } from '#src/unprotect.js';
import { type Certificate, type Credential, credential, readCertificate } from '#src/x509/certificate.js';
import { certificateReference } from '#src/x509/reference.js';
import { alice, authority, bob, envelopeText, issued, now, octets, recipientKeys } from '../samples.js';

/** Another party of the same authority. */
export const carol = issued('carol');

/** An authority below the one that is trusted, and whom it certified. */
const below = authority.subordinate('Department CA');
export const intermediate: Certificate = readCertificate(below.certificate);
const dora = below.issue({ name: 'dora' });
export const remote: Credential = credential(dora.certificate, dora.privateKey);

/** Somebody of an authority that nobody trusts. */
const elsewhere = certificateAuthority('Elsewhere CA', now);
const mallory = elsewhere.issue({ name: 'mallory' });
export const stranger: Credential = credential(mallory.certificate, mallory.privateKey);
export const foreignAuthority: Certificate = readCertificate(elsewhere.certificate);

export const issuer = testIssuer('urn:test:issuer', now);
export const unknownIssuer = testIssuer('urn:test:unknown', now);

export const user = { username: 'joe', password: 'correct horse battery staple' } as const;

/** The key that the issuer of assertions gives their holder. */
export const proofKey = octets(31)(32);

/** An assertion about alice. */
export function assertion(
  version: SamlVersion,
  holder?: Credential,
  change: Partial<AssertionContent> = {},
): XmlElement {
  return issuer.issue(now, holder, { version, ...change });
}

let proofKeys = 0;

/** An assertion whose holder has the {@link proofKey}, which it holds for one party. */
export function secretAssertion(version: SamlVersion, secret = proofKey, reader = bob.certificate): XmlElement {
  const method = writtenTransport(SUITES.Basic256);
  const key = writeEncryptedKey({
    id: `_proof-${++proofKeys}`,
    method,
    keyReference: writeTokenReference(certificateReference(reader, 'thumbprint')),
    octets: transportKey(method, reader.publicKey, secret, octets(32)),
    references: [],
  });
  return assertion(version, undefined, { confirmation: { method: 'holder-of-key', keyInfo: encryptedKeyInfo(key) } });
}

/** ds:KeyInfo that holds the key itself, for whoever reads it. */
export function binarySecret(secret: Uint8Array): XmlElement {
  const trust = { prefix: 'wst', namespace: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512', local: 'BinarySecret' };
  return element(ds('KeyInfo'), [], element(trust, [], Buffer.from(secret).toString('base64')));
}

/** What bob looks keys up in. */
export const lookup: KeyLookup = {
  ...recipientKeys,
  password: (username) => (username === user.username ? user.password : undefined),
  assertions: { issuers: [issuer.issuer] },
};

/** What alice looks keys up in, for responses. */
export const aliceLookup: KeyLookup = { ...lookup, credentials: [alice], certificates: [bob.certificate] };

export function describedBy(
  token: ProtectionDescription['token'],
  more: Partial<ProtectionDescription> = {},
): ProtectionDescription {
  return { ...defaultProtection, token, ...more };
}

/** With a private key anybody could sign what another encrypted: tokens are then encrypted only if they are signed, before. */
export function takesEncryptedTokens(keys: ProtectionKeys, { order }: Pick<ProtectionDescription, 'order'>): boolean {
  return !(keys.kind === 'X509' || 'holder' in keys) || order === 'sign-then-encrypt';
}

export interface Sent {
  readonly text: string;
  readonly receipt: Receipt;
}

export function sent(
  description: ProtectionDescription,
  keys: ProtectionKeys,
  { text = envelopeText(), request, seed = 41 }: { text?: string; request?: Receipt; seed?: number } = {},
): Sent {
  const environment = { now, random: octets(seed), ...(request === undefined ? {} : { request }) };
  const made = protect(parse(text).root, description, keys, environment);
  return { text: serialize(made.envelope), receipt: made.receipt };
}

export function received(
  text: string,
  description: ProtectionDescription,
  keys: KeyLookup = lookup,
  { request, replayCache }: { request?: Receipt | undefined; replayCache?: ReplayCache } = {},
): Unprotected {
  return unprotect(parse(text), description, keys, {
    now,
    ...(request === undefined ? {} : { request }),
    ...(replayCache === undefined ? {} : { replayCache }),
  });
}

/** A header block of an envelope that was opened. */
export function block({ headers }: ReadEnvelope, local: string): XmlElement {
  return headers.find((each) => each.local === local) ?? expect.fail(`no ${local}`);
}

export const sha1 = (value: Uint8Array): string => createHash('sha1').update(value).digest('base64');

/** The local names in a Security header, in their order. */
export function layoutOf(text: string): readonly string[] {
  const security = /<wsse:Security[ >].*<\/wsse:Security>/s.exec(text)?.[0] ?? expect.fail('no Security header');
  const names: string[] = [];
  let depth = 0;
  for (const [, slash, name = '', rest] of security.matchAll(/<(\/?)([\w:]+)([^>]*)>/g)) {
    if (slash !== '') depth--;
    else {
      if (depth === 1) names.push(name.replace(/^.*:/, ''));
      if (rest?.endsWith('/') !== true) depth++;
    }
  }
  return names;
}
