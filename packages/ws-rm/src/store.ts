/**
 * What reliable messaging needs of a store. A store keeps bytes under keys, all or nothing; it decides nothing about
 * the protocol. Whoever implements it runs the suite of `@holdfast/persistence/testing` over it.
 */

/** A reliable session (an outbound sequence, an inbound one, or both) as it was last committed. */
export interface StoredSession {
  /** Chosen by this side, never on the wire. */
  readonly key: string;
  /** The wsrm:Identifiers it is found by; more may come as the session goes on. */
  readonly identifiers: readonly string[];
  /** Counts the commits of this session, from 1. */
  readonly version: number;
  /** Encoded by `ws-rm`. */
  readonly state: Uint8Array;
}

/** Which of a session's two message logs: what it sends, or what it received and still holds. */
export type MessageLog = 'outbound' | 'inbound';

export interface StoredMessage {
  readonly session: string;
  readonly log: MessageLog;
  /** wsrm:MessageNumber. */
  readonly number: bigint;
  /** The unsecured message, encoded by `ws-rm`. */
  readonly bytes: Uint8Array;
}

/** One change; {@link SequenceStore.commit} takes several and applies all of them or none. */
export type StoreChange<Transaction = unknown> =
  /** `version` 1 inserts; any other replaces exactly version - 1, or the commit fails with `store-conflict`. */
  | ({ readonly kind: 'put-session' } & StoredSession)
  /** Removes the session with all of its messages. Nothing happens if there is none. */
  | { readonly kind: 'remove-session'; readonly key: string }
  /** Inserts or replaces. */
  | ({ readonly kind: 'put-message' } & StoredMessage)
  /** Removes the messages with lower ≤ number ≤ upper. */
  | {
      readonly kind: 'remove-messages';
      readonly session: string;
      readonly log: MessageLog;
      readonly lower: bigint;
      readonly upper: bigint;
    }
  /** Inserts or replaces a serialized security token. The store seals it as a secret. */
  | { readonly kind: 'put-token'; readonly uuid: string; readonly bytes: Uint8Array }
  | { readonly kind: 'remove-token'; readonly uuid: string }
  /**
   * The application's own writes, inside the same transaction (a transactional inbox or outbox). Runs synchronously,
   * at commit time; what it throws undoes the whole of this commit and nothing else.
   */
  | { readonly kind: 'application'; readonly write: (transaction: Transaction) => void };

export interface SequenceStore<Transaction = unknown> {
  /**
   * Applies the changes, all or nothing, in the order of the calls; resolves when they are durable. Commits that are
   * under way at the same time may share one transaction of the database; one that fails does not harm the others.
   * @throws StoreError `store-conflict` when a session's version is not the expected one; other codes when the store failed
   */
  commit(changes: readonly StoreChange<Transaction>[]): Promise<void>;
  /** The session with this key. */
  session(key: string): Promise<StoredSession | undefined>;
  /** The session that has this wsrm:Identifier. */
  sessionOf(identifier: string): Promise<StoredSession | undefined>;
  /** Every session, in the order of their creation; what a restart begins with. */
  sessions(): AsyncIterable<StoredSession>;
  message(session: string, log: MessageLog, number: bigint): Promise<StoredMessage | undefined>;
  /** The messages with number ≥ lower, ascending, at most `limit`. */
  messages(session: string, log: MessageLog, lower: bigint, limit: number): Promise<readonly StoredMessage[]>;
  token(uuid: string): Promise<Uint8Array | undefined>;
}
