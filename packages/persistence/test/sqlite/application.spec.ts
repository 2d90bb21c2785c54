import type { SqliteTransaction } from '@holdfast/persistence';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { openIn, putMessage, putSession } from '../support/stores.js';

describe('application transactions', () => {
  const journal = {
    name: '1 journal',
    statements: ['CREATE TABLE journal (number INTEGER PRIMARY KEY, text TEXT NOT NULL, bytes BLOB)'],
  };
  const insert = 'INSERT INTO journal (number, text) VALUES (?, ?)';

  describe('the handle', () => {
    it('runs statements with parameters, and gives rows by column', async () => {
      await using store = await openIn(temporaryFolder());
      await store.migrateApplication([journal]);
      const result = await store.application(({ run, get, all }) => {
        const changes = run(
          'INSERT INTO journal VALUES (?, ?, ?), (?, ?, NULL)',
          1,
          'one',
          new Uint8Array([1]),
          2n,
          'two',
        );
        return {
          changes: changes.changes,
          one: get('SELECT number, text FROM journal WHERE number = ?', 1),
          none: get('SELECT number FROM journal WHERE number = ?', 3),
          all: all('SELECT text FROM journal ORDER BY number'),
          with: get('WITH n AS (SELECT count(*) AS c FROM journal) SELECT c FROM n'),
          values: get('/* a comment */ -- and another\n VALUES (1)'),
        };
      });
      expect(result).to.deep.equal({
        changes: 2,
        one: { number: 1, text: 'one' },
        none: undefined,
        all: [{ text: 'one' }, { text: 'two' }],
        with: { c: 2 },
        values: { column1: 1 },
      });
    });

    it("an inbox: a message and the application's row commit together or not at all", async () => {
      await using store = await openIn(temporaryFolder());
      await store.migrateApplication([journal]);
      const deliver = (version: number, number: number): Promise<void> =>
        store.commit([
          putSession('a', version),
          { kind: 'application', write: ({ run }: SqliteTransaction) => run(insert, number, `order ${number}`) },
        ]);
      await deliver(1, 1);
      await failsWith(deliver(1, 2), 'store-conflict');
      expect(await store.application(({ all }) => all('SELECT number FROM journal'))).to.deep.equal([{ number: 1 }]);
      const repeated = await deliver(2, 1).catch((error: unknown) => error);
      expect(repeated).to.have.property('code', 'SQLITE_CONSTRAINT_PRIMARYKEY');
      expect((await store.session('a'))?.version).to.equal(1);
    });

    it('what the work throws comes back as it is, whatever it looks like', async () => {
      await using store = await openIn(temporaryFolder());
      for (const failure of [
        Object.assign(new Error('file'), { code: 'ENOENT' }),
        Object.assign(new Error('another database'), { code: 'SQLITE_BUSY' }),
        'a string',
        undefined,
      ]) {
        const write = (): never => {
          throw failure;
        };
        const caught = await store.commit([{ kind: 'application', write }]).then(
          () => 'done',
          (thrown: unknown) => thrown,
        );
        expect(caught).to.equal(failure);
      }
    });

    it('a statement that finds the disk full fails with store-full, and its commit with it', async () => {
      await using store = await openIn(temporaryFolder(), { maxSize: 40 * 4096 });
      await store.migrateApplication([journal]);
      const write = ({ run }: SqliteTransaction): unknown =>
        run('INSERT INTO journal VALUES (1, ?, ?)', 'large', new Uint8Array(100 * 4096));
      await failsWith(store.commit([putMessage(1n), { kind: 'application', write }]), 'store-full');
      expect(await store.message('a', 'outbound', 1n)).to.equal(undefined);
      await store.commit([putMessage(1n)]);
    });

    it('many different statements may be used', async () => {
      await using store = await openIn(temporaryFolder());
      for (let number = 0; number < 250; number += 1) {
        const row = await store.application(({ get }) => get(`SELECT ${number} AS n`));
        expect(row).to.deep.equal({ n: number });
      }
    });

    it('is over when the work has returned, and when it has thrown', async () => {
      await using store = await openIn(temporaryFolder());
      const kept: SqliteTransaction[] = [];
      await store.application((transaction) => kept.push(transaction));
      await store
        .application((transaction) => {
          kept.push(transaction);
          throw new Error('no');
        })
        .catch(() => undefined);
      expect(kept).to.have.length(2);
      for (const { run, get, all } of kept) {
        await failsWith(() => run('DELETE FROM journal'), 'closed');
        await failsWith(() => get('SELECT 1'), 'closed');
        await failsWith(() => all('SELECT 1'), 'closed');
      }
    });

    for (const sql of [
      'COMMIT',
      'commit;',
      'ROLLBACK',
      'BEGIN',
      'END',
      'SAVEPOINT x',
      'RELEASE holdfast_commit',
      'PRAGMA synchronous = OFF',
      ' pragma writable_schema = ON',
      '/* SELECT */ PRAGMA journal_mode = DELETE',
      '-- SELECT\nVACUUM',
      "ATTACH 'other.db' AS other",
      'DETACH main',
      'VACUUM',
      'VACUUM INTO "copy.db"',
      'REINDEX',
      'ANALYZE',
      'EXPLAIN SELECT 1',
      'CREATE TABLE t (a)',
      'DROP TABLE journal',
      'ALTER TABLE journal RENAME TO j',
      'SELECTED',
      '',
      'SELECT * FROM holdfast_token',
      'SELECT * FROM main."holdfast_token"',
      'select * from HOLDFAST_SESSION',
      'SELECT * FROM [Holdfast_Message]',
      'DELETE FROM `holdfast_message`',
      "UPDATE holdfast_session SET version = 1 WHERE 'x' = 'x'",
      'WITH t AS (SELECT * FROM holdfast_key) SELECT * FROM t',
      "SELECT * FROM pragma_table_info('holdfast_key')",
      'INSERT INTO journal SELECT 1, sealed, NULL FROM holdfast_token',
    ]) {
      it(`refuses: ${sql}`, async () => {
        await using store = await openIn(temporaryFolder());
        await store.migrateApplication([journal]);
        const commit = store.commit([putMessage(1n), { kind: 'application', write: ({ run }) => run(sql) }]);
        await failsWith(commit, 'invalid-argument');
        expect(await store.message('a', 'outbound', 1n)).to.equal(undefined);
        await failsWith(
          store.application(({ all }) => all(sql)),
          'invalid-argument',
        );
      });
    }

    it('refuses more than one statement at a time', async () => {
      await using store = await openIn(temporaryFolder());
      const error = await store.application(({ run }) => run('SELECT 1; COMMIT')).catch((thrown: Error) => thrown);
      expect(error).to.be.instanceOf(RangeError);
    });

    it('the schema of SQLite itself cannot be written', async () => {
      await using store = await openIn(temporaryFolder());
      const error = await store
        .application(({ run }) => run('DELETE FROM sqlite_schema'))
        .catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'SQLITE_ERROR');
    });
  });

  describe('migrateApplication', () => {
    it('carries out what is new, once, in order', async () => {
      const folder = temporaryFolder();
      const more = {
        name: '2 index',
        statements: ['CREATE INDEX journal_text ON journal (text)', "INSERT INTO journal VALUES (1, 'first', NULL)"],
      };
      const store = await openIn(folder);
      await store.migrateApplication([journal]);
      await store.migrateApplication([journal, more]);
      await store.close();
      await using again = await openIn(folder);
      await again.migrateApplication([journal, more]);
      expect(await again.application(({ all }) => all('SELECT number FROM journal'))).to.deep.equal([{ number: 1 }]);
    });

    it('is all or nothing', async () => {
      await using store = await openIn(temporaryFolder());
      const wrong = { name: '2 wrong', statements: ['CREATE TABLE other (a)', 'CREATE TABLE journal (a)'] };
      const error = await store.migrateApplication([journal, wrong]).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'SQLITE_ERROR');
      await store.migrateApplication([{ name: '2 other', statements: ['CREATE TABLE other (a)'] }, journal]);
    });

    it('refuses a migration whose statements were changed after it ran', async () => {
      await using store = await openIn(temporaryFolder());
      await store.migrateApplication([journal]);
      const changed = { name: journal.name, statements: ['CREATE TABLE journal (a)'] };
      const { message } = await failsWith(store.migrateApplication([changed]), 'invalid-argument');
      expect(message).to.contain('1 journal');
    });

    for (const sql of [
      'CREATE TABLE holdfast_mine (a)',
      'CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM holdfast_message; END',
      'CREATE VIEW v AS SELECT * FROM holdfast_token',
      'ALTER TABLE journal RENAME TO Holdfast_journal',
      'DROP TABLE holdfast_session',
      'PRAGMA user_version = 7',
      'COMMIT',
      "ATTACH 'x' AS y",
    ]) {
      it(`refuses: ${sql}`, async () => {
        await using store = await openIn(temporaryFolder());
        await store.migrateApplication([journal]);
        await failsWith(store.migrateApplication([{ name: 'x', statements: [sql] }]), 'invalid-argument');
      });
    }
  });
});
