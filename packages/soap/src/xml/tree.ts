/**
 * The one tree that everything reads and writes. It is immutable, has no parent pointers, and keeps exactly what
 * Canonical XML needs: prefixes, namespace declarations, attribute order and comments.
 */

/** An expanded name: the namespace ('' for none) and the local part. */
export interface Name {
  readonly namespace: string;
  readonly local: string;
}

/** An attribute that is not a namespace declaration. `prefix` and `namespace` are '' for an unprefixed one. */
export interface XmlAttribute extends Name {
  readonly prefix: string;
  readonly value: string;
}

/** `xmlns:prefix="namespace"`; the default namespace has prefix ''; an undeclared default has namespace ''. */
export interface NamespaceDeclaration {
  readonly prefix: string;
  readonly namespace: string;
}

/**
 * What is in scope at an element: its own declarations and `xml:` attributes, then its parent's. Elements that add
 * nothing share their parent's scope. Ask {@link namespaceInScope}.
 */
export interface XmlScope {
  readonly parent: XmlScope | undefined;
  readonly declarations: readonly NamespaceDeclaration[];
  readonly xmlAttributes: readonly XmlAttribute[];
}

/** An element, with the namespaces as its tags declare them. */
export interface XmlElement extends Name {
  readonly kind: 'element';
  readonly prefix: string;
  /** The declarations written on this very element. */
  readonly declarations: readonly NamespaceDeclaration[];
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  /** Present on parsed elements; an element that the program built has none until it is serialized and parsed. */
  readonly scope?: XmlScope;
}

/** A comment, without its marks. */
export interface XmlComment {
  readonly kind: 'comment';
  readonly text: string;
}

/** Character data is a plain string; CDATA sections and character references are already resolved. */
export type XmlNode = XmlElement | XmlComment | string;

/** A parsed document: its root, the elements by Id, and how many bytes it was read from. */
export interface XmlDocument {
  readonly root: XmlElement;
  /** `wsu:Id`, `xml:id`, and the `Id` of XML Signature and XML Encryption elements. The parser refuses a repeated one. */
  readonly ids: ReadonlyMap<string, XmlElement>;
  /** Comments before and after the root, for canonicalization of a whole document with comments. */
  readonly prolog: readonly XmlComment[];
  readonly epilog: readonly XmlComment[];
}

/** The namespace of the prefix `xml`, which needs no declaration. */
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** The namespace of declarations of namespaces. */
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** A name with the prefix it is to be written with. */
export interface QualifiedName extends Name {
  readonly prefix: string;
}

const none: readonly never[] = [];

/**
 * Builds an element. The declaration of its own prefix is not needed: the serializer adds what is missing.
 * @param attributes pairs of name and value; `undefined` values are left out. An unqualified name is given as a string.
 */
export function element(
  name: QualifiedName,
  attributes: readonly (readonly [QualifiedName | string, string | undefined])[] = none,
  ...children: readonly (XmlNode | undefined)[]
): XmlElement {
  return {
    kind: 'element',
    namespace: name.namespace,
    local: name.local,
    prefix: name.prefix,
    declarations: none,
    attributes:
      attributes.length === 0
        ? none
        : attributes.flatMap(([attribute, value]) =>
            value === undefined
              ? []
              : typeof attribute === 'string'
                ? [{ namespace: '', local: attribute, prefix: '', value }]
                : [{ namespace: attribute.namespace, local: attribute.local, prefix: attribute.prefix, value }],
          ),
    children: children.length === 0 ? none : (children.filter((child) => child !== undefined) as readonly XmlNode[]),
  };
}

/** A vocabulary: `names('wsu', 'http://…')('Id')` is a {@link QualifiedName}. */
export function vocabulary(prefix: string, namespace: string): (local: string) => QualifiedName {
  return (local) => ({ prefix, namespace, local });
}

/** Whether the node is there, and an element. */
export function isElement(node: XmlNode | undefined): node is XmlElement {
  return typeof node === 'object' && node.kind === 'element';
}

/** Whether the element has this expanded name. */
export function isNamed(node: XmlElement, name: Name): boolean;
export function isNamed(node: XmlNode | undefined, name: Name): node is XmlElement;
export function isNamed(node: XmlNode | undefined, name: Name): boolean {
  return isElement(node) && node.local === name.local && node.namespace === name.namespace;
}

/** The element children, in order. */
export function elements(parent: XmlElement): readonly XmlElement[] {
  return parent.children.filter(isElement);
}

/** The first child with this name. */
export function child(parent: XmlElement, name: Name): XmlElement | undefined {
  for (const node of parent.children) if (isNamed(node, name)) return node;
  return undefined;
}

/** Every child with this name. */
export function childrenNamed(parent: XmlElement, name: Name): readonly XmlElement[] {
  return parent.children.filter((node): node is XmlElement => isElement(node) && isNamed(node, name));
}

/** The value of an attribute; an unqualified one is given by its name alone. */
export function attribute(of: XmlElement, name: Name | string): string | undefined {
  const local = typeof name === 'string' ? name : name.local;
  const namespace = typeof name === 'string' ? '' : name.namespace;
  for (const candidate of of.attributes) {
    if (candidate.local === local && candidate.namespace === namespace) return candidate.value;
  }
  return undefined;
}

/** The character data of the element and its descendants, comments left out. */
export function text(of: XmlElement): string {
  const { children } = of;
  const only = children[0];
  if (children.length === 1 && typeof only === 'string') return only;
  let result = '';
  for (const node of children) {
    if (typeof node === 'string') result += node;
    else if (node.kind === 'element') result += text(node);
  }
  return result;
}

/** {@link text} without leading and trailing white space: for identifiers, URIs, numbers and Base64. */
export function trimmedText(of: XmlElement): string {
  return text(of).trim();
}

/** The same element with other children. */
export function withChildren(of: XmlElement, children: readonly XmlNode[]): XmlElement {
  return { ...of, children };
}

/** The same element with an attribute set, replacing one of the same name. */
export function withAttribute(of: XmlElement, name: QualifiedName, value: string): XmlElement {
  const others = of.attributes.filter((a) => a.local !== name.local || a.namespace !== name.namespace);
  return { ...of, attributes: [...others, { ...name, value }] };
}

/**
 * Resolves a QName in content (`soap:Sender`) with the scope of the element it stands in; undefined when it is not a
 * QName, or its prefix is not bound.
 */
export function resolveQName(of: XmlElement, qname: string): Name | undefined {
  const value = qname.trim();
  const colon = value.indexOf(':');
  const prefix = colon < 0 ? '' : value.slice(0, colon);
  const local = value.slice(colon + 1);
  if (local === '' || local.includes(':') || colon === 0) return undefined;
  const namespace = namespaceInScope(of.scope, prefix) ?? (prefix === '' ? '' : undefined);
  return namespace === undefined ? undefined : { namespace, local };
}

/** The namespace that a prefix is bound to; '' for an undeclared default namespace; undefined when it is not bound. */
export function namespaceInScope(scope: XmlScope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    for (const declaration of at.declarations) if (declaration.prefix === prefix) return declaration.namespace;
  }
  return prefix === 'xml' ? XML_NAMESPACE : undefined;
}

/** Every binding in scope, `xml` left out. */
export function namespacesInScope(scope: XmlScope | undefined): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (let at = scope; at !== undefined; at = at.parent) {
    for (const { prefix, namespace } of at.declarations) if (!result.has(prefix)) result.set(prefix, namespace);
  }
  result.delete('xml');
  return result;
}
