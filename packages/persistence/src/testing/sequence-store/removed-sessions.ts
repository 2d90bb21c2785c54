import { deepEqual, equal, ok } from 'node:assert/strict';
import type { StoreTest } from '../store-under-test.js';
import { aSession, collected, message, put } from './samples.js';

export function removedSessionTests<Transaction>(test: StoreTest<Transaction>): void {
  test('removes the session with its identifiers and all of its messages, and nothing of another', async ({
    store,
  }) => {
    for (const key of ['a', 'b']) {
      await store.commit([
        put(aSession(key, 1, [`urn:${key}`])),
        message(key, 'outbound', 1n),
        message(key, 'inbound', 1n),
      ]);
    }
    await store.commit([{ kind: 'remove-session', key: 'a' }]);
    equal(await store.session('a'), undefined);
    equal(await store.sessionOf('urn:a'), undefined);
    equal(await store.message('a', 'outbound', 1n), undefined);
    equal(await store.message('a', 'inbound', 1n), undefined);
    equal((await store.sessionOf('urn:b'))?.key, 'b');
    ok(await store.message('b', 'outbound', 1n));
    ok(await store.message('b', 'inbound', 1n));
  });

  test('frees the identifiers for another session', async ({ store }) => {
    await store.commit([put(aSession('a', 1, ['urn:a']))]);
    await store.commit([{ kind: 'remove-session', key: 'a' }, put(aSession('b', 1, ['urn:a']))]);
    equal((await store.sessionOf('urn:a'))?.key, 'b');
  });

  test('does nothing when there is no such session', async ({ store }) => {
    await store.commit([{ kind: 'remove-session', key: 'a' }]);
    deepEqual(await collected(store), []);
  });
}
