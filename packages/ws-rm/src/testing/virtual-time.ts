import type { Clock, Scheduler } from '@holdfast/soap';

/** A clock and a scheduler whose time passes only while nothing else is to do, and then at once. */
export interface VirtualTime extends Clock, Scheduler {
  /**
   * Lets time pass until the promise is settled: the event loop does what it has at hand, then the clock jumps to the
   * next timer.
   * @throws Error when no timer is left and the promise is still not settled, or after so much time
   */
  until<Value>(promise: Promise<Value>, mostMillis?: number): Promise<Value>;
  /** Lets so much time pass. */
  pass(millis: number): Promise<void>;
}

/** Turns of the event loop that whatever is under way gets before the clock jumps. */
const TURNS = 12;

export function virtualTime(start = 1_000_000): VirtualTime {
  let now = start;
  let waiting: readonly { readonly at: number; readonly callback: () => void }[] = [];

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  const next = (): number | undefined =>
    waiting.reduce<number | undefined>((least, { at }) => (least === undefined || at < least ? at : least), undefined);

  const jump = (to: number): void => {
    now = Math.max(now, to);
    const due = waiting.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    waiting = waiting.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
  };

  return {
    now: () => now,
    after(millis, callback) {
      const entry = { at: now + millis, callback };
      waiting = [...waiting, entry];
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    async until(promise, mostMillis = 365 * 24 * 3_600_000) {
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      promise.then(done, done);
      const end = now + mostMillis;
      for (;;) {
        await settle();
        if (settled) return promise;
        const at = next();
        if (at === undefined) throw new Error('Nothing is left to happen, and the promise is not settled.');
        if (at > end) throw new Error('The promise is not settled in the time that was given.');
        jump(at);
      }
    },
    async pass(millis) {
      const end = now + millis;
      for (;;) {
        await settle();
        const at = next();
        if (at === undefined || at > end) break;
        jump(at);
      }
      now = end;
      await settle();
    },
  };
}
