import {
  attribute,
  child,
  element,
  elements,
  isNamed,
  SecurityError,
  vocabulary,
  type XmlElement,
} from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import {
  BASE64_BINARY,
  ds,
  SAML_ASSERTION_ID,
  SAML_ID,
  WSC_13,
  WSC_2005,
  WSU_ID,
  wsse,
  wsse11,
} from '../namespaces.js';
import { trimmedContent } from '../simple-content.js';

/** wsse:SecurityTokenReference (WSS 1.1 §7): how a message names a token. */
export type TokenReference =
  /** `#id` of a token in the message, or the URI of one that is known otherwise (an SCT's Identifier). */
  | { readonly kind: 'direct'; readonly uri: string; readonly valueType?: string; readonly instance?: string }
  /** A thumbprint, a subject key identifier, the SHA-1 of an EncryptedKey, the ID of an assertion: `valueType` says which. */
  | { readonly kind: 'key-identifier'; readonly valueType: string; readonly value: Buffer }
  | { readonly kind: 'issuer-serial'; readonly issuer: string; readonly serialNumber: bigint }
  /** The token itself stands in the reference. */
  | { readonly kind: 'embedded'; readonly token: XmlElement };

/** What a reference says beside which token it names. */
export interface ReferenceMarks {
  readonly id?: string;
  /** wsse11:TokenType, where the token's profile asks for it. */
  readonly tokenType?: string;
  /** A key derived from the token's, without a DerivedKeyToken (WS-SecureConversation 1.3 §7, implied). */
  readonly derivation?: ImpliedDerivation;
}

/** `wsc:Nonce` and `wsc:Length` of a reference; the label is the default one and the offset 0. */
export interface ImpliedDerivation {
  readonly nonce: Uint8Array;
  /** Octets. */
  readonly length: number;
}

export function writeTokenReference(reference: TokenReference, marks: ReferenceMarks = {}): XmlElement {
  const { id, tokenType, derivation } = marks;
  const wsc = vocabulary('wsc', WSC_13);
  return element(
    wsse('SecurityTokenReference'),
    [
      [WSU_ID, id],
      [wsse11('TokenType'), tokenType],
      [wsc('Nonce'), derivation && Buffer.from(derivation.nonce).toString('base64')],
      [wsc('Length'), derivation?.length.toString()],
    ],
    content(reference),
  );
}

/** The token type that a reference states, if it does. */
export function tokenTypeOf(reference: XmlElement): string | undefined {
  return attribute(reference, wsse11('TokenType'));
}

/** @throws SecurityError `security-header-invalid` when a derivation is stated that cannot be followed */
export function readImpliedDerivation(reference: XmlElement): ImpliedDerivation | undefined {
  const name = vocabulary('wsc', WSC_13);
  const nonce = attribute(reference, name('Nonce'));
  const length = attribute(reference, name('Length'));
  if (nonce === undefined && length === undefined) return undefined;
  if (nonce === undefined) invalid('A reference states the length of a derived key without its nonce.');
  if (length !== undefined && !/^\d{1,9}$/.test(length)) invalid('The length of a derived key is not a number.');
  return {
    nonce: decodeBase64(nonce, 'The nonce of a reference'),
    length: length === undefined ? DEFAULT_DERIVED_LENGTH : Number(length),
  };
}

/** Octets of a derived key that states no length (WS-SecureConversation 1.3 §7). */
export const DEFAULT_DERIVED_LENGTH = 32;

function content(reference: TokenReference): XmlElement {
  switch (reference.kind) {
    case 'direct': {
      const version = reference.valueType?.startsWith(WSC_2005) === true ? WSC_2005 : WSC_13;
      return element(wsse('Reference'), [
        ['URI', reference.uri],
        ['ValueType', reference.valueType],
        [{ prefix: 'wsc', namespace: version, local: 'Instance' }, reference.instance],
      ]);
    }
    case 'key-identifier': {
      // The ID of an assertion is a string and has no encoding (BSP R6604, R6605).
      const isText = isAssertionId(reference.valueType);
      return element(
        wsse('KeyIdentifier'),
        [
          ['EncodingType', isText ? undefined : BASE64_BINARY],
          ['ValueType', reference.valueType],
        ],
        reference.value.toString(isText ? 'utf8' : 'base64'),
      );
    }
    case 'issuer-serial':
      return element(
        ds('X509Data'),
        [],
        element(
          ds('X509IssuerSerial'),
          [],
          element(ds('X509IssuerName'), [], reference.issuer),
          element(ds('X509SerialNumber'), [], reference.serialNumber.toString()),
        ),
      );
    case 'embedded':
      return element(wsse('Embedded'), [], reference.token);
    default:
      return reference satisfies never;
  }
}

/** Whether a KeyIdentifier of this ValueType holds the ID of a SAML assertion. */
export function isAssertionId(valueType: string): boolean {
  return valueType === SAML_ASSERTION_ID || valueType === SAML_ID;
}

/**
 * @throws SecurityError `security-header-invalid` when it does not hold exactly one reference (BSP R3061),
 * `unsupported-token` when it is of a kind that is not known
 */
export function readTokenReference(reference: XmlElement): TokenReference {
  const [only, ...others] = elements(reference);
  if (only === undefined || others.length > 0) invalid('A SecurityTokenReference must hold exactly one reference.');
  if (isNamed(only, wsse('Reference'))) return readDirect(only);
  if (isNamed(only, wsse('KeyIdentifier'))) {
    const valueType = attribute(only, 'ValueType');
    if (valueType === undefined) invalid('A KeyIdentifier must have a ValueType.');
    const encoding = attribute(only, 'EncodingType');
    if (isAssertionId(valueType)) {
      return { kind: 'key-identifier', valueType, value: Buffer.from(trimmedContent(only), 'utf8') };
    }
    if (encoding !== undefined && encoding !== BASE64_BINARY) {
      throw new SecurityError('unsupported-token', 'A KeyIdentifier is in an encoding other than Base64Binary.');
    }
    return { kind: 'key-identifier', valueType, value: decodeBase64(trimmedContent(only), 'A KeyIdentifier') };
  }
  if (isNamed(only, ds('X509Data'))) {
    const serial = child(only, ds('X509IssuerSerial'));
    const issuer = serial && child(serial, ds('X509IssuerName'));
    const number = serial && child(serial, ds('X509SerialNumber'));
    const digits = number && trimmedContent(number);
    const name = issuer && trimmedContent(issuer);
    if (name === undefined || name.length > MAX_NAME || digits === undefined || !/^-?\d{1,64}$/.test(digits)) {
      invalid('An X509Data reference must hold an X509IssuerSerial.');
    }
    return { kind: 'issuer-serial', issuer: name, serialNumber: BigInt(digits) };
  }
  if (isNamed(only, wsse('Embedded'))) {
    const [token, ...more] = elements(only);
    if (token === undefined || more.length > 0 || isNamed(token, wsse('SecurityTokenReference'))) {
      invalid('An Embedded reference must hold exactly one token (BSP R3060, R3056).');
    }
    return { kind: 'embedded', token };
  }
  throw new SecurityError('unsupported-token', `A token is referred to by ${only.local}, which is not supported.`);
}

/** Characters of an issuer's name: more than any certificate has. */
const MAX_NAME = 4_096;

function readDirect(reference: XmlElement): TokenReference {
  const uri = attribute(reference, 'URI');
  if (uri === undefined || uri === '' || uri === '#') invalid('A Reference to a token must have a URI.');
  const valueType = attribute(reference, 'ValueType');
  const instance =
    attribute(reference, { namespace: WSC_13, local: 'Instance' }) ??
    attribute(reference, { namespace: WSC_2005, local: 'Instance' });
  return {
    kind: 'direct',
    uri,
    ...(valueType === undefined ? {} : { valueType }),
    ...(instance === undefined ? {} : { instance }),
  };
}

function invalid(message: string): never {
  throw new SecurityError('security-header-invalid', message);
}
