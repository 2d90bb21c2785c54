import {
  isElement,
  type NamespaceDeclaration,
  namespacesInScope,
  type XmlElement,
  type XmlNode,
  type XmlScope,
} from './tree.js';

/**
 * The element, fit to be written into another document: parsed elements within it carry the declarations that they had
 * from their ancestors and that a QName in their content may need (`xsi:type="xs:int"`). An element that was built,
 * or that needs none, is returned as it is.
 */
export function detached(of: XmlElement): XmlElement {
  if (of.scope !== undefined) return withDeclarations(of, of.scope);
  const children = detachedNodes(of.children);
  return children === of.children ? of : { ...of, children };
}

/** {@link detached} for each element of a list; the very list when nothing had to change. */
export function detachedNodes(nodes: readonly XmlNode[]): readonly XmlNode[] {
  let changed = false;
  const result = nodes.map((node) => {
    if (!isElement(node)) return node;
    const copy = detached(node);
    if (copy !== node) changed = true;
    return copy;
  });
  return changed ? result : nodes;
}

function withDeclarations(of: XmlElement, scope: XmlScope): XmlElement {
  const missing: NamespaceDeclaration[] = [];
  for (const [prefix, namespace] of namespacesInScope(scope)) {
    if (of.declarations.some((own) => own.prefix === prefix)) continue;
    // A QName without a prefix cannot be told from any other word, so the default namespace always comes along.
    if (prefix === '' ? namespace !== '' : mentions(of, `${prefix}:`)) missing.push({ prefix, namespace });
  }
  return missing.length === 0 ? of : { ...of, declarations: [...of.declarations, ...missing] };
}

function mentions(of: XmlElement, prefixed: string): boolean {
  return (
    of.attributes.some(({ value }) => hasWord(value, prefixed)) ||
    of.children.some((node) =>
      typeof node === 'string' ? hasWord(node, prefixed) : isElement(node) && mentions(node, prefixed),
    )
  );
}

/** Whether a word of the text begins so. */
function hasWord(value: string, start: string): boolean {
  for (let at = value.indexOf(start); at >= 0; at = value.indexOf(start, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}_.-]/u.test(value.charAt(at - 1))) return true;
  }
  return false;
}
