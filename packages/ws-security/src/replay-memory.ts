import { SecurityError } from '@holdfast/soap';
import type { ReplayEntry } from './replay-store.js';

/** What makes messages known again, each until its time is over; two generations, so that expiry costs nothing per message. */
export class ReplayMemory {
  readonly #maxEntries: number;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  // The last instant at which anything in a generation still counts: only then may the generation go.
  #recentUntil = Number.NEGATIVE_INFINITY;
  #olderUntil = Number.NEGATIVE_INFINITY;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** All of them or, when one is known or there is no room for all, none. @throws SecurityError `replayed` */
  admit(entries: readonly ReplayEntry[], now: Date): void {
    const at = now.getTime();
    while (this.#olderUntil <= at && this.#older.size + this.#recent.size > 0) {
      this.#older = this.#recent;
      this.#olderUntil = this.#recentUntil;
      this.#recent = new Map();
      this.#recentUntil = Number.NEGATIVE_INFINITY;
    }
    assertDistinct(entries);
    for (const { key } of entries) {
      const known = this.#recent.get(key) ?? this.#older.get(key);
      if (known !== undefined && known > at) throw replayed();
    }
    if (this.#recent.size + this.#older.size + entries.length > this.#maxEntries) {
      throw new SecurityError(
        'replayed',
        `More than ${this.#maxEntries} messages are remembered against replay (maxEntries).`,
      );
    }
    for (const { key, until } of entries) {
      this.#recent.set(key, until.getTime());
      this.#recentUntil = Math.max(this.#recentUntil, until.getTime());
    }
  }
}

/** @throws SecurityError `replayed` when a message repeats itself */
export function assertDistinct(entries: readonly ReplayEntry[]): void {
  if (entries.length > 1 && new Set(entries.map(({ key }) => key)).size < entries.length) throw replayed();
}

/** What a store or a cache says of a key that it knows. */
export function replayed(): SecurityError {
  return new SecurityError('replayed', 'A message with this signature, or this nonce, was accepted before.');
}
