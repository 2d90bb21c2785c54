/**
 * WS-SecureConversation: conversations secured by a context that both parties share.
 *
 * ```ts
 * const bootstrap = mutualX509Initiator({ signer, recipient, trust });
 * const secure = secureExchange(httpWire({}), { ...defaultSecureExchangeConfig, bootstrap }, { clock, random, replayCache });
 * const answer = await secure.exchange(message);
 * const uuid = await secure.sct.getUuid(address);
 * ```
 *
 * @packageDocumentation
 */
export { anonymousInitiator, anonymousRecipient } from './bootstraps/anonymous.js';
export {
  type BootstrapProtection,
  defaultBootstrapProtection,
  type InitiatorBootstrap,
  type RecipientBootstrap,
  tlsIdentity,
} from './bootstraps/bootstrap.js';
export {
  type EndorsedX509Initiator,
  type EndorsedX509Recipient,
  endorsedX509Initiator,
  endorsedX509Recipient,
} from './bootstraps/endorsed-x509.js';
export type { ForCertificateInitiator, ForCertificateRecipient } from './bootstraps/for-certificate.js';
export {
  type MutualX509Initiator,
  type MutualX509Recipient,
  mutualX509Initiator,
  mutualX509Recipient,
} from './bootstraps/mutual-x509.js';
export {
  type PasswordForm,
  type UsernameInitiator,
  type UsernameRecipient,
  usernameInitiator,
  usernameRecipient,
} from './bootstraps/username.js';
export {
  type UsernameOverTlsInitiator,
  type UsernameOverTlsRecipient,
  usernameOverTlsInitiator,
  usernameOverTlsRecipient,
} from './bootstraps/username-over-tls.js';
export {
  type X509OverTlsInitiator,
  type X509OverTlsRecipient,
  x509OverTlsInitiator,
  x509OverTlsRecipient,
} from './bootstraps/x509-over-tls.js';
export {
  defaultSecureExchangeConfig,
  defaultSecureHandlerConfig,
  type SecureExchangeConfig,
  type SecureHandlerConfig,
} from './config.js';
export type { SecurityContext } from './context.js';
export type { ContextStore } from './context-store.js';
export {
  type Establishing,
  type EstablishOptions,
  establishRequest,
  processEstablishResponse,
} from './establish.js';
export { CONVERSATION_FAULTS, type ConversationFaultName, conversationFault } from './faults.js';
export { type Random, systemRandom } from './random.js';
export { contextReference, referencedContext } from './reference.js';
export {
  awaitedRenewal,
  defaultRenewalConfig,
  isDue,
  nextRenewal,
  type Renewal,
  type RenewalConfig,
  type RenewalEvent,
} from './renewal.js';
export type { ReplayEntry, ReplayMemories, ReplayStore } from './replay.js';
export type { SctApi } from './sct-api.js';
export {
  type SecureExchange,
  type SecureExchangeCollaborators,
  secureExchange,
} from './secure-exchange.js';
export { type SecureHandler, type SecureHandlerCollaborators, secureHandler } from './secure-handler.js';
export { decodeContext, encodeContext } from './serialized-context.js';
export { answerIssue, answerRenew, cancelResponse, type Issued, targetOf } from './token-service.js';
export { uuidUrn } from './uuid.js';
