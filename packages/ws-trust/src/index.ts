/**
 * WS-Trust: an exchange as a pair of functions, one that makes the request and one that reads the answer.
 *
 * ```ts
 * const asked = issueRequest({ version: '1.3', tokenType, keySize: 256 }, randomBytes);
 * const answer = await send(asked.body);
 * const { token, secret } = processIssueResponse(asked, answer);
 * ```
 *
 * @packageDocumentation
 */
export { contextRequest, requestAction, responseAction } from './actions.js';
export {
  computedKey,
  ENTROPY_LIMITS,
  readBinarySecret,
  writeBinarySecret,
  writeEntropy,
} from './entropy.js';
export { TRUST_FAULTS, TrustFault, type TrustFaultName, trustFault } from './faults.js';
export {
  decideIssue,
  defaultIssuerPolicy,
  type IssueDecision,
  type IssuedToken,
  type IssueOptions,
  type IssueRequest,
  type IssuerPolicy,
  issueRequest,
  issueResponse,
  processIssueResponse,
  type RandomOctets,
  renewRequest,
} from './issue.js';
export { type Lifetime, readLifetime, writeLifetime } from './lifetime.js';
export {
  TRUST_VERSIONS,
  type TrustVersion,
  trustVersionOf,
  trustVocabulary,
  WST_13,
  WST_2005,
  wst,
  wstNamespace,
} from './namespaces.js';
export {
  type RequestSecurityToken,
  readRequestSecurityToken,
  writeRequestSecurityToken,
} from './request-security-token.js';
export {
  type ProofToken,
  type RequestSecurityTokenResponse,
  readRequestSecurityTokenResponse,
  writeRequestSecurityTokenResponse,
} from './request-security-token-response.js';
export type { ContextOperation, RequestType, SecretType, TrustVocabulary } from './trust-vocabulary.js';
