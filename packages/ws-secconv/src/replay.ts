import { deferredReplay, type ReplayCache, type ReplayStore } from '@holdfast/ws-security';

/** The port that stores implement, for those who know of security no more than this. */
export type { ReplayEntry, ReplayStore } from '@holdfast/ws-security';

/** What an endpoint knows messages again by. */
export interface ReplayMemories {
  /** For as long as the process lives; not asked where there is a store. */
  readonly replayCache: ReplayCache;
  /**
   * For longer, or for several processes; a message is acted on, or sent, when the store has it. Only this endpoint's:
   * the other end of a conversation needs another. Default: none.
   */
  readonly replayStore?: ReplayStore;
}

/**
 * Has a message protected or opened, and resolves with the result when it is known not to be a repetition.
 * @throws SecurityError `replayed`, StoreError
 */
export async function unrepeated<Result>(
  { replayCache, replayStore }: ReplayMemories,
  now: Date,
  process: (replayCache: ReplayCache) => Result,
): Promise<Result> {
  if (replayStore === undefined) return process(replayCache);
  const replay = deferredReplay();
  const result = process(replay);
  await replay.admitInto(replayStore, now);
  return result;
}
