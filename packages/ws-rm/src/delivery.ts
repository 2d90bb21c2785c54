import type { IncomingMessage, OutgoingMessage, SoapFault } from '@holdfast/soap';

/** What is known of a message that is being delivered, and the way into the transaction that marks it delivered. */
export interface Delivery<Transaction = unknown> {
  /** This side's name for the session. */
  readonly session: string;
  /** The wsrm:Identifier. */
  readonly sequence: string;
  readonly messageNumber: bigint;
  /** Whose session it is, as the security layer names them; absent for unsecured ones. */
  readonly identity?: string;
  /** UUID of the security context that the session is held to, if it is. */
  readonly securityContext?: string;
  /** Counts the deliveries of this message in this process, from 1. */
  readonly attempt: number;
  /**
   * Registers writes that commit together with the mark that this message is delivered, and with its reply: all or
   * none. They run synchronously at commit time. When one throws, nothing is marked, and the message is delivered again.
   */
  inTransaction(write: (transaction: Transaction) => void): void;
}

/**
 * The application at the recipient. What it returns is the reply; nothing for a one-way message. A {@link FaultError}
 * becomes the fault that it carries; any other error becomes a fault that says nothing of the cause.
 */
export type DeliveryHandler<Transaction = unknown> = (
  message: IncomingMessage,
  delivery: Delivery<Transaction>,
) => Promise<OutgoingMessage | undefined>;

/** Thrown by an application to answer with a fault of its own, which reaches the caller once, like any reply. */
export class FaultError extends Error {
  readonly fault: SoapFault;
  constructor(fault: SoapFault, options?: ErrorOptions) {
    super(fault.reason, options);
    this.name = 'FaultError';
    this.fault = fault;
  }
}
