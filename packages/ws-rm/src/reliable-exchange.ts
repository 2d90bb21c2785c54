import { type Exchange, type IncomingMessage, type OutgoingMessage, StoreError, UsageError } from '@holdfast/soap';
import { securityContextOf } from './binding.js';
import type { Delivery } from './delivery.js';
import { isHeld } from './held-sessions.js';
import { Initiator } from './initiator.js';
import type { ReliableExchangeConfig } from './initiator-config.js';
import { INITIATOR_KEY_PREFIX } from './initiator-session.js';
import type { Collaborators } from './live-session.js';
import type { SctApi } from './sct-api.js';
import { decodeSession } from './session-codec.js';
import type { Session } from './session-state.js';
import type { EndReason } from './source-state.js';
import type { StoredSession } from './store.js';

export interface InitiatorCollaborators<Transaction = unknown> extends Collaborators<Transaction> {
  /** The security context tokens that sequences are bound to. */
  readonly sct?: SctApi;
}

/** A message that is on its way. */
export interface Sent {
  readonly messageNumber: bigint;
  /** Resolves when the peer has acknowledged it; rejects with a ProtocolError when it never will. */
  readonly acknowledged: Promise<void>;
}

export interface RequestOptions<Transaction = unknown> {
  /** Gives up waiting. The request stays in its sequence, and is delivered all the same. */
  readonly signal?: AbortSignal;
  /** Called when the request is durable: from then on it arrives, whatever dies here. */
  readonly durable?: (messageNumber: bigint) => void;
  /**
   * Writes that commit together with the mark that the reply came. When it throws, the request is rejected with what it
   * threw, and the reply is left for the `replies` of a resumed session.
   */
  readonly inTransaction?: (reply: IncomingMessage, transaction: Transaction) => void;
}

/**
 * Takes the replies to requests whose callers died with an earlier process. What it throws makes the reply come again.
 */
export type ReplyHandler<Transaction = unknown> = (
  reply: IncomingMessage,
  delivery: Delivery<Transaction> & {
    /** The number of the request. */
    readonly request: bigint;
    /** The wsa:MessageID of the request. */
    readonly requestId?: string;
  },
) => Promise<void> | void;

/** A reliable session as its initiator has it. */
export interface ReliableExchange<Transaction = unknown> extends AsyncDisposable {
  /** This side's name for the session, under which it is in the store. */
  readonly key: string;
  /**
   * Sends a one-way message. Resolves when the message is durable: from then on it arrives, whatever dies here.
   * @throws StoreError, ProtocolError when the sequence takes no more messages, UsageError
   */
  send(message: OutgoingMessage): Promise<Sent>;
  /**
   * Sends a request and resolves with its reply, which may be a fault.
   * @throws as {@link send}, and ProtocolError when the reply will never come
   */
  request(message: OutgoingMessage, options?: RequestOptions<Transaction>): Promise<IncomingMessage>;
  /**
   * Waits until everything is acknowledged and answered, closes and terminates the sequence, and forgets it.
   * @throws ProtocolError when the sequence ended in another way; TransportError `timed-out` when the peer does not
   *   answer for as long as `closeTimeout`: the session is then still in the store, to be resumed
   */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Stops without a word to the peer. What is under way is rejected here, and stays in the store to be resumed.
   */
  suspend(): void;
  /** How the session stands, for people. */
  status(): SessionStatus;
}

export interface SessionStatus {
  readonly state: Session['source']['kind'];
  /** What last stood in the way, proven or not; absent since the peer has answered. */
  readonly failure?: unknown;
  /** Why the sequence is no more, if it is. */
  readonly ended?: EndReason;
  /** The wsrm:Identifier, once there is one. */
  readonly sequence?: string;
  readonly securityContext?: string;
  /** Messages that were submitted. */
  readonly submitted: bigint;
  /** Messages that are not settled yet. */
  readonly outstanding: bigint;
}

/** Begins a reliable session over an exchange. The sequence is created with the first message. */
export function reliableExchange<Transaction = unknown>(
  exchange: Exchange,
  config: ReliableExchangeConfig,
  collaborators: InitiatorCollaborators<Transaction>,
): ReliableExchange<Transaction> {
  return new Initiator(exchange, config, collaborators, {});
}

/**
 * Takes up the sessions with `config.address` that an earlier process left in the store: the same sequence, the same
 * token. What is unacknowledged is sent again.
 * @param options `replies` takes the replies whose callers died; without it they wait in the store until the session ends
 * @throws StoreError when the store cannot be read, or does not have the token of a session; UsageError `unsupported`
 *   when one of them is in use in this process
 */
export async function resumeExchanges<Transaction = unknown>(
  exchange: Exchange,
  config: ReliableExchangeConfig,
  collaborators: InitiatorCollaborators<Transaction>,
  options: { readonly replies?: ReplyHandler<Transaction> } = {},
): Promise<readonly ReliableExchange<Transaction>[]> {
  const found: { readonly stored: StoredSession; readonly session: Session }[] = [];
  for await (const stored of collaborators.store.sessions()) {
    if (!stored.key.startsWith(INITIATOR_KEY_PREFIX)) continue;
    const session = decodeSession(stored.state);
    if (session.role !== 'initiator' || session.address !== config.address) continue;
    await restoreToken(session, collaborators);
    found.push({ stored, session });
  }
  if (found.some(({ stored }) => isHeld(collaborators.store, stored.key))) {
    throw new UsageError(
      'unsupported',
      `A conversation with ${config.address} is under way over this store. Use that one, or close or suspend it first.`,
    );
  }
  // Only when all of them can be: one that is under way without anybody who holds it could not be ended.
  return found.map((resumed) => new Initiator(exchange, config, collaborators, { ...options, resumed }));
}

async function restoreToken<Transaction>(
  session: Session,
  { store, sct }: InitiatorCollaborators<Transaction>,
): Promise<void> {
  const uuid = securityContextOf(session.binding);
  if (uuid === undefined || sct === undefined) return;
  const bytes = await store.token(uuid);
  if (bytes === undefined) {
    throw new StoreError(
      'not-found',
      `The store has a session that is bound to the token ${uuid}, but not the token. Restore it from a back-up.`,
    );
  }
  await sct.deserialize(bytes);
}
