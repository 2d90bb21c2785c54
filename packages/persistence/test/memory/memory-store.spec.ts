import { memoryStore } from '@holdfast/persistence';
import { contextStoreSuite, sequenceStoreSuite } from '@holdfast/persistence/testing';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { bytes, putSession, putToken } from '../support/stores.js';

describe('memoryStore', () => {
  sequenceStoreSuite({ describe, it }, async () => {
    const store = memoryStore();
    return {
      store,
      notes: {
        add: (transaction, note) =>
          transaction.set('notes', [...((transaction.get('notes') as string[] | undefined) ?? []), note]),
        all: () => store.application(({ get }) => (get('notes') as string[] | undefined) ?? []),
      },
      dispose: () => store.close(),
    };
  }, ['reopen']);

  contextStoreSuite({ describe, it }, async () => {
    const store = memoryStore();
    return { store, dispose: () => store.close() };
  }, ['reopen']);

  describe('application', () => {
    it('commits what the work sets, and resolves with what it returns', async () => {
      const store = memoryStore();
      const result = await store.application((transaction) => {
        transaction.set('n', 1);
        return 'done';
      });
      expect(result).to.equal('done');
      expect(await store.application(({ get }) => get('n'))).to.equal(1);
    });

    it('undoes sets and deletes of work that throws', async () => {
      const store = memoryStore();
      await store.application(({ set }) => {
        set('kept', 1);
        set('changed', 1);
      });
      const failing = store.application((transaction) => {
        transaction.delete('kept');
        transaction.set('changed', 2);
        transaction.set('changed', 3);
        transaction.set('new', 1);
        throw new Error('no');
      });
      expect(await failing.catch((error: Error) => error.message)).to.equal('no');
      expect(await store.application(({ get }) => [get('kept'), get('changed'), get('new')])).to.deep.equal([
        1,
        1,
        undefined,
      ]);
    });
  });

  describe('close', () => {
    it('refuses everything afterwards', async () => {
      const store = memoryStore();
      await store.commit([putSession('a')]);
      await store.close();
      await failsWith(store.commit([]), 'closed');
      await failsWith(store.session('a'), 'closed');
      await failsWith(store.message('a', 'outbound', 1n), 'closed');
      await failsWith(store.put('c', bytes('c')), 'closed');
      await failsWith(store.get('c'), 'closed');
    });

    it('may be called again, and happens at the end of a block with await using', async () => {
      let kept: ReturnType<typeof memoryStore>;
      {
        await using store = memoryStore();
        kept = store;
        await store.commit([putToken('t', 'secret')]);
      }
      await failsWith(kept.token('t'), 'closed');
      await kept.close();
    });
  });
});
