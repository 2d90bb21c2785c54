import { attribute, childrenNamed, element, elements, SecurityError, type XmlElement } from '@holdfast/soap';
import { pSha1 } from '../algorithms/psha1.js';
import { decodeBase64 } from '../base64.js';
import { WSC_13, WSC_2005, WSU_ID, wsse } from '../namespaces.js';
import { simpleContent, trimmedContent } from '../simple-content.js';
import { type SecureConversationVersion, versionOf, wsc } from './security-context-token.js';
import { DEFAULT_DERIVED_LENGTH } from './security-token-reference.js';

/** wsc:DerivedKeyToken (WS-SecureConversation 1.3 §7). */
export interface DerivedKeyToken {
  readonly version: SecureConversationVersion;
  /** The wsse:SecurityTokenReference of the token whose key it is derived from. */
  readonly source: XmlElement | undefined;
  /** Absent: that of the Properties of the key it is derived from, or the default. */
  readonly label: string | undefined;
  /** Absent: that of the Properties of the key it is derived from. */
  readonly nonce: Uint8Array | undefined;
  /** Octets. */
  readonly offset: number;
  /** Octets. */
  readonly length: number;
  /** What holds for keys that are derived from this one. */
  readonly properties: DerivedKeyProperties | undefined;
}

/** wsc:Properties: a name for the key, and the label and the nonce of keys that are derived from it. */
export interface DerivedKeyProperties {
  /** A URI that other references name the key by. */
  readonly name: string | undefined;
  readonly label: string | undefined;
  readonly nonce: Uint8Array | undefined;
}

/** Used when no Label is written: the label of each side, one after the other. */
export const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';
export const NONCE_LENGTH = 16;

/** What a message may ask us to derive: beyond it lies only work for the attacker's benefit (checklist SC13-7-10). */
export const DERIVATION_LIMITS = {
  minLength: 16,
  maxLength: 64,
  maxOffset: 1024,
  minNonce: 8,
  maxNonce: 256,
  maxLabel: 256,
};

/** Written in the form that every stack reads: reference, Offset 0, Length, Nonce. */
export function writeDerivedKeyToken(token: {
  readonly version: SecureConversationVersion;
  readonly id: string;
  readonly source: XmlElement;
  readonly length: number;
  readonly nonce: Uint8Array;
}): XmlElement {
  const name = wsc(token.version);
  return element(
    name('DerivedKeyToken'),
    [[WSU_ID, token.id]],
    token.source,
    element(name('Offset'), [], '0'),
    element(name('Length'), [], token.length.toString()),
    element(name('Nonce'), [], Buffer.from(token.nonce).toString('base64')),
  );
}

/** @throws SecurityError when it is not one that may be derived from, saying why */
export function readDerivedKeyToken(token: XmlElement): DerivedKeyToken {
  const version = versionOf(token.namespace);
  if (version === undefined) throw new SecurityError('unsupported-token', `${token.local} is not a DerivedKeyToken.`);
  const name = wsc(version);
  const known = ['Properties', 'Generation', 'Offset', 'Length', 'Label', 'Nonce'];
  for (const part of elements(token)) {
    const ours = part.namespace === name('').namespace && known.includes(part.local);
    if (!ours && !(part.namespace === wsse('').namespace && part.local === 'SecurityTokenReference')) {
      invalid(`${part.local} has no place in it`);
    }
  }
  const one = (local: string): XmlElement | undefined => {
    const found = childrenNamed(token, name(local));
    if (found.length > 1) invalid(`${local} is given twice`);
    return found[0];
  };
  const references = childrenNamed(token, wsse('SecurityTokenReference'));
  if (references.length > 1) invalid('SecurityTokenReference is given twice');
  const algorithm =
    attribute(token, 'Algorithm') ??
    attribute(token, { namespace: WSC_13, local: 'Algorithm' }) ??
    attribute(token, { namespace: WSC_2005, local: 'Algorithm' });
  if (algorithm !== undefined && algorithm !== `${WSC_13}/dk/p_sha1` && algorithm !== `${WSC_2005}/dk/p_sha1`) {
    throw new SecurityError('algorithm-not-allowed', 'A key is derived by an algorithm other than P_SHA1.');
  }

  const length = number(one('Length')) ?? DEFAULT_DERIVED_LENGTH;
  const generation = number(one('Generation'));
  const givenOffset = number(one('Offset'));
  if (generation !== undefined && givenOffset !== undefined) invalid('it has both Generation and Offset');
  const offset = givenOffset ?? (generation ?? 0) * length;
  const limits = DERIVATION_LIMITS;
  if (length < limits.minLength || length > limits.maxLength)
    invalid(`its Length is not within ${limits.minLength} to ${limits.maxLength}`);
  if (offset > limits.maxOffset) invalid(`its Offset is over ${limits.maxOffset}`);
  const properties = one('Properties');
  return {
    version,
    source: references[0],
    label: readLabel(one('Label')),
    nonce: readNonce(one('Nonce')),
    offset,
    length,
    properties: properties && readProperties(properties, name),
  };
}

function readProperties(properties: XmlElement, name: ReturnType<typeof wsc>): DerivedKeyProperties {
  const one = (local: string): XmlElement | undefined => {
    const found = childrenNamed(properties, name(local));
    if (found.length > 1) invalid(`${local} is given twice in its Properties`);
    return found[0];
  };
  const called = one('Name');
  return {
    name: called && trimmedContent(called),
    label: readLabel(one('Label')),
    nonce: readNonce(one('Nonce')),
  };
}

function readLabel(label: XmlElement | undefined): string | undefined {
  const value = label && simpleContent(label);
  if (value !== undefined && value.length > DERIVATION_LIMITS.maxLabel)
    invalid(`its Label is over ${DERIVATION_LIMITS.maxLabel} characters`);
  return value;
}

function readNonce(nonce: XmlElement | undefined): Buffer | undefined {
  const value = nonce && decodeBase64(simpleContent(nonce), 'The Nonce of a DerivedKeyToken');
  if (value !== undefined) checkNonce(value);
  return value;
}

/** @throws SecurityError `security-header-invalid` when the nonce is too short to be one, or too long */
export function checkNonce(nonce: Uint8Array): void {
  const { minNonce, maxNonce } = DERIVATION_LIMITS;
  if (nonce.length < minNonce || nonce.length > maxNonce) {
    invalid(`its Nonce is not of ${minNonce} to ${maxNonce} octets`);
  }
}

/** The octets of the key. */
export function deriveKey(
  secret: Uint8Array,
  token: { readonly label: string; readonly nonce: Uint8Array; readonly offset: number; readonly length: number },
): Buffer {
  return pSha1(secret, token.label, token.nonce, token.offset, token.length);
}

function number(of: XmlElement | undefined): number | undefined {
  if (of === undefined) return undefined;
  const value = trimmedContent(of);
  if (!/^\d{1,9}$/.test(value)) invalid(`${of.local} is not a number within reason`);
  return Number(value);
}

function invalid(why: string): never {
  throw new SecurityError('security-header-invalid', `A DerivedKeyToken cannot be used: ${why}.`);
}
