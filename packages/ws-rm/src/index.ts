/**
 * WS-ReliableMessaging: what is sent arrives, once and in order, whatever dies on the way. An initiator wraps an
 * exchange, a recipient wraps a handler; both keep what they owe in a store. Security is another layer's business: this
 * one only holds a sequence to the token that created it. It opens no socket, and knows no cryptography.
 *
 * @example
 * ```ts
 * import { element, plainExchange, plainHandler, silent, systemClock, systemScheduler } from '@holdfast/soap';
 * import { memoryWire } from '@holdfast/soap/testing';
 * import {
 *   defaultReliableExchangeConfig,
 *   defaultReliableHandlerConfig,
 *   reliableExchange,
 *   reliableHandler,
 *   systemRandom,
 * } from '@holdfast/ws-rm';
 * import { memoryStore } from '@holdfast/ws-rm/testing';
 *
 * const world = { clock: systemClock, scheduler: systemScheduler, random: systemRandom, log: silent };
 * const recipient = reliableHandler(
 *   async (message, delivery) => {
 *     console.log(delivery.messageNumber, message.addressing.action);
 *     return undefined;
 *   },
 *   { ...defaultReliableHandlerConfig, dangerouslyUnsecured: true },
 *   { ...world, store: memoryStore() },
 * );
 * const wire = memoryWire(plainHandler(recipient.handle));
 * const session = reliableExchange(
 *   plainExchange(wire),
 *   { ...defaultReliableExchangeConfig, address: 'http://localhost/orders', binding: 'dangerouslyNone' },
 *   { ...world, store: memoryStore() },
 * );
 * const body = [element({ prefix: 'o', namespace: 'urn:orders', local: 'notify' }, [], 'hello')];
 * const sent = await session.send({
 *   envelope: { version: '1.2', headers: [], body },
 *   addressing: { action: 'urn:orders/notify' },
 * });
 * await sent.acknowledged;
 * await session.close();
 * recipient.stop();
 * ```
 */
export { assertBound, type Binding, securityContextOf } from './binding.js';
export {
  type Assurance,
  type DestinationConfig,
  defaultDestinationConfig,
  defaultRetransmissionConfig,
  defaultSourceConfig,
  type RetransmissionConfig,
  type SourceConfig,
} from './config.js';
export { type Delivery, type DeliveryHandler, FaultError } from './delivery.js';
export {
  type DestinationEffect,
  type DestinationInput,
  type DestinationStep,
  destinationTimeout,
  stepDestination,
} from './destination.js';
export { createdDestination, type DestinationState, noDestination, type Reception } from './destination-state.js';
export { readDuration, writeDuration } from './duration.js';
export {
  type AckRequested,
  readAckRequested,
  writeAckRequested,
} from './elements/ack-requested.js';
export {
  type CreateSequence,
  type Offer,
  readCreateSequence,
  writeCreateSequence,
} from './elements/create-sequence.js';
export {
  type CreateSequenceResponse,
  readCreateSequenceResponse,
  writeCreateSequenceResponse,
} from './elements/create-sequence-response.js';
export {
  type EndingRequest,
  type EndingResponse,
  readCloseSequence,
  readCloseSequenceResponse,
  readTerminateSequence,
  readTerminateSequenceResponse,
  writeCloseSequence,
  writeCloseSequenceResponse,
  writeTerminateSequence,
  writeTerminateSequenceResponse,
} from './elements/ending.js';
export type { IncompleteSequenceBehavior } from './elements/incomplete-sequence-behavior.js';
export { MAX_MESSAGE_NUMBER, type RmNames } from './elements/parts.js';
export { readSequence, type Sequence, writeSequence } from './elements/sequence.js';
export {
  acknowledgedRanges,
  readSequenceAcknowledgement,
  type SequenceAcknowledgement,
  writeSequenceAcknowledgement,
} from './elements/sequence-acknowledgement.js';
export { readSequenceFault, type SequenceFault, writeSequenceFault } from './elements/sequence-fault.js';
export { type ReceivedRmFault, type RmFault, type RmFaultCode, readRmFault, rmFaults, writeRmFault } from './faults.js';
export { defaultReliableExchangeConfig, type ReliableExchangeConfig } from './initiator-config.js';
export type { Instant } from './instant.js';
export type { Collaborators } from './live-session.js';
export { NETRM, WSRM_11 } from './namespaces.js';
export { type Random, systemRandom } from './random.js';
export {
  type AcknowledgementRange,
  add,
  complement,
  contains,
  contiguous,
  covers,
  highest,
  noRanges,
  normalize,
  numbers,
  type Ranges,
  range,
  size,
  subtract,
  union,
} from './ranges.js';
export { identifiersIn, type RmContent, readContent, rmBlocks } from './read-content.js';
export { defaultReliableHandlerConfig, type ReliableHandlerConfig } from './recipient-config.js';
export {
  type InitiatorCollaborators,
  type ReliableExchange,
  type ReplyHandler,
  type RequestOptions,
  reliableExchange,
  resumeExchanges,
  type Sent,
  type SessionStatus,
} from './reliable-exchange.js';
export {
  type FailedDelivery,
  type RecipientCollaborators,
  type ReliableHandler,
  reliableHandler,
} from './reliable-handler.js';
export type { Block, RmActions, RmBody, RmCodec, RmHeaders } from './rm-codec.js';
export type { SctApi } from './sct-api.js';
export {
  type SessionConfig,
  type SessionEffect,
  type SessionInput,
  type SessionStep,
  sessionTimeout,
  stepSession,
} from './session.js';
export { decodeSession, encodeSession } from './session-codec.js';
export {
  type Answer,
  answerTo,
  initiatorSession,
  isOver,
  type KeptReply,
  recipientSession,
  type Session,
} from './session-state.js';
export { sourceTimeout, stepSource } from './source.js';
export type { SourceEffect, SourceInput, SourceStep } from './source-events.js';
export {
  createdSource,
  type EndReason,
  type InFlight,
  noSource,
  type Repeated,
  type SourceState,
  type Transfer,
} from './source-state.js';
export type { MessageLog, SequenceStore, StoreChange, StoredMessage, StoredSession } from './store.js';
export { understoodHeaders } from './understood.js';
export { wsrm11 } from './wsrm-11.js';
