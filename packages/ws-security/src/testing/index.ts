/**
 * For tests and demonstrations: certificates and assertions made on the spot, every known attack on a message, and what
 * every replay store must do.
 *
 * ```ts
 * const authority = certificateAuthority('Test CA');
 * const { certificate, privateKey } = authority.issue({ name: 'alice' });
 * ```
 *
 * @packageDocumentation
 */
export { type TestIssuer, testIssuer } from './assertions.js';
export type { Attack, AttackFamilyName, AttackOptions } from './attacks/attack.js';
export { attacks } from './attacks/attacks.js';
export {
  type CertificateAuthority,
  type CertificateRequest,
  certificateAuthority,
  type IssuedCertificate,
} from './authority.js';
export { type FuzzFailure, type FuzzReport, type FuzzTarget, fuzz, mutantOf } from './fuzz/fuzz.js';
export { seen } from './fuzz/seen.js';
export { type ReplayStoreUnderTest, type ReplayTestFramework, replayStoreSuite } from './replay-store-suite.js';
