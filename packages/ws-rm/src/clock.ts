/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

/** The passage of time, for the shells; the cores are told the time. */
export interface Clock {
  now(): Instant;
  /** Calls back once, at that time or as soon after it as possible; the function returned prevents it. */
  at(instant: Instant, callback: () => void): () => void;
  /** Calls back after what the event loop has at hand now: once for all that arrives together. */
  soon(callback: () => void): void;
}

/** setTimeout counts in 32 bits. */
const longest = 2 ** 31 - 1;

/** The clock of the system. A timer that is set keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(instant, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const rest = Math.max(0, instant - Date.now());
      timer = rest > longest ? setTimeout(arm, longest) : setTimeout(callback, rest);
    };
    arm();
    return () => clearTimeout(timer);
  },
  soon: (callback) => {
    setImmediate(callback);
  },
};
