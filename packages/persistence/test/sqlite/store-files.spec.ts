import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StoreError } from '@holdfast/soap';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { allSessions, fileIn, openIn, putMessage, putSession } from '../support/stores.js';
import { withModes } from '../support/unprivileged.js';

describe('files of a store', () => {
  const mode = (path: string): number => statSync(path).mode & 0o777;

  it('the folder is made with mode 0700, the database and its journal with 0600', async () => {
    const folder = join(temporaryFolder(), 'one', 'two');
    const mask = process.umask(0);
    try {
      await using store = await openIn(folder);
      await store.commit([putSession('a')]);
      expect(mode(folder)).to.equal(0o700);
      expect(mode(dirname(folder))).to.equal(0o700);
      const files = readdirSync(folder);
      expect(files).to.have.members(['holdfast.db', 'holdfast.db-wal', 'holdfast.db-shm']);
      for (const file of files) {
        expect(mode(join(folder, file)), file).to.equal(0o600);
      }
    } finally {
      process.umask(mask);
    }
  });

  it('a folder that is there keeps its mode', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o750);
    await using store = await openIn(folder);
    await store.commit([]);
    expect(mode(folder)).to.equal(0o750);
  });

  it('commits are synchronous to the disk, deleted content is overwritten, and nothing goes to temporary files', async () => {
    const folder = temporaryFolder();
    await using store = await openIn(folder);
    const pragma = (name: string): Promise<unknown> =>
      store.application(({ get }) => Object.values(get(`SELECT * FROM pragma_${name}`) ?? {})[0]);
    expect(await pragma('journal_mode')).to.equal('wal');
    expect(await pragma('synchronous')).to.equal(2);
    expect(await pragma('secure_delete')).to.equal(1);
    expect(await pragma('temp_store')).to.equal(2);
    expect(await pragma('busy_timeout')).to.equal(1000);
    expect(await pragma('trusted_schema')).to.equal(0);
  });

  it('removed bodies leave nothing in the database file', async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    await store.commit([putMessage(1n, new Uint8Array(20_000))]);
    await store.commit([{ kind: 'remove-messages', session: 'a', log: 'outbound', lower: 1n, upper: 1n }]);
    await store.close();
    const database = new Database(fileIn(folder), { readonly: true });
    expect(database.prepare('SELECT count(*) AS n FROM holdfast_message').get()).to.deep.equal({ n: 0 });
    database.close();
  });

  describe('wrong places', () => {
    it('a folder in one that takes none is store-unavailable', async function () {
      if (process.platform !== 'linux') {
        this.skip();
      }
      await failsWith(openIn('/proc/none/store'), 'store-unavailable');
    }).timeout(5_000);

    it('a folder that is a file is store-unavailable, and the message names it', async () => {
      const file = join(temporaryFolder(), 'file');
      writeFileSync(file, 'x');
      const { message } = await failsWith(openIn(join(file, 'below')), 'store-unavailable');
      expect(message).to.contain(join(file, 'below'));
    });

    it('a database file that is a folder is store-unavailable', async () => {
      const folder = temporaryFolder();
      mkdirSync(fileIn(folder));
      await failsWith(openIn(folder), 'store-unavailable');
    });

    it('a folder where this user may not write is store-read-only, and the message names it', async () => {
      const folder = join(temporaryFolder(), 'locked');
      mkdirSync(folder);
      await withModes([[folder, 0o500]], async () => {
        const { message } = await failsWith(openIn(folder), 'store-read-only');
        expect(message).to.contain(folder);
      });
    });

    it('a database file that this user may not write is store-read-only', async () => {
      const folder = temporaryFolder();
      await (await openIn(folder)).close();
      await withModes([[fileIn(folder), 0o400]], async () => {
        await failsWith(openIn(folder), 'store-read-only');
      });
    });

    it('a folder where the journal cannot be made is store-read-only, and the message names it', async () => {
      const folder = temporaryFolder();
      await (await openIn(folder)).close();
      const modes = [
        [fileIn(folder), 0o600],
        [folder, 0o500],
      ] as const;
      await withModes(modes, async () => {
        const { message } = await failsWith(openIn(folder), 'store-read-only');
        expect(message).to.contain(folder);
      });
    });
  });

  describe('a full disk', () => {
    const page = 4096;

    it('is store-full; what was committed before stays, and commits work again when there is room', async () => {
      const folder = temporaryFolder();
      await using store = await openIn(folder, { maxSize: 40 * page });
      await store.commit([putSession('a'), putMessage(1n)]);
      const large = new Uint8Array(100 * page);
      const error = await failsWith(store.commit([putSession('a', 2), putMessage(2n, large)]), 'store-full');
      expect((error as StoreError).retryable).to.equal(true);
      expect(error.message).to.contain(fileIn(folder)).and.contain('maxSize');
      expect((await store.session('a'))?.version).to.equal(1);
      expect(await store.message('a', 'outbound', 2n)).to.equal(undefined);
      await store.commit([putSession('a', 2), putMessage(2n)]);
    });

    it('hits the commit that is too large, and not those that share its transaction', async () => {
      await using store = await openIn(temporaryFolder(), { maxSize: 40 * page });
      const results = await Promise.allSettled([
        store.commit([putMessage(1n)]),
        store.commit([putMessage(2n, new Uint8Array(100 * page))]),
        store.commit([putMessage(3n)]),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(await store.messages('a', 'outbound', 1n, 10)).to.have.length(2);
    });

    it('reached in small steps, loses nothing that was committed, and removing makes room', async () => {
      const folder = temporaryFolder();
      const store = await openIn(folder, { maxSize: 60 * page });
      let committed = 0n;
      const fill = async (): Promise<void> => {
        for (;;) {
          await store.commit([putMessage(committed + 1n, new Uint8Array(page))]);
          committed += 1n;
        }
      };
      await failsWith(fill(), 'store-full');
      expect(committed > 5n).to.equal(true);
      expect((await store.messages('a', 'outbound', 1n, 1000)).length).to.equal(Number(committed));
      await store.commit([{ kind: 'remove-messages', session: 'a', log: 'outbound', lower: 1n, upper: 5n }]);
      await store.commit([putMessage(1000n, new Uint8Array(page))]);
      await store.close();
      await using again = await openIn(folder);
      expect((await again.messages('a', 'outbound', 1n, 1000)).length).to.equal(Number(committed) - 4);
    });

    it('when the store is made is store-full', async () => {
      await failsWith(openIn(temporaryFolder(), { maxSize: 2 * page }), 'store-full');
    });
  });

  describe('a database that another process reads', () => {
    it('is written all the same', async () => {
      const folder = temporaryFolder();
      await using store = await openIn(folder);
      await store.commit([putSession('a')]);
      const reader = new Database(fileIn(folder), { readonly: true });
      reader.exec('BEGIN');
      reader.prepare('SELECT * FROM holdfast_session').all();
      await store.commit([putSession('a', 2), putSession('b')]);
      expect(await allSessions(store)).to.have.length(2);
      reader.close();
    });
  });
});
