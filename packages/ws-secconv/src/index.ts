/**
 * WS-SecureConversation: conversations secured by a context that both parties share.
 *
 * ```ts
 * const secure = secureExchange(httpWire({}), { ...defaultSecureExchangeConfig, bootstrap }, { clock, random, replayCache });
 * const answer = await secure.exchange(message);
 * const uuid = await secure.sct.getUuid(address);
 * ```
 *
 * @packageDocumentation
 */
export {
  defaultBootstrapProtection,
  defaultInitiatorBootstrap,
  defaultRecipientBootstrap,
  defaultSecureExchangeConfig,
  defaultSecureHandlerConfig,
  type InitiatorBootstrap,
  type RecipientBootstrap,
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
export type { ReplayEntry, ReplayMemories, ReplayStore } from './replay.js';
export type { SctApi } from './sct-api.js';
export {
  type SecureExchange,
  type SecureExchangeCollaborators,
  secureExchange,
} from './secure-exchange.js';
export { type SecureHandler, type SecureHandlerCollaborators, secureHandler } from './secure-handler.js';
export { decodeContext, encodeContext } from './serialized-context.js';
export { answerIssue, cancelResponse, cancelTarget, type Issued } from './token-service.js';
export { uuidUrn } from './uuid.js';
