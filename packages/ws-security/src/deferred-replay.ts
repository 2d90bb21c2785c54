import type { ReplayCache } from './replay-cache.js';
import { replayed } from './replay-memory.js';
import type { ReplayEntry, ReplayStore } from './replay-store.js';

/** What one message is known by, until a store is asked about it. */
export interface DeferredReplay extends ReplayCache {
  /**
   * Asks the store. To be awaited before a message that came in is acted on, and before one of ours leaves.
   * @throws SecurityError `replayed`, StoreError: then the message must be neither acted on nor sent
   */
  admitInto(store: ReplayStore, now: Date): Promise<void>;
}

/**
 * Between {@link protect} and {@link unprotect}, which do not wait, and a {@link ReplayStore}, which does. For one message;
 * make another for the next.
 *
 * ```ts
 * const replay = deferredReplay();
 * const opened = unprotect(document, description, keys, { now, replayCache: replay });
 * await replay.admitInto(store, now);
 * ```
 */
export function deferredReplay(): DeferredReplay {
  const entries: ReplayEntry[] = [];
  return {
    admit(key, until) {
      if (entries.some((entry) => entry.key === key)) throw replayed();
      entries.push({ key, until });
    },
    async admitInto(store, now) {
      if (entries.length > 0) await store.admit(entries, now);
    },
  };
}
