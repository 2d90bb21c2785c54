import { deepEqual, equal } from 'node:assert/strict';
import type { StoreTest } from '../store-under-test.js';
import { aSession, collected, conflict, everyByte, put, sameSession } from './samples.js';

export function sessionTests<Transaction>(test: StoreTest<Transaction>): void {
  test('an unknown key and an unknown identifier find nothing', async ({ store }) => {
    equal(await store.session('a'), undefined);
    equal(await store.sessionOf('urn:a'), undefined);
    deepEqual(await collected(store), []);
  });

  test('a session is found by its key, exactly as it was committed', async ({ store }) => {
    const session = aSession('a', 1, ['urn:a:1', 'urn:a:2'], everyByte());
    await store.commit([put(session)]);
    sameSession(await store.session('a'), session);
  });

  test('a session is found by each of its identifiers', async ({ store }) => {
    const session = aSession('a', 1, ['urn:a:1', 'urn:a:2']);
    await store.commit([put(session), put(aSession('b', 1, ['urn:b']))]);
    sameSession(await store.sessionOf('urn:a:1'), session);
    sameSession(await store.sessionOf('urn:a:2'), session);
    equal((await store.sessionOf('urn:b'))?.key, 'b');
  });

  test('identifiers may come as the session goes on', async ({ store }) => {
    await store.commit([put(aSession('a', 1, []))]);
    await store.commit([put(aSession('a', 2, ['urn:a:1']))]);
    await store.commit([put(aSession('a', 3, ['urn:a:1', 'urn:a:2']))]);
    equal((await store.sessionOf('urn:a:1'))?.version, 3);
    deepEqual((await store.sessionOf('urn:a:2'))?.identifiers, ['urn:a:1', 'urn:a:2']);
  });

  test('an identifier that the session no longer has does not find it any more', async ({ store }) => {
    await store.commit([put(aSession('a', 1, ['urn:a:1', 'urn:a:2']))]);
    await store.commit([put(aSession('a', 2, ['urn:a:2']))]);
    equal(await store.sessionOf('urn:a:1'), undefined);
    equal((await store.sessionOf('urn:a:2'))?.key, 'a');
  });

  test('an identifier of another session is refused, and that session keeps it', async ({ store }) => {
    await store.commit([put(aSession('a', 1, ['urn:a']))]);
    await conflict(store.commit([put(aSession('b', 1, ['urn:b', 'urn:a']))]));
    equal((await store.sessionOf('urn:a'))?.key, 'a');
    equal(await store.session('b'), undefined);
    equal(await store.sessionOf('urn:b'), undefined);
  });

  test('keys and identifiers may be any text', async ({ store }) => {
    for (const text of ['', ' ', "'; DROP TABLE x --", '"', '\u{1f680}', 'é', 'e\u0301', 'A', 'a', '%', '_', '\\']) {
      await store.commit([put(aSession(`key ${text}`, 1, [`urn:${text}`]))]);
      equal((await store.session(`key ${text}`))?.key, `key ${text}`);
      equal((await store.sessionOf(`urn:${text}`))?.key, `key ${text}`);
    }
    equal((await collected(store)).length, 12);
  });

  test('an empty state is a state', async ({ store }) => {
    await store.commit([put(aSession('a', 1, [], new Uint8Array(0)))]);
    deepEqual([...((await store.session('a'))?.state ?? [1])], []);
  });

  test('sessions come in the order of their creation, whatever was committed to them later', async ({ store }) => {
    for (const key of ['c', 'a', 'b']) {
      await store.commit([put(aSession(key, 1))]);
    }
    await store.commit([put(aSession('c', 2))]);
    await store.commit([{ kind: 'remove-session', key: 'a' }]);
    await store.commit([put(aSession('a', 1))]);
    deepEqual(
      (await collected(store)).map(({ key, version }) => [key, version]),
      [
        ['c', 2],
        ['b', 1],
        ['a', 1],
      ],
    );
  });

  test('all of many sessions come, once each', async ({ store }) => {
    const keys = Array.from({ length: 200 }, (_, index) => `session ${index}`);
    await store.commit(keys.map((key) => put(aSession(key, 1, [`urn:${key}`]))));
    deepEqual(
      (await collected(store)).map(({ key }) => key),
      keys,
    );
  });

  test('commits in the middle of an iteration over the sessions do not disturb it', async ({ store }) => {
    await store.commit(Array.from({ length: 100 }, (_, index) => put(aSession(`${index}`, 1))));
    const seen: string[] = [];
    for await (const { key } of store.sessions()) {
      seen.push(key);
      await store.commit([put(aSession(key, 2))]);
    }
    equal(new Set(seen).size, 100);
    equal(seen.length, 100);
  });
}
