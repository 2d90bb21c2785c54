import { UsageError } from '../errors.js';
import { escapeAttribute, escapeText, refuseForbidden } from './escape.js';
import { octetsOf, PIECE, type TextSink, textOf } from './pieces.js';
import {
  namespacesInScope,
  XML_NAMESPACE,
  XMLNS_NAMESPACE,
  type XmlAttribute,
  type XmlElement,
  type XmlNode,
  type XmlScope,
} from './tree.js';

/**
 * The element as XML text, without an XML declaration. Declarations that the tree has are kept (QNames in content may
 * need them); those that it lacks are added where they are first needed.
 * @throws UsageError `invalid-argument` for a name or a character that XML does not allow, an attribute that is there
 * twice, or a prefix that stands for two namespaces in one element
 */
export function serialize(root: XmlElement): string {
  return textOf((sink) => new Serializer(NO_CONTEXT, sink).whole([root]));
}

/** {@link serialize} in UTF-8, without ever having the whole text. */
export function serializeOctets(root: XmlElement): Buffer {
  return octetsOf((sink) => new Serializer(NO_CONTEXT, sink).whole([root]));
}

/**
 * The nodes as they stand inside a parent, for content that is encrypted apart from it: bindings that `context` makes
 * at that place are taken as given.
 */
export function serializeContent(nodes: readonly XmlNode[], context: ReadonlyMap<string, string>): string {
  return textOf((sink) => new Serializer(context, sink).whole(nodes));
}

/** {@link serializeContent} in UTF-8, without ever having the whole text. */
export function serializeContentOctets(nodes: readonly XmlNode[], context: ReadonlyMap<string, string>): Buffer {
  return octetsOf((sink) => new Serializer(context, sink).whole(nodes));
}

/** The bindings in scope at a parsed element, as {@link serializeContent} takes them. */
export function contextOf(scope: XmlScope | undefined): ReadonlyMap<string, string> {
  return namespacesInScope(scope);
}

const NO_CONTEXT: ReadonlyMap<string, string> = new Map();

/** What a prefix stood for before an element declared it. */
type FormerBinding = readonly [prefix: string, namespace: string | undefined];

class Serializer {
  readonly #bindings: Map<string, string>;
  readonly #sink: TextSink;
  #out = '';
  /** Of the tag that is being written: prefix and namespace of what it uses, in turn. */
  readonly #used: string[] = [];
  #former: FormerBinding[] | undefined;

  constructor(context: ReadonlyMap<string, string>, sink: TextSink) {
    this.#bindings = new Map(context);
    this.#sink = sink;
  }

  whole(nodes: readonly XmlNode[]): void {
    for (const node of nodes) this.#node(node);
    this.#sink(this.#out);
  }

  #node(node: XmlNode): void {
    if (typeof node === 'string') this.#out += escapeText(node);
    else if (node.kind === 'element') this.#element(node);
    else this.#out += `<!--${comment(node.text)}-->`;
  }

  #element(of: XmlElement): void {
    const { prefix, children } = of;
    this.#used.length = 0;
    this.#former = undefined;
    let declared = '';
    for (const declaration of of.declarations) declared += this.#use(declaration.prefix, declaration.namespace);
    declared += this.#use(prefix, of.namespace);
    let attributes = '';
    if (of.attributes.length > 0) {
      if (of.attributes.length > 1) refuseRepeated(of.attributes);
      for (const attribute of of.attributes) {
        if (attribute.prefix !== '') declared += this.#use(attribute.prefix, attribute.namespace);
        attributes += attributeText(attribute);
      }
    }
    const former = this.#former;

    const name = prefix === '' ? checked(of.local) : `${prefix}:${checked(of.local)}`;
    this.#out += `<${name}${declared}${attributes}`;
    if (isEmpty(children)) this.#out += '/>';
    else {
      this.#out += '>';
      for (const child of children) this.#node(child);
      this.#out += `</${name}>`;
    }
    if (former !== undefined) this.#restore(former);
    if (this.#out.length >= PIECE) {
      this.#sink(this.#out);
      this.#out = '';
    }
  }

  /** What has to be declared on this element so that the prefix stands for the namespace. */
  #use(prefix: string, namespace: string): string {
    const used = this.#used;
    for (let at = 0; at < used.length; at += 2) {
      if (used[at] !== prefix) continue;
      if (used[at + 1] === namespace) return '';
      throw new UsageError('invalid-argument', `The prefix "${prefix}" is used for two namespaces in one element.`);
    }
    used.push(prefix, namespace);
    const outer = this.#bindings.get(prefix);
    if (outer === namespace || (outer === undefined && prefix === '' && namespace === '')) return '';
    assertBindable(prefix, namespace);
    if (prefix === 'xml') return '';
    this.#former ??= [];
    this.#former.push([prefix, outer]);
    this.#bindings.set(prefix, namespace);
    return prefix === ''
      ? ` xmlns="${escapeAttribute(namespace)}"`
      : ` xmlns:${checked(prefix)}="${escapeAttribute(namespace)}"`;
  }

  #restore(former: readonly FormerBinding[]): void {
    for (const [prefix, namespace] of former) {
      if (namespace === undefined) this.#bindings.delete(prefix);
      else this.#bindings.set(prefix, namespace);
    }
  }
}

function isEmpty(children: readonly XmlNode[]): boolean {
  for (const child of children) if (child !== '') return false;
  return true;
}

function attributeText({ prefix, namespace, local, value }: XmlAttribute): string {
  if (prefix !== '') return ` ${prefix}:${checked(local)}="${escapeAttribute(value)}"`;
  if (namespace !== '') {
    throw new UsageError('invalid-argument', `The attribute "${local}" has a namespace and needs a prefix.`);
  }
  if (local === 'xmlns') {
    throw new UsageError('invalid-argument', 'A namespace declaration is not an attribute; see "declarations".');
  }
  return ` ${checked(local)}="${escapeAttribute(value)}"`;
}

/** Namespaces in XML 1.0 §3 and §5: what may be bound to what. */
function assertBindable(prefix: string, namespace: string): void {
  if (prefix === 'xmlns' || namespace === XMLNS_NAMESPACE || (prefix === 'xml') !== (namespace === XML_NAMESPACE)) {
    throw new UsageError('invalid-argument', 'The prefixes "xml" and "xmlns" and their namespaces are reserved.');
  }
  if (prefix !== '' && namespace === '') {
    throw new UsageError('invalid-argument', `The prefix "${prefix}" stands for no namespace; leave the prefix out.`);
  }
}

function refuseRepeated(attributes: readonly XmlAttribute[]): void {
  attributes.forEach(({ local, namespace }, at) => {
    for (let before = 0; before < at; before++) {
      const other = attributes[before];
      if (other?.local === local && other.namespace === namespace) {
        throw new UsageError('invalid-argument', `An element has the attribute "${local}" twice.`);
      }
    }
  });
}

const SIMPLE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const NC_NAME = new RegExp(`^[${START}][${START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]*$`, 'u');

function checked(name: string): string {
  if (SIMPLE_NAME.test(name) || NC_NAME.test(name)) return name;
  throw new UsageError('invalid-argument', `"${name}" is not a name that an XML element or attribute can have.`);
}

function comment(text: string): string {
  if (text.includes('--') || text.endsWith('-')) {
    throw new UsageError('invalid-argument', 'An XML comment must not contain "--" nor end with "-".');
  }
  refuseForbidden(text);
  return text;
}
