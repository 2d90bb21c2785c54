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
  const bound = new Bindings(prefixes.map((prefix) => (prefix === '#default' ? '' : prefix)));
  for (const element of around) bound.enter(used(element));
  return plaintext.some((node) => typeof node === 'object' && node.kind === 'element' && isUnbound(node, bound));
}

/** Prefixes with how often each is bound around the place: in and out again without a copy for every element. */
class Bindings {
  readonly #depth = new Map<string, number>();

  constructor(prefixes: readonly string[]) {
    this.enter(prefixes);
  }

  enter(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#depth.set(prefix, (this.#depth.get(prefix) ?? 0) + 1);
  }

  leave(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#depth.set(prefix, (this.#depth.get(prefix) ?? 0) - 1);
  }

  has(prefix: string): boolean {
    return (this.#depth.get(prefix) ?? 0) > 0;
  }
}

function isUnbound(element: XmlElement, bound: Bindings): boolean {
  const declared = element.declarations.map(({ prefix }) => prefix);
  bound.enter(declared);
  const found =
    used(element).some((prefix) => !bound.has(prefix)) || elements(element).some((part) => isUnbound(part, bound));
  bound.leave(declared);
  return found;
}

/** The prefixes that its name and its attributes use; none for what is in no namespace. */
function used(element: XmlElement): readonly string[] {
  const own = element.namespace === '' ? [] : [element.prefix];
  return [
    ...own,
    ...element.attributes.map(({ prefix }) => prefix).filter((prefix) => prefix !== '' && prefix !== 'xml'),
  ];
}
