import { defaultReplayCacheConfig, type ReplayCacheConfig } from './replay-cache.js';
import { ReplayMemory } from './replay-memory.js';

/** What a message is known by, and until when. */
export interface ReplayEntry {
  /** Any characters, of any length; a store may keep a hash of it. */
  readonly key: string;
  /** When a repetition would be refused for its age anyway. */
  readonly until: Date;
}

/**
 * Remembers messages as a {@link ReplayCache} does, for longer than a process lives, or for several processes. It is one
 * endpoint's: both ends of a conversation have the same keys, and each must know its own messages.
 */
export interface ReplayStore {
  /**
   * Remembers all of the entries, or none: of two calls with a key in common, made at once and wherever, one succeeds.
   * Resolves when they are as durable as the store is. An entry may be forgotten when its `until` has come.
   * @throws SecurityError `replayed` when one of the keys is remembered, or is given twice
   * @throws StoreError when the store failed; the message must not be acted on then
   */
  admit(entries: readonly ReplayEntry[], now: Date): Promise<void>;
}

/** A store in memory, for tests, and for endpoints of one process that share what they remember. */
export function memoryReplayStore(config: Partial<ReplayCacheConfig> = {}): ReplayStore {
  const memory = new ReplayMemory(config.maxEntries ?? defaultReplayCacheConfig.maxEntries);
  return { admit: async (entries, now) => memory.admit(entries, now) };
}
