import type { Clock, Scheduler } from '@holdfast/soap';
import type { Instant } from './instant.js';

/** A timer this much late shows that the event loop was blocked: what came in meanwhile is to be read first. */
const LATE = 1_000;
const GRACE = 200;

/** When which session wants to be woken: one timer for all of them. */
export class Deadlines<Key> {
  readonly #heap: { readonly at: Instant; readonly key: Key }[] = [];
  readonly #wanted = new Map<Key, Instant>();
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #due: (key: Key) => void;
  #armed: { readonly at: Instant; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, scheduler: Scheduler, due: (key: Key) => void) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#due = due;
  }

  /** Wakes this one at that time, instead of the time it had; undefined: not at all. */
  set(key: Key, at: Instant | undefined): void {
    if (at === undefined) {
      this.#wanted.delete(key);
      return;
    }
    const before = this.#wanted.get(key);
    if (before === at) return;
    this.#wanted.set(key, at);
    // A later time is found out when the earlier one comes.
    if (before !== undefined && before < at) return;
    this.#push(at, key);
    this.#arm();
  }

  stop(): void {
    this.#armed?.cancel();
    this.#armed = undefined;
    this.#wanted.clear();
    this.#heap.length = 0;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || (this.#armed !== undefined && this.#armed.at <= next.at)) return;
    this.#armed?.cancel();
    this.#wait(next.at, Math.max(0, next.at - this.#clock.now()));
  }

  #wait(at: Instant, millis: number): void {
    const cancel = this.#scheduler.after(Math.min(millis, 2 ** 31 - 1), () => {
      this.#armed = undefined;
      if (this.#clock.now() - at > LATE && millis !== GRACE) this.#wait(at, GRACE);
      else this.#wake();
    });
    this.#armed = { at, cancel };
  }

  #wake(): void {
    const now = this.#clock.now();
    const due: Key[] = [];
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      const wanted = this.#wanted.get(next.key);
      if (wanted === undefined) continue;
      if (wanted > now) {
        this.#push(wanted, next.key);
      } else {
        this.#wanted.delete(next.key);
        due.push(next.key);
      }
    }
    for (const key of due) this.#due(key);
    this.#arm();
  }

  #push(at: Instant, key: Key): void {
    const heap = this.#heap;
    let place = heap.push({ at, key }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (at >= (heap[parent]?.at ?? 0)) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      let least = place;
      for (const child of [left, left + 1]) {
        if (child < heap.length && (heap[child]?.at ?? 0) < (heap[least]?.at ?? 0)) least = child;
      }
      if (least === place) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  }
}
