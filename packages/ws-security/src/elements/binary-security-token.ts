import { attribute, element, SecurityError, trimmedText, type XmlElement } from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import { BASE64_BINARY, WSU_ID, wsse, X509_V3 } from '../namespaces.js';
import { type Certificate, readCertificate } from '../x509/certificate.js';

/** wsse:BinarySecurityToken that holds an X.509 v3 certificate (X.509 Token Profile 1.1 §3.1). */
export function writeBinarySecurityToken(id: string, certificate: Certificate): XmlElement {
  return element(
    wsse('BinarySecurityToken'),
    [
      ['EncodingType', BASE64_BINARY],
      ['ValueType', X509_V3],
      [WSU_ID, id],
    ],
    certificate.raw.toString('base64'),
  );
}

/** @throws SecurityError `unsupported-token` for any other ValueType, encoding or content */
export function readBinarySecurityToken(token: XmlElement): Certificate {
  if (attribute(token, 'ValueType') !== X509_V3) {
    throw new SecurityError('unsupported-token', 'A BinarySecurityToken is of a type other than X509v3.');
  }
  const encoding = attribute(token, 'EncodingType');
  if (encoding !== undefined && encoding !== BASE64_BINARY) {
    throw new SecurityError('unsupported-token', 'A BinarySecurityToken is in an encoding other than Base64Binary.');
  }
  return readCertificate(decodeBase64(trimmedText(token), 'A BinarySecurityToken'));
}
