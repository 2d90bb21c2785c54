import { DS, WSU, XENC } from '../namespaces.js';
import { brief, refuse, refuseBeyond } from './refusal.js';
import { Tokenizer, type Tokens } from './tokenizer.js';
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

/** An element whose content is still to come. */
type OpenElement = { -readonly [Member in keyof XmlElement]: XmlElement[Member] };

/** A binding that a declaration took the place of. */
type FormerBinding = readonly [prefix: string, namespace: string | undefined];

/** Makes the tree of one document, or of the content of one element, and refuses what is not strict. */
export class TreeBuilder implements Tokens {
  readonly top: XmlNode[] = [];
  readonly ids = new Map<string, XmlElement>();
  readonly #limits: XmlLimits;
  readonly #outerScope: XmlScope | undefined;
  readonly #bindings: Map<string, string>;
  /** For each open element that declares something. */
  readonly #former: (readonly FormerBinding[])[] = [];
  readonly #open: OpenElement[] = [];
  readonly #names = new Map<string, SplitName>();
  #bytes = false;
  #elements = 0;
  /** Of the tag that is being read. */
  #attributes = 0;
  #declarations: NamespaceDeclaration[] | undefined;
  #others: WrittenAttribute[] | undefined;

  constructor(limits: XmlLimits, scope: XmlScope | undefined) {
    this.#limits = limits;
    this.#outerScope = scope;
    this.#bindings = new Map(scope === undefined ? [] : namespacesInScope(scope));
    this.#bindings.set('xml', XML_NAMESPACE);
  }

  /** @param bytes whether it came as bytes, so that an XML declaration tells something of how they were to be read */
  document(source: string, bytes: boolean): void {
    this.#bytes = bytes;
    new Tokenizer(source, this).document();
  }

  content(source: string): void {
    new Tokenizer(source, this).content();
  }

  /** Content that may be anything. @returns whether it was well-formed */
  attempt(source: string): boolean {
    return new Tokenizer(source, this).attempt();
  }

  /** SOAP is sent as XML 1.0 (RFC 3902 §2); XML 1.1 has characters that Canonical XML cannot hold. */
  declaration(version: string, encoding: string | undefined): void {
    if (version !== '1.0') refuse('forbidden-xml', `XML ${brief(version)} is not accepted; XML 1.0 is.`);
    if (this.#bytes && encoding !== undefined && !UNICODE.test(encoding)) {
      refuse(
        'unsupported-encoding',
        `The message says that it is in "${brief(encoding)}"; UTF-8 and UTF-16 are understood.`,
      );
    }
  }

  /** Told of before the tag is complete, so that one with too many attributes is not read to its end. */
  attribute(name: string, value: string): void {
    const { maxAttributes, maxNameLength } = this.#limits;
    if (++this.#attributes > maxAttributes) refuseBeyond('attributes of one element', maxAttributes, 'maxAttributes');
    if (name.length > maxNameLength) refuseBeyond('characters in a name', maxNameLength, 'maxNameLength');
    this.#assertTextLength(value);
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      // Canonical XML may repeat it for every element: a long one would make much of little.
      if (value.length > maxNameLength) refuseBeyond('characters in a namespace', maxNameLength, 'maxNameLength');
      const declared = declaration(name, value);
      if (this.#declarations === undefined) this.#declarations = [declared];
      else this.#declarations.push(declared);
    } else if (this.#others === undefined) this.#others = [{ name, value }];
    else this.#others.push({ name, value });
  }

  start(name: string): void {
    const limits = this.#limits;
    if (this.#open.length >= limits.maxDepth) refuseBeyond('elements inside one another', limits.maxDepth, 'maxDepth');
    if (++this.#elements > limits.maxElements) refuseBeyond('elements', limits.maxElements, 'maxElements');
    if (name.length > limits.maxNameLength) refuseBeyond('characters in a name', limits.maxNameLength, 'maxNameLength');

    const declarations = this.#declarations;
    const others = this.#others;
    this.#declarations = undefined;
    this.#others = undefined;
    this.#attributes = 0;

    if (declarations !== undefined) this.#bind(declarations);
    const attributes = others === undefined ? NONE : this.#resolved(others);
    const outer = this.#open.at(-1)?.scope ?? this.#outerScope;
    const xmlAttributes = others === undefined ? NONE : attributes.filter(isXmlAttribute);
    const { prefix, local } = this.#split(name);
    const element: OpenElement = {
      kind: 'element',
      namespace: this.#namespaceOf(prefix),
      local,
      prefix,
      declarations: declarations ?? NONE,
      attributes,
      children: NONE,
      scope:
        declarations === undefined && xmlAttributes.length === 0 && outer !== undefined
          ? outer
          : { parent: outer, declarations: declarations ?? NONE, xmlAttributes },
    };
    if (others !== undefined) this.#index(element);
    this.#append(element);
    this.#open.push(element);
  }

  end(): void {
    const element = this.#open.pop() as OpenElement;
    if (element.declarations === NONE) return;
    for (const [prefix, namespace] of this.#former.pop() ?? NONE) {
      if (namespace === undefined) this.#bindings.delete(prefix);
      else this.#bindings.set(prefix, namespace);
    }
  }

  text(value: string): void {
    if (value === '') return;
    const children = this.#open.at(-1)?.children ?? this.top;
    const before = children.at(-1);
    if (typeof before !== 'string') {
      this.#assertTextLength(value);
      this.#append(value);
    } else {
      // CDATA and character data beside each other are one text node to Canonical XML.
      const whole = before + value;
      this.#assertTextLength(whole);
      (children as XmlNode[])[children.length - 1] = whole;
    }
  }

  comment(text: string): void {
    this.#assertTextLength(text);
    this.#append({ kind: 'comment', text });
  }

  #append(node: XmlNode): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.top.push(node);
    // Most elements hold one text, and a list that is made with it takes no more room than that.
    else if (parent.children === NONE) parent.children = [node];
    else (parent.children as XmlNode[]).push(node);
  }

  #assertTextLength(value: string): void {
    const { maxTextLength } = this.#limits;
    if (value.length > maxTextLength) refuseBeyond('characters in one text', maxTextLength, 'maxTextLength');
  }

  #bind(declarations: readonly NamespaceDeclaration[]): void {
    const bindings = this.#bindings;
    this.#former.push(declarations.map(({ prefix }) => [prefix, bindings.get(prefix)]));
    for (const { prefix, namespace } of declarations) bindings.set(prefix, namespace);
  }

  #resolved(attributes: readonly WrittenAttribute[]): readonly XmlAttribute[] {
    const result = attributes.map(({ name, value }): XmlAttribute => {
      const { prefix, local } = this.#split(name);
      return { namespace: prefix === '' ? '' : this.#namespaceOf(prefix), local, prefix, value };
    });
    if (result.length > 1) refuseRepeated(result);
    return result;
  }

  #namespaceOf(prefix: string): string {
    const namespace = this.#bindings.get(prefix);
    if (namespace !== undefined) return namespace;
    if (prefix !== '') refuse('malformed-xml', `The namespace prefix "${brief(prefix)}" is not declared.`);
    return '';
  }

  #split(name: string): SplitName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const split = splitName(name);
    if (this.#names.size < MAX_NAMES) this.#names.set(name, split);
    return split;
  }

  #index(element: XmlElement): void {
    let known: string | undefined;
    for (const attribute of element.attributes) {
      if (!isId(element, attribute)) continue;
      const { namespace, value } = attribute;
      // The Id of a Signature or an EncryptedData may stand beside a wsu:Id; wsu:Id and xml:id are one or the other.
      const isOwn = namespace === '';
      if ((known !== undefined && !isOwn) || this.ids.has(value)) {
        refuse('duplicate-id', `The Id "${brief(value)}" is given twice, or an element has two Ids.`);
      }
      if (!isOwn) known = value;
      this.ids.set(value, element);
    }
  }
}

interface WrittenAttribute {
  readonly name: string;
  readonly value: string;
}

interface SplitName {
  readonly prefix: string;
  readonly local: string;
}

/** Names come again and again; but not as many as these. */
const MAX_NAMES = 500;

function splitName(name: string): SplitName {
  const colon = name.indexOf(':');
  if (colon < 0) return { prefix: '', local: name };
  const local = name.slice(colon + 1);
  if (colon === 0 || local === '' || local.includes(':') || !NAME_START.test(local)) {
    refuse('malformed-xml', `"${brief(name)}" is not a qualified name.`);
  }
  return { prefix: name.slice(0, colon), local };
}

/** The tokenizer sees to it that no name is there twice as it is written; two prefixes may stand for one namespace. */
function refuseRepeated(attributes: readonly XmlAttribute[]): void {
  let seen: Set<string> | undefined;
  for (const { prefix, namespace, local } of attributes) {
    if (prefix === '') continue;
    // Neither a name nor a prefix has a space in it.
    const name = `${local} ${namespace}`;
    seen ??= new Set();
    if (seen.has(name)) {
      refuse('malformed-xml', `An element has the attribute "${brief(local)}" of one namespace twice.`);
    }
    seen.add(name);
  }
}

function isXmlAttribute({ namespace }: XmlAttribute): boolean {
  return namespace === XML_NAMESPACE;
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
