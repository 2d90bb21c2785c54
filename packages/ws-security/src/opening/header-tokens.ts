import { attribute, child, elements, isNamed, SecurityError, type XmlElement } from '@holdfast/soap';
import { readX509Token, type X509Token } from '../elements/binary-security-token.js';
import { dkType, sctType, versionOf, wsc } from '../elements/security-context-token.js';
import { type TokenReference, tokenTypeOf } from '../elements/security-token-reference.js';
import {
  ENCRYPTED_KEY,
  ENCRYPTED_KEY_SHA1,
  SAML_11,
  SAML_11_TOKEN,
  SAML_20,
  SAML_20_TOKEN,
  SAML_ASSERTION_ID,
  SAML_ID,
  USERNAME_TOKEN,
  wsse,
  X509_PKCS7,
  X509_PKI_PATH,
  X509_V3,
  xenc,
} from '../namespaces.js';
import { invalid } from '../refusal.js';
import { assertionId, isAssertion } from '../saml/read-assertion.js';
import { trimmedContent } from '../simple-content.js';
import type { WorkingTree } from './working-tree.js';

/** The tokens in one Security header, as the references in it find them. A token of another header is never used (BSP R3066). */
export class HeaderTokens {
  readonly #tree: WorkingTree;
  readonly #security: XmlElement;
  readonly #used = new Set<XmlElement>();
  readonly #certificates = new Map<XmlElement, X509Token>();

  constructor(tree: WorkingTree, security: XmlElement) {
    this.#tree = tree;
    this.#security = security;
  }

  /** The children of the header as they are now. */
  get all(): readonly XmlElement[] {
    return elements(this.#tree.current(this.#security));
  }

  /**
   * The token that a URI within the message names.
   * @throws SecurityError `token-unavailable` when none does
   */
  named(uri: string): XmlElement {
    const token = uri.startsWith('#') ? this.byId(uri.slice(1)) : undefined;
    if (token === undefined) {
      throw new SecurityError('token-unavailable', 'A token that the message refers to is not in its Security header.');
    }
    this.#used.add(token);
    return token;
  }

  /** Whether a reference to the token was followed. */
  isUsed(token: XmlElement): boolean {
    return this.#used.has(token);
  }

  /**
   * The certificate that a token holds, read once however often the message refers to it.
   * @throws SecurityError `unsupported-token`
   */
  x509(token: XmlElement, acceptX509v1: boolean): X509Token {
    const known = this.#certificates.get(token) ?? readX509Token(token, { acceptX509v1 });
    this.#certificates.set(token, known);
    return known;
  }

  byId(id: string): XmlElement | undefined {
    const token = this.#tree.byId(id);
    if (token !== undefined) return this.all.includes(token) ? token : undefined;
    return this.assertion(id);
  }

  /** The SAML assertion with this ID, which only SAML itself knows to be one. */
  assertion(id: string): XmlElement | undefined {
    const [found, ...others] = this.all.filter((token) => isAssertion(token) && assertionId(token) === id);
    if (others.length > 0) invalid('Two assertions have the same ID.');
    return found;
  }

  /** The DerivedKeyToken whose Properties give it this name. */
  derivedKeyNamed(name: string): XmlElement | undefined {
    const [found, ...others] = this.all.filter((token) => derivedKeyName(token) === name);
    if (others.length > 0) invalid('Two DerivedKeyTokens have the same name.');
    return found;
  }
}

/**
 * A reference that says of which type its token is must be right about it (WSS 1.1 §7.2, §7.3).
 * @throws SecurityError `security-header-invalid`
 */
export function checkTypes(element: XmlElement, reference: TokenReference, tokens: HeaderTokens): void {
  const stated = tokenTypeOf(element);
  if (reference.kind === 'key-identifier') {
    const type = TYPE_BY_IDENTIFIER.get(reference.valueType);
    if (stated !== undefined && type !== undefined && stated !== type) disagrees();
    return;
  }
  const token =
    reference.kind === 'embedded'
      ? reference.token
      : reference.kind === 'direct' && reference.uri.startsWith('#')
        ? tokens.byId(reference.uri.slice(1))
        : undefined;
  if (token === undefined) return;
  const valueType = reference.kind === 'direct' ? reference.valueType : undefined;
  for (const type of [stated, valueType]) if (type !== undefined && !isOfType(token, type)) disagrees();
}

function disagrees(): never {
  invalid('A SecurityTokenReference names a token of another type than it says.');
}

const TYPE_BY_IDENTIFIER = new Map([
  [ENCRYPTED_KEY_SHA1, ENCRYPTED_KEY],
  [SAML_ASSERTION_ID, SAML_11_TOKEN],
  [SAML_ID, SAML_20_TOKEN],
]);

/** Whether a token is of the type; true for a type that is not known here. */
function isOfType(token: XmlElement, type: string): boolean {
  switch (type) {
    case X509_V3:
    case X509_PKI_PATH:
    case X509_PKCS7:
      return isNamed(token, wsse('BinarySecurityToken')) && attribute(token, 'ValueType') === type;
    case ENCRYPTED_KEY:
      return isNamed(token, xenc('EncryptedKey'));
    case USERNAME_TOKEN:
      return isNamed(token, wsse('UsernameToken'));
    case SAML_11_TOKEN:
      return token.namespace === SAML_11;
    case SAML_20_TOKEN:
      return token.namespace === SAML_20;
    case sctType('1.3'):
    case sctType('2005'):
      return token.local === 'SecurityContextToken' && isOfConversation(token, type);
    case dkType('1.3'):
    case dkType('2005'):
      return token.local === 'DerivedKeyToken' && isOfConversation(token, type);
    default:
      return true;
  }
}

function isOfConversation(token: XmlElement, type: string): boolean {
  const version = versionOf(token.namespace);
  return version !== undefined && (type === sctType(version) || type === dkType(version));
}

function derivedKeyName(token: XmlElement): string | undefined {
  const version = versionOf(token.namespace);
  if (version === undefined || token.local !== 'DerivedKeyToken') return undefined;
  const properties = child(token, wsc(version)('Properties'));
  const name = properties && child(properties, wsc(version)('Name'));
  return name && trimmedContent(name);
}
