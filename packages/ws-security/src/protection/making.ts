import type { ProtectionDescription } from '../description.js';
import type { Receipt } from '../receipt.js';
import type { ReplayCache } from '../replay-cache.js';

/** What protection needs of the world. */
export interface ProtectionEnvironment {
  readonly now: Date;
  /** Cryptographically strong octets. */
  random(length: number): Uint8Array;
  /**
   * Remembers what we sign, so that nobody can send it back to us: with a context, both sides have the same keys. To be
   * the cache that {@link unprotect} is given, and one endpoint's alone. Absent: reflection is not looked for.
   */
  readonly replayCache?: ReplayCache;
  /** For a response: what {@link unprotect} gave for its request. */
  readonly request?: Receipt;
}

/** One message being made. */
export interface Making {
  readonly description: ProtectionDescription;
  readonly environment: ProtectionEnvironment;
  /** Ids that no payload has by chance: a random part for the message, and a count. */
  nextId(): string;
  random(length: number): Uint8Array;
}

export function making(description: ProtectionDescription, environment: ProtectionEnvironment): Making {
  const message = Buffer.from(environment.random(6)).toString('hex');
  let count = 0;
  return {
    description,
    environment,
    nextId: () => `_${message}-${++count}`,
    random: (length) => environment.random(length),
  };
}
