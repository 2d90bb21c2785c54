import { timingSafeEqual } from 'node:crypto';
import { UsageError } from '@holdfast/soap';
import type { TokenReference } from '../elements/security-token-reference.js';
import type { ExternalX509ReferenceForm } from '../keys.js';
import { THUMBPRINT_SHA1, X509_SUBJECT_KEY_IDENTIFIER } from '../namespaces.js';
import type { Certificate } from './certificate.js';
import { equalNames } from './distinguished-name.js';

/**
 * The reference that names a certificate which is not in the message.
 * @throws UsageError `invalid-option` when it has no SubjectKeyIdentifier and that form was asked for
 */
export function certificateReference(certificate: Certificate, form: ExternalX509ReferenceForm): TokenReference {
  switch (form) {
    case 'thumbprint':
      return { kind: 'key-identifier', valueType: THUMBPRINT_SHA1, value: certificate.thumbprintSha1 };
    case 'subject-key-identifier':
      if (certificate.subjectKeyIdentifier === undefined) {
        throw new UsageError(
          'invalid-option',
          `The certificate of "${certificate.x509.subject}" has no SubjectKeyIdentifier; refer to it by thumbprint.`,
        );
      }
      return {
        kind: 'key-identifier',
        valueType: X509_SUBJECT_KEY_IDENTIFIER,
        value: certificate.subjectKeyIdentifier,
      };
    case 'issuer-serial':
      return { kind: 'issuer-serial', issuer: rfc4514(certificate.issuer), serialNumber: certificate.serialNumber };
    default:
      return form satisfies never;
  }
}

/** Whether a reference names this certificate. */
export function namesCertificate(reference: TokenReference, certificate: Certificate): boolean {
  switch (reference.kind) {
    case 'direct':
    case 'embedded':
      return false;
    case 'key-identifier': {
      const value =
        reference.valueType === THUMBPRINT_SHA1
          ? certificate.thumbprintSha1
          : reference.valueType === X509_SUBJECT_KEY_IDENTIFIER
            ? certificate.subjectKeyIdentifier
            : undefined;
      return value !== undefined && value.length === reference.value.length && timingSafeEqual(value, reference.value);
    }
    case 'issuer-serial':
      return reference.serialNumber === certificate.serialNumber && equalNames(reference.issuer, certificate.issuer);
    default:
      return reference satisfies never;
  }
}

/** The name as messages write it: most specific part first, commas between. */
function rfc4514(name: string): string {
  return name.split('\n').reverse().join(',');
}
