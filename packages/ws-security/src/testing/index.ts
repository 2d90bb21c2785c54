/**
 * For tests and demonstrations: certificates made on the spot.
 *
 * ```ts
 * const authority = certificateAuthority('Test CA');
 * const { certificate, privateKey } = authority.issue({ name: 'alice' });
 * ```
 *
 * @packageDocumentation
 */
export {
  type CertificateAuthority,
  type CertificateRequest,
  certificateAuthority,
  type IssuedCertificate,
} from './authority.js';
