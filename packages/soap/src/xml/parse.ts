import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { type InvalidMessageCode, InvalidMessageError } from '../errors.js';
import { DS, WSU, XENC } from '../namespaces.js';
import { decodeXml } from './decode.js';
import {
  type NamespaceDeclaration,
  namespacesInScope,
  XML_NAMESPACE,
  XMLNS_NAMESPACE,
  type XmlAttribute,
  type XmlComment,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
  type XmlScope,
} from './tree.js';

/** What a document may cost before it is refused. */
export interface XmlLimits {
  /** Bytes (of a string: UTF-16 code units). Default 10,000,000. */
  readonly maxBytes: number;
  /** Elements inside one another. Default 100. */
  readonly maxDepth: number;
  /** Elements in all. Default 200,000. */
  readonly maxElements: number;
  /** Attributes of one element, namespace declarations included. Default 200. */
  readonly maxAttributes: number;
  /** Characters of one name, prefix included. Default 500. */
  readonly maxNameLength: number;
  /** Characters of one text or one attribute value. Default 10,000,000. */
  readonly maxTextLength: number;
}

export const defaultXmlLimits: XmlLimits = {
  maxBytes: 10_000_000,
  maxDepth: 100,
  maxElements: 200_000,
  maxAttributes: 200,
  maxNameLength: 500,
  maxTextLength: 10_000_000,
};

/**
 * Parses a document strictly: well-formed, namespace-well-formed, no DOCTYPE, no processing instruction, no Id twice.
 * @param source UTF-8 (or UTF-16 with a byte order mark), or text that is already decoded
 * @throws InvalidMessageError saying what was wrong; the document is not read any further
 */
export function parse(source: Uint8Array | string, limits: Partial<XmlLimits> = {}): XmlDocument {
  const all = { ...defaultXmlLimits, ...limits };
  const builder = new TreeBuilder(all, undefined);
  builder.run(sourceText(source, all), false);
  const { top, ids } = builder;
  const at = top.findIndex((node) => typeof node !== 'string' && node.kind === 'element');
  const root = top[at];
  if (root === undefined || typeof root === 'string' || root.kind !== 'element') {
    throw new InvalidMessageError('malformed-xml', 'The document has no root element.');
  }
  const comments = (nodes: readonly XmlNode[]): readonly XmlComment[] =>
    nodes.filter((node): node is XmlComment => typeof node === 'object' && node.kind === 'comment');
  return { root, ids, prolog: comments(top.slice(0, at)), epilog: comments(top.slice(at + 1)) };
}

/** What {@link parseContent} found: nodes, and the elements with Ids among them. */
export interface XmlContent {
  readonly nodes: readonly XmlNode[];
  readonly ids: ReadonlyMap<string, XmlElement>;
}

/**
 * Parses what stands between two tags, under the same rules as {@link parse}, in the given scope: what an EncryptedData
 * held. Ids are unique within the content; that they are so in the document is the caller's to check.
 */
export function parseContent(
  source: Uint8Array | string,
  scope: XmlScope | undefined,
  limits: Partial<XmlLimits> = {},
): XmlContent {
  const all = { ...defaultXmlLimits, ...limits };
  const builder = new TreeBuilder(all, scope);
  builder.run(sourceText(source, all), true);
  return { nodes: builder.top, ids: builder.ids };
}

function sourceText(source: Uint8Array | string, limits: XmlLimits): string {
  if (source.length > limits.maxBytes) {
    throw new InvalidMessageError(
      'message-too-large',
      `The message has ${source.length} bytes; at most ${limits.maxBytes} are accepted (maxBytes).`,
    );
  }
  return typeof source === 'string' ? source : decodeXml(source);
}

/** The depth of the chunks that saxes gets: a refusal stops the reading soon after the offending place. */
const CHUNK = 65_536;

interface OpenElement {
  readonly name: string;
  readonly children: XmlNode[];
  readonly undo: readonly (readonly [string, string | undefined])[];
  readonly scope: XmlScope | undefined;
}

class TreeBuilder {
  readonly top: XmlNode[] = [];
  readonly ids = new Map<string, XmlElement>();
  readonly #limits: XmlLimits;
  readonly #bindings: Map<string, string>;
  readonly #open: OpenElement[] = [];
  #children: XmlNode[] = this.top;
  #scope: XmlScope | undefined;
  #elements = 0;

  constructor(limits: XmlLimits, scope: XmlScope | undefined) {
    this.#limits = limits;
    this.#scope = scope;
    this.#bindings = new Map(scope === undefined ? [] : namespacesInScope(scope));
    this.#bindings.set('xml', XML_NAMESPACE);
  }

  run(source: string, fragment: boolean): void {
    const parser = new SaxesParser({ xmlns: false, position: false, fragment });
    parser.on('error', (error) => refuse('malformed-xml', `The XML is not well-formed: ${brief(error.message)}.`));
    parser.on('doctype', () => refuse('forbidden-xml', 'A document type declaration (DOCTYPE) is not accepted.'));
    parser.on('processinginstruction', () => refuse('forbidden-xml', 'A processing instruction is not accepted.'));
    parser.on('opentag', (tag) => this.#opened(tag));
    parser.on('closetag', () => this.#closed());
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
    parser.on('comment', (text) => {
      this.#children.push({ kind: 'comment', text });
    });
    if (source.length <= CHUNK) parser.write(source);
    else for (let at = 0; at < source.length; at += CHUNK) parser.write(source.slice(at, at + CHUNK));
    parser.close();
  }

  #text(value: string): void {
    const children = this.#children;
    if (value === '') return;
    const last = children.length - 1;
    const before = children[last];
    // CDATA and character data beside each other are one text node to Canonical XML.
    if (typeof before === 'string') children[last] = before + value;
    else children.push(value);
    if (value.length > this.#limits.maxTextLength)
      limit('characters in one text', this.#limits.maxTextLength, 'maxTextLength');
  }

  #opened(tag: SaxesTagPlain): void {
    const limits = this.#limits;
    if (this.#open.length >= limits.maxDepth) limit('elements inside one another', limits.maxDepth, 'maxDepth');
    if (++this.#elements > limits.maxElements) limit('elements', limits.maxElements, 'maxElements');
    if (tag.name.length > limits.maxNameLength) limit('characters in a name', limits.maxNameLength, 'maxNameLength');

    const raw = tag.attributes;
    let declarations: NamespaceDeclaration[] | undefined;
    let others: [string, string][] | undefined;
    let count = 0;
    for (const name in raw) {
      const value = raw[name] as string;
      if (++count > limits.maxAttributes) limit('attributes of one element', limits.maxAttributes, 'maxAttributes');
      if (name.length > limits.maxNameLength) limit('characters in a name', limits.maxNameLength, 'maxNameLength');
      if (value.length > limits.maxTextLength) limit('characters in one text', limits.maxTextLength, 'maxTextLength');
      if (name === 'xmlns' || name.startsWith('xmlns:')) (declarations ??= []).push(declaration(name, value));
      else (others ??= []).push([name, value]);
    }

    const bindings = this.#bindings;
    const undo: [string, string | undefined][] = [];
    for (const { prefix, namespace } of declarations ?? []) {
      undo.push([prefix, bindings.get(prefix)]);
      bindings.set(prefix, namespace);
    }
    const attributes: XmlAttribute[] = [];
    let xmlAttributes: XmlAttribute[] | undefined;
    for (const [name, value] of others ?? []) {
      const attribute = { ...this.#resolve(name, false), value };
      if (
        attribute.prefix !== '' &&
        attributes.some((other) => other.local === attribute.local && other.namespace === attribute.namespace)
      ) {
        refuse('malformed-xml', `An element has the attribute "${brief(attribute.local)}" of one namespace twice.`);
      }
      attributes.push(attribute);
      if (attribute.namespace === XML_NAMESPACE) (xmlAttributes ??= []).push(attribute);
    }
    const outer = this.#scope;
    const scope =
      declarations === undefined && xmlAttributes === undefined && outer !== undefined
        ? outer
        : { parent: outer, declarations: declarations ?? NONE, xmlAttributes: xmlAttributes ?? NONE };

    const children: XmlNode[] = [];
    const name = this.#resolve(tag.name, true);
    const element: XmlElement = {
      kind: 'element',
      namespace: name.namespace,
      local: name.local,
      prefix: name.prefix,
      declarations: declarations ?? NONE,
      attributes: attributes.length === 0 ? NONE : attributes,
      children,
      scope,
    };
    if (attributes.length > 0) this.#index(element);
    this.#children.push(element);
    this.#open.push({ name: tag.name, children: this.#children, undo, scope: outer });
    this.#children = children;
    this.#scope = scope;
  }

  #closed(): void {
    const { children, undo, scope } = this.#open.pop() as OpenElement;
    this.#children = children;
    this.#scope = scope;
    for (const [prefix, namespace] of undo) {
      if (namespace === undefined) this.#bindings.delete(prefix);
      else this.#bindings.set(prefix, namespace);
    }
  }

  #resolve(
    name: string,
    isElement: boolean,
  ): { readonly prefix: string; readonly local: string; readonly namespace: string } {
    const colon = name.indexOf(':');
    if (colon < 0) return { prefix: '', local: name, namespace: isElement ? (this.#bindings.get('') ?? '') : '' };
    const prefix = name.slice(0, colon);
    const local = name.slice(colon + 1);
    if (prefix === '' || local === '' || local.includes(':') || !NAME_START.test(local)) {
      refuse('malformed-xml', `"${brief(name)}" is not a qualified name.`);
    }
    const namespace = this.#bindings.get(prefix);
    if (namespace === undefined) refuse('malformed-xml', `The namespace prefix "${brief(prefix)}" is not declared.`);
    return { prefix, local, namespace };
  }

  #index(element: XmlElement): void {
    let known: string | undefined;
    for (const attribute of element.attributes) {
      if (!isId(element, attribute)) continue;
      if (known !== undefined || this.ids.has(attribute.value)) {
        refuse('duplicate-id', `The Id "${brief(attribute.value)}" is given twice, or an element has two Ids.`);
      }
      known = attribute.value;
      this.ids.set(known, element);
    }
  }
}

const NONE: readonly never[] = [];
const NAME_START = /^[^\-.0-9\u00B7\u0300-\u036F\u203F-\u2040]/;
const SAML_1 = 'urn:oasis:names:tc:SAML:1.0:assertion';
const SAML_2 = 'urn:oasis:names:tc:SAML:2.0:assertion';

/** Which attributes are Ids in a message: those that XML Signature and WS-Security refer to by "#…". */
function isId(element: XmlElement, attribute: XmlAttribute): boolean {
  switch (attribute.local) {
    case 'Id':
      return (
        attribute.namespace === WSU ||
        (attribute.namespace === '' && (element.namespace === DS || element.namespace === XENC))
      );
    case 'id':
      return attribute.namespace === XML_NAMESPACE;
    case 'ID':
      return attribute.namespace === '' && element.namespace === SAML_2;
    case 'AssertionID':
      return attribute.namespace === '' && element.namespace === SAML_1;
    default:
      return false;
  }
}

function declaration(name: string, value: string): NamespaceDeclaration {
  const prefix = name === 'xmlns' ? '' : name.slice(6);
  if (name !== 'xmlns' && (prefix === '' || prefix.includes(':') || !NAME_START.test(prefix))) {
    refuse('malformed-xml', `"${brief(name)}" does not declare a prefix.`);
  }
  if (prefix === 'xmlns' || value === XMLNS_NAMESPACE || (prefix === 'xml') !== (value === XML_NAMESPACE)) {
    refuse('malformed-xml', 'The prefixes "xml" and "xmlns" and their namespaces are reserved.');
  }
  if (prefix !== '' && value === '') refuse('malformed-xml', `The prefix "${brief(prefix)}" is bound to no namespace.`);
  return { prefix, namespace: value };
}

function limit(what: string, most: number, option: string): never {
  throw new InvalidMessageError('xml-limit-exceeded', `The message has more than ${most} ${what} (${option}).`);
}

function refuse(code: InvalidMessageCode, message: string): never {
  throw new InvalidMessageError(code, message);
}

/** Part of a hostile message that is put into an error must not flood the log. */
function brief(value: string): string {
  return value.length <= 80 ? value : `${value.slice(0, 80)}…`;
}
