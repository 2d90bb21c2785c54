import type { Clock, Log, Scheduler } from '@holdfast/soap';
import type { Batch, Body } from './batch.js';
import type { Instant } from './instant.js';
import type { Random } from './random.js';
import type { SessionConfig, SessionEffect } from './session.js';
import type { Session } from './session-state.js';
import type { SequenceStore, StoreChange } from './store.js';

/** What the shells need of the world. */
export interface Collaborators<Transaction = unknown> {
  readonly store: SequenceStore<Transaction>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
}

/** A session in memory. `session` runs ahead of `committed` by the steps that are yet to be made durable. */
export interface LiveSession<Transaction, Extra> {
  readonly key: string;
  readonly extra: Extra;
  session: Session;
  committed: Session;
  /** Of the newest commit that was begun. */
  version: number;
  tail: Batch<Transaction> | undefined;
  flushing: boolean;
  inFlight: number;
  /** Waits until no commit is under way. */
  idle: (() => void) | undefined;
  /** Counts the failures. Of the commits of an earlier epoch only those that were begun before the one that failed can succeed. */
  epoch: number;
  reloading: Promise<void> | undefined;
  /** After a failure messages are delivered only after the commit, lest they be delivered again and again. */
  cautious: boolean;
  /** Failures since the last commit that succeeded. */
  failures: number;
  /** When what need not last at once is committed at the latest. */
  lingersUntil: Instant | undefined;
  /** No longer in the store, or given up. */
  gone: boolean;
  readonly identifiers: Set<string>;
}

/** What an endpoint does of what the steps ask for. */
export interface Performer<Transaction, Extra> {
  /** What goes along with a session, made when it comes into memory. */
  extra(session: Session): Extra;
  /** Identifiers under which memory and the store are to find it. */
  identifiers(live: LiveSession<Transaction, Extra>): readonly string[];
  /** Called after the commit, without `deliver`. */
  perform(live: LiveSession<Transaction, Extra>, effects: readonly SessionEffect[]): void;
  /**
   * Called for each message that may be delivered. It may come before its acceptance is durable: nobody has been told
   * of it then, so that a crash only makes the peer send it again.
   */
  deliver(live: LiveSession<Transaction, Extra>, number: bigint): void;
  /** The session was loaded again after a failure, and steps that were not committed are forgotten. */
  reloaded(live: LiveSession<Transaction, Extra>): void;
  /** The session has left the store. */
  dropped(live: LiveSession<Transaction, Extra>): void;
}

export interface StepOptions<Transaction> {
  /** Bodies that the step brings into the store. */
  readonly bodies?: (before: Session, effects: readonly SessionEffect[]) => readonly Body[];
  readonly changes?: readonly StoreChange<Transaction>[];
  /** Called when the commit failed, before the session is loaded again; `bodies` may be called once more after it. */
  readonly undone?: () => void;
  /** Writes of the application that commit with the step or not at all; left out when the step was not awaited. */
  readonly application?: readonly ((transaction: Transaction) => void)[];
}

/** What to do with `deliver`: at the recipient at once, at the initiator after the commit. */
export interface RunnerOptions {
  /** What the keys of the endpoint's sessions begin with; those of the other role are not for it. */
  readonly keyPrefix: string;
  readonly deliverEarly: boolean;
  readonly config: SessionConfig;
}
