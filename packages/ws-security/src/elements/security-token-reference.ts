import {
  attribute,
  child,
  element,
  elements,
  isNamed,
  SecurityError,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import { BASE64_BINARY, ds, WSC_13, WSC_2005, wsse, wsse11 } from '../namespaces.js';

/** wsse:SecurityTokenReference (WSS 1.1 §7): how a message names a token. */
export type TokenReference =
  /** `#id` of a token in the message, or the URI of one that is known otherwise (an SCT's Identifier). */
  | { readonly kind: 'direct'; readonly uri: string; readonly valueType?: string; readonly instance?: string }
  /** A thumbprint, a subject key identifier, the SHA-1 of an EncryptedKey: `valueType` says which. */
  | { readonly kind: 'key-identifier'; readonly valueType: string; readonly value: Buffer }
  | { readonly kind: 'issuer-serial'; readonly issuer: string; readonly serialNumber: bigint };

/** @param tokenType wsse11:TokenType, where the token's profile asks for it */
export function writeTokenReference(reference: TokenReference, tokenType?: string): XmlElement {
  return element(wsse('SecurityTokenReference'), [[wsse11('TokenType'), tokenType]], content(reference));
}

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
    case 'key-identifier':
      return element(
        wsse('KeyIdentifier'),
        [
          ['EncodingType', BASE64_BINARY],
          ['ValueType', reference.valueType],
        ],
        reference.value.toString('base64'),
      );
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
    default:
      return reference satisfies never;
  }
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
    return { kind: 'key-identifier', valueType, value: decodeBase64(trimmedText(only), 'A KeyIdentifier') };
  }
  if (isNamed(only, ds('X509Data'))) {
    const serial = child(only, ds('X509IssuerSerial'));
    const issuer = serial && child(serial, ds('X509IssuerName'));
    const number = serial && child(serial, ds('X509SerialNumber'));
    const digits = number && trimmedText(number);
    const name = issuer && trimmedText(issuer);
    if (name === undefined || name.length > MAX_NAME || digits === undefined || !/^-?\d{1,64}$/.test(digits)) {
      invalid('An X509Data reference must hold an X509IssuerSerial.');
    }
    return { kind: 'issuer-serial', issuer: name, serialNumber: BigInt(digits) };
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
