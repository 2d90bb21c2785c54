import { createHash } from 'node:crypto';
import { isNamed, type XmlElement } from '@holdfast/soap';
import { allowedTransport, receiveKey } from '../algorithms/key-transport.js';
import { unwrapKey } from '../algorithms/key-wrap.js';
import { type AlgorithmSuite, KEY_LENGTH } from '../algorithms/suites.js';
import { type EncryptedKey, readEncryptedKey } from '../elements/encrypted-data.js';
import { readTokenReference } from '../elements/security-token-reference.js';
import type { KeyLookup } from '../keys.js';
import { wsse } from '../namespaces.js';
import { invalid, undecryptable, unsupported } from '../refusal.js';
import type { Credential } from '../x509/certificate.js';
import { namesCertificate } from '../x509/reference.js';
import type { HeaderTokens } from './header-tokens.js';
import { checkSource, type KeyContext, type SymmetricKey } from './key-context.js';

/** An EncryptedKey of a message: for us, or for somebody else. */
export type ReceivedKey =
  | { readonly kind: 'ours'; readonly key: SymmetricKey; readonly references: readonly string[] }
  | { readonly kind: 'foreign' };

/** More than any message of a peer needs; a hostile one shall not make us work. */
const MAX_OURS = 4;

/** The keys that came encrypted in one message. */
export class ReceivedKeys {
  readonly #tokens: HeaderTokens;
  readonly #sources: KeyContext['sources'];
  readonly #suite: AlgorithmSuite;
  readonly #keys: KeyLookup;
  readonly #symmetricKey: (reference: XmlElement) => SymmetricKey;
  readonly #received = new Map<XmlElement, ReceivedKey>();
  #ours = 0;

  /** @param symmetricKey the key that wraps another */
  constructor(
    tokens: HeaderTokens,
    { sources, suite, keys }: Pick<KeyContext, 'sources' | 'suite' | 'keys'>,
    symmetricKey: (reference: XmlElement) => SymmetricKey,
  ) {
    this.#tokens = tokens;
    this.#sources = sources;
    this.#suite = suite;
    this.#keys = keys;
    this.#symmetricKey = symmetricKey;
  }

  get all(): readonly ReceivedKey[] {
    return [...this.#received.values()];
  }

  bySha1(sha1: string): SymmetricKey | undefined {
    for (const received of this.#received.values()) {
      if (received.kind === 'ours' && received.key.token.id === sha1) return received.key;
    }
    return undefined;
  }

  release(): void {
    for (const received of this.#received.values()) if (received.kind === 'ours') received.key.secret.fill(0);
  }

  receive(element: XmlElement): ReceivedKey {
    const known = this.#received.get(element);
    if (known !== undefined) return known;
    const received = this.#open(element);
    this.#received.set(element, received);
    return received;
  }

  #open(element: XmlElement): ReceivedKey {
    const encrypted = readEncryptedKey(element);
    if (encrypted.keyReference === undefined) unsupported('An EncryptedKey does not say whose key it is for.');
    const wrap = this.#suite.keyWrap.find((allowed) => allowed === encrypted.method.algorithm);
    if (wrap === undefined) return this.#transported(element, encrypted, encrypted.keyReference);
    // Marked first, so that a key that wraps itself is not followed for ever.
    this.#received.set(element, { kind: 'foreign' });
    const source = this.#symmetricKey(encrypted.keyReference);
    const secret = unwrapKey(wrap, source.secret, encrypted.octets);
    if (secret === undefined) throw undecryptable();
    // It is as good as the key that it was wrapped with, which a token's own secret is not.
    const { properties, ...of } = source;
    return this.#ourOwn(encrypted, { ...of, secret });
  }

  #transported(element: XmlElement, encrypted: EncryptedKey, keyReference: XmlElement): ReceivedKey {
    const { octets } = encrypted;
    const method = allowedTransport(this.#suite, encrypted.method);
    checkSource('EncryptedKey', this.#sources);
    const holder = this.#holder(keyReference);
    if (holder === undefined) return { kind: 'foreign' };
    const secret = receiveKey(method, holder.privateKey, octets, KEY_LENGTH[this.#suite.encryption[0]]);
    const id = createHash('sha1').update(octets).digest('base64');
    return this.#ourOwn(encrypted, {
      secret,
      token: { kind: 'EncryptedKey', id, identity: `encrypted-key:${id}` },
      derived: false,
      carrier: element,
    });
  }

  #ourOwn({ references }: EncryptedKey, key: SymmetricKey): ReceivedKey {
    if (++this.#ours > MAX_OURS) invalid('The message holds too many encrypted keys.');
    return { kind: 'ours', key, references };
  }

  #holder(keyReference: XmlElement): Credential | undefined {
    const reference = isNamed(keyReference, wsse('SecurityTokenReference'))
      ? readTokenReference(keyReference)
      : unsupported(`A key is named by ${keyReference.local}, not by a SecurityTokenReference.`);
    const named =
      reference.kind === 'direct'
        ? this.#tokens.x509(this.#tokens.named(reference.uri), false).certificate
        : reference.kind === 'embedded'
          ? this.#tokens.x509(reference.token, false).certificate
          : undefined;
    return this.#keys.credentials.find(({ certificate }) =>
      named === undefined ? namesCertificate(reference, certificate) : named.fingerprint === certificate.fingerprint,
    );
  }
}
