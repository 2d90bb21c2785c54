import {
  attribute,
  child,
  elements,
  isNamed,
  parse,
  serialize,
  UsageError,
  WSU,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
} from '@holdfast/soap';
import { versionOf } from '../../elements/security-context-token.js';
import { ds, wsse, wsse11, wsu, xenc } from '../../namespaces.js';
import { type Edit, edited } from './edit.js';

/** What may be there in vain. */
const KEYS = new Set(['DerivedKeyToken', 'EncryptedKey', 'BinarySecurityToken', 'SecurityTokenReference']);

/** A part of a message that its first signature covers. */
export interface SignedPart {
  readonly element: XmlElement;
  readonly id: string;
  /** The ds:Reference. */
  readonly reference: XmlElement;
}

/** The anatomy of a secured message: the places where an attacker sets to work. */
export class SecuredMessage {
  readonly text: string;
  readonly document: XmlDocument;
  readonly root: XmlElement;
  readonly header: XmlElement;
  readonly security: XmlElement;
  readonly body: XmlElement;
  readonly blocks: readonly XmlElement[];
  readonly timestamp: XmlElement | undefined;
  /** The signatures in clear, in the order of the header. */
  readonly signatures: readonly XmlElement[];
  readonly signed: readonly SignedPart[];

  /** @throws UsageError `invalid-argument` when it is not an envelope with a Security header */
  constructor(text: string) {
    this.text = text;
    this.document = parse(text);
    const { root } = this.document;
    const soap = (local: string) => ({ namespace: root.namespace, local });
    const header = child(root, soap('Header'));
    const body = child(root, soap('Body'));
    const security = header && child(header, wsse('Security'));
    if (header === undefined || body === undefined || security === undefined) {
      throw new UsageError('invalid-argument', 'Only an envelope with a Security header can be attacked.');
    }
    this.root = root;
    this.header = header;
    this.body = body;
    this.security = security;
    this.blocks = elements(header).filter((block) => block !== security);
    this.timestamp = child(security, wsu('Timestamp'));
    this.signatures = this.inSecurity((part) => isNamed(part, ds('Signature')));
    this.signed = this.signature === undefined ? [] : this.#signedBy(this.signature);
  }

  /** The first signature in clear. */
  get signature(): XmlElement | undefined {
    return this.signatures[0];
  }

  get signedInfo(): XmlElement | undefined {
    return this.signature && child(this.signature, ds('SignedInfo'));
  }

  get keyInfo(): XmlElement | undefined {
    return this.signature && child(this.signature, ds('KeyInfo'));
  }

  get contextTokens(): readonly XmlElement[] {
    return this.inSecurity((part) => part.local === 'SecurityContextToken' && versionOf(part.namespace) !== undefined);
  }

  get derivedKeys(): readonly XmlElement[] {
    return this.inSecurity((part) => part.local === 'DerivedKeyToken' && versionOf(part.namespace) !== undefined);
  }

  get binaryTokens(): readonly XmlElement[] {
    return this.inSecurity((part) => isNamed(part, wsse('BinarySecurityToken')));
  }

  get encryptedKeys(): readonly XmlElement[] {
    return this.inSecurity((part) => isNamed(part, xenc('EncryptedKey')));
  }

  get referenceLists(): readonly XmlElement[] {
    return this.everywhere((at) => isNamed(at, xenc('ReferenceList')));
  }

  get usernameTokens(): readonly XmlElement[] {
    return this.inSecurity((part) => isNamed(part, wsse('UsernameToken')));
  }

  get assertions(): readonly XmlElement[] {
    return this.inSecurity((part) => part.local === 'Assertion' && part.namespace.includes('SAML'));
  }

  get confirmations(): readonly XmlElement[] {
    return this.inSecurity((part) => isNamed(part, wsse11('SignatureConfirmation')));
  }

  get encryptedData(): readonly XmlElement[] {
    return this.everywhere((at) => isNamed(at, xenc('EncryptedData')));
  }

  /** The EncryptedData that is the content of the Body. */
  get encryptedBody(): XmlElement | undefined {
    return child(this.body, xenc('EncryptedData'));
  }

  inSecurity(wanted: (part: XmlElement) => boolean): readonly XmlElement[] {
    return elements(this.security).filter(wanted);
  }

  /** Elements anywhere, in document order. */
  everywhere(wanted: (at: XmlElement) => boolean, within: XmlElement = this.root): readonly XmlElement[] {
    return elements(within).flatMap((at) => [...(wanted(at) ? [at] : []), ...this.everywhere(wanted, at)]);
  }

  byId(id: string): XmlElement | undefined {
    return this.document.ids.get(id);
  }

  /** The token in the Security header that a KeyInfo refers to by Id. */
  tokenOf(keyInfo: XmlElement | undefined): XmlElement | undefined {
    const reference = keyInfo && this.everywhere((at) => isNamed(at, wsse('Reference')), keyInfo)[0];
    const uri = reference && attribute(reference, 'URI');
    return uri?.startsWith('#') ? this.byId(uri.slice(1)) : undefined;
  }

  /** Whether anything is missing without this token: some key is only there for what may be encrypted. */
  needs(token: XmlElement): boolean {
    const isKey = KEYS.has(token.local);
    return !isKey || child(token, xenc('ReferenceList')) !== undefined || this.text.includes(`"#${idOf(token)}"`);
  }

  /** Whether anything stays encrypted without this list: what stands in the Security header is met there anyway. */
  isMissed(list: XmlElement): boolean {
    return this.everywhere((at) => isNamed(at, xenc('DataReference')), list).some((reference) => {
      const data = this.byId(attribute(reference, 'URI')?.slice(1) ?? '');
      return data !== undefined && !elements(this.security).includes(data);
    });
  }

  /** What a signature or token comes from: the token behind the keys derived from it. */
  sourceOf(token: XmlElement | undefined): XmlElement | undefined {
    let at = token;
    for (let depth = 0; at?.local === 'DerivedKeyToken' && depth < 8; depth++) at = this.tokenOf(at);
    return at;
  }

  /** The tree after some edits. */
  with(...edits: readonly (readonly [XmlElement | undefined, Edit])[]): XmlElement {
    const known = new Map<XmlElement, Edit>();
    for (const [target, edit] of edits) if (target !== undefined) known.set(target, joined(known.get(target), edit));
    return edited(this.root, known);
  }

  #signedBy(signature: XmlElement): readonly SignedPart[] {
    const signedInfo = child(signature, ds('SignedInfo'));
    return this.everywhere((at) => isNamed(at, ds('Reference')), signedInfo ?? signature).flatMap((reference) => {
      const id = attribute(reference, 'URI')?.slice(1) ?? '';
      const target = this.byId(id);
      return target === undefined ? [] : [{ element: target, id, reference }];
    });
  }
}

/** Two edits of one element: the second of what the first left of it. */
function joined(first: Edit | undefined, second: Edit): Edit {
  if (first === undefined) return second;
  return (of) => {
    const nodes = first(of);
    const at = nodes.findIndex(
      (node) => typeof node === 'object' && node.kind === 'element' && node.local === of.local,
    );
    const found = nodes[at];
    return typeof found === 'object' && found.kind === 'element'
      ? [...nodes.slice(0, at), ...second(found), ...nodes.slice(at + 1)]
      : nodes;
  };
}

/** The Id that signatures and lists refer to an element by. */
function idOf(of: XmlElement): string | undefined {
  return attribute(of, { namespace: WSU, local: 'Id' }) ?? attribute(of, 'Id');
}

/** The element with none of the attributes that a reader could take for an Id. */
export function withoutId(of: XmlElement): XmlElement {
  return { ...of, attributes: of.attributes.filter(({ local }) => !ID_NAMES.has(local)) };
}

const ID_NAMES = new Set(['Id', 'ID', 'id', 'AssertionID']);

/** The nodes of a fragment that brings its own namespace declarations. */
export function nodes(fragment: string): readonly XmlNode[] {
  return parse(`<x>${fragment}</x>`).root.children;
}

/** The one element of a fragment. */
export function node(fragment: string): XmlElement {
  return parse(fragment).root;
}

export const text = (root: XmlElement): string => serialize(root);
