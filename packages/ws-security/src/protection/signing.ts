import { UsageError, type XmlElement } from '@holdfast/soap';
import { digest, digestOf, type SigningKey, signText } from '../algorithms/digest.js';
import { canonicalize, canonicalizeTo } from '../canonical/canonicalize.js';
import { writeSignature, writeSignedInfo } from '../elements/signature.js';
import { idOf } from '../ids.js';
import { dereferenced } from '../opening/dereferenced.js';
import type { Making } from './making.js';

/** Something to be signed: an element, or the token that a reference in the message names (STR-Transform). */
export type SignedPart =
  | { readonly kind: 'element'; readonly element: XmlElement }
  | { readonly kind: 'token'; readonly reference: XmlElement; readonly token: XmlElement };

export function signedElement(element: XmlElement): SignedPart {
  return { kind: 'element', element };
}

/** A ds:Signature, and its value. */
export interface MadeSignature {
  readonly element: XmlElement;
  readonly value: Buffer;
}

/** @param reference the SecurityTokenReference that names the key */
export function sign(
  parts: readonly SignedPart[],
  key: SigningKey,
  reference: XmlElement,
  making: Making,
): MadeSignature {
  const { suite, maxAge, clockSkew } = making.description;
  const { now, replayCache } = making.environment;
  const [digestAlgorithm] = suite.digest;
  const [method] = suite.canonicalization;
  const references = parts.map((part) => {
    const target = part.kind === 'element' ? part.element : part.reference;
    const id = idOf(target);
    if (id === undefined) throw new UsageError('invalid-argument', `${target.local} has no Id to be signed by.`);
    const value =
      part.kind === 'element'
        ? digestOf(digestAlgorithm, (sink) => canonicalizeTo(sink, part.element, method))
        : digest(digestAlgorithm, dereferenced(part.token, method));
    return { id, dereferences: part.kind === 'token', digestAlgorithm, digest: value };
  });
  const signedInfo = writeSignedInfo(key.algorithm, references, method);
  const value = signText(key, canonicalize(signedInfo, method));
  replayCache?.admit(value.toString('base64'), new Date(now.getTime() + maxAge + clockSkew), now);
  return { element: writeSignature(making.nextId(), signedInfo, value, reference), value };
}
