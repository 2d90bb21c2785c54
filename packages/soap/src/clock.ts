/** Milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() };

/** Calls back later, once. */
export interface Scheduler {
  /** @returns cancels it; nothing happens when it was called already */
  after(millis: number, callback: () => void): () => void;
}

/** The timers of Node.js. */
export const systemScheduler: Scheduler = {
  after(millis, callback) {
    const timer = setTimeout(callback, millis);
    return () => clearTimeout(timer);
  },
};
