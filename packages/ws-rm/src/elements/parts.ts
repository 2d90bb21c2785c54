import {
  childrenNamed,
  element,
  InvalidMessageError,
  type QualifiedName,
  text,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';

/** The names of one version of WS-RM: `names('Sequence')`. */
export type RmNames = (local: string) => QualifiedName;

/** The greatest wsrm:MessageNumber (WS-RM 1.2 §3.7): 2^63 - 1. */
export const MAX_MESSAGE_NUMBER = 9_223_372_036_854_775_807n;

/** Longer identifiers are refused: a peer chooses them, and we keep them. */
export const MAX_IDENTIFIER_LENGTH = 1024;

/** @throws InvalidMessageError `invalid-element`, always */
export function invalid(what: string): never {
  throw new InvalidMessageError('invalid-element', what);
}

/** The only child of this name, if there is one. */
export function optionalChild(of: XmlElement, name: QualifiedName): XmlElement | undefined {
  const found = childrenNamed(of, name);
  if (found.length > 1) invalid(`A wsrm:${of.local} has more than one ${name.local}.`);
  return found[0];
}

export function requiredChild(of: XmlElement, name: QualifiedName): XmlElement {
  return optionalChild(of, name) ?? invalid(`A wsrm:${of.local} has no ${name.local}.`);
}

/** A wsrm:Identifier: an absolute URI, compared character for character (WS-RM 1.2 §3.4). */
export function readIdentifier(of: XmlElement, names: RmNames): string {
  const value = trimmedText(requiredChild(of, names('Identifier')));
  if (value.length > MAX_IDENTIFIER_LENGTH) invalid(`The wsrm:Identifier in a wsrm:${of.local} is too long.`);
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(value)) {
    invalid(`The wsrm:Identifier in a wsrm:${of.local} is not an absolute URI.`);
  }
  return value;
}

export function writeIdentifier(identifier: string, names: RmNames): XmlElement {
  return element(names('Identifier'), [], identifier);
}

/** A message number, white space around it allowed. @param least 1, or 0 where a peer may mean "nothing" by it */
export function parseNumber(value: string, least: bigint): bigint {
  const digits = value.trim();
  // Nineteen digits hold the maximum; the limit keeps a hostile number from costing anything.
  if (!/^\+?\d{1,40}$/.test(digits)) invalid('A message number is not a number.');
  const number = BigInt(digits.replace('+', ''));
  if (number < least || number > MAX_MESSAGE_NUMBER) invalid('A message number is out of range.');
  return number;
}

export function readNumber(of: XmlElement): bigint {
  return parseNumber(text(of), 1n);
}

export function readOptionalNumber(of: XmlElement, name: QualifiedName): bigint | undefined {
  const found = optionalChild(of, name);
  return found === undefined ? undefined : readNumber(found);
}
