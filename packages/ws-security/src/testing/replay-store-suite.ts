import { equal, rejects } from 'node:assert/strict';
import type { ReplayEntry, ReplayStore } from '../replay-store.js';

/** The functions of a test framework that the suite needs: mocha's, jest's, vitest's or node:test's. */
export interface ReplayTestFramework {
  readonly describe: (title: string, define: () => void) => unknown;
  readonly it: (title: string, run: () => Promise<void>) => unknown;
}

/** A replay store as its author makes it for one test. */
export interface ReplayStoreUnderTest {
  readonly store: ReplayStore;
  /** The same data, opened once more while the first is open, as another process would; leave it out when that cannot be. */
  readonly another?: () => Promise<ReplayStore>;
  /** Closes the store and opens the same data again; leave it out when nothing outlives the store. */
  readonly reopen?: () => Promise<ReplayStore>;
  /** Closes the store, also those that were opened later, and removes its data. */
  readonly dispose: () => Promise<void>;
}

/**
 * What every {@link ReplayStore} must do, as tests.
 * @param create makes an empty store, for one test
 * @param without leaves out the tests of what the store cannot do
 */
export function replayStoreSuite(
  { describe, it }: ReplayTestFramework,
  create: () => Promise<ReplayStoreUnderTest>,
  without: readonly ('another' | 'reopen')[] = [],
): void {
  const test = (title: string, run: (subject: ReplayStoreUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const subject = await create();
      try {
        await run(subject);
      } finally {
        await subject.dispose();
      }
    });
  };

  describe('replays', () => {
    test('what was not seen is admitted', async ({ store }) => {
      await store.admit([entry('one'), entry('two')], at(0));
      await store.admit([entry('three')], at(0));
      await store.admit([], at(0));
    });

    test('what was seen is refused, also the second time, until its time is over', async ({ store }) => {
      await store.admit([entry('one', 1_000)], at(0));
      for (const later of [0, 0, 1, 500, 999]) await refused(store, [entry('one', 5_000)], later);
      await store.admit([entry('one', 2_000)], at(1_000));
      await refused(store, [entry('one', 5_000)], 1_999);
      await store.admit([entry('one', 3_000)], at(2_000));
    });

    test('all entries of a message are admitted, or none', async ({ store }) => {
      await store.admit([entry('known')], at(0));
      await refused(store, [entry('before'), entry('known'), entry('after')]);
      await store.admit([entry('before'), entry('after')], at(0));
    });

    test('a message that repeats itself is refused, and nothing of it remembered', async ({ store }) => {
      await refused(store, [entry('one'), entry('two'), entry('one')]);
      await store.admit([entry('one'), entry('two')], at(0));
    });

    test('what is admitted many times at once is admitted once', async ({ store }) => {
      equal(await admitted(Array.from({ length: 20 }, () => store)), 1);
    });

    test('keys of any length and any characters are told apart', async ({ store }) => {
      const long = 'A'.repeat(10_000);
      const keys = [
        '',
        ' ',
        'a',
        'A',
        'a ',
        "a'--",
        '\u0000',
        'a\u0000',
        'é',
        'e\u0301',
        '\u{1F600}',
        long,
        `${long}A`,
      ];
      for (const key of keys) await store.admit([entry(key)], at(0));
      for (const key of keys) await refused(store, [entry(key)]);
    });

    test('one that counts for long is kept while many that count for little come and go', async ({ store }) => {
      await store.admit([entry('long', 100_000)], at(0));
      for (let now = 0; now < 100_000; now += 10_000) {
        const brief = Array.from({ length: 500 }, (_, count) => entry(`${now} ${count}`, now + 5_000));
        await Promise.all(brief.map((each) => store.admit([each], at(now))));
        await refused(store, [entry('long', 100_000)], now);
      }
      await store.admit([entry('long', 200_000)], at(100_000));
    });

    if (!without.includes('another')) {
      test('two processes admit a message once', async ({ store, another }) => {
        if (another === undefined)
          throw new Error("This store cannot be opened twice; leave that out with ['another']");
        const second = await another();
        await store.admit([entry('one')], at(0));
        await refused(second, [entry('one')]);
        await second.admit([entry('two')], at(0));
        await refused(store, [entry('two')]);
        equal(await admitted([store, second, store, second]), 1);
      });
    }

    if (!without.includes('reopen')) {
      test('opened again, it refuses what was admitted before', async ({ store, reopen }) => {
        if (reopen === undefined) throw new Error("This store cannot be opened again; leave that out with ['reopen']");
        await store.admit([entry('one', 1_000), entry('two', 2_000)], at(0));
        const again = await reopen();
        await refused(again, [entry('one')], 999);
        await again.admit([entry('one', 2_000)], at(1_000));
        await refused(again, [entry('two')], 1_000);
      });
    }
  });
}

/** How many of these admit one and the same message, all at once. */
async function admitted(stores: readonly ReplayStore[]): Promise<number> {
  const results = await Promise.allSettled(stores.map((store) => store.admit([entry('same')], at(0))));
  return results.filter(({ status }) => status === 'fulfilled').length;
}

function refused(store: ReplayStore, entries: readonly ReplayEntry[], now = 0): Promise<void> {
  return rejects(store.admit(entries, at(now)), { name: 'SecurityError', code: 'replayed' });
}

function entry(key: string, until = 60_000): ReplayEntry {
  return { key, until: at(until) };
}

function at(millis: number): Date {
  return new Date(Date.UTC(2026, 2, 1, 12) + millis);
}
