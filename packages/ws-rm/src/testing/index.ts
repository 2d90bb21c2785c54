/**
 * For those who test what they build on reliable messaging: a store that fails as it is told, and conversations of
 * the pure cores over a link that loses, repeats, reorders and delays.
 *
 * @example
 * ```ts
 * import { drawnConversation, runConversation } from '@holdfast/ws-rm/testing';
 *
 * for (let seed = 1; seed <= 100; seed++) runConversation(drawnConversation(seed));
 * ```
 */
export {
  type ConversationOptions,
  type ConversationResult,
  drawnConversation,
  runConversation,
} from './conversation.js';
export {
  type Death,
  drawnEndpointConversation,
  type EndpointConversationOptions,
  type EndpointConversationResult,
  runEndpointConversation,
} from './endpoint-conversation.js';
export { type MemoryStore, memoryStore, type StoreHooks } from './memory-store.js';
export { type VirtualTime, virtualTime } from './virtual-time.js';
