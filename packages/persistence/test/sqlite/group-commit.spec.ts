import Database from 'better-sqlite3';
import { expect } from 'chai';
import { GroupCommit, type Outcome } from '#src/sqlite/group-commit.js';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { fileIn, openIn, putMessage, putSession, text } from '../support/stores.js';

describe('group commit', () => {
  describe('of the store', () => {
    it('commits that are under way at the same time share a transaction', async () => {
      const sizes: number[] = [];
      await using store = await openIn(temporaryFolder(), { onTransaction: (commits) => sizes.push(commits) });
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.commit([putMessage(BigInt(index + 1))])));
      expect(sizes).to.deep.equal([100]);
      expect(await store.messages('a', 'outbound', 1n, 1000)).to.have.length(100);
    });

    it('commits one after the other have a transaction each', async () => {
      const sizes: number[] = [];
      await using store = await openIn(temporaryFolder(), { onTransaction: (commits) => sizes.push(commits) });
      for (const number of [1n, 2n, 3n]) {
        await store.commit([putMessage(number)]);
      }
      expect(sizes).to.deep.equal([1, 1, 1]);
    });

    it('sixteen callers, each awaiting its own, need about a sixteenth of the transactions', async () => {
      let transactions = 0;
      await using store = await openIn(temporaryFolder(), {
        onTransaction: () => {
          transactions += 1;
        },
      });
      await Promise.all(
        Array.from({ length: 16 }, async (_, caller) => {
          for (let version = 1; version <= 20; version += 1) {
            await store.commit([putSession(`${caller}`, version)]);
          }
        }),
      );
      expect(transactions).to.be.lessThan(2 * 20);
    });

    it('a transaction takes no more commits than groupLimit', async () => {
      const sizes: number[] = [];
      await using store = await openIn(temporaryFolder(), {
        groupLimit: 4,
        onTransaction: (commits) => sizes.push(commits),
      });
      await Promise.all(Array.from({ length: 10 }, (_, index) => store.commit([putMessage(BigInt(index + 1))])));
      expect(sizes).to.deep.equal([4, 4, 2]);
    });

    it('contexts and application transactions share it too', async () => {
      const sizes: number[] = [];
      await using store = await openIn(temporaryFolder(), { onTransaction: (commits) => sizes.push(commits) });
      await Promise.all([
        store.put('c', new Uint8Array(1)),
        store.commit([putMessage(1n)]),
        store.application(() => 1),
        store.remove('c'),
      ]);
      expect(sizes).to.deep.equal([4]);
      expect(await store.get('c')).to.equal(undefined);
    });

    it('a commit that fails is undone alone, within the shared transaction', async () => {
      const sizes: number[] = [];
      await using store = await openIn(temporaryFolder(), { onTransaction: (commits) => sizes.push(commits) });
      const results = await Promise.allSettled([
        store.commit([putMessage(1n), putSession('a')]),
        store.commit([putMessage(2n), putSession('a', 7)]),
        store.commit([
          putMessage(3n),
          { kind: 'application', write: ({ run }) => run('INSERT INTO nowhere VALUES (1)') },
        ]),
        store.commit([putMessage(4n), putSession('a', 2)]),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      expect(sizes).to.deep.equal([2]);
      const numbers = (await store.messages('a', 'outbound', 1n, 10)).map(({ number }) => number);
      expect(numbers).to.deep.equal([1n, 4n]);
      expect((await store.session('a'))?.version).to.equal(2);
    });

    it('when SQLite gives up the whole transaction, only the commit that made it do so fails', async () => {
      const sizes: number[] = [];
      await using store = await openIn(temporaryFolder(), { onTransaction: (commits) => sizes.push(commits) });
      await store.migrateApplication([{ name: 'once', statements: ['CREATE TABLE once (id INTEGER PRIMARY KEY)'] }]);
      await store.application(({ run }) => run('INSERT INTO once VALUES (1)'));
      sizes.length = 0;
      const results = await Promise.allSettled([
        store.commit([putMessage(1n)]),
        store.commit([
          putMessage(2n),
          { kind: 'application', write: ({ run }) => run('INSERT OR ROLLBACK INTO once VALUES (1)') },
        ]),
        store.commit([putMessage(3n)]),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(sizes).to.deep.equal([1, 1]);
      const numbers = (await store.messages('a', 'outbound', 1n, 10)).map(({ number }) => number);
      expect(numbers).to.deep.equal([1n, 3n]);
    });

    it('an application that hides a lost transaction does not commit half of its writes', async () => {
      await using store = await openIn(temporaryFolder());
      await store.migrateApplication([{ name: 'once', statements: ['CREATE TABLE once (id INTEGER PRIMARY KEY)'] }]);
      await store.application(({ run }) => run('INSERT INTO once VALUES (1)'));
      const hiding = store.commit([
        putMessage(1n),
        {
          kind: 'application',
          write: ({ run }) => {
            for (const statement of ['INSERT OR ROLLBACK INTO once VALUES (1)', 'INSERT INTO once VALUES (2)']) {
              try {
                run(statement);
              } catch {
                // An application may think that it can go on.
              }
            }
          },
        },
      ]);
      await failsWith(hiding, 'invalid-argument');
      expect(await store.message('a', 'outbound', 1n)).to.equal(undefined);
      expect(await store.application(({ all }) => all('SELECT id FROM once'))).to.deep.equal([{ id: 1 }]);
      await store.commit([putMessage(2n)]);
    });

    it('an observer that throws does not make a durable commit look failed', async () => {
      const thrown = new Promise<unknown>((resolve) => {
        const listeners = process.listeners('uncaughtException');
        process.removeAllListeners('uncaughtException');
        process.once('uncaughtException', (error) => {
          for (const listener of listeners) {
            process.on('uncaughtException', listener);
          }
          resolve(error);
        });
      });
      const failure = new Error('observer');
      await using store = await openIn(temporaryFolder(), {
        onTransaction: () => {
          throw failure;
        },
      });
      await store.commit([putMessage(1n)]);
      expect(await thrown).to.equal(failure);
      expect(text((await store.message('a', 'outbound', 1n))?.bytes)).to.equal('<m>1</m>');
    });

    it('another process that holds the lock too long is store-locked for all of them, and retryable', async () => {
      const folder = temporaryFolder();
      await using store = await openIn(folder, { busyTimeout: 1 });
      await store.commit([putMessage(1n)]);
      const other = new Database(fileIn(folder));
      other.exec('BEGIN IMMEDIATE');
      const results = await Promise.allSettled([store.commit([putMessage(2n)]), store.commit([putMessage(3n)])]);
      for (const result of results) {
        expect(result).to.have.nested.property('reason.code', 'store-locked');
        expect(result).to.have.nested.property('reason.retryable', true);
      }
      expect((await store.messages('a', 'outbound', 1n, 10)).length).to.equal(1);
      other.exec('COMMIT');
      other.close();
      await store.commit([putMessage(2n)]);
    });
  });

  describe('of any work', () => {
    it('settles each as its outcome says, in order', async () => {
      const group = new GroupCommit<number>(
        (numbers) =>
          numbers.map((number): Outcome => (number % 2 === 0 ? { done: true } : { done: false, error: number })),
        10,
      );
      const results = await Promise.allSettled([1, 2, 3, 4].map((number) => group.submit(number)));
      expect(results.map((result) => (result.status === 'rejected' ? result.reason : 'done'))).to.deep.equal([
        1,
        'done',
        3,
        'done',
      ]);
    });

    it('drain carries out everything at once, in groups', async () => {
      const groups: (readonly number[])[] = [];
      const group = new GroupCommit<number>((numbers) => {
        groups.push(numbers);
        return numbers.map(() => ({ done: true }));
      }, 2);
      const submitted = [1, 2, 3].map((number) => group.submit(number));
      group.drain();
      expect(groups).to.deep.equal([[1, 2], [3]]);
      await Promise.all(submitted);
    });

    it('work that arrives while others are settled waits for the next turn', async () => {
      const groups: (readonly number[])[] = [];
      const group = new GroupCommit<number>((numbers) => {
        groups.push(numbers);
        return numbers.map(() => ({ done: true }));
      }, 10);
      await Promise.all([1, 2].map((number) => group.submit(number).then(() => group.submit(number * 10))));
      expect(groups).to.deep.equal([
        [1, 2],
        [10, 20],
      ]);
    });
  });
});
