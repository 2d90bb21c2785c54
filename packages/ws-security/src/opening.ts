import { createHash, type KeyObject } from 'node:crypto';
import {
  elements,
  isElement,
  isNamed,
  type ProvenToken,
  parseContent,
  SecurityError,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { decryptOctets, receiveKey } from './algorithms/cipher.js';
import { digest, equalSecrets, type VerificationKey, verifyText } from './algorithms/digest.js';
import type { AlgorithmSuite } from './algorithms/suites.js';
import { CANONICALIZATION, canonicalize } from './canonical/canonicalize.js';
import { readBinarySecurityToken } from './elements/binary-security-token.js';
import { deriveKey, readDerivedKeyToken } from './elements/derived-key-token.js';
import { readEncryptedData, readEncryptedKey, readReferenceList } from './elements/encrypted-data.js';
import { readSecurityContextToken, sctType, versionOf } from './elements/security-context-token.js';
import { readTokenReference, type TokenReference } from './elements/security-token-reference.js';
import { readSignature } from './elements/signature.js';
import type { KeyLookup } from './keys.js';
import { ds, ENCRYPTED_KEY_SHA1, wsse, wsse11, wsu, xenc } from './namespaces.js';
import { WorkingTree } from './working-tree.js';
import type { Certificate } from './x509/certificate.js';
import { namesCertificate } from './x509/reference.js';

/** A signature that verified, and what it covers: elements of the tree as it was then. */
export interface VerifiedSignature {
  readonly token: ProvenToken;
  /** Whether its key was derived from the token's. */
  readonly derived: boolean;
  /** The signer's, when it signed with one. */
  readonly certificate: Certificate | undefined;
  readonly covered: readonly XmlElement[];
  readonly value: Buffer;
  /** Whether the Signature element itself came encrypted. */
  readonly encrypted: boolean;
  /** Whether something that it covers was still encrypted when it was verified. */
  readonly overCiphertext: boolean;
}

/** Something that came encrypted. */
export interface Decrypted {
  readonly token: ProvenToken;
  readonly derived: boolean;
  /** The whole content of the Body, or the message signature. */
  readonly part: 'body' | 'signature';
  /** The Body, or the Signature. */
  readonly element: XmlElement;
}

/** What processing a Security header brought to light; whether it suffices is for another to say. */
export interface Opened {
  readonly tree: WorkingTree;
  readonly security: XmlElement;
  readonly timestamp: XmlElement | undefined;
  /** The one signature of the message; `undefined`: it has none. */
  readonly signature: VerifiedSignature | undefined;
  readonly decrypted: readonly Decrypted[];
}

/** More than any message of a peer needs; a hostile one shall not make us work. */
const MAX_TOKENS = 32;
const MAX_ENCRYPTED_KEYS = 4;

/**
 * Works through a Security header from the top (WSS 1.1 §8.4, §9.4): decrypts what is named, verifies the signature.
 *
 * Nobody may mix what others said into a message: it has one signature, all of its keys come from one security context,
 * and only the whole content of the Body and the Signature are decrypted, each once. So nothing is ever decrypted for
 * one party that was encrypted by another, and no older signature is believed in a newer message.
 * @throws SecurityError for anything that does not hold; nothing is skipped
 */
export function open(
  document: XmlDocument,
  security: XmlElement,
  suite: AlgorithmSuite,
  keys: KeyLookup,
  now: Date,
): Opened {
  return new Opening(document, security, suite, keys, now).run();
}

interface SymmetricKey {
  readonly secret: Uint8Array;
  readonly token: ProvenToken;
  readonly derived: boolean;
}

class Opening {
  readonly #tree: WorkingTree;
  readonly #suite: AlgorithmSuite;
  readonly #keys: KeyLookup;
  readonly #now: Date;
  readonly #encryptedKeys = new Map<XmlElement, SymmetricKey>();
  readonly #derived = new Map<XmlElement, SymmetricKey>();
  #signature: VerifiedSignature | undefined;
  /** The Identifier of the one context that keys of this message come from. */
  #contextInUse: string | undefined;
  readonly #decrypted: Decrypted[] = [];
  readonly #done = new Set<XmlElement>();
  #security: XmlElement;
  #timestamp: XmlElement | undefined;

  constructor(document: XmlDocument, security: XmlElement, suite: AlgorithmSuite, keys: KeyLookup, now: Date) {
    this.#tree = new WorkingTree(document);
    this.#security = security;
    this.#suite = suite;
    this.#keys = keys;
    this.#now = now;
  }

  run(): Opened {
    try {
      // Decrypting replaces elements of the header itself, so the next one is looked for each time.
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        this.#done.add(next);
        this.#process(next);
      }
      return {
        tree: this.#tree,
        security: this.#security,
        timestamp: this.#timestamp,
        signature: this.#signature,
        decrypted: this.#decrypted,
      };
    } finally {
      for (const { secret } of [...this.#derived.values(), ...this.#encryptedKeys.values()]) secret.fill(0);
    }
  }

  #next(): XmlElement | undefined {
    this.#security = this.#tree.current(this.#security);
    const parts = elements(this.#security);
    if (parts.length > MAX_TOKENS) invalid(`The Security header holds more than ${MAX_TOKENS} elements.`);
    return parts.find((candidate) => !this.#done.has(candidate));
  }

  #process(part: XmlElement): void {
    if (isNamed(part, wsu('Timestamp'))) {
      if (this.#timestamp !== undefined) invalid('The Security header has two Timestamps.');
      this.#timestamp = part;
    } else if (isNamed(part, ds('Signature'))) {
      this.#verify(part);
    } else if (isNamed(part, xenc('EncryptedKey'))) {
      this.#receiveKey(part);
    } else if (isNamed(part, xenc('ReferenceList'))) {
      for (const id of readReferenceList(part)) this.#decryptReference(id, undefined);
    } else if (isNamed(part, xenc('EncryptedData'))) {
      this.#decrypt(part, undefined);
    } else if (!isToken(part)) {
      invalid(`The Security header holds a ${part.local}, which is not understood.`);
    }
  }

  #verify(element: XmlElement): void {
    if (this.#signature !== undefined) invalid('The message has more than one signature.');
    const signature = readSignature(element);
    if (signature.canonicalization !== CANONICALIZATION.exclusive)
      notAllowed('canonicalization', signature.canonicalization);
    const { key, token, derived, certificate } = this.#verificationKey(signature.keyReference, signature.algorithm);
    const octets = canonicalize(signature.signedInfo, CANONICALIZATION.exclusive, signature.prefixes);
    if (!verifyText(key, octets, signature.value)) {
      throw new SecurityError('signature-invalid', `The signature by ${token.kind} does not verify.`);
    }
    const covered = signature.references.map((reference) => {
      if (reference.transform !== CANONICALIZATION.exclusive) notAllowed('transform', reference.transform);
      const algorithm = this.#suite.digest.find((allowed) => allowed === reference.digestAlgorithm);
      if (algorithm === undefined) notAllowed('digest', reference.digestAlgorithm);
      const target = this.#tree.byId(reference.id);
      if (target === undefined) {
        throw new SecurityError(
          'reference-not-resolved',
          'A signature refers to an element that is not in the message.',
        );
      }
      const found = digest(algorithm, canonicalize(target, CANONICALIZATION.exclusive, reference.prefixes));
      if (!equalSecrets(found, reference.digest)) {
        throw new SecurityError('digest-mismatch', `The signed ${target.local} was changed on the way.`);
      }
      return target;
    });
    const encrypted = this.#decrypted.some((done) => done.part === 'signature' && done.element === element);
    const overCiphertext = covered.some(holdsCiphertext);
    this.#signature = { token, derived, certificate, covered, value: signature.value, encrypted, overCiphertext };
  }

  #verificationKey(
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
      const { secret, token, derived } = this.#symmetricKey(reference);
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

  #receiveKey(element: XmlElement): void {
    const key = readEncryptedKey(element);
    const transport = this.#suite.keyTransport.find((allowed) => allowed === key.algorithm);
    if (transport === undefined) notAllowed('key transport', key.algorithm);
    if (key.digest !== undefined && key.digest !== 'http://www.w3.org/2000/09/xmldsig#sha1')
      notAllowed('OAEP digest', key.digest);
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
    const secret = receiveKey(transport, holder.privateKey, key.octets);
    if (secret === undefined) undecryptable();
    const id = createHash('sha1').update(key.octets).digest('base64');
    this.#encryptedKeys.set(element, {
      secret,
      token: { kind: 'EncryptedKey', id, identity: `encrypted-key:${id}` },
      derived: false,
    });
    for (const target of key.references) this.#decryptReference(target, element);
  }

  #isCertificate(uri: string, certificate: Certificate): boolean {
    const token = this.#tokenInHeader(uri);
    return (
      isNamed(token, wsse('BinarySecurityToken')) &&
      readBinarySecurityToken(token).fingerprint === certificate.fingerprint
    );
  }

  #decryptReference(id: string, encryptedKey: XmlElement | undefined): void {
    const target = this.#tree.byId(id);
    if (target === undefined || !isNamed(target, xenc('EncryptedData'))) {
      throw new SecurityError(
        'reference-not-resolved',
        'A ReferenceList refers to an EncryptedData that is not in the message.',
      );
    }
    this.#decrypt(target, encryptedKey);
  }

  #decrypt(element: XmlElement, encryptedKey: XmlElement | undefined): void {
    const data = readEncryptedData(element);
    const algorithm = this.#suite.encryption.find((allowed) => allowed === data.algorithm);
    if (algorithm === undefined) notAllowed('encryption', data.algorithm);
    const { path, parent, part } = this.#placeOf(element, data.type);
    const key =
      data.keyReference !== undefined
        ? this.#symmetricKey(data.keyReference)
        : encryptedKey !== undefined
          ? this.#encryptedKeys.get(encryptedKey)
          : undefined;
    if (key === undefined) unsupported('An EncryptedData does not say which key it is encrypted with.');
    const octets = decryptOctets(algorithm, key.secret, data.octets);
    if (octets === undefined) undecryptable();
    let content: ReturnType<typeof parseContent>;
    try {
      content = parseContent(octets, parent.scope);
    } catch {
      // What a wrong key yields must not be told from what a wrong padding yields.
      undecryptable();
    }
    const [only] = content.nodes;
    const isOneElement = content.nodes.length === 1 && isElement(only);
    if (data.type === 'element' && !(isOneElement && (part === 'body' || isNamed(only, ds('Signature'))))) {
      undecryptable();
    }
    this.#tree.replace(path, content.nodes, content.ids);
    const target = part === 'body' ? parent : (only as XmlElement);
    this.#decrypted.push({ token: key.token, derived: key.derived, part, element: target });
  }

  /** Where something may be encrypted: the whole content of the Body, and a Signature in this header; each once. */
  #placeOf(
    element: XmlElement,
    type: 'content' | 'element',
  ): { readonly path: readonly XmlElement[]; readonly parent: XmlElement; readonly part: Decrypted['part'] } {
    const path = this.#tree.pathTo(element);
    const parent = path?.[path.length - 2];
    if (path === undefined || parent === undefined) {
      throw new SecurityError('reference-not-resolved', 'An EncryptedData is not a part of the message.');
    }
    const { root } = this.#tree;
    const isInBody = path.length === 3 && isNamed(parent, { namespace: root.namespace, local: 'Body' });
    const isSignature = type === 'element' && path.length === 4 && parent === this.#tree.current(this.#security);
    if (!isInBody && !isSignature) {
      throw new SecurityError(
        'reference-not-resolved',
        'Something is encrypted that is neither the content of the Body nor a Signature.',
      );
    }
    const isWhole = parent.children.every(
      (node) => node === element || (typeof node === 'string' && node.trim() === ''),
    );
    if (isInBody && !isWhole) {
      throw new SecurityError('part-not-encrypted', 'The content of the Body did not come encrypted as a whole.');
    }
    const part = isInBody ? 'body' : 'signature';
    if (this.#decrypted.some((done) => done.part === part)) invalid('Something is encrypted twice, or in two pieces.');
    return { path, parent, part };
  }

  #symmetricKey(element: XmlElement): SymmetricKey {
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
    const token = uri.startsWith('#') ? this.#tree.byId(uri.slice(1)) : undefined;
    if (token === undefined || !this.#tree.current(this.#security).children.includes(token)) {
      throw new SecurityError('token-unavailable', 'A token that the message refers to is not in its Security header.');
    }
    return token;
  }
}

function holdsCiphertext(part: XmlElement): boolean {
  return isNamed(part, xenc('EncryptedData')) || elements(part).some(holdsCiphertext);
}

function isToken(part: XmlElement): boolean {
  return (
    isNamed(part, wsse('BinarySecurityToken')) ||
    isNamed(part, wsse11('SignatureConfirmation')) ||
    (versionOf(part.namespace) !== undefined &&
      (part.local === 'SecurityContextToken' || part.local === 'DerivedKeyToken'))
  );
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

function notAllowed(what: string, algorithm: string): never {
  throw new SecurityError(
    'algorithm-not-allowed',
    `The ${what} algorithm "${algorithm.slice(0, 100)}" is not of the agreed suite.`,
  );
}

function unsupported(message: string): never {
  throw new SecurityError('unsupported-token', message);
}

function invalid(message: string): never {
  throw new SecurityError('security-header-invalid', message);
}

function undecryptable(): never {
  throw new SecurityError(
    'decryption-failed',
    'An encrypted part cannot be decrypted with the key that the message names.',
  );
}
