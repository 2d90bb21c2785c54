import { replayStoreSuite } from '@holdfast/ws-security/testing';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import type { SqliteStore } from '#src/index.js';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { fileIn, openIn, putSession } from '../support/stores.js';

const at = (millis: number): Date => new Date(millis);
const entry = (key: string, until = 1_000) => ({ key, until: at(until) });

function rows(folder: string): readonly { readonly key: Buffer; readonly until: number }[] {
  const database = new Database(fileIn(folder), { readonly: true });
  const found = database.prepare<[], { key: Buffer; until: number }>('SELECT key, until FROM holdfast_replay').all();
  database.close();
  return found;
}

describe('what an SQLite store remembers against replay', () => {
  replayStoreSuite({ describe, it }, async () => {
    const folder = temporaryFolder();
    const opened: SqliteStore[] = [];
    const open = async () => {
      const store = await openIn(folder);
      opened.push(store);
      return store.replays('recipient');
    };
    return {
      store: await open(),
      another: open,
      reopen: async () => {
        await opened[0]?.close();
        return open();
      },
      dispose: async () => void (await Promise.all(opened.map((store) => store.close()))),
    };
  });

  it('is of each endpoint apart: the ends of one conversation may share a file', async () => {
    await using store = await openIn(temporaryFolder());
    await store.replays('initiator').admit([entry('one')], at(0));
    await store.replays('recipient').admit([entry('one')], at(0));
    await failsWith(store.replays('recipient').admit([entry('one')], at(0)), 'replayed');
  });

  it('is kept by hashes of one length, whatever the keys are', async () => {
    const folder = temporaryFolder();
    await using store = await openIn(folder);
    await store.replays('recipient').admit([entry('a'), entry('b'.repeat(100_000))], at(0));
    expect(rows(folder).map(({ key }) => key.length)).to.deep.equal([32, 32]);
  });

  it('shares its transaction with the commits that are under way, and a replay fails alone', async () => {
    const transactions: number[] = [];
    await using store = await openIn(temporaryFolder(), { onTransaction: (commits) => transactions.push(commits) });
    const replays = store.replays('recipient');
    await replays.admit([entry('known')], at(0));
    const results = await Promise.allSettled([
      replays.admit([entry('one')], at(0)),
      store.commit([putSession('a')]),
      replays.admit([entry('known')], at(0)),
      replays.admit([entry('two')], at(0)),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(transactions).to.deep.equal([1, 3]);
    expect((await store.session('a'))?.version).to.equal(1);
  });

  it('is no more than what counts still, and what came since', async () => {
    const folder = temporaryFolder();
    await using store = await openIn(folder);
    const replays = store.replays('recipient');
    for (let minute = 0; minute < 20; minute++) {
      const now = minute * 60_000;
      const messages = Array.from({ length: 300 }, (_, count) => entry(`${minute} ${count}`, now + 120_000));
      await Promise.all(messages.map((message) => replays.admit([message], at(now))));
    }
    // Two minutes' worth counts; the last sweep was within the last 256.
    expect(rows(folder).length).to.be.at.most(600 + 256 + 300);
  });

  it('goes in batches, until nothing is left of a great many', async () => {
    const folder = temporaryFolder();
    await using store = await openIn(folder);
    const replays = store.replays('recipient');
    const many = Array.from({ length: 3_000 }, (_, count) => entry(`old ${count}`, 1_000));
    await replays.admit(many, at(0));
    const counts: number[] = [];
    for (let batch = 0; batch < 4; batch++) {
      const fresh = Array.from({ length: 256 }, (_, count) => entry(`new ${batch} ${count}`, 100_000));
      await replays.admit(fresh, at(2_000));
      counts.push(rows(folder).filter(({ until }) => until === 1_000).length);
    }
    expect(counts).to.deep.equal([1_976, 952, 0, 0]);
  });

  it('is asked nothing once the store is closed', async () => {
    const store = await openIn(temporaryFolder());
    const replays = store.replays('recipient');
    await store.close();
    await failsWith(replays.admit([entry('one')], at(0)), 'closed');
  });
});
