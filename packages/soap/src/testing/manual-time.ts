import type { Clock, Scheduler } from '../clock.js';

/** A clock and a scheduler that stand still until they are moved. */
export interface ManualTime extends Clock, Scheduler {
  /** Moves on by so many milliseconds and calls back what became due, in order. */
  advance(millis: number): void;
  /** How many calls are waiting. */
  readonly pending: number;
}

/** Time that stands still. @param start milliseconds since the epoch */
export function manualTime(start = 0): ManualTime {
  let now = start;
  let waiting: readonly { readonly at: number; readonly callback: () => void }[] = [];
  return {
    now: () => now,
    get pending() {
      return waiting.length;
    },
    after(millis, callback) {
      const entry = { at: now + millis, callback };
      waiting = [...waiting, entry];
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(millis) {
      const end = now + millis;
      for (;;) {
        const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        waiting = waiting.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
  };
}
