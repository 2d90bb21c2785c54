import { elements, type XmlElement, type XmlNode } from '@holdfast/soap';

/**
 * Whether a plaintext takes a prefix from outside that the signature over its ciphertext does not bind: exclusive
 * canonicalization leaves out what the signed elements do not use, so anybody could bind the prefix to another namespace
 * on the way, and have what was signed mean something else.
 * @param around the signed elements around the plaintext, outermost first
 * @param prefixes PrefixList of the signature's reference
 */
export function takesUnboundPrefix(
  plaintext: readonly XmlNode[],
  around: readonly XmlElement[],
  prefixes: readonly string[],
): boolean {
  const bound = new Set(prefixes.map((prefix) => (prefix === '#default' ? '' : prefix)));
  for (const element of around) for (const prefix of used(element)) bound.add(prefix);
  return plaintext.some((node) => typeof node === 'object' && node.kind === 'element' && isUnbound(node, bound));
}

function isUnbound(element: XmlElement, bound: ReadonlySet<string>): boolean {
  const { declarations } = element;
  const here = declarations.length === 0 ? bound : new Set([...bound, ...declarations.map(({ prefix }) => prefix)]);
  return used(element).some((prefix) => !here.has(prefix)) || elements(element).some((part) => isUnbound(part, here));
}

/** The prefixes that its name and its attributes use; none for what is in no namespace. */
function used(element: XmlElement): readonly string[] {
  const own = element.namespace === '' ? [] : [element.prefix];
  return [
    ...own,
    ...element.attributes.map(({ prefix }) => prefix).filter((prefix) => prefix !== '' && prefix !== 'xml'),
  ];
}
