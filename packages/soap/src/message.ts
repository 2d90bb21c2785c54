import type { Addressing } from './addressing.js';
import type { Proof } from './proof.js';
import type { XmlElement, XmlNode } from './xml/tree.js';

/** The versions of SOAP that are spoken. */
export type SoapVersion = '1.1' | '1.2';

/** A SOAP envelope to be written: header blocks without the addressing ones, and the children of Body. */
export interface Envelope {
  readonly version: SoapVersion;
  readonly headers: readonly XmlElement[];
  readonly body: readonly XmlNode[];
}

/** An envelope that was read. Its parts are the very elements of `root`, so that a proof can be asked about them. */
export interface ReadEnvelope extends Envelope {
  readonly root: XmlElement;
  readonly bodyElement: XmlElement;
}

/** A message on its way out: its envelope and where it goes. */
export interface OutgoingMessage {
  readonly envelope: Envelope;
  readonly addressing: Addressing;
  /**
   * UUID of the security context whose keys must protect this message, as the SCT API names it.
   * Absent: the security layer chooses; if there is no security layer it must be absent.
   */
  readonly securityContext?: string;
}

/** A message that came in, with what is proven about it. */
export interface IncomingMessage {
  readonly envelope: ReadEnvelope;
  readonly addressing: Addressing;
  readonly proof: Proof;
}

/**
 * Sends a message and returns the answer on the back channel. `undefined`: accepted, nothing said (HTTP 202).
 * A SOAP fault is an answer like any other and is returned, not thrown.
 * @throws TransportError when no answer came, SecurityError when it cannot be trusted, InvalidMessageError when unreadable
 */
export type Exchange = (message: OutgoingMessage, signal?: AbortSignal) => Promise<IncomingMessage | undefined>;

/**
 * Takes a message and returns what to say on its back channel; `undefined`: nothing to say (HTTP 202).
 * What it throws becomes a fault: details go to the log, not to the peer.
 */
export type Handler = (message: IncomingMessage) => Promise<OutgoingMessage | undefined>;
