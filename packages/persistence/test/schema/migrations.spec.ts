import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { storeMigrations } from '#src/schema/migrations.js';
import { openDatabase } from '#src/sqlite/open-database.js';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { allSessions, fileIn, openIn, putSession } from '../support/stores.js';

describe('migrations', () => {
  const names = (folder: string): unknown[] => {
    const database = new Database(fileIn(folder), { readonly: true });
    const rows = database.prepare('SELECT name FROM holdfast_migration ORDER BY id').pluck().all();
    database.close();
    return rows;
  };

  it('a new store has all of them, once, also when it is opened again', async () => {
    const folder = temporaryFolder();
    await (await openIn(folder)).close();
    const first = names(folder);
    expect(first).to.deep.equal(storeMigrations.map((migration) => new migration().name));
    await (await openIn(folder)).close();
    expect(names(folder)).to.deep.equal(first);
  });

  it('make exactly the tables that the entities describe', async () => {
    const folder = temporaryFolder();
    const { dataSource } = await openDatabase(
      { file: fileIn(folder), busyTimeout: 100, maxSize: Number.POSITIVE_INFINITY },
      async () => {},
    );
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    expect(upQueries.map(({ query }) => query)).to.deep.equal([]);
  });

  it('sort by the time in their names', () => {
    const times = storeMigrations.map((migration) => Number(new migration().name.slice(-13)));
    expect(times).to.deep.equal([...times].sort((one, other) => one - other));
    expect(times.every((time) => time > 1_700_000_000_000)).to.equal(true);
  });

  it('every table is ours by its prefix', async () => {
    const folder = temporaryFolder();
    await (await openIn(folder)).close();
    const database = new Database(fileIn(folder), { readonly: true });
    const tables = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
      .pluck()
      .all();
    database.close();
    expect(tables).to.have.length(10);
    expect(tables.filter((name) => !String(name).startsWith('holdfast_'))).to.deep.equal([]);
  });

  it('sessions, messages and replays are found by an index, however many there are', async () => {
    const folder = temporaryFolder();
    await (await openIn(folder)).close();
    const database = new Database(fileIn(folder), { readonly: true });
    for (const query of [
      `SELECT * FROM holdfast_session WHERE key = 'a'`,
      `SELECT * FROM holdfast_identifier WHERE identifier = 'a'`,
      `DELETE FROM holdfast_identifier WHERE session = 'a'`,
      `SELECT * FROM holdfast_message WHERE session = 'a' AND log = 'outbound' AND number >= 7 ORDER BY number LIMIT 10`,
      `DELETE FROM holdfast_message WHERE session = 'a' AND log = 'outbound' AND number BETWEEN 1 AND 2`,
      `DELETE FROM holdfast_message WHERE session = 'a'`,
      `SELECT * FROM holdfast_token WHERE uuid = 'a'`,
      `DELETE FROM holdfast_replay WHERE key = x'00'`,
      `SELECT key FROM holdfast_replay WHERE until <= 7 ORDER BY until LIMIT 10`,
      `SELECT * FROM holdfast_session WHERE ordinal > 7 ORDER BY ordinal LIMIT 64`,
    ]) {
      const plan = database.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`).all();
      expect(plan.map(({ detail }) => detail).join('; '), query).to.match(/^SEARCH [^;]*$/);
    }
    database.close();
  });

  it('a store that a later version has written is store-too-new, and is left as it is', async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    await store.commit([putSession('a')]);
    await store.close();
    const database = new Database(fileIn(folder));
    database.exec(`INSERT INTO holdfast_migration (timestamp, name) VALUES (4000000000000, 'Later4000000000000')`);
    database.close();
    const before = readFileSync(fileIn(folder));
    const { message } = await failsWith(openIn(folder), 'store-too-new');
    expect(message).to.contain('Later4000000000000').and.contain(fileIn(folder));
    expect(readFileSync(fileIn(folder)).equals(before)).to.equal(true);
  });

  it("another application's tables in the file are left alone", async () => {
    const folder = temporaryFolder();
    const database = new Database(fileIn(folder));
    database.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (7)');
    database.close();
    await using store = await openIn(folder);
    await store.commit([putSession('a')]);
    expect(await allSessions(store)).to.have.length(1);
    expect(await store.application(({ get }) => get('SELECT a FROM theirs'))).to.deep.equal({ a: 7 });
  });

  it('a migration does not go back', async () => {
    for (const migration of storeMigrations) {
      const error = await new migration().down().catch((thrown: Error) => thrown);
      expect(error).to.be.instanceOf(Error).with.property('message').that.contains('back-up');
    }
  });
});
