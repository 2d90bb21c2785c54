import { expect } from 'chai';
import { memoryReplayStore, type ReplayStore } from '#src/replay-store.js';
import { type ReplayStoreUnderTest, replayStoreSuite } from '#src/testing/index.js';

describe('the replay store in memory', () => {
  replayStoreSuite({ describe, it }, async () => inMemory(memoryReplayStore()), ['another', 'reopen']);

  it('refuses what it has no room for, all of it, rather than to forget', async () => {
    const store = memoryReplayStore({ maxEntries: 3 });
    const until = new Date(1_000);
    await store.admit([{ key: 'one', until }], new Date(0));
    const more = ['two', 'three', 'four'].map((key) => ({ key, until }));
    expect(await store.admit(more, new Date(0)).catch(({ code }) => code)).to.equal('replayed');
    await store.admit(more.slice(1), new Date(0));
  });
});

describe('the suite of replay stores', () => {
  const wrong: Readonly<Record<string, (right: ReplayStore) => ReplayStore>> = {
    'admits everything': () => ({ admit: async () => {} }),
    'refuses nothing that comes at once': (right) => ({
      admit: (entries, now) => right.admit(entries, now).catch(() => undefined),
    }),
    'admits entry by entry': (right) => ({
      async admit(entries, now) {
        for (const entry of entries) await right.admit([entry], now);
      },
    }),
    'looks at the first entry only': (right) => ({ admit: (entries, now) => right.admit(entries.slice(0, 1), now) }),
    'takes only the beginning of a key': (right) => ({
      admit: (entries, now) =>
        right.admit(
          entries.map(({ key, until }) => ({ key: key.slice(0, 1_000), until })),
          now,
        ),
    }),
    'forgets nothing': (right) => ({ admit: (entries) => right.admit(entries, new Date(0)) }),
    'forgets too early': (right) => ({
      admit: (entries, now) =>
        right.admit(
          entries.map(({ key, until }) => ({ key, until: new Date(until.getTime() - 10) })),
          now,
        ),
    }),
  };

  for (const [what, make] of Object.entries(wrong)) {
    it(`finds a store that ${what}`, async () => {
      expect(await failures(async () => inMemory(make(memoryReplayStore())))).to.not.deep.equal([]);
    });
  }

  it('finds a store that claims to outlive its process, and one that two processes do not share', async () => {
    const forgetful = async (): Promise<ReplayStoreUnderTest> => ({
      ...inMemory(memoryReplayStore()),
      another: async () => memoryReplayStore(),
      reopen: async () => memoryReplayStore(),
    });
    expect(await failures(forgetful)).to.have.length(2);
  });
});

function inMemory(store: ReplayStore): ReplayStoreUnderTest {
  return { store, dispose: async () => {} };
}

/** The titles of the tests that fail, those of several processes aside if the store does not claim them. */
async function failures(create: () => Promise<ReplayStoreUnderTest>): Promise<readonly string[]> {
  const tests: { readonly title: string; readonly run: () => Promise<void> }[] = [];
  const claims = (await create()).reopen !== undefined;
  replayStoreSuite(
    { describe: (_, define) => define(), it: (title, run) => tests.push({ title, run }) },
    create,
    claims ? [] : ['another', 'reopen'],
  );
  const failed: string[] = [];
  for (const { title, run } of tests) await run().catch(() => failed.push(title));
  return failed;
}
