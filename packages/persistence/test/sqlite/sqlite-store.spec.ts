import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { SqliteTransaction } from '@holdfast/persistence';
import { type SqliteStore, sqliteStore } from '@holdfast/persistence';
import { contextStoreSuite, type StoreUnderTest, sequenceStoreSuite } from '@holdfast/persistence/testing';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import {
  allSessions,
  bytes,
  fileIn,
  openIn,
  putMessage,
  putSession,
  putToken,
  testKey,
  text,
} from '../support/stores.js';

describe('sqliteStore', () => {
  const create = async (): Promise<StoreUnderTest<SqliteTransaction, SqliteStore>> => {
    const folder = temporaryFolder();
    let open: SqliteStore;
    const opened = async (): Promise<StoreUnderTest<SqliteTransaction, SqliteStore>> => {
      const store = await openIn(folder);
      open = store;
      await store.migrateApplication([
        { name: 'notes', statements: ['CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL)'] },
      ]);
      return {
        store,
        notes: {
          add: (transaction, note) => void transaction.run('INSERT INTO note (text) VALUES (?)', note),
          all: () =>
            store.application((transaction) =>
              transaction.all('SELECT text FROM note ORDER BY number').map((row) => String(Object.values(row)[0])),
            ),
        },
        reopen: async () => {
          await store.close();
          return opened();
        },
        dispose: () => open.close(),
      };
    };
    return opened();
  };

  sequenceStoreSuite({ describe, it }, create);
  contextStoreSuite({ describe, it }, create);

  describe('tokens and contexts', () => {
    it('are apart: one UUID may be both, and removing one leaves the other', async () => {
      await using store = await openIn(temporaryFolder());
      await store.commit([putToken('urn:uuid:1', 'token')]);
      await store.put('urn:uuid:1', bytes('context'));
      await store.commit([{ kind: 'remove-token', uuid: 'urn:uuid:1' }]);
      expect(text(await store.get('urn:uuid:1'))).to.equal('context');
      expect(await store.token('urn:uuid:1')).to.equal(undefined);
    });
  });

  describe('options', () => {
    for (const file of ['', ' ', ':memory:', 'file:store.db', 'file::memory:?cache=shared']) {
      it(`the file "${file}" is refused`, async () => {
        await failsWith(sqliteStore({ file, keys: () => testKey() }), 'invalid-option');
      });
    }

    for (const [name, value] of [
      ['busyTimeout', -1],
      ['busyTimeout', 2 ** 31],
      ['busyTimeout', Number.NaN],
      ['maxSize', 0],
      ['maxSize', Number.NaN],
      ['groupLimit', 0],
      ['groupLimit', 1.5],
    ] as const) {
      it(`${name} ${value} is refused`, async () => {
        await failsWith(openIn(temporaryFolder(), { [name]: value }), 'invalid-option');
      });
    }

    it('the file may be a relative path; it is resolved when the store opens', async () => {
      const folder = temporaryFolder();
      await using store = await sqliteStore({ file: relative('', fileIn(folder)), keys: () => testKey() });
      expect(store.file).to.equal(fileIn(folder));
    });
  });

  describe('close', () => {
    it('finishes the commits that are under way', async () => {
      const folder = temporaryFolder();
      const store = await openIn(folder);
      const commits = Array.from({ length: 10 }, (_, index) => store.commit([putMessage(BigInt(index + 1))]));
      await store.close();
      await Promise.all(commits);
      await using again = await openIn(folder);
      expect(await again.messages('a', 'outbound', 1n, 100)).to.have.length(10);
    });

    it('folds the journal into the database file', async () => {
      const folder = temporaryFolder();
      const store = await openIn(folder);
      await store.commit([putSession('a')]);
      expect(existsSync(`${fileIn(folder)}-wal`)).to.equal(true);
      await store.close();
      expect(readdirSync(folder)).to.deep.equal(['holdfast.db']);
    });

    it('refuses everything afterwards', async () => {
      const store = await openIn(temporaryFolder());
      await store.close();
      await store.close();
      await failsWith(store.commit([]), 'closed');
      await failsWith(store.session('a'), 'closed');
      await failsWith(store.sessionOf('a'), 'closed');
      await failsWith(allSessions(store), 'closed');
      await failsWith(store.message('a', 'outbound', 1n), 'closed');
      await failsWith(store.messages('a', 'outbound', 1n, 1), 'closed');
      await failsWith(store.token('a'), 'closed');
      await failsWith(store.put('a', bytes('a')), 'closed');
      await failsWith(store.get('a'), 'closed');
      await failsWith(
        store.application(() => 1),
        'closed',
      );
      await failsWith(store.migrateApplication([]), 'closed');
    });

    it('from inside an application write waits for its commit', async () => {
      const folder = temporaryFolder();
      const store = await openIn(folder);
      const closing: Promise<void>[] = [];
      await store.commit([putSession('a'), { kind: 'application', write: () => void closing.push(store.close()) }]);
      await Promise.all(closing);
      await using again = await openIn(folder);
      expect((await again.session('a'))?.version).to.equal(1);
    });
  });

  describe('two stores on one file', () => {
    it('see what the other committed, and versions keep them from taking the same step', async () => {
      const folder = temporaryFolder();
      await using one = await openIn(folder);
      await using other = await openIn(folder);
      await one.commit([putSession('a', 1, ['urn:a']), putMessage(1n)]);
      expect((await other.sessionOf('urn:a'))?.version).to.equal(1);
      expect(text((await other.message('a', 'outbound', 1n))?.bytes)).to.equal('<m>1</m>');
      await other.commit([putSession('a', 2)]);
      await failsWith(one.commit([putSession('a', 2)]), 'store-conflict');
      await one.commit([putSession('a', 3), putMessage(2n)]);
      expect(text((await other.message('a', 'outbound', 2n))?.bytes)).to.equal('<m>2</m>');
    });
  });

  describe('a folder of its own', () => {
    it('is made when there is none, however deep', async () => {
      const folder = join(temporaryFolder(), 'a', 'b');
      await using store = await openIn(folder);
      await store.commit([putSession('a')]);
      expect(existsSync(fileIn(folder))).to.equal(true);
    });
  });
});
