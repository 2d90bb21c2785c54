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
import { decryptOctets } from './algorithms/cipher.js';
import { digest, equalSecrets, verifyText } from './algorithms/digest.js';
import type { AlgorithmSuite } from './algorithms/suites.js';
import { CANONICALIZATION, canonicalize } from './canonical/canonicalize.js';
import { readEncryptedData, readReferenceList } from './elements/encrypted-data.js';
import { versionOf } from './elements/security-context-token.js';
import { readSignature } from './elements/signature.js';
import type { KeyLookup } from './keys.js';
import { MessageKeys } from './message-keys.js';
import { ds, wsse, wsse11, wsu, xenc } from './namespaces.js';
import { invalid, notAllowed, undecryptable, unsupported } from './refusal.js';
import { WorkingTree } from './working-tree.js';
import type { Certificate } from './x509/certificate.js';

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

class Opening {
  readonly #tree: WorkingTree;
  readonly #suite: AlgorithmSuite;
  readonly #keys: MessageKeys;
  #signature: VerifiedSignature | undefined;
  readonly #decrypted: Decrypted[] = [];
  readonly #done = new Set<XmlElement>();
  #security: XmlElement;
  #timestamp: XmlElement | undefined;

  constructor(document: XmlDocument, security: XmlElement, suite: AlgorithmSuite, keys: KeyLookup, now: Date) {
    this.#tree = new WorkingTree(document);
    this.#security = security;
    this.#suite = suite;
    this.#keys = new MessageKeys((id) => this.#tokenById(id), suite, keys, now);
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
      this.#keys.release();
    }
  }

  #next(): XmlElement | undefined {
    this.#security = this.#tree.current(this.#security);
    const parts = elements(this.#security);
    if (parts.length > MAX_TOKENS) invalid(`The Security header holds more than ${MAX_TOKENS} elements.`);
    return parts.find((candidate) => !this.#done.has(candidate));
  }

  /** A token must stand in the very header that uses it (BSP R3066). */
  #tokenById(id: string): XmlElement | undefined {
    const token = this.#tree.byId(id);
    return token !== undefined && this.#tree.current(this.#security).children.includes(token) ? token : undefined;
  }

  #process(part: XmlElement): void {
    if (isNamed(part, wsu('Timestamp'))) {
      if (this.#timestamp !== undefined) invalid('The Security header has two Timestamps.');
      this.#timestamp = part;
    } else if (isNamed(part, ds('Signature'))) {
      this.#verify(part);
    } else if (isNamed(part, xenc('EncryptedKey'))) {
      for (const id of this.#keys.receive(part)) this.#decryptReference(id, part);
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
    const { key, token, derived, certificate } = this.#keys.verificationKey(
      signature.keyReference,
      signature.algorithm,
    );
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
        ? this.#keys.symmetricKey(data.keyReference)
        : encryptedKey !== undefined
          ? this.#keys.received(encryptedKey)
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
