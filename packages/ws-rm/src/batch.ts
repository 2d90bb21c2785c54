import { contains, noRanges, normalize, type Ranges, subtract, union } from './ranges.js';
import type { SessionEffect } from './session.js';
import type { MessageLog, StoreChange } from './store.js';

/** A body that goes into the store with a step. */
export interface Body {
  readonly log: MessageLog;
  readonly number: bigint;
  readonly encode: () => Uint8Array;
}

/** One step that waits for the commit it is part of. */
export interface Waiting {
  readonly effects: readonly SessionEffect[];
  /** Whether what it delivers waits for the commit. */
  readonly deliversAfter: boolean;
  readonly committed: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The steps of one session that go into one commit. A body that is put and discarded within the same batch never
 * reaches the store.
 */
export class Batch<Transaction> {
  /** Whether anything in it has to be durable before its effects may be performed. */
  needed = false;
  /** No further step may join: an application's write may undo all of it. */
  sealed = false;
  readonly waiting: Waiting[] = [];
  readonly #bodies: Record<MessageLog, Map<bigint, Body>> = { outbound: new Map(), inbound: new Map() };
  readonly #discarded: Record<MessageLog, Ranges> = { outbound: noRanges, inbound: noRanges };
  readonly #others: StoreChange<Transaction>[] = [];
  readonly #application: ((transaction: Transaction) => void)[] = [];

  put(body: Body): void {
    this.#bodies[body.log].set(body.number, body);
  }

  discard(log: MessageLog, ranges: Ranges): void {
    const bodies = this.#bodies[log];
    let stored = normalize(ranges);
    for (const number of bodies.keys()) {
      if (!contains(stored, number)) continue;
      bodies.delete(number);
      stored = subtract(stored, [{ lower: number, upper: number }]);
    }
    this.#discarded[log] = union(this.#discarded[log], stored);
  }

  /** Whether it brings nothing into the store but the session itself. */
  get isEmpty(): boolean {
    const { outbound, inbound } = this.#bodies;
    return (
      outbound.size + inbound.size + this.#others.length + this.#application.length === 0 &&
      this.#discarded.outbound.length + this.#discarded.inbound.length === 0
    );
  }

  also(change: StoreChange<Transaction>): void {
    this.#others.push(change);
  }

  write(write: (transaction: Transaction) => void): void {
    this.#application.push(write);
  }

  /** What goes before the session itself. */
  changes(session: string): StoreChange<Transaction>[] {
    const changes: StoreChange<Transaction>[] = [...this.#others];
    for (const log of ['outbound', 'inbound'] as const) {
      for (const { lower, upper } of this.#discarded[log]) {
        changes.push({ kind: 'remove-messages', session, log, lower, upper });
      }
      for (const { number, encode } of this.#bodies[log].values()) {
        changes.push({ kind: 'put-message', session, log, number, bytes: encode() });
      }
    }
    for (const write of this.#application) changes.push({ kind: 'application', write });
    return changes;
  }
}
