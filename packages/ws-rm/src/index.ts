export { reliableExchange, resumeExchanges } from './initiator.js';
export { defaultReliableExchangeConfig, type ReliableExchangeConfig } from './initiator-config.js';
export { type Random, systemRandom } from './random.js';
export { reliableHandler } from './recipient.js';
export { defaultReliableHandlerConfig, type ReliableHandlerConfig } from './recipient-config.js';
