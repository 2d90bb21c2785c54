import type { IncomingMessage, SoapFault, XmlElement } from '@holdfast/soap';
import type { Delivery, SessionStatus } from '@holdfast/ws-rm';
import type { SctApi } from '@holdfast/ws-secconv';
import type { Body } from './body.js';

/** What came back to a request. */
export interface Reply {
  /** wsa:Action. */
  readonly action: string;
  /** The element in soap:Body; `undefined` when it is empty. */
  readonly body: XmlElement | undefined;
  /** The whole message, with what is proven about it. */
  readonly message: IncomingMessage;
}

/** A one-way message that is durable. */
export interface Sent {
  /** Its number in the sequence; `undefined` without reliable messaging. */
  readonly messageNumber: bigint | undefined;
  /** Resolves when the other side has it durably; rejects when it never will. */
  readonly acknowledged: Promise<void>;
}

/** What may be said with one request. */
export interface RequestOptions<Transaction = unknown> {
  /** Gives up waiting. Under reliable messaging the request arrives all the same. */
  readonly signal?: AbortSignal;
  /** Writes that commit together with the mark that the reply came. Reliable messaging only. */
  readonly inTransaction?: (reply: Reply, transaction: Transaction) => void;
}

/** A reliable, secure conversation, as the one who began it has it. */
export interface Conversation<Transaction = unknown> extends AsyncDisposable {
  readonly address: string;
  /**
   * Sends a one-way message: resolves when it is durable here, so that it arrives whatever dies.
   * @param action wsa:Action
   */
  send(action: string, body?: Body): Promise<Sent>;
  /**
   * Sends a request and waits for its reply.
   * @throws ProtocolError `fault-received` when the reply is a fault: `fault` has it
   */
  request(action: string, body?: Body, options?: RequestOptions<Transaction>): Promise<Reply>;
  /** How the sequence stands; `undefined` without reliable messaging. */
  status(): SessionStatus | undefined;
  /** The security context tokens of the conversation; `undefined` without security. */
  readonly sct: SctApi | undefined;
  /**
   * Waits until all is acknowledged and answered, then ends the sequence and the security context. That the other end
   * did not confirm the end of the context is only logged: it ends by itself.
   * @throws ProtocolError, TransportError `timed-out`: the conversation is then still in the store
   */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Stops without a word: the conversation stays in the store, to be resumed. */
  suspend(): Promise<void>;
}

/** A reply whose caller died with an earlier process. */
export interface LateReply<Transaction = unknown> extends Reply {
  /** The fault, when the reply is one. */
  readonly fault: SoapFault | undefined;
  /** The number of the request that it answers. */
  readonly request: bigint;
  readonly delivery: Delivery<Transaction>;
}

/** Takes such replies, once each; its transactional writes commit with the mark that the reply was taken. */
export type LateReplyHandler<Transaction = unknown> = (reply: LateReply<Transaction>) => Promise<void> | void;
