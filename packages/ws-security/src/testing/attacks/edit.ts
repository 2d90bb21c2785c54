import {
  isElement,
  type QualifiedName,
  withAttribute,
  withChildren,
  type XmlElement,
  type XmlNode,
} from '@holdfast/soap';

/** What becomes of an element: the nodes that stand in its place. It is given as it is after the edits within it. */
export type Edit = (of: XmlElement) => readonly XmlNode[];

/** The tree with its elements edited, each told by identity in the tree before. */
export function edited(root: XmlElement, edits: ReadonlyMap<XmlElement, Edit>): XmlElement {
  const [result] = visited(root, edits);
  return isElement(result) ? result : root;
}

function visited(at: XmlElement, edits: ReadonlyMap<XmlElement, Edit>): readonly XmlNode[] {
  let changed = false;
  const children = at.children.flatMap((node) => {
    if (!isElement(node)) return [node];
    const became = visited(node, edits);
    changed ||= became.length !== 1 || became[0] !== node;
    return became;
  });
  const after = changed ? withChildren(at, children) : at;
  return edits.get(at)?.(after) ?? [after];
}

export const remove: Edit = () => [];
export const by =
  (...nodes: readonly XmlNode[]): Edit =>
  () =>
    nodes;
export const before =
  (...nodes: readonly XmlNode[]): Edit =>
  (of) => [...nodes, of];
export const after =
  (...nodes: readonly XmlNode[]): Edit =>
  (of) => [of, ...nodes];
export const prepend =
  (...nodes: readonly XmlNode[]): Edit =>
  (of) => [withChildren(of, [...nodes, ...of.children])];
export const append =
  (...nodes: readonly XmlNode[]): Edit =>
  (of) => [withChildren(of, [...of.children, ...nodes])];
export const content =
  (...nodes: readonly XmlNode[]): Edit =>
  (of) => [withChildren(of, nodes)];
export const set =
  (name: QualifiedName | string, value: string): Edit =>
  (of) => [withAttribute(of, qualified(name), value)];
export const unset =
  (local: string): Edit =>
  (of) => [{ ...of, attributes: of.attributes.filter((attribute) => attribute.local !== local) }];

function qualified(name: QualifiedName | string): QualifiedName {
  return typeof name === 'string' ? { prefix: '', namespace: '', local: name } : name;
}
