import type { Handler, IncomingMessage } from '@holdfast/soap';
import type { DeliveryHandler } from './delivery.js';
import type { Collaborators } from './live-session.js';
import { Recipient } from './recipient.js';
import { assertReliableHandlerConfig, type ReliableHandlerConfig } from './recipient-config.js';
import type { SctApi } from './sct-api.js';

export interface RecipientCollaborators<Transaction = unknown> extends Collaborators<Transaction> {
  /** Resolves the SecurityTokenReferences of CreateSequence. Without it no sequence can be bound to a token. */
  readonly sct?: Pick<SctApi, 'resolve'>;
  /** Takes messages that are not part of any sequence. Without it they are refused with WSRMRequired. */
  readonly otherwise?: Handler;
  /** Hears of messages that the application did not take within its deliveries. They count as delivered then. */
  readonly onFailed?: (message: IncomingMessage, delivery: FailedDelivery) => void;
}

export interface FailedDelivery {
  readonly session: string;
  readonly sequence: string;
  readonly messageNumber: bigint;
  readonly error: unknown;
}

/** The recipient's side of reliable sessions. */
export interface ReliableHandler {
  /** To be put behind the security layer, or the server. */
  readonly handle: Handler;
  /**
   * Takes up the sessions that an earlier process left in the store: what was accepted and not delivered is delivered.
   * Sessions are also taken up one by one when a message about them comes.
   * @returns how many there are
   * @throws StoreError when the store cannot be read
   */
  resume(): Promise<number>;
  /**
   * Ends the sessions that are held to this security context, which was cancelled or is not to be used any more. What
   * was accepted is still delivered.
   */
  endContext(uuid: string): Promise<void>;
  /** Stops without a word to the peers. The sessions stay in the store. */
  stop(): void;
}

/** Puts reliable sessions before an application, as their recipient. */
export function reliableHandler<Transaction = unknown>(
  handler: DeliveryHandler<Transaction>,
  config: ReliableHandlerConfig,
  collaborators: RecipientCollaborators<Transaction>,
): ReliableHandler {
  assertReliableHandlerConfig(config);
  const recipient = new Recipient(handler, config, collaborators);
  return {
    handle: (message) => recipient.handle(message),
    resume: () => recipient.resume(),
    endContext: (uuid) => recipient.endContext(uuid),
    stop: () => recipient.stop(),
  };
}
