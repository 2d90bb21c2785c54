import type { MemoryTransaction } from '@holdfast/persistence';
import { memoryStore } from '@holdfast/persistence';
import { type CrashingStore, crashAt, crashingStore, sequenceStoreSuite } from '@holdfast/persistence/testing';
import type { StoreChange } from '@holdfast/ws-rm';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { allSessions, bytes, putMessage, putSession, putToken, text } from '../support/stores.js';

describe('crashingStore', () => {
  describe('without a crash, is the store that it wraps', () => {
    sequenceStoreSuite({ describe, it }, async () => {
      const inner = memoryStore();
      return { store: crashingStore(inner, () => undefined), dispose: () => inner.close() };
    }, ['application', 'reopen']);
  });

  const withCrash = (
    ...crash: Parameters<typeof crashAt>
  ): { readonly inner: ReturnType<typeof memoryStore>; readonly store: CrashingStore<MemoryTransaction> } => {
    const inner = memoryStore();
    return { inner, store: crashingStore(inner, crashAt(...crash)) };
  };

  it('numbers commits from 1 in the order of the calls, and shows each its changes', async () => {
    const seen: [number, string[]][] = [];
    const store = crashingStore(memoryStore(), (commit, changes: readonly StoreChange<MemoryTransaction>[]) => {
      seen.push([commit, changes.map(({ kind }) => kind)]);
      return undefined;
    });
    await Promise.all([store.commit([putSession('a')]), store.commit([putMessage(1n), putToken('t', 's')])]);
    await store.put('c', bytes('c'));
    await store.remove('c');
    expect(seen).to.deep.equal([
      [1, ['put-session']],
      [2, ['put-message', 'put-token']],
      [3, []],
      [4, []],
    ]);
    expect(store.commits).to.equal(4);
  });

  it('before, throws: the commit does not reach the store, which goes on', async () => {
    const { inner, store } = withCrash(2, 'before', 'throws');
    await store.commit([putSession('a', 1)]);
    const error = await failsWith(store.commit([putSession('a', 2)]), 'store-unavailable');
    expect(error).to.have.property('retryable', true);
    expect((await inner.session('a'))?.version).to.equal(1);
    await store.commit([putSession('a', 2)]);
    expect(store.dead).to.equal(false);
  });

  it('after, throws: the commit is in the store although it was reported as failed', async () => {
    const { store } = withCrash(1, 'after', 'throws');
    await failsWith(store.commit([putSession('a', 1)]), 'store-unavailable');
    expect((await store.session('a'))?.version).to.equal(1);
    await failsWith(store.commit([putSession('a', 1)]), 'store-conflict');
  });

  for (const moment of ['before', 'after'] as const) {
    it(`${moment}, hangs: the commit never settles, the store goes on`, async () => {
      const { inner, store } = withCrash(1, moment, 'hangs');
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      store.commit([putSession('a')]).then(settle, settle);
      await store.commit([putSession('b')]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(settled).to.equal(false);
      expect(await inner.session('a')).to.satisfy((found: unknown) => (found === undefined) === (moment === 'before'));
      expect((await allSessions(store)).length).to.equal(moment === 'before' ? 1 : 2);
    });

    it(`${moment}, dies: this commit and everything after it rejects, and the store inside goes on`, async () => {
      const { inner, store } = withCrash(2, moment, 'dies');
      await store.commit([putToken('t', 'secret')]);
      const sessions = store.sessions()[Symbol.asyncIterator]();
      await failsWith(store.commit([putSession('a')]), 'store-unavailable');
      await store.death;
      expect(store.dead).to.equal(true);
      for (const call of [
        () => store.commit([]),
        () => store.session('a'),
        () => store.sessionOf('a'),
        () => sessions.next(),
        () => allSessions(store),
        () => store.message('a', 'outbound', 1n),
        () => store.messages('a', 'outbound', 1n, 1),
        () => store.token('t'),
        () => store.put('c', bytes('c')),
        () => store.get('c'),
        () => store.remove('c'),
      ]) {
        await failsWith(call, 'store-unavailable');
      }
      expect(store.commits).to.equal(2);
      expect(await inner.session('a')).to.satisfy((found: unknown) => (found === undefined) === (moment === 'before'));
      expect(text(await inner.token('t'))).to.equal('secret');
      await inner.commit([putSession('b')]);
    });
  }

  it('what is under way when the process dies is not heard of', async () => {
    const { store } = withCrash(2, 'before', 'dies');
    const results = await Promise.allSettled([
      store.session('a'),
      store.commit([putSession('a')]),
      store.commit([putSession('b')]),
      store.token('t'),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected', 'rejected']);
  });

  it('contexts are unsupported when the store inside has none', async () => {
    const { commit, session, sessionOf, sessions, message, messages, token } = bound(memoryStore());
    const store = crashingStore<MemoryTransaction>(
      { commit, session, sessionOf, sessions, message, messages, token },
      () => undefined,
    );
    await failsWith(store.put('c', bytes('c')), 'unsupported');
    await failsWith(store.get('c'), 'unsupported');
    await failsWith(store.remove('c'), 'unsupported');
  });
});

function bound(store: ReturnType<typeof memoryStore>): ReturnType<typeof memoryStore> {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
