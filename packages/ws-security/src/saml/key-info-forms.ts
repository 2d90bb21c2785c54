import type { KeyObject } from 'node:crypto';
import { detached, element, UsageError, type XmlElement } from '@holdfast/soap';
import { writeTokenReference } from '../elements/security-token-reference.js';
import type { ExternalX509ReferenceForm } from '../keys.js';
import { ds } from '../namespaces.js';
import type { Certificate } from '../x509/certificate.js';
import { certificateReference } from '../x509/reference.js';

/** ds:KeyInfo that holds a certificate. */
export function certificateKeyInfo(certificate: Certificate): XmlElement {
  return element(
    ds('KeyInfo'),
    [],
    element(ds('X509Data'), [], element(ds('X509Certificate'), [], certificate.raw.toString('base64'))),
  );
}

/** ds:KeyInfo that names a certificate, which the reader must have. */
export function certificateReferenceKeyInfo(certificate: Certificate, form: ExternalX509ReferenceForm): XmlElement {
  return element(ds('KeyInfo'), [], writeTokenReference(certificateReference(certificate, form)));
}

/**
 * ds:KeyInfo that holds a public RSA key.
 * @throws UsageError `invalid-argument` for another kind of key
 */
export function publicKeyInfo(key: KeyObject): XmlElement {
  const { n, e } = key.asymmetricKeyType === 'rsa' ? key.export({ format: 'jwk' }) : {};
  if (key.type !== 'public' || n === undefined || e === undefined) {
    throw new UsageError('invalid-argument', 'key: a KeyValue takes a public RSA key.');
  }
  const base64 = (value: string): string => Buffer.from(value, 'base64url').toString('base64');
  return element(
    ds('KeyInfo'),
    [],
    element(
      ds('KeyValue'),
      [],
      element(ds('RSAKeyValue'), [], element(ds('Modulus'), [], base64(n)), element(ds('Exponent'), [], base64(e))),
    ),
  );
}

/** ds:KeyInfo that holds an xenc:EncryptedKey: a symmetric proof key for the one whom the assertion is shown to. */
export function encryptedKeyInfo(encryptedKey: XmlElement): XmlElement {
  return element(ds('KeyInfo'), [], detached(encryptedKey));
}
