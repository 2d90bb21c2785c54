import { deepEqual, equal } from 'node:assert/strict';
import type { StoreTest } from '../store-under-test.js';
import { aSession, bytes, everyByte, put, text, token } from './samples.js';

export function tokenTests<Transaction>(test: StoreTest<Transaction>): void {
  test('an unknown token is undefined', async ({ store }) => {
    equal(await store.token('urn:uuid:1'), undefined);
  });

  test('put-token inserts and replaces, remove-token removes', async ({ store }) => {
    await store.commit([token('urn:uuid:1', everyByte()), token('urn:uuid:2', bytes('other'))]);
    deepEqual([...((await store.token('urn:uuid:1')) ?? [])], [...everyByte()]);
    await store.commit([token('urn:uuid:1', bytes('renewed'))]);
    equal(text(await store.token('urn:uuid:1')), 'renewed');
    await store.commit([{ kind: 'remove-token', uuid: 'urn:uuid:1' }]);
    equal(await store.token('urn:uuid:1'), undefined);
    equal(text(await store.token('urn:uuid:2')), 'other');
    await store.commit([{ kind: 'remove-token', uuid: 'urn:uuid:1' }]);
  });

  test('a token outlives the sessions', async ({ store }) => {
    await store.commit([put(aSession('a', 1)), token('urn:uuid:1', bytes('t'))]);
    await store.commit([{ kind: 'remove-session', key: 'a' }]);
    equal(text(await store.token('urn:uuid:1')), 't');
  });

  test('the caller may zero the token that it got and the bytes that it gave', async ({ store }) => {
    const given = bytes('secret');
    await store.commit([token('urn:uuid:1', given)]);
    given.fill(0);
    (await store.token('urn:uuid:1'))?.fill(0);
    equal(text(await store.token('urn:uuid:1')), 'secret');
  });
}
