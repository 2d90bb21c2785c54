import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { StoreTest } from '../store-under-test.js';
import { aSession, bytes, collected, conflict, message, put, text, token } from './samples.js';

export function commitTests<Transaction>(test: StoreTest<Transaction>): void {
  test('applies all of its changes, in their order', async ({ store }) => {
    await store.commit([
      put(aSession('a', 1, ['urn:a'])),
      put(aSession('a', 2, ['urn:a'], bytes('two'))),
      message('a', 'outbound', 1n, bytes('first')),
      message('a', 'outbound', 1n, bytes('second')),
      message('a', 'outbound', 2n),
      { kind: 'remove-messages', session: 'a', log: 'outbound', lower: 2n, upper: 2n },
      token('urn:uuid:1', bytes('t')),
    ]);
    equal(text((await store.session('a'))?.state), 'two');
    equal(text((await store.message('a', 'outbound', 1n))?.bytes), 'second');
    equal(await store.message('a', 'outbound', 2n), undefined);
    equal(text(await store.token('urn:uuid:1')), 't');
  });

  test('no changes are a commit too', async ({ store }) => {
    await store.commit([]);
  });

  test('applies none of its changes when one conflicts', async ({ store }) => {
    await store.commit([
      put(aSession('a', 1, ['urn:a'], bytes('before'))),
      put(aSession('b', 1, ['urn:b'])),
      message('a', 'outbound', 1n, bytes('before')),
      message('a', 'outbound', 2n, bytes('before')),
      token('urn:uuid:1', bytes('before')),
    ]);
    await conflict(
      store.commit([
        put(aSession('c', 1, ['urn:c'])),
        put(aSession('a', 2, ['urn:a2'], bytes('after'))),
        message('a', 'outbound', 1n, bytes('after')),
        message('a', 'outbound', 3n, bytes('after')),
        { kind: 'remove-messages', session: 'a', log: 'outbound', lower: 2n, upper: 2n },
        token('urn:uuid:1', bytes('after')),
        token('urn:uuid:2', bytes('after')),
        { kind: 'remove-session', key: 'b' },
        put(aSession('a', 9)),
      ]),
    );
    equal(text((await store.session('a'))?.state), 'before');
    equal((await store.sessionOf('urn:a'))?.version, 1);
    equal(await store.sessionOf('urn:a2'), undefined);
    equal((await store.sessionOf('urn:b'))?.key, 'b');
    equal(await store.session('c'), undefined);
    equal(await store.sessionOf('urn:c'), undefined);
    equal(text((await store.message('a', 'outbound', 1n))?.bytes), 'before');
    equal(text((await store.message('a', 'outbound', 2n))?.bytes), 'before');
    equal(await store.message('a', 'outbound', 3n), undefined);
    equal(text(await store.token('urn:uuid:1')), 'before');
    equal(await store.token('urn:uuid:2'), undefined);
    deepEqual(
      (await collected(store)).map(({ key }) => key),
      ['a', 'b'],
    );
  });

  test('concurrent commits apply in the order of the calls', async ({ store }) => {
    const versions = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(versions.map((version) => store.commit([put(aSession('a', version, [], bytes(`${version}`)))])));
    equal(text((await store.session('a'))?.state), '50');
  });

  test('one that fails does not harm those under way at the same time', async ({ store }) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store.commit([
          message('log', 'inbound', BigInt(index + 1)),
          put(aSession(`${index}`, index % 5 === 0 ? 7 : 1, [`urn:${index}`])),
        ]),
      ),
    );
    deepEqual(
      results.map(({ status }) => status === 'fulfilled'),
      results.map((_, index) => index % 5 !== 0),
    );
    deepEqual(
      (await store.messages('log', 'inbound', 1n, 100)).map(({ number }) => Number(number) - 1),
      results.map((_, index) => index).filter((index) => index % 5 !== 0),
    );
  });

  test('what is not a Uint8Array is refused, and the rest of the commit with it', async ({ store }) => {
    const wrong = 'text' as unknown as Uint8Array;
    for (const change of [put(aSession('a', 1, [], wrong)), message('a', 'inbound', 1n, wrong), token('t', wrong)]) {
      await rejects(store.commit([put(aSession('b', 1)), change]), { code: 'invalid-argument' });
    }
    equal(await store.session('b'), undefined);
  });
}
