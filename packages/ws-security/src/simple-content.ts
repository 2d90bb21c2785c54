import { elements, isElement, isNamed, type Name, text, type XmlElement } from '@holdfast/soap';
import { invalid } from './refusal.js';

/**
 * The characters of an element that must hold nothing else; comments do not part them. What another reader might see in
 * an element within is not to be seen by any.
 * @throws SecurityError `security-header-invalid` when it holds an element
 */
export function simpleContent(of: XmlElement): string {
  if (of.children.some(isElement)) invalid(`${of.local} must hold characters only.`);
  return text(of);
}

/** {@link simpleContent} without white space around it. */
export function trimmedContent(of: XmlElement): string {
  return simpleContent(of).trim();
}

/**
 * The element children, of which none may be anything but these, each at most once.
 * @throws SecurityError `security-header-invalid`
 */
export function onlyChildren<K extends string>(
  of: XmlElement,
  names: Readonly<Record<K, Name>>,
): { readonly [Key in K]: XmlElement | undefined } {
  const found = {} as Record<K, XmlElement | undefined>;
  for (const part of elements(of)) {
    const key = (Object.keys(names) as K[]).find((each) => isNamed(part, names[each]));
    if (key === undefined) invalid(`${of.local} holds ${part.local.slice(0, 100)}, which has no place in it.`);
    if (found[key] !== undefined) invalid(`${of.local} holds more than one ${part.local}.`);
    found[key] = part;
  }
  return found;
}
