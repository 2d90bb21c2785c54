/**
 * SOAP 1.1 and 1.2 messages with WS-Addressing 1.0, over HTTP, on one strict and immutable XML tree.
 * This package does not protect messages and does not repeat them: other packages wrap its exchanges and handlers.
 *
 * @example
 * ```ts
 * import { element, httpExchange, httpServer, plainHandler, replyAddressing, vocabulary } from '@holdfast/soap';
 *
 * const o = vocabulary('o', 'urn:example:orders');
 * const server = await httpServer(
 *   { port: 0 },
 *   plainHandler(async ({ envelope, addressing }) => ({
 *     envelope: { version: envelope.version, headers: [], body: [element(o('Placed'), [], 'thank you')] },
 *     addressing: replyAddressing(addressing, 'urn:example:orders/Placed'),
 *   })),
 * );
 * const exchange = httpExchange();
 * const answer = await exchange({
 *   envelope: { version: '1.2', headers: [], body: [element(o('Place'), [], '12 eggs')] },
 *   addressing: { action: 'urn:example:orders/Place', to: server.url, messageId: `urn:uuid:${crypto.randomUUID()}` },
 * });
 * console.log(answer?.addressing.action); // urn:example:orders/Placed
 * await exchange[Symbol.asyncDispose]();
 * await server.close();
 * ```
 */
export {
  ADDRESSING_FAULT_ACTION,
  type Addressing,
  ANONYMOUS,
  type EndpointReference,
  endpointReference,
  NONE,
  REPLY,
  type RelatesTo,
  SOAP_FAULT_ACTION,
  UNSPECIFIED,
} from './addressing.js';
export {
  type AddressingFaultName,
  type AddressingProblem,
  addressingFault,
  addressingFaults,
  faultAction,
  type InvalidAddressingHeaderSubsubcode,
  isAddressingFault,
  type PredefinedAddressingFault,
} from './addressing-faults.js';
export {
  faultAddressing,
  isAnonymous,
  isNone,
  optionalAddressing,
  readAddressing,
  readEndpointReference,
  replyAddressing,
  writeAddressing,
  writeEndpointReference,
} from './addressing-headers.js';
export { type Clock, type Scheduler, systemClock, systemScheduler } from './clock.js';
export { type Check, configured, wholeNumber } from './config.js';
export { readEnvelope, writeEnvelope } from './envelope.js';
export {
  HoldfastError,
  INVALID_MESSAGE_CODES,
  type InvalidMessageCode,
  InvalidMessageError,
  type ProtocolCode,
  ProtocolError,
  SECURITY_CODES,
  type SecurityCode,
  SecurityError,
  type StoreCode,
  StoreError,
  type TransportCode,
  TransportError,
  type UsageCode,
  UsageError,
} from './errors.js';
export type { FaultCode, SoapFault } from './fault.js';
export { faultEnvelope, isFault, readFault, writeFault } from './fault-body.js';
export {
  ACTOR_NEXT,
  assertUnderstood,
  isForUs,
  mustUnderstand,
  ROLE_NEXT,
  ROLE_NONE,
  ROLE_ULTIMATE_RECEIVER,
  roleOf,
} from './header-block.js';
export { type HttpExchangeCollaborators, httpExchange, httpWire } from './http/http-exchange.js';
export { defaultHttpExchangeConfig, type HttpExchangeConfig, type HttpTlsConfig } from './http/http-exchange-config.js';
export { type HttpServer, type HttpServerCollaborators, httpServer } from './http/http-server.js';
export {
  defaultHttpServerConfig,
  type HttpServerConfig,
  type HttpServerTlsConfig,
} from './http/http-server-config.js';
export type { Pem } from './http/pem.js';
export { type Log, type LogEntry, silent } from './log.js';
export type {
  Envelope,
  Exchange,
  Handler,
  IncomingMessage,
  OutgoingMessage,
  ReadEnvelope,
  SoapVersion,
} from './message.js';
export { DS, SOAP_11, SOAP_12, WSA, WSSE, WSU, wsa, wsu, XENC, xml } from './namespaces.js';
export { type Proof, type ProvenToken, unproven } from './proof.js';
export { readMessage } from './read-message.js';
export { mustUnderstandFault, receiverFault, senderFault, versionMismatchFault } from './soap-faults.js';
export { soapNames, soapNamespace, versionOfNamespace } from './soap-version.js';
export {
  assertSameAction,
  faultOf,
  type PlainHandlerCollaborators,
  plainExchange,
  plainHandler,
  type WireExchange,
  type WireHandler,
  type WireInfo,
  type WireRequest,
  type WireResponse,
  wireRequest,
  wireResponse,
} from './wire.js';
export { detached, detachedNodes } from './xml/detach.js';
export { escapeAttribute, escapeText } from './xml/escape.js';
export {
  attemptContent,
  type ContentAttempt,
  defaultXmlLimits,
  noXmlLimits,
  parse,
  parseContent,
  type XmlContent,
  type XmlLimits,
} from './xml/parse.js';
export { octetsOf, PIECE, type TextSink, textOf } from './xml/pieces.js';
export {
  contextOf,
  serialize,
  serializeContent,
  serializeContentOctets,
  serializeOctets,
} from './xml/serialize.js';
export {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  isElement,
  isNamed,
  type Name,
  type NamespaceDeclaration,
  namespaceInScope,
  namespacesInScope,
  type QualifiedName,
  resolveQName,
  text,
  trimmedText,
  vocabulary,
  withAttribute,
  withChildren,
  XML_NAMESPACE,
  XMLNS_NAMESPACE,
  type XmlAttribute,
  type XmlComment,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
  type XmlScope,
} from './xml/tree.js';
