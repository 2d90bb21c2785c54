import { type SaxesAttributePlain, SaxesParser, type SaxesTagPlain, type XMLDecl } from 'saxes';
import { DS, WSU, XENC } from '../namespaces.js';
import { feed, type Shortcut } from './feed.js';
import { brief, refuse, refuseBeyond, refuseDoctype } from './refusal.js';
import {
  type NamespaceDeclaration,
  namespacesInScope,
  XML_NAMESPACE,
  XMLNS_NAMESPACE,
  type XmlAttribute,
  type XmlElement,
  type XmlNode,
  type XmlScope,
} from './tree.js';
import type { XmlLimits } from './xml-limits.js';

interface OpenElement {
  readonly name: string;
  readonly children: XmlNode[];
  readonly undo: readonly (readonly [string, string | undefined])[];
  readonly scope: XmlScope | undefined;
}

/** Makes the tree of one document, or of the content of one element, and refuses what is not strict. */
export class TreeBuilder {
  readonly top: XmlNode[] = [];
  readonly ids = new Map<string, XmlElement>();
  readonly #limits: XmlLimits;
  readonly #bindings: Map<string, string>;
  readonly #open: OpenElement[] = [];
  #children: XmlNode[] = this.top;
  #scope: XmlScope | undefined;
  #elements = 0;
  /** Of the tag that is being read. */
  #attributes = 0;
  #declarations: NamespaceDeclaration[] | undefined;
  #others: [string, string][] | undefined;

  #behindTag = false;
  readonly #shortcut: Shortcut = {
    begin: () => {
      this.#behindTag = false;
    },
    behindTag: () => this.#behindTag && this.#open.length > 0,
    text: (value) => this.#text(value),
  };

  constructor(limits: XmlLimits, scope: XmlScope | undefined) {
    this.#limits = limits;
    this.#scope = scope;
    this.#bindings = new Map(scope === undefined ? [] : namespacesInScope(scope));
    this.#bindings.set('xml', XML_NAMESPACE);
  }

  /** @param bytes whether it came as bytes, so that an XML declaration tells something of how they were to be read */
  document(source: string, bytes: boolean): void {
    const parser = this.#parser();
    parser.on('opentag', (tag) => this.#opened(tag));
    parser.on('closetag', () => this.#closed());
    parser.on('xmldecl', (found) => assertReadable(found, bytes));
    feed(parser, source, this.#shortcut);
    parser.close();
  }

  content(source: string): void {
    // The parser's own mode for fragments lets "]]>" pass outside of elements, so the content gets a parent here.
    let inside = false;
    let finished = false;
    const parser = this.#parser();
    parser.on('opentag', (tag) => {
      if (inside) this.#opened(tag);
      inside = true;
    });
    parser.on('closetag', () => {
      if (this.#open.length > 0) this.#closed();
      else if (!finished) refuse('malformed-xml', 'The content closes an element that it did not open.');
    });
    parser.write('<content>');
    feed(parser, source, this.#shortcut);
    finished = true;
    parser.write('</content>');
    parser.close();
  }

  #parser(): SaxesParser<{ xmlns: false; position: false; forceXMLVersion: true; defaultXMLVersion: '1.0' }> {
    const parser = new SaxesParser({
      xmlns: false,
      position: false,
      forceXMLVersion: true,
      defaultXMLVersion: '1.0',
    } as const);
    parser.on('error', (error) => refuse('malformed-xml', `The XML is not well-formed: ${brief(error.message)}.`));
    parser.on('doctype', refuseDoctype);
    parser.on('processinginstruction', () => refuse('forbidden-xml', 'A processing instruction is not accepted.'));
    parser.on('attribute', (attribute) => this.#attribute(attribute));
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
    parser.on('comment', (text) => {
      this.#assertTextLength(text);
      this.#children.push({ kind: 'comment', text });
    });
    return parser;
  }

  #text(value: string): void {
    const children = this.#children;
    if (value === '') return;
    const last = children.length - 1;
    const before = children[last];
    // CDATA and character data beside each other are one text node to Canonical XML.
    const whole = typeof before === 'string' ? before + value : value;
    this.#assertTextLength(whole);
    if (typeof before === 'string') children[last] = whole;
    else children.push(whole);
  }

  /** Told of before the tag is complete, so that one with too many attributes is not read to its end. */
  #attribute({ name, value }: SaxesAttributePlain): void {
    const { maxAttributes, maxNameLength } = this.#limits;
    if (++this.#attributes > maxAttributes) refuseBeyond('attributes of one element', maxAttributes, 'maxAttributes');
    if (name.length > maxNameLength) refuseBeyond('characters in a name', maxNameLength, 'maxNameLength');
    this.#assertTextLength(value);
    if (name === 'xmlns' || name.startsWith('xmlns:')) (this.#declarations ??= []).push(declaration(name, value));
    else (this.#others ??= []).push([name, value]);
  }

  #assertTextLength(value: string): void {
    const { maxTextLength } = this.#limits;
    if (value.length > maxTextLength) refuseBeyond('characters in one text', maxTextLength, 'maxTextLength');
  }

  #opened(tag: SaxesTagPlain): void {
    this.#behindTag = true;
    const limits = this.#limits;
    if (this.#open.length >= limits.maxDepth) refuseBeyond('elements inside one another', limits.maxDepth, 'maxDepth');
    if (++this.#elements > limits.maxElements) refuseBeyond('elements', limits.maxElements, 'maxElements');
    if (tag.name.length > limits.maxNameLength)
      refuseBeyond('characters in a name', limits.maxNameLength, 'maxNameLength');

    const declarations = this.#declarations;
    const others = this.#others;
    this.#declarations = undefined;
    this.#others = undefined;
    this.#attributes = 0;

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
    this.#behindTag = true;
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

/** SOAP is sent as XML 1.0 (RFC 3902 §2); XML 1.1 has characters that Canonical XML cannot hold. */
function assertReadable({ version, encoding }: XMLDecl, bytes: boolean): void {
  if (version !== '1.0') refuse('forbidden-xml', `XML ${brief(version ?? '')} is not accepted; XML 1.0 is.`);
  if (bytes && encoding !== undefined && !UNICODE.test(encoding)) {
    refuse(
      'unsupported-encoding',
      `The message says that it is in "${brief(encoding)}"; UTF-8 and UTF-16 are understood.`,
    );
  }
}

const NONE: readonly never[] = [];
const UNICODE = /^(utf-?8|utf-?16(le|be)?|us-ascii)$/i;
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
