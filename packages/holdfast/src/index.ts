/**
 * Reliable, secure SOAP conversations that survive a crash.
 *
 * ```ts
 * import { connect, keyFromFile, serve, sqliteStore } from 'holdfast';
 *
 * const store = await sqliteStore({ file: 'recipient/holdfast.db', keys: keyFromFile('recipient.key', { create: true }) });
 * const service = await serve(({ body }) => body, { port: 8080, identity, trust, store });
 *
 * const orders = await connect('http://127.0.0.1:8080/', { identity, recipient, trust, store });
 * const reply = await orders.request('urn:example:echo', '<hello xmlns="urn:example"/>');
 * await orders.close();
 * ```
 *
 * @packageDocumentation
 */
export {
  type KeySource,
  keyFromEnvironment,
  keyFromFile,
  memoryStore,
  type SqliteStore,
  type SqliteTransaction,
  sqliteStore,
} from '@holdfast/persistence';
export {
  HoldfastError,
  InvalidMessageError,
  ProtocolError,
  SecurityError,
  type SoapFault,
  StoreError,
  TransportError,
  UsageError,
  type XmlElement,
} from '@holdfast/soap';
export { type Delivery, FaultError, type SessionStatus } from '@holdfast/ws-rm';
export type { ReplayStore } from '@holdfast/ws-security';
export type { Body } from './body.js';
export type { BootstrapName } from './bootstrap-name.js';
export { connect, resume } from './connect.js';
export type { ConnectOptions } from './connect-options.js';
export type {
  Conversation,
  LateReply,
  LateReplyHandler,
  Reply,
  RequestOptions,
  Sent,
} from './conversation.js';
export type { Identity } from './credentials.js';
export type { InitiatorSecurityOptions, User } from './initiator-security.js';
export type { RecipientSecurityOptions } from './recipient-security.js';
export type { InitiatorReliability, RecipientReliability } from './reliability-options.js';
export type { SecurityOptions } from './security-options.js';
export {
  type RunningService,
  type Service,
  type ServiceReply,
  type ServiceRequest,
  serve,
} from './serve.js';
export type { ServeOptions } from './serve-options.js';
