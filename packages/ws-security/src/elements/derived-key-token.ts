import {
  attribute,
  childrenNamed,
  element,
  elements,
  SecurityError,
  text,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { pSha1 } from '../algorithms/psha1.js';
import { decodeBase64 } from '../base64.js';
import { WSC_13, WSC_2005, WSU_ID, wsse } from '../namespaces.js';
import { type SecureConversationVersion, versionOf, wsc } from './security-context-token.js';

/** wsc:DerivedKeyToken (WS-SecureConversation 1.3 §7). */
export interface DerivedKeyToken {
  readonly version: SecureConversationVersion;
  /** The wsse:SecurityTokenReference of the token whose key it is derived from. */
  readonly source: XmlElement | undefined;
  readonly label: string;
  readonly nonce: Uint8Array;
  /** Octets. */
  readonly offset: number;
  /** Octets. */
  readonly length: number;
}

/** Used when no Label is written: the label of each side, one after the other. */
export const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';
export const DEFAULT_LENGTH = 32;
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
  if (one('Properties') !== undefined) {
    throw new SecurityError('unsupported-token', 'A DerivedKeyToken with Properties is not supported.');
  }
  const algorithm =
    attribute(token, 'Algorithm') ??
    attribute(token, { namespace: WSC_13, local: 'Algorithm' }) ??
    attribute(token, { namespace: WSC_2005, local: 'Algorithm' });
  if (algorithm !== undefined && algorithm !== `${WSC_13}/dk/p_sha1` && algorithm !== `${WSC_2005}/dk/p_sha1`) {
    throw new SecurityError('algorithm-not-allowed', 'A key is derived by an algorithm other than P_SHA1.');
  }

  const length = number(one('Length')) ?? DEFAULT_LENGTH;
  const generation = number(one('Generation'));
  const givenOffset = number(one('Offset'));
  if (generation !== undefined && givenOffset !== undefined) invalid('it has both Generation and Offset');
  const offset = givenOffset ?? (generation ?? 0) * length;
  const label = one('Label');
  const nonce = one('Nonce');
  if (nonce === undefined) invalid('it has no Nonce');
  const result: DerivedKeyToken = {
    version,
    source: references[0],
    label: label === undefined ? DEFAULT_LABEL : text(label),
    nonce: decodeBase64(text(nonce), 'The Nonce of a DerivedKeyToken'),
    offset,
    length,
  };
  const limits = DERIVATION_LIMITS;
  if (length < limits.minLength || length > limits.maxLength)
    invalid(`its Length is not within ${limits.minLength} to ${limits.maxLength}`);
  if (offset > limits.maxOffset) invalid(`its Offset is over ${limits.maxOffset}`);
  if (result.nonce.length < limits.minNonce || result.nonce.length > limits.maxNonce) {
    invalid(`its Nonce is not of ${limits.minNonce} to ${limits.maxNonce} octets`);
  }
  if (result.label.length > limits.maxLabel) invalid(`its Label is over ${limits.maxLabel} characters`);
  return result;
}

/** The octets of the key. */
export function deriveKey(
  secret: Uint8Array,
  token: Pick<DerivedKeyToken, 'label' | 'nonce' | 'offset' | 'length'>,
): Buffer {
  return pSha1(secret, token.label, token.nonce, token.offset, token.length);
}

function number(of: XmlElement | undefined): number | undefined {
  if (of === undefined) return undefined;
  const value = trimmedText(of);
  if (!/^\d{1,9}$/.test(value)) invalid(`${of.local} is not a number within reason`);
  return Number(value);
}

function invalid(why: string): never {
  throw new SecurityError('security-header-invalid', `A DerivedKeyToken cannot be used: ${why}.`);
}
