import { createPublicKey, type KeyObject } from 'node:crypto';
import { childrenNamed, element, elements, isNamed, SecurityError, trimmedText, type XmlElement } from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import { readTokenReference, type TokenReference } from '../elements/security-token-reference.js';
import { ds, wsse, X509_SUBJECT_KEY_IDENTIFIER, xenc } from '../namespaces.js';
import { unsupported } from '../refusal.js';
import { type Certificate, readCertificate } from '../x509/certificate.js';
import { type CertificatePath, MAX_PATH_CERTIFICATES, MAX_PATH_OCTETS, ordered } from '../x509/certificate-path.js';
import { namesCertificate } from '../x509/reference.js';
import { childrenInOrder, malformed, one, plainText } from './shape.js';

/** What a ds:KeyInfo within an assertion holds or names. */
export type KeyDescription =
  | { readonly kind: 'path'; readonly path: CertificatePath }
  /** A certificate by thumbprint, subject key identifier, or issuer and serial number. */
  | { readonly kind: 'reference'; readonly reference: TokenReference }
  | { readonly kind: 'public-key'; readonly key: KeyObject }
  | { readonly kind: 'encrypted-key'; readonly element: XmlElement }
  /** wst:BinarySecret: the key itself, in clear. */
  | { readonly kind: 'secret'; readonly secret: Buffer };

/**
 * Reads a ds:KeyInfo that describes one key. Of a certificate and its public key beside each other the certificate is
 * the description.
 * @throws SecurityError `security-header-invalid`, `unsupported-token`
 */
export function readKeyInfo(keyInfo: XmlElement): KeyDescription {
  const parts = elements(keyInfo).filter((part) => !isNamed(part, ds('KeyName')));
  const [description, other, ...others] = parts.map(readPart).sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  if (description === undefined) malformed('a KeyInfo of it describes no key');
  if (other === undefined) return description;
  if (
    others.length > 0 ||
    description.kind !== 'path' ||
    other.kind !== 'public-key' ||
    !description.path[0].publicKey.equals(other.key)
  ) {
    malformed('a KeyInfo of it describes more than one key');
  }
  return description;
}

const ORDER: Readonly<Record<KeyDescription['kind'], number>> = {
  path: 0,
  reference: 1,
  'public-key': 2,
  'encrypted-key': 3,
  secret: 4,
};

/**
 * The certificate that is described, if need be one of those that are known.
 * @throws SecurityError `token-unavailable` when none of them is, `unsupported-token` when it is no certificate's key
 */
export function describedPath(description: KeyDescription, known: readonly Certificate[]): CertificatePath {
  switch (description.kind) {
    case 'path':
      return description.path;
    case 'reference':
      return [found(known.find((certificate) => namesCertificate(description.reference, certificate)))];
    case 'public-key':
      return [found(known.find(({ publicKey }) => publicKey.equals(description.key)))];
    case 'encrypted-key':
    case 'secret':
      return unsupported('A SAML assertion is signed with a shared key, which is not supported.');
    default:
      return description satisfies never;
  }
}

/** The wst namespaces of a BinarySecret: WS-Trust of February 2005, and 1.3 and 1.4. */
const TRUST: readonly string[] = [
  'http://schemas.xmlsoap.org/ws/2005/02/trust',
  'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
];

function found(certificate: Certificate | undefined): Certificate {
  if (certificate === undefined) {
    throw new SecurityError('token-unavailable', 'A SAML assertion names a certificate that is not known.');
  }
  return certificate;
}

function readPart(part: XmlElement): KeyDescription {
  if (isNamed(part, ds('X509Data'))) return readX509Data(part);
  if (isNamed(part, ds('KeyValue'))) return { kind: 'public-key', key: readKeyValue(part) };
  if (isNamed(part, xenc('EncryptedKey'))) return { kind: 'encrypted-key', element: part };
  if (isNamed(part, wsse('SecurityTokenReference'))) return readReference(part);
  if (part.local === 'BinarySecret' && TRUST.includes(part.namespace)) {
    const secret = decodeBase64(plainText(part), 'A BinarySecret');
    if (secret.length < 16 || secret.length > 128) malformed('a BinarySecret of it must have 16 to 128 octets');
    return { kind: 'secret', secret };
  }
  return unsupported(`A SAML assertion describes a key by ${part.local.slice(0, 100)}, which is not supported.`);
}

function readX509Data(data: XmlElement): KeyDescription {
  const certificates = childrenNamed(data, ds('X509Certificate'));
  if (certificates.length > MAX_PATH_CERTIFICATES) malformed(`it has more than ${MAX_PATH_CERTIFICATES} certificates`);
  if (certificates.length > 0) {
    const read = certificates.map((certificate) => {
      const text = trimmedText(certificate);
      if (text.length > 2 * MAX_PATH_OCTETS) malformed('a certificate of it is too large');
      return readCertificate(decodeBase64(text, 'An X509Certificate'));
    });
    return { kind: 'path', path: ordered(read, 'X509Data') };
  }
  const [ski, ...others] = childrenNamed(data, ds('X509SKI'));
  if (ski !== undefined && others.length === 0 && elements(data).length === 1) {
    return {
      kind: 'reference',
      reference: {
        kind: 'key-identifier',
        valueType: X509_SUBJECT_KEY_IDENTIFIER,
        value: decodeBase64(plainText(ski), 'An X509SKI'),
      },
    };
  }
  return readReference(element(wsse('SecurityTokenReference'), [], data));
}

/** By a certificate's values only: a token of the message, or an assertion, is no key of an assertion (BSP R6601). */
function readReference(of: XmlElement): KeyDescription {
  const reference = readTokenReference(of);
  if (reference.kind !== 'key-identifier' && reference.kind !== 'issuer-serial') {
    unsupported('A SAML assertion describes a key by a reference to a token, which is not supported.');
  }
  return { kind: 'reference', reference };
}

function readKeyValue(value: XmlElement): KeyObject {
  const rsa = childrenInOrder(value, [one(ds('RSAKeyValue'))]).first(ds('RSAKeyValue'));
  const parts = rsa && childrenInOrder(rsa, [one(ds('Modulus')), one(ds('Exponent'))]);
  const modulus = parts?.first(ds('Modulus'));
  const exponent = parts?.first(ds('Exponent'));
  if (modulus === undefined || exponent === undefined) malformed('a KeyValue of it is not an RSA key');
  const n = decodeBase64(plainText(modulus), 'A Modulus');
  const e = decodeBase64(plainText(exponent), 'An Exponent');
  if (n.length > 1_025 || e.length > 8) malformed('a KeyValue of it is too large');
  try {
    return createPublicKey({
      key: { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') },
      format: 'jwk',
    });
  } catch (cause) {
    throw new SecurityError('security-header-invalid', 'A KeyValue of a SAML assertion is not an RSA key.', { cause });
  }
}
