import { NONE } from './addressing.js';
import { addressingFault } from './addressing-faults.js';
import { faultAddressing } from './addressing-headers.js';
import { readEnvelope, writeEnvelope } from './envelope.js';
import { InvalidMessageError, UsageError } from './errors.js';
import type { FaultCode, SoapFault } from './fault.js';
import { faultEnvelope, readFault } from './fault-body.js';
import { assertUnderstood } from './header-block.js';
import { type Log, silent } from './log.js';
import type { Exchange, Handler, IncomingMessage, OutgoingMessage, SoapVersion } from './message.js';
import { WSA, wsa } from './namespaces.js';
import { readMessage } from './read-message.js';
import { receiverFault, senderFault } from './soap-faults.js';
import { versionOfNamespace } from './soap-version.js';
import { elements, type Name, type XmlDocument, type XmlElement } from './xml/tree.js';

/** What a transport takes: a whole envelope, ready to be serialized, and what HTTP must know of it. */
export interface WireRequest {
  /** Where to send it, when the transport has no address of its own. */
  readonly url: string;
  readonly version: SoapVersion;
  /** wsa:Action; '' when there is none. */
  readonly action: string;
  /** The Envelope element. */
  readonly root: XmlElement;
}

/** What a handler says on the back channel. */
export interface WireResponse {
  readonly version: SoapVersion;
  /** The Envelope element. */
  readonly root: XmlElement;
  /** The code, when the envelope carries a fault: it decides the HTTP status. */
  readonly fault?: FaultCode;
}

/** What a transport knows of a request beside its document. */
export interface WireInfo {
  /** The network address of who sent it; a stranger's word no more than the network is to be trusted. */
  readonly remoteAddress?: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** The action as HTTP named it (SOAPAction, or the media type's `action`). */
  readonly action?: string;
}

/**
 * Sends one document and returns the document that came back, undefined when there was none.
 * @throws TransportError when no answer came, InvalidMessageError when it could not be read
 */
export type WireExchange = (request: WireRequest, signal?: AbortSignal) => Promise<XmlDocument | undefined>;

/** Takes one document and returns what to say; what it throws becomes a fault ({@link faultOf}). */
export type WireHandler = (document: XmlDocument, info: WireInfo) => Promise<WireResponse | undefined>;

/** The exchange of unsecured messages over a wire. A message without To goes where the wire goes by itself. */
export function plainExchange(wire: WireExchange): Exchange {
  return async (message, signal) => {
    if (message.securityContext !== undefined) {
      throw new UsageError(
        'unsupported',
        'The message asks for a security context, and this exchange has no security layer. Wrap it into one.',
      );
    }
    const document = await wire(wireRequest(message), signal);
    return document === undefined ? undefined : readMessage(document, '');
  };
}

/** An unsecured message as a transport takes it. */
export function wireRequest({ envelope, addressing }: OutgoingMessage): WireRequest {
  return {
    url: addressing.to ?? '',
    version: envelope.version,
    action: addressing.action,
    root: writeEnvelope(envelope, { addressing }),
  };
}

/** An unsecured message as a transport takes it for an answer; undefined when it goes to nobody (wsa:none). */
export function wireResponse({ envelope, addressing }: OutgoingMessage): WireResponse | undefined {
  if (addressing.to === NONE) return undefined;
  const root = writeEnvelope(envelope, { addressing });
  const fault = faultCodeOf(root);
  return { version: envelope.version, root, ...(fault === undefined ? {} : { fault }) };
}

/** What {@link plainHandler} works with. */
export interface PlainHandlerCollaborators {
  /** Hears of what was answered with a fault. Default: nobody. */
  readonly log?: Log;
  /** Whether a header block of this name is processed; given, mandatory ones that are not are refused. Default: not asked. */
  readonly understood?: (name: Name) => boolean;
}

/**
 * The wire handler of unsecured messages. A message without wsa:Action has the action that HTTP named; one whose two
 * actions differ is refused (ActionMismatch). A request without WS-Addressing gets an answer without it. What the
 * handler throws becomes a fault that says nothing of the cause.
 */
export function plainHandler(handler: Handler, collaborators: PlainHandlerCollaborators = {}): WireHandler {
  const { log = silent, understood } = collaborators;
  return async (document, info) => {
    let message: IncomingMessage | undefined;
    try {
      message = readMessage(document, info.action === '' ? undefined : info.action);
      assertSameAction(message.addressing.action, info.action);
      if (understood !== undefined) assertUnderstood(message.envelope, understood);
      const answer = await handler(message);
      if (answer === undefined) return undefined;
      return wireResponse(hasAddressing(document.root) ? answer : { ...answer, addressing: { action: '' } });
    } catch (error) {
      const version = message?.envelope.version ?? versionOfNamespace(document.root.namespace);
      if (version === undefined) throw error;
      log({ level: 'warning', event: 'message-refused', error });
      const fault = faultOf(error);
      const addressing = hasAddressing(document.root)
        ? faultAddressing(message?.addressing ?? { action: '' }, fault)
        : { action: '' };
      return wireResponse({ envelope: faultEnvelope(fault, version), addressing });
    }
  };
}

/** The fault to answer an error with: that of the specification if there is one, else one that says nothing of the cause. */
export function faultOf(error: unknown): SoapFault {
  if (!(error instanceof InvalidMessageError)) return receiverFault;
  return error.fault ?? senderFault;
}

/**
 * WS-Addressing 1.0 SOAP Binding §6.4.1.7: the action that HTTP names is empty or the very wsa:Action.
 * @throws InvalidMessageError `invalid-addressing-header`
 */
export function assertSameAction(action: string, httpAction: string | undefined): void {
  if (httpAction === undefined || httpAction === '' || action === '' || httpAction === action) return;
  throw new InvalidMessageError(
    'invalid-addressing-header',
    `The message has the wsa:Action "${action}", and HTTP says "${httpAction}".`,
    { fault: addressingFault('InvalidAddressingHeader', { subsubcode: 'ActionMismatch', header: wsa('Action') }) },
  );
}

function hasAddressing(root: XmlElement): boolean {
  return elements(root).some(
    (part) => part.local === 'Header' && elements(part).some(({ namespace }) => namespace === WSA),
  );
}

function faultCodeOf(root: XmlElement): FaultCode | undefined {
  return readFault(readEnvelope(root))?.code;
}
