import { ReplayMemory } from './replay-memory.js';

/**
 * Remembers the signatures of messages, those accepted and our own, for as long as their Timestamps make them
 * acceptable. Each endpoint has one of its own. {@link ReplayStore} is its form for several processes.
 */
export interface ReplayCache {
  /**
   * @param key what makes the message unique: its signature value
   * @param until when a repetition would be refused for its age anyway
   * @throws SecurityError `replayed` when the key is known, or when no more can be remembered
   */
  admit(key: string, until: Date, now: Date): void;
}

export interface ReplayCacheConfig {
  /** Keys at most, about 150 bytes each. A message beyond is refused: forgetting one would let it be replayed. Default 500,000. */
  readonly maxEntries: number;
}

/** How much a cache remembers where its configuration says nothing. */
export const defaultReplayCacheConfig: ReplayCacheConfig = { maxEntries: 500_000 };

/** A cache in memory. */
export function replayCache(config: Partial<ReplayCacheConfig> = {}): ReplayCache {
  const memory = new ReplayMemory(config.maxEntries ?? defaultReplayCacheConfig.maxEntries);
  return { admit: (key, until, now) => memory.admit([{ key, until }], now) };
}
