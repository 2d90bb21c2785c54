import { SecurityError } from '@holdfast/soap';

/**
 * Remembers the signatures of messages, those accepted and our own, for as long as their Timestamps make them
 * acceptable. Each endpoint has one of its own.
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

/** A cache in memory: two generations, so that expiry costs nothing per message. */
export function replayCache(config: Partial<ReplayCacheConfig> = {}): ReplayCache {
  const maxEntries = config.maxEntries ?? 500_000;
  let recent = new Map<string, number>();
  let older = new Map<string, number>();
  // The last instant at which anything in a generation still counts: only then may the generation go.
  let recentUntil = Number.NEGATIVE_INFINITY;
  let olderUntil = Number.NEGATIVE_INFINITY;

  return {
    admit(key, until, now) {
      const at = now.getTime();
      while (olderUntil <= at && older.size + recent.size > 0) {
        [older, olderUntil, recent, recentUntil] = [recent, recentUntil, new Map(), Number.NEGATIVE_INFINITY];
      }
      const known = recent.get(key) ?? older.get(key);
      if (known !== undefined && known > at) {
        throw new SecurityError('replayed', 'A message with this signature, or this nonce, was accepted before.');
      }
      if (recent.size + older.size >= maxEntries) {
        throw new SecurityError(
          'replayed',
          `More than ${maxEntries} messages are remembered against replay (maxEntries).`,
        );
      }
      recent.set(key, until.getTime());
      recentUntil = Math.max(recentUntil, until.getTime());
    },
  };
}
