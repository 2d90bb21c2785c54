import {
  attribute,
  elements,
  isElement,
  isNamed,
  type QualifiedName,
  SecurityError,
  text,
  type XmlElement,
} from '@holdfast/soap';
import { utcInstant } from '../utc-instant.js';

/** An assertion that is not as its schema has it. */
export function malformed(why: string): never {
  throw new SecurityError('security-header-invalid', `A SAML assertion cannot be used: ${why}.`);
}

/** An assertion that is well made and not believed. */
export function distrusted(why: string): never {
  throw new SecurityError('token-not-trusted', `A SAML assertion is not trusted: ${why}.`);
}

/** The children of an element by the place that its schema gives them: `first(name)`, `all(name)`. */
export interface Children {
  first(name: QualifiedName): XmlElement | undefined;
  all(name: QualifiedName): readonly XmlElement[];
}

/**
 * Children in the order of the schema, and no others.
 * @param order groups of names, none of them required: {@link one} holds one element at most, {@link many} any number
 */
export function childrenInOrder(
  of: XmlElement,
  order: readonly { readonly names: readonly QualifiedName[]; readonly many: boolean }[],
): Children {
  const children = elements(of);
  let group = 0;
  let inGroup = 0;
  for (const child of children) {
    while (group < order.length && !order[group]?.names.some((name) => isNamed(child, name))) {
      group++;
      inGroup = 0;
    }
    const at = order[group];
    if (at === undefined) malformed(`${of.local} holds ${child.local.slice(0, 100)}, which is unknown or out of place`);
    if (++inGroup > 1 && !at.many) malformed(`${of.local} holds more than one ${child.local}`);
  }
  const all = (name: QualifiedName): readonly XmlElement[] => children.filter((child) => isNamed(child, name));
  return { all, first: (name) => all(name)[0] };
}

export const one = (...names: readonly QualifiedName[]) => ({ names, many: false });
export const many = (...names: readonly QualifiedName[]) => ({ names, many: true });

/** Characters of a name, an identifier or a URI: more than any has. */
const MAX_TEXT = 4_096;

/** All the characters of an element that may hold nothing else, without white space around them. Comments do not part them. */
export function plainText(of: XmlElement): string {
  if (of.children.some(isElement)) malformed(`${of.local} must hold characters only`);
  const value = text(of).trim();
  if (value === '' || value.length > MAX_TEXT) malformed(`${of.local} must hold 1 to ${MAX_TEXT} characters`);
  return value;
}

export function requiredAttribute(of: XmlElement, name: string): string {
  const value = attribute(of, name)?.trim();
  if (value === undefined || value === '' || value.length > MAX_TEXT) malformed(`${of.local} must have ${name}`);
  return value;
}

export function instantAttribute(of: XmlElement, name: string): Date | undefined {
  const value = attribute(of, name);
  return value === undefined
    ? undefined
    : (utcInstant(value.trim()) ?? malformed(`${name} of ${of.local} is not a date and time in UTC`));
}

/** An xs:ID. */
export function identifier(of: XmlElement, name: string): string {
  const value = requiredAttribute(of, name);
  if (!/^[\p{L}_][\p{L}\p{M}\p{N}._·-]{0,255}$/u.test(value)) malformed(`${name} is not an identifier`);
  return value;
}

/** The earlier of two ends, either of which may be open. */
export function earlier(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined ? b : b === undefined || a <= b ? a : b;
}
