import { createHash, type KeyObject } from 'node:crypto';
import { isNamed, type ProvenToken, SecurityError, type XmlElement } from '@holdfast/soap';
import type { VerificationKey } from './algorithms/digest.js';
import { allowedTransport, receiveKey } from './algorithms/key-transport.js';
import { type AlgorithmSuite, KEY_LENGTH } from './algorithms/suites.js';
import { readBinarySecurityToken } from './elements/binary-security-token.js';
import { deriveKey, readDerivedKeyToken } from './elements/derived-key-token.js';
import { readEncryptedKey } from './elements/encrypted-data.js';
import { readSecurityContextToken, sctType, versionOf } from './elements/security-context-token.js';
import { readTokenReference, type TokenReference } from './elements/security-token-reference.js';
import type { KeyLookup } from './keys.js';
import { ENCRYPTED_KEY_SHA1, wsse, xenc } from './namespaces.js';
import { invalid, notAllowed, unsupported } from './refusal.js';
import type { Certificate } from './x509/certificate.js';
import { namesCertificate } from './x509/reference.js';

/** A key that a message names, and whose it is. */
export interface SymmetricKey {
  readonly secret: Uint8Array;
  readonly token: ProvenToken;
  readonly derived: boolean;
}

/** More than any message of a peer needs; a hostile one shall not make us work. */
const MAX_ENCRYPTED_KEYS = 4;

/** The keys of one message: what its references lead to, by way of the tokens in its Security header. */
export class MessageKeys {
  readonly #tokenById: (id: string) => XmlElement | undefined;
  readonly #suite: AlgorithmSuite;
  readonly #keys: KeyLookup;
  readonly #now: Date;
  readonly #encryptedKeys = new Map<XmlElement, SymmetricKey>();
  readonly #derived = new Map<XmlElement, SymmetricKey>();
  /** The Identifier of the one context that keys of this message come from. */
  #contextInUse: string | undefined;

  /** @param tokenById the child of the Security header with this Id */
  constructor(tokenById: (id: string) => XmlElement | undefined, suite: AlgorithmSuite, keys: KeyLookup, now: Date) {
    this.#tokenById = tokenById;
    this.#suite = suite;
    this.#keys = keys;
    this.#now = now;
  }

  /** The key of an EncryptedKey that was taken in. */
  received(element: XmlElement): SymmetricKey | undefined {
    return this.#encryptedKeys.get(element);
  }

  /** Zeroes the keys that were derived or received. */
  release(): void {
    for (const { secret } of [...this.#derived.values(), ...this.#encryptedKeys.values()]) secret.fill(0);
  }

  /** What verifies a signature of this algorithm that names its key so. */
  verificationKey(
    reference: XmlElement,
    algorithm: string,
  ): {
    readonly key: VerificationKey;
    readonly token: ProvenToken;
    readonly derived: boolean;
    readonly certificate?: Certificate;
  } {
    const symmetric = this.#suite.symmetricSignature.find((allowed) => allowed === algorithm);
    if (symmetric !== undefined) {
      const { secret, token, derived } = this.symmetricKey(reference);
      if (secret.length < Math.min(this.#suite.signatureKeyLength, 16)) invalid('A signature key is too short.');
      return { key: { kind: 'symmetric', secret, algorithm: symmetric }, token, derived };
    }
    const asymmetric = this.#suite.asymmetricSignature.find((allowed) => allowed === algorithm);
    if (asymmetric === undefined) notAllowed('signature', algorithm);
    const certificate = this.#certificate(reference);
    const { trust } = this.#keys;
    if (trust === undefined) throw new SecurityError('token-not-trusted', 'No certificates are trusted here.');
    trust.check(certificate, this.#now, ['digitalSignature', 'nonRepudiation']);
    checkSize(certificate.publicKey, this.#suite.asymmetricKeyBits);
    const token = { kind: 'X509', id: certificate.fingerprint, identity: `x509:${certificate.fingerprint}` } as const;
    return {
      key: { kind: 'asymmetric', publicKey: certificate.publicKey, algorithm: asymmetric },
      token,
      derived: false,
      certificate,
    };
  }

  /** Takes an EncryptedKey in. @returns the Ids of what its ReferenceList names */
  receive(element: XmlElement): readonly string[] {
    const key = readEncryptedKey(element);
    const method = allowedTransport(this.#suite, key.method);
    if (key.keyReference === undefined) unsupported('An EncryptedKey does not say whose key it is for.');
    const reference = this.#reference(key.keyReference);
    const holder = this.#keys.credentials.find(({ certificate }) =>
      reference.kind === 'direct'
        ? this.#isCertificate(reference.uri, certificate)
        : namesCertificate(reference, certificate),
    );
    if (holder === undefined) {
      throw new SecurityError('token-unavailable', 'The message is encrypted for a certificate that is not ours.');
    }
    if (this.#encryptedKeys.size >= MAX_ENCRYPTED_KEYS) invalid('The message holds too many encrypted keys.');
    const secret = receiveKey(method, holder.privateKey, key.octets, KEY_LENGTH[this.#suite.encryption[0]]);
    const id = createHash('sha1').update(key.octets).digest('base64');
    this.#encryptedKeys.set(element, {
      secret,
      token: { kind: 'EncryptedKey', id, identity: `encrypted-key:${id}` },
      derived: false,
    });
    return key.references;
  }

  #isCertificate(uri: string, certificate: Certificate): boolean {
    const token = this.#tokenInHeader(uri);
    return (
      isNamed(token, wsse('BinarySecurityToken')) &&
      readBinarySecurityToken(token).fingerprint === certificate.fingerprint
    );
  }

  /** The shared key that a SecurityTokenReference names. */
  symmetricKey(element: XmlElement): SymmetricKey {
    const reference = this.#reference(element);
    switch (reference.kind) {
      case 'direct': {
        if (!reference.uri.startsWith('#'))
          return this.#context(reference.uri, reference.instance, reference.valueType);
        const token = this.#tokenInHeader(reference.uri);
        if (token.local === 'DerivedKeyToken' && versionOf(token.namespace) !== undefined)
          return this.#derivedKey(token);
        return this.#sourceKey(token);
      }
      case 'key-identifier':
        if (reference.valueType === ENCRYPTED_KEY_SHA1) {
          const id = reference.value.toString('base64');
          for (const key of this.#encryptedKeys.values()) if (key.token.id === id) return key;
        }
        return unsupported('A key is referred to in a way that is not supported.');
      case 'issuer-serial':
        return unsupported('A symmetric key is referred to as a certificate.');
      default:
        return reference satisfies never;
    }
  }

  #derivedKey(element: XmlElement): SymmetricKey {
    const known = this.#derived.get(element);
    if (known !== undefined) return known;
    const token = readDerivedKeyToken(element);
    if (token.source === undefined) return unsupported('A DerivedKeyToken does not say what it is derived from.');
    const reference = this.#reference(token.source);
    if (reference.kind !== 'direct')
      return unsupported('A DerivedKeyToken refers to its source in a way that is not supported.');
    const source = reference.uri.startsWith('#')
      ? this.#sourceKey(this.#tokenInHeader(reference.uri))
      : this.#context(reference.uri, reference.instance, reference.valueType);
    const key = { secret: deriveKey(source.secret, token), token: source.token, derived: true };
    this.#derived.set(element, key);
    return key;
  }

  /** The key of a token that is not itself derived: chains of derivations are refused. */
  #sourceKey(token: XmlElement): SymmetricKey {
    if (isNamed(token, xenc('EncryptedKey'))) {
      const key = this.#encryptedKeys.get(token);
      if (key === undefined) invalid('An EncryptedKey is used before it stands in the header.');
      return key;
    }
    if (token.local !== 'SecurityContextToken')
      return unsupported(`A key is taken from a ${token.local}, which is not supported.`);
    const { identifier, instance, version } = readSecurityContextToken(token);
    return this.#context(identifier, instance, sctType(version));
  }

  #context(identifier: string, instance: string | undefined, valueType: string | undefined): SymmetricKey {
    if (this.#contextInUse !== undefined && this.#contextInUse !== identifier) {
      throw new SecurityError('wrong-token', 'The message uses keys of two security contexts.');
    }
    this.#contextInUse = identifier;
    const context = this.#keys.securityContext(identifier, instance);
    if (context === undefined) {
      throw new SecurityError('context-unknown', `The security context ${identifier} is not known here, or has ended.`);
    }
    if (valueType !== undefined && valueType !== sctType(context.version)) {
      throw new SecurityError('unsupported-token', 'A security context is referred to as another kind of token.');
    }
    return {
      secret: context.secret,
      token: {
        kind: 'SecurityContextToken',
        id: context.identifier,
        identity: context.identity,
        ...(context.instance === undefined ? {} : { instance: context.instance }),
      },
      derived: false,
    };
  }

  #reference(element: XmlElement): TokenReference {
    if (!isNamed(element, wsse('SecurityTokenReference')))
      unsupported(`A key is named by ${element.local}, not by a SecurityTokenReference.`);
    return readTokenReference(element);
  }

  /** A token must stand in the very header that uses it (BSP R3066). */
  #tokenInHeader(uri: string): XmlElement {
    const token = uri.startsWith('#') ? this.#tokenById(uri.slice(1)) : undefined;
    if (token === undefined) {
      throw new SecurityError('token-unavailable', 'A token that the message refers to is not in its Security header.');
    }
    return token;
  }
  #certificate(element: XmlElement): Certificate {
    const reference = this.#reference(element);
    if (reference.kind === 'direct') {
      const token = this.#tokenInHeader(reference.uri);
      if (!isNamed(token, wsse('BinarySecurityToken')))
        unsupported('A signature by certificate refers to another kind of token.');
      return readBinarySecurityToken(token);
    }
    const known = [...this.#keys.certificates, ...this.#keys.credentials.map(({ certificate }) => certificate)];
    const found = known.find((certificate) => namesCertificate(reference, certificate));
    if (found === undefined) {
      throw new SecurityError('token-unavailable', 'The certificate that the message refers to is not known here.');
    }
    return found;
  }
}

function checkSize(key: KeyObject, [minimum, maximum]: readonly [number, number]): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < minimum || bits > maximum) {
    throw new SecurityError(
      'token-not-trusted',
      `The signer's key is not an RSA key of ${minimum} to ${maximum} bits.`,
    );
  }
}
