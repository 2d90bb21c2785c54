import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { SequenceStore, StoredSession } from '@holdfast/ws-rm';
import type { ApplicationNotes, StoreTest, StoreUnderTest } from '../store-under-test.js';
import { aSession, bytes, conflict, put, text } from './samples.js';

export function applicationWriteTests<Transaction>(test: StoreTest<Transaction>): void {
  const withNotes = (
    title: string,
    run: (
      store: SequenceStore<Transaction>,
      notes: ApplicationNotes<Transaction>,
      subject: StoreUnderTest<Transaction>,
    ) => Promise<void>,
  ): void => {
    test(title, async (subject) => {
      if (subject.notes === undefined) {
        throw new Error("This store has no application writes; leave the tests of them out with ['application']");
      }
      await run(subject.store, subject.notes, subject);
    });
  };

  withNotes('commit together with the other changes', async (store, notes) => {
    await store.commit([
      put(aSession('a', 1)),
      { kind: 'application', write: (transaction) => notes.add(transaction, 'one') },
      { kind: 'application', write: (transaction) => notes.add(transaction, 'two') },
    ]);
    deepEqual(await notes.all(), ['one', 'two']);
    ok(await store.session('a'));
  });

  withNotes('are undone when another change of the commit fails', async (store, notes) => {
    await conflict(
      store.commit([
        { kind: 'application', write: (transaction) => notes.add(transaction, 'one') },
        put(aSession('a', 2)),
      ]),
    );
    deepEqual(await notes.all(), []);
  });

  withNotes(
    'that throw undo the whole of their commit and nothing else, and the commit rejects with what was thrown',
    async (store, notes) => {
      const failure = new Error('the application does not want it');
      const [before, failed, after] = await Promise.allSettled([
        store.commit([{ kind: 'application', write: (transaction) => notes.add(transaction, 'before') }]),
        store.commit([
          put(aSession('a', 1)),
          {
            kind: 'application',
            write: (transaction) => {
              notes.add(transaction, 'failed');
              throw failure;
            },
          },
        ]),
        store.commit([{ kind: 'application', write: (transaction) => notes.add(transaction, 'after') }]),
      ]);
      equal(before.status, 'fulfilled');
      equal(failed.status === 'rejected' && failed.reason, failure);
      equal(after.status, 'fulfilled');
      deepEqual(await notes.all(), ['before', 'after']);
      equal(await store.session('a'), undefined);
    },
  );

  withNotes('run synchronously: one that returns a promise is refused and undone', async (store, notes) => {
    const write = async (transaction: Transaction): Promise<void> => notes.add(transaction, 'one');
    await rejects(store.commit([{ kind: 'application', write }]), { code: 'invalid-argument' });
    deepEqual(await notes.all(), []);
  });

  withNotes('see nothing of a transaction that is over', async (store, notes) => {
    const kept: Transaction[] = [];
    await store.commit([{ kind: 'application', write: (transaction) => void kept.push(transaction) }]);
    const [transaction] = kept;
    await rejects(async () => notes.add(transaction as Transaction, 'late'), { code: 'closed' });
    deepEqual(await notes.all(), []);
  });

  withNotes('may ask the store for something, and get the answer after the commit', async (store) => {
    const answers: Promise<StoredSession | undefined>[] = [];
    const failing = store.commit([
      put(aSession('a', 1)),
      {
        kind: 'application',
        write: () => {
          answers.push(store.session('a'));
          throw new Error('undone');
        },
      },
    ]);
    await rejects(failing, /undone/);
    deepEqual(await Promise.all(answers), [undefined]);
  });

  withNotes('may commit something else, which is a commit of its own', async (store, notes) => {
    const inner: Promise<void>[] = [];
    const failing = store.commit([
      put(aSession('a', 1)),
      {
        kind: 'application',
        write: (transaction) => {
          notes.add(transaction, 'undone');
          inner.push(store.commit([put(aSession('a', 1, [], bytes('inner')))]));
          throw new Error('undone');
        },
      },
    ]);
    await rejects(failing, /undone/);
    await Promise.all(inner);
    equal(text((await store.session('a'))?.state), 'inner');
    deepEqual(await notes.all(), []);
  });

  withNotes('are there when the store is opened again, as the other changes are', async (store, notes, { reopen }) => {
    await store.commit([{ kind: 'application', write: (transaction) => notes.add(transaction, 'one') }]);
    const again = await reopen?.();
    deepEqual(await (again?.notes ?? notes).all(), ['one']);
  });
}
