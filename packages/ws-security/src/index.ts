/**
 * Message security for SOAP: what must be protected is described once, and `protect` and `unprotect` keep to it.
 *
 * ```ts
 * const description = { ...defaultProtection, token: 'X509' } as const;
 * const keys = { kind: 'X509', signer, signerReference: 'direct', recipient, recipientReference: 'thumbprint' } as const;
 * const { envelope: secured, receipt } = protect(envelope, description, keys, { now, random });
 * const { envelope: read, proof, token } = unprotect(parse(text), description, { ...noKeys, credentials: [ours], trust }, { now });
 * ```
 *
 * @packageDocumentation
 */
export { digest, equalSecrets } from './algorithms/digest.js';
export { pSha1 } from './algorithms/psha1.js';
export {
  type AcceptedAlgorithms,
  dangerouslyAccepting,
  type Sha2,
  withCanonicalization,
  withDigest,
  withRsaOaep,
  withSha256Signatures,
  withSignatures,
} from './algorithms/suite-variants.js';
export {
  type AlgorithmSuite,
  ASYMMETRIC_SIGNATURE,
  DIGEST,
  ENCRYPTION,
  KEY_TRANSPORT,
  KEY_WRAP,
  MGF,
  SUITES,
  type SuiteName,
  SYMMETRIC_SIGNATURE,
} from './algorithms/suites.js';
export { decodeBase64 } from './base64.js';
export {
  CANONICALIZATION,
  type CanonicalizationAlgorithm,
  canonicalize,
  canonicalizeDocument,
  canonicalizeTo,
} from './canonical/canonicalize.js';
export { type DeferredReplay, deferredReplay } from './deferred-replay.js';
export {
  defaultProtection,
  type HeaderRule,
  type Layout,
  type PasswordType,
  type ProtectionDescription,
  type ProtectionOrder,
  type ProtectionToken,
  type SupportingToken,
} from './description.js';
export {
  readBinarySecurityToken,
  readX509Token,
  writeBinarySecurityToken,
  writePathToken,
  type X509Token,
  type X509TokenOptions,
} from './elements/binary-security-token.js';
export { DEFAULT_LABEL, type DerivedKeyToken, deriveKey, readDerivedKeyToken } from './elements/derived-key-token.js';
export {
  readSecurityContextToken,
  type SecureConversationVersion,
  type SecurityContextToken,
  sctType,
  versionOf,
  writeSecurityContextToken,
  wsc,
} from './elements/security-context-token.js';
export { readTokenReference, type TokenReference, writeTokenReference } from './elements/security-token-reference.js';
export { instant, readTimestamp, type Timestamp } from './elements/timestamp.js';
export { securityFault, WSSE_FAULTS } from './faults.js';
export {
  type AssertionPolicy,
  type ContextKeys,
  type EncryptedKeyKeys,
  type ExternalX509ReferenceForm,
  type KeyLookup,
  noKeys,
  type ProtectionKeys,
  type RecipientKeys,
  type SamlKeys,
  type SecurityContextKey,
  type SignerKeys,
  type SupportingKeys,
  type UsernameKeys,
  type UsernameTokenKeys,
  type X509Keys,
  type X509ReferenceForm,
} from './keys.js';
export { WSC_13, WSC_2005, WSSE, WSSE_11, WSU_ID, wsse, wsse11 } from './namespaces.js';
export { securityHeader } from './opening/shape.js';
export type { SecurityProof, SignedBy } from './proof.js';
export { type Protected, type ProtectionEnvironment, protect } from './protect.js';
export type { Receipt, SharedKey } from './receipt.js';
export { defaultReplayCacheConfig, type ReplayCache, type ReplayCacheConfig, replayCache } from './replay-cache.js';
export { memoryReplayStore, type ReplayEntry, type ReplayStore } from './replay-store.js';
export type {
  AssertionConditions,
  ConfirmationMethod,
  SamlAssertion,
  SamlAttribute,
  SamlName,
  SamlVersion,
  SubjectConfirmation,
} from './saml/assertion.js';
export type { AssertionContent } from './saml/assertion-content.js';
export type { AssertionClock } from './saml/conditions.js';
export {
  type ConfirmationRequirements,
  confirmations,
  type HolderKey,
  type HolderKeyRequirements,
  holderKey,
} from './saml/holder-key.js';
export { type AssertionSigning, issueAssertion } from './saml/issue.js';
export {
  certificateKeyInfo,
  certificateReferenceKeyInfo,
  encryptedKeyInfo,
  publicKeyInfo,
} from './saml/key-info-forms.js';
export { assertionId, isAssertion, readAssertion } from './saml/read-assertion.js';
export { type AssertionReference, assertionReference, namesAssertion } from './saml/reference.js';
export {
  type AssertionIssuer,
  type AssertionRequirements,
  type VerifiedAssertion,
  verifyAssertion,
} from './saml/verify-assertion.js';
export { type UnprotectEnvironment, type Unprotected, unprotect } from './unprotect.js';
export {
  type AuthenticatedUser,
  authenticateUsername,
  type PasswordLookup,
  type UsernameAuthentication,
  usernameTokenKey,
} from './username/authenticate.js';
export { keyToken, MAX_ITERATION, usernameKey, usernameSalt } from './username/derived-key.js';
export { type DigestTokenRequest, digestToken, type Password, passwordDigest } from './username/password-digest.js';
export {
  readUsernameToken,
  type UsernameToken,
  type UsernameTokenOptions,
  writeUsernameToken,
} from './username/username-token.js';
export {
  type Certificate,
  type Credential,
  credential,
  readCertificate,
  readCertificates,
} from './x509/certificate.js';
export { type CertificatePath, readPkcs7, readPkiPath, writePkcs7, writePkiPath } from './x509/certificate-path.js';
export { equalNames } from './x509/distinguished-name.js';
export { certificateReference, namesCertificate } from './x509/reference.js';
export { type CertificateTrust, certificateTrust, type TrustConfig } from './x509/trust.js';
