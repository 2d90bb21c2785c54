import { equal, rejects } from 'node:assert/strict';
import type { StoreTest } from '../store-under-test.js';
import { aSession, bytes, conflict, put, text } from './samples.js';

export function versionTests<Transaction>(test: StoreTest<Transaction>): void {
  test('version 1 inserts, and conflicts with a session that is there', async ({ store }) => {
    await store.commit([put(aSession('a', 1, [], bytes('first')))]);
    await conflict(store.commit([put(aSession('a', 1, [], bytes('second')))]));
    equal(text((await store.session('a'))?.state), 'first');
  });

  test('any other version conflicts when there is no session', async ({ store }) => {
    await conflict(store.commit([put(aSession('a', 2))]));
    equal(await store.session('a'), undefined);
  });

  for (const given of [1, 2, 3, 5, 6, 2 ** 40]) {
    test(`version ${given} conflicts with version 3 unless it is 4`, async ({ store }) => {
      await store.commit([put(aSession('a', 1)), put(aSession('a', 2)), put(aSession('a', 3))]);
      await conflict(store.commit([put(aSession('a', given))]));
      equal((await store.session('a'))?.version, 3);
      await store.commit([put(aSession('a', 4))]);
    });
  }

  for (const wrong of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    test(`version ${wrong} is refused`, async ({ store }) => {
      await rejects(store.commit([put(aSession('a', wrong))]), { code: 'invalid-argument' });
    });
  }

  test('of two steps from the same version, committed at the same time, the second conflicts', async ({ store }) => {
    await store.commit([put(aSession('a', 1))]);
    const [first, second] = await Promise.allSettled([
      store.commit([put(aSession('a', 2, [], bytes('first')))]),
      store.commit([put(aSession('a', 2, [], bytes('second')))]),
    ]);
    equal(first.status, 'fulfilled');
    equal(second.status, 'rejected');
    equal(text((await store.session('a'))?.state), 'first');
  });

  test('a removed session begins again with version 1', async ({ store }) => {
    await store.commit([put(aSession('a', 1)), put(aSession('a', 2))]);
    await store.commit([{ kind: 'remove-session', key: 'a' }]);
    await conflict(store.commit([put(aSession('a', 3))]));
    await store.commit([put(aSession('a', 1))]);
  });
}
