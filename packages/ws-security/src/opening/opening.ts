import {
  attemptContent,
  type ContentAttempt,
  elements,
  HoldfastError,
  isElement,
  isNamed,
  type ProvenToken,
  SecurityError,
  type XmlContent,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { attemptDecryption } from '../algorithms/cipher.js';
import { signText } from '../algorithms/digest.js';
import { type EncryptionAlgorithm, KEY_LENGTH } from '../algorithms/suites.js';
import { canonicalize } from '../canonical/canonicalize.js';
import type { ProtectionDescription } from '../description.js';
import { readEncryptedData, readEncryptedKey, readReferenceList } from '../elements/encrypted-data.js';
import { versionOf } from '../elements/security-context-token.js';
import { isSignatureConfirmation } from '../elements/signature-confirmation.js';
import type { KeyLookup } from '../keys.js';
import { ds, wsse, wsse11, wsu, xenc } from '../namespaces.js';
import type { Receipt } from '../receipt.js';
import { invalid, notAllowed, undecryptable, unsupported } from '../refusal.js';
import type { ReplayCache } from '../replay-cache.js';
import { isAssertion } from '../saml/read-assertion.js';
import { takesUnboundPrefix } from './bindings.js';
import { HeaderTokens } from './header-tokens.js';
import type { SymmetricKey } from './key-context.js';
import { MessageKeys } from './message-keys.js';
import { type EncryptedPlace, placeOf } from './places.js';
import { type Shape, shapeOf } from './shape.js';
import { type VerifiedSignature, verifySignature } from './signatures.js';
import { WorkingTree } from './working-tree.js';

/** Something that came encrypted. */
export interface Decrypted {
  readonly token: ProvenToken;
  readonly derived: boolean;
  readonly kind: EncryptedPlace['kind'];
  /** The Body, the header block, or the element of the Security header: as it was when it was decrypted. */
  readonly element: XmlElement;
}

/** What processing a Security header brought to light; whether it suffices is for another to say. */
export interface Opened {
  readonly tree: WorkingTree;
  /** The envelope with everything decrypted. */
  readonly shape: Shape;
  readonly tokens: HeaderTokens;
  readonly messageKeys: MessageKeys;
  readonly timestamp: XmlElement | undefined;
  readonly signatures: readonly VerifiedSignature[];
  readonly decrypted: readonly Decrypted[];
}

export interface OpeningEnvironment {
  readonly now: Date;
  /** What was sent before, if the message is a response. */
  readonly request: Receipt | undefined;
  readonly replayCache: ReplayCache | undefined;
}

/** More than any message of a peer needs; a hostile one shall not make us work. */
const MAX_ELEMENTS = 48;
const MAX_ENCRYPTED = 32;

/**
 * Works through a Security header from the top (WSS 1.1 §8.4, §9.4): decrypts what is named, verifies the signatures.
 *
 * Nobody may mix what others said into a message: it has as many signatures as its description asks for, and only whole
 * parts are decrypted, each once. Whether all of it was said by the same party is for the caller to see to.
 *
 * What cannot be decrypted, for whatever reason, is refused at the end, after the work that the rest takes: in error, way
 * and work it is like a plaintext that is not what was signed (no oracle for paddings).
 * @param use is called with what was found, before the keys are zeroed
 * @throws SecurityError for anything that does not hold; nothing is skipped
 */
export function open<T>(
  document: XmlDocument,
  security: XmlElement,
  description: ProtectionDescription,
  keys: KeyLookup,
  environment: OpeningEnvironment,
  use: (opened: Opened) => T,
): T {
  return new Opening(document, security, description, keys, environment).run(use);
}

class Opening {
  readonly #tree: WorkingTree;
  readonly #description: ProtectionDescription;
  readonly #tokens: HeaderTokens;
  readonly #keys: KeyLookup;
  readonly #messageKeys: MessageKeys;
  readonly #signatures: VerifiedSignature[] = [];
  readonly #decrypted: Decrypted[] = [];
  readonly #done = new Set<XmlElement>();
  readonly #maxSignatures: number;
  #security: XmlElement;
  #timestamp: XmlElement | undefined;
  /** Ids of what some list in the header says is encrypted. */
  #listed: ReadonlySet<string> | undefined;
  /** Parts that were decrypted, or could not be. */
  #attempts = 0;
  /** Why something is as good as not decrypted: the message is refused for it, but not before everything else is done. */
  #broken: (() => SecurityError) | undefined;

  constructor(
    document: XmlDocument,
    security: XmlElement,
    description: ProtectionDescription,
    keys: KeyLookup,
    { now, request, replayCache }: OpeningEnvironment,
  ) {
    this.#tree = new WorkingTree(document);
    this.#security = security;
    this.#description = description;
    this.#keys = keys;
    this.#tokens = new HeaderTokens(this.#tree, security);
    const { suite, clockSkew, token } = description;
    this.#messageKeys = new MessageKeys(this.#tokens, {
      sources: keySources(description),
      suite,
      keys,
      now,
      clockSkew,
      request,
      oneTimeUse: replayCache,
      isConfidential: (element) => token === 'transport' || this.#decrypted.some((part) => part.element === element),
    });
    const endorsing = description.supportingTokens.filter((rule) => rule.endorsing).length;
    this.#maxSignatures = endorsing + (token === 'transport' ? 0 : 1);
  }

  run<T>(use: (opened: Opened) => T): T {
    try {
      this.#processAll();
      return use({
        tree: this.#tree,
        shape: this.#shape,
        tokens: this.#tokens,
        messageKeys: this.#messageKeys,
        timestamp: this.#timestamp,
        signatures: this.#signatures,
        decrypted: this.#decrypted,
      });
    } catch (error) {
      // Made in any case: to make an error takes long enough to be noticed.
      const undecrypted = (this.#broken ?? undecryptable)();
      throw this.#broken !== undefined && error instanceof HoldfastError ? undecrypted : error;
    } finally {
      this.#messageKeys.release();
    }
  }

  #processAll(): void {
    // Decrypting replaces elements of the header itself, so the next one is looked for each time.
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#done.add(next);
      this.#process(next);
    }
    if (this.#broken !== undefined) throw this.#broken();
  }

  get #shape(): Shape {
    return shapeOf(this.#tree.root, this.#description.role);
  }

  #next(): XmlElement | undefined {
    this.#security = this.#tree.current(this.#security);
    const parts = elements(this.#security);
    if (parts.length > MAX_ELEMENTS) invalid(`The Security header holds more than ${MAX_ELEMENTS} elements.`);
    return parts.find((candidate) => !this.#done.has(candidate));
  }

  #process(part: XmlElement): void {
    if (isNamed(part, wsu('Timestamp'))) {
      if (this.#timestamp !== undefined) invalid('The Security header has two Timestamps.');
      this.#timestamp = part;
    } else if (isNamed(part, ds('Signature'))) {
      this.#verify(part);
    } else if (isNamed(part, xenc('EncryptedKey'))) {
      this.#receive(part);
    } else if (isNamed(part, xenc('ReferenceList'))) {
      for (const id of readReferenceList(part)) this.#decryptListed(id, undefined);
    } else if (isNamed(part, xenc('EncryptedData'))) {
      // What a list names is decrypted when the list is reached.
      if (!this.#lists(part)) this.#decrypt(part, undefined);
    } else if (!isToken(part)) {
      invalid(`The Security header holds a ${part.local}, which is not understood.`);
    }
  }

  /** Of several EncryptedKeys one must be for us; what the others list is what ours lists, or not for us. */
  #receive(part: XmlElement): void {
    const received = this.#messageKeys.receive(part);
    if (received.kind === 'ours') {
      for (const id of received.references) this.#decryptListed(id, received.key);
      return;
    }
    const others = this.#tokens.all.filter((other) => isNamed(other, xenc('EncryptedKey')));
    if (others.every((other) => this.#messageKeys.receive(other).kind === 'foreign')) {
      throw new SecurityError('token-unavailable', 'The message is encrypted for a certificate that is not ours.');
    }
  }

  #verify(element: XmlElement): void {
    if (this.#signatures.length === this.#maxSignatures) {
      invalid('The message has more signatures than its description asks for.');
    }
    const encrypted = this.#decrypted.some((done) => done.element === element);
    this.#signatures.push(
      verifySignature(element, encrypted, {
        tree: this.#tree,
        shape: this.#shape,
        tokens: this.#tokens,
        suite: this.#description.suite,
        messageKeys: this.#messageKeys,
        keys: this.#keys,
      }),
    );
  }

  /** Whether a ReferenceList in the header, or in one of its EncryptedKeys, names the element. */
  #lists(encryptedData: XmlElement): boolean {
    this.#listed ??= new Set(
      this.#tokens.all.flatMap((part) =>
        isNamed(part, xenc('ReferenceList'))
          ? readReferenceList(part)
          : isNamed(part, xenc('EncryptedKey'))
            ? readEncryptedKey(part).references
            : [],
      ),
    );
    for (const id of this.#listed) if (this.#tree.byId(id) === encryptedData) return true;
    return false;
  }

  #decryptListed(id: string, listedBy: SymmetricKey | undefined): void {
    const named = this.#tree.byId(id);
    // A DataReference may name the EncryptedHeader in the place of what is in it (BSP R5608).
    const target = named !== undefined && isNamed(named, wsse11('EncryptedHeader')) ? elements(named)[0] : named;
    if (target === undefined || !isNamed(target, xenc('EncryptedData'))) {
      throw new SecurityError(
        'reference-not-resolved',
        'A ReferenceList refers to an EncryptedData that is not in the message.',
      );
    }
    this.#decrypt(target, listedBy);
  }

  #decrypt(element: XmlElement, listedBy: SymmetricKey | undefined): void {
    const data = readEncryptedData(element);
    const algorithm = this.#description.suite.encryption.find((candidate) => candidate === data.algorithm);
    if (algorithm === undefined) notAllowed('encryption', data.algorithm);
    const place = placeOf(element, data.type, this.#tree, this.#security);
    if (this.#attempts++ === MAX_ENCRYPTED) invalid('Too many parts of the message are encrypted.');
    if (place.kind === 'body' && this.#decrypted.some(({ kind }) => kind === 'body')) {
      invalid('The content of the Body is encrypted twice.');
    }
    const key = data.keyReference === undefined ? listedBy : this.#messageKeys.symmetricKey(data.keyReference);
    if (key === undefined) unsupported('An EncryptedData does not say which key it is encrypted with.');
    const { plaintext, intact } = attemptDecryption(algorithm, keyOf(key, algorithm), data.octets);
    const content = attemptContent(plaintext, place.parent.scope);
    const isUsable =
      intact &&
      content.complete &&
      belongs(content, place) &&
      !this.#repeatsId(content, place) &&
      !this.#takesUnboundPrefix(content, place);
    if (isUsable) this.#put(content, place, key);
    else this.#pretend(place, content);
  }

  /** An Id that is in the message already, but for that of what is replaced. */
  #repeatsId({ ids }: XmlContent, { path }: EncryptedPlace): boolean {
    const replaced = path[path.length - 1];
    for (const id of ids.keys()) {
      const known = this.#tree.byId(id);
      if (known !== undefined && known !== replaced) return true;
    }
    return false;
  }

  #takesUnboundPrefix({ nodes }: XmlContent, { path }: EncryptedPlace): boolean {
    for (const { covered } of this.#signatures) {
      for (const { element, prefixes } of covered) {
        const at = element === undefined ? -1 : path.indexOf(this.#tree.current(element));
        if (at < 0 || prefixes === undefined || !takesUnboundPrefix(nodes, path.slice(at), prefixes)) continue;
        this.#broken ??= unbound;
        return true;
      }
    }
    return false;
  }

  #put({ nodes, ids }: XmlContent, place: EncryptedPlace, { token, derived }: SymmetricKey): void {
    const only = nodes[0] as XmlElement;
    // A signature over what was encrypted covers what it holds, but for a signature: that is endorsed in clear.
    const becomes = place.kind === 'body' || isNamed(only, ds('Signature')) ? undefined : only;
    this.#tree.replace(place.path, nodes, ids, becomes);
    const element = place.kind === 'body' ? place.parent : only;
    this.#decrypted.push({ token, derived, kind: place.kind, element });
  }

  /** Goes on with what could be read of it, and with the work that a wrong signature would have been. */
  #pretend(place: EncryptedPlace, { nodes }: ContentAttempt): void {
    this.#broken ??= undecryptable;
    this.#tree.replace(place.path, place.kind === 'body' ? nodes : [], new Map());
    if (place.kind !== 'security') return;
    // It may have been the signature, whose value would have been found wrong before anything it covers is looked at.
    const { signatureKeyLength, symmetricSignature } = this.#description.suite;
    this.#messageKeys.deriveAll();
    const secret = new Uint8Array(signatureKeyLength);
    const text = nodes.map((node) => (isElement(node) ? canonicalize(node) : '')).join('');
    signText({ kind: 'symmetric', secret, algorithm: symmetricSignature[0] }, text);
  }
}

/** The secret of a token that is used itself may be longer than the cipher's key: WSS4J takes its first octets then. */
function keyOf({ secret, derived }: SymmetricKey, algorithm: EncryptionAlgorithm): Uint8Array {
  return derived ? secret : secret.subarray(0, KEY_LENGTH[algorithm]);
}

function unbound(): SecurityError {
  return new SecurityError(
    'part-not-signed',
    'An encrypted part uses a prefix of its surroundings, whose namespace the signature over it does not cover.',
  );
}

/** The tokens whose keys a message of this description may be secured with. */
function keySources({ token, supportingTokens }: ProtectionDescription): ReadonlySet<ProvenToken['kind']> {
  const sources = new Set<ProvenToken['kind']>();
  if (token !== 'transport') sources.add(token);
  for (const rule of supportingTokens) if (rule.endorsing) sources.add(rule.token);
  // Where a private key signs, the content is encrypted with a key made for us; an assertion may hold one, too.
  if (token === 'X509' || sources.has('SAML')) sources.add('EncryptedKey');
  return sources;
}

/** Whether a plaintext is what may stand there, which must not be told from a wrong padding. */
function belongs({ nodes }: XmlContent, place: EncryptedPlace): boolean {
  const [only] = nodes;
  if (place.kind === 'body' && place.type === 'content') return true;
  if (nodes.length !== 1 || !isElement(only)) return false;
  switch (place.kind) {
    case 'body':
      return true;
    case 'block':
      return !isNamed(only, wsse('Security')) && !isNamed(only, xenc('EncryptedData'));
    case 'security':
      return isNamed(only, ds('Signature')) || isToken(only);
    default:
      return place satisfies never;
  }
}

function isToken(part: XmlElement): boolean {
  return (
    isNamed(part, wsse('BinarySecurityToken')) ||
    isNamed(part, wsse('UsernameToken')) ||
    isNamed(part, wsse('SecurityTokenReference')) ||
    isSignatureConfirmation(part) ||
    isAssertion(part) ||
    (versionOf(part.namespace) !== undefined &&
      (part.local === 'SecurityContextToken' || part.local === 'DerivedKeyToken'))
  );
}
