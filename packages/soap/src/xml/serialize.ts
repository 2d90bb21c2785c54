import { UsageError } from '../errors.js';
import { escapeAttribute, escapeText, refuseForbidden } from './escape.js';
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
  return new Serializer(new Map()).element(root);
}

/**
 * The nodes as they stand inside a parent, for content that is encrypted apart from it: bindings that `context` makes
 * at that place are taken as given.
 */
export function serializeContent(nodes: readonly XmlNode[], context: ReadonlyMap<string, string>): string {
  const serializer = new Serializer(new Map(context));
  let result = '';
  for (const node of nodes) result += serializer.node(node);
  return result;
}

/** The bindings in scope at a parsed element, as {@link serializeContent} takes them. */
export function contextOf(scope: XmlScope | undefined): ReadonlyMap<string, string> {
  return namespacesInScope(scope);
}

class Serializer {
  readonly #bindings: Map<string, string>;

  constructor(bindings: Map<string, string>) {
    this.#bindings = bindings;
  }

  node(node: XmlNode): string {
    if (typeof node === 'string') return escapeText(node);
    return node.kind === 'element' ? this.element(node) : `<!--${comment(node.text)}-->`;
  }

  element(of: XmlElement): string {
    const bindings = this.#bindings;
    const undo: [string, string | undefined][] = [];
    const used = new Map<string, string>();
    /** What has to be declared on this element so that the prefix stands for the namespace. */
    const use = (prefix: string, namespace: string): string => {
      const before = used.get(prefix);
      if (before === namespace) return '';
      if (before !== undefined) {
        throw new UsageError('invalid-argument', `The prefix "${prefix}" is used for two namespaces in one element.`);
      }
      assertBindable(prefix, namespace);
      used.set(prefix, namespace);
      if (prefix === 'xml') return '';
      const outer = bindings.get(prefix);
      if ((outer ?? (prefix === '' ? '' : undefined)) === namespace) return '';
      undo.push([prefix, outer]);
      bindings.set(prefix, namespace);
      return prefix === ''
        ? ` xmlns="${escapeAttribute(namespace)}"`
        : ` xmlns:${checked(prefix)}="${escapeAttribute(namespace)}"`;
    };

    let declared = '';
    for (const { prefix, namespace } of of.declarations) declared += use(prefix, namespace);
    declared += use(of.prefix, of.namespace);
    if (of.attributes.length > 1) refuseRepeated(of.attributes);
    let attributes = '';
    for (const { prefix, namespace, local, value } of of.attributes) {
      if (prefix === '') {
        if (namespace !== '') {
          throw new UsageError('invalid-argument', `The attribute "${local}" has a namespace and needs a prefix.`);
        }
        if (local === 'xmlns') {
          throw new UsageError('invalid-argument', 'A namespace declaration is not an attribute; see "declarations".');
        }
        attributes += ` ${checked(local)}="${escapeAttribute(value)}"`;
      } else {
        declared += use(prefix, namespace);
        attributes += ` ${prefix}:${checked(local)}="${escapeAttribute(value)}"`;
      }
    }

    const name = of.prefix === '' ? checked(of.local) : `${of.prefix}:${checked(of.local)}`;
    let content = '';
    for (const child of of.children) content += this.node(child);
    for (const [prefix, namespace] of undo) {
      if (namespace === undefined) bindings.delete(prefix);
      else bindings.set(prefix, namespace);
    }
    return content === ''
      ? `<${name}${declared}${attributes}/>`
      : `<${name}${declared}${attributes}>${content}</${name}>`;
  }
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
