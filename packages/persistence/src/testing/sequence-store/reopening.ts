import { deepEqual, equal } from 'node:assert/strict';
import type { StoreTest } from '../store-under-test.js';
import { aSession, bytes, collected, conflict, everyByte, message, put, sameSession, text, token } from './samples.js';

export function reopeningTests<Transaction>(test: StoreTest<Transaction>): void {
  test('has everything that was committed', async (first) => {
    if (first.reopen === undefined) {
      throw new Error("This store cannot be opened again; leave the tests of it out with ['reopen']");
    }
    const session = aSession('a', 3, ['urn:a'], everyByte());
    await first.store.commit([
      put(aSession('a', 1)),
      put(aSession('a', 2)),
      put(session),
      message('a', 'inbound', 5n, bytes('five')),
      token('urn:uuid:1', bytes('t')),
    ]);
    const { store } = await first.reopen();
    sameSession(await store.sessionOf('urn:a'), session);
    equal(text((await store.message('a', 'inbound', 5n))?.bytes), 'five');
    equal(text(await store.token('urn:uuid:1')), 't');
    await conflict(store.commit([put(aSession('a', 3))]));
    await store.commit([put(aSession('a', 4)), put(aSession('b', 1))]);
    deepEqual(
      (await collected(store)).map(({ key }) => key),
      ['a', 'b'],
    );
  });
}
