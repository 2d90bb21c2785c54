import { attribute, element, SecurityError, type XmlElement } from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import { BASE64_BINARY, WSU_ID, wsse, X509_PKCS7, X509_PKI_PATH, X509_V1, X509_V3 } from '../namespaces.js';
import { trimmedContent } from '../simple-content.js';
import { type Certificate, readCertificate } from '../x509/certificate.js';
import {
  type CertificatePath,
  MAX_PATH_OCTETS,
  readPkcs7,
  readPkiPath,
  writePkcs7,
  writePkiPath,
} from '../x509/certificate-path.js';

/** The X.509 token of a message. */
export interface X509Token {
  /** Whose key it is about. */
  readonly certificate: Certificate;
  /** That certificate first, then those that came along: intermediates to be tried, never to be trusted for themselves. */
  readonly path: CertificatePath;
}

/** wsse:BinarySecurityToken that holds an X.509 v3 certificate (X.509 Token Profile 1.1 §3.1.1). */
export function writeBinarySecurityToken(id: string, certificate: Certificate): XmlElement {
  return token(id, X509_V3, certificate.raw);
}

/** wsse:BinarySecurityToken that holds a path; the Basic Security Profile prefers `PKIPath` (R5202). */
export function writePathToken(id: string, path: CertificatePath, form: 'PKIPath' | 'PKCS7' = 'PKIPath'): XmlElement {
  switch (form) {
    case 'PKIPath':
      return token(id, X509_PKI_PATH, writePkiPath(path));
    case 'PKCS7':
      return token(id, X509_PKCS7, writePkcs7(path));
    default:
      return form satisfies never;
  }
}

export interface X509TokenOptions {
  /** Takes a certificate that is called `#X509v1`, as Rampart calls those of any version; BSP R3033 forbids it. Default false. */
  readonly acceptX509v1?: boolean;
}

/**
 * Reads a single certificate (`#X509v3`) or a path (`#X509PKIPathv1`, `#PKCS7`; X.509 Token Profile 1.1 §3.1).
 * @throws SecurityError `unsupported-token` for any other ValueType, encoding or content
 */
export function readX509Token(token: XmlElement, options: X509TokenOptions = {}): X509Token {
  const read = READERS.get(attribute(token, 'ValueType') ?? '');
  if (read === undefined || (read === readVersion1 && options.acceptX509v1 !== true)) {
    throw new SecurityError(
      'unsupported-token',
      'A BinarySecurityToken is of a type other than X509v3, X509PKIPathv1 or PKCS7.',
    );
  }
  const encoding = attribute(token, 'EncodingType');
  if (encoding !== undefined && encoding !== BASE64_BINARY) {
    throw new SecurityError('unsupported-token', 'A BinarySecurityToken is in an encoding other than Base64Binary.');
  }
  const text = trimmedContent(token);
  if (text.length > MAX_TEXT) {
    throw new SecurityError('unsupported-token', `A BinarySecurityToken has more than ${MAX_TEXT} characters.`);
  }
  const path = read(decodeBase64(text, 'A BinarySecurityToken'));
  return { certificate: path[0], path };
}

/** {@link readX509Token} for the end entity's certificate alone. */
export function readBinarySecurityToken(token: XmlElement): Certificate {
  return readX509Token(token).certificate;
}

/** Base64 of the largest path, and a tenth of it for line breaks. */
const MAX_TEXT = Math.ceil(((MAX_PATH_OCTETS * 4) / 3) * 1.1);

const readSingle = (octets: Buffer): CertificatePath => [readCertificate(octets)];
const readVersion1 = (octets: Buffer): CertificatePath => readSingle(octets);

const READERS: ReadonlyMap<string, (octets: Buffer) => CertificatePath> = new Map([
  [X509_V3, readSingle],
  [X509_V1, readVersion1],
  [X509_PKI_PATH, readPkiPath],
  [X509_PKCS7, readPkcs7],
]);

function token(id: string, valueType: string, octets: Buffer): XmlElement {
  return element(
    wsse('BinarySecurityToken'),
    [
      ['EncodingType', BASE64_BINARY],
      ['ValueType', valueType],
      [WSU_ID, id],
    ],
    octets.toString('base64'),
  );
}
