import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { MessageLog } from '@holdfast/ws-rm';
import type { StoreTest } from '../store-under-test.js';
import { bytes, everyByte, message, text } from './samples.js';

export function messageTests<Transaction>(test: StoreTest<Transaction>): void {
  test('an unknown message is undefined, and an unknown log is empty', async ({ store }) => {
    equal(await store.message('a', 'outbound', 1n), undefined);
    deepEqual(await store.messages('a', 'outbound', 1n, 10), []);
  });

  test('a message is found by session, log and number, exactly as it was committed', async ({ store }) => {
    await store.commit([
      message('a', 'outbound', 7n, everyByte()),
      message('a', 'inbound', 7n, bytes('inbound')),
      message('b', 'outbound', 7n, bytes('b')),
    ]);
    const found = await store.message('a', 'outbound', 7n);
    deepEqual([found?.session, found?.log, found?.number], ['a', 'outbound', 7n]);
    deepEqual([...(found?.bytes ?? [])], [...everyByte()]);
    equal(text((await store.message('a', 'inbound', 7n))?.bytes), 'inbound');
    equal(text((await store.message('b', 'outbound', 7n))?.bytes), 'b');
  });

  test('put-message replaces the message of that number', async ({ store }) => {
    await store.commit([message('a', 'outbound', 1n, bytes('first'))]);
    await store.commit([message('a', 'outbound', 1n, bytes('second'))]);
    equal(text((await store.message('a', 'outbound', 1n))?.bytes), 'second');
    equal((await store.messages('a', 'outbound', 1n, 10)).length, 1);
  });

  test('messages of no bytes and of a megabyte come back whole', async ({ store }) => {
    const large = new Uint8Array(1024 * 1024).map((_, index) => (index * 31) % 251);
    await store.commit([message('a', 'outbound', 1n, new Uint8Array(0)), message('a', 'outbound', 2n, large)]);
    equal((await store.message('a', 'outbound', 1n))?.bytes.length, 0);
    ok(Buffer.from(large).equals((await store.message('a', 'outbound', 2n))?.bytes ?? new Uint8Array(0)));
  });

  test('every number from 1 to 2^63 - 1 is exact', async ({ store }) => {
    const numbers = [1n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 2n, 2n ** 63n - 1n];
    await store.commit(numbers.map((number) => message('a', 'inbound', number, bytes(`${number}`))));
    deepEqual(
      (await store.messages('a', 'inbound', 1n, 100)).map(({ number }) => number),
      numbers,
    );
    for (const number of numbers) {
      equal(text((await store.message('a', 'inbound', number))?.bytes), `${number}`);
    }
  });

  for (const wrong of [0n, -1n, 2n ** 63n, 2n ** 64n]) {
    test(`number ${wrong} is refused, and finds nothing`, async ({ store }) => {
      await rejects(store.commit([message('a', 'outbound', wrong)]), { code: 'invalid-argument' });
      equal(await store.message('a', 'outbound', wrong), undefined);
    });
  }

  test('messages come ascending, from the lower bound, and no more than the limit', async ({ store }) => {
    const numbers = [9n, 1n, 10n, 3n, 2n, 20n, 100n];
    await store.commit(numbers.map((number) => message('a', 'outbound', number)));
    const found = async (lower: bigint, limit: number): Promise<bigint[]> =>
      (await store.messages('a', 'outbound', lower, limit)).map(({ number }) => number);
    deepEqual(await found(1n, 100), [1n, 2n, 3n, 9n, 10n, 20n, 100n]);
    deepEqual(await found(3n, 2), [3n, 9n]);
    deepEqual(await found(4n, 2), [9n, 10n]);
    deepEqual(await found(101n, 10), []);
    deepEqual(await found(-5n, 1), [1n]);
    deepEqual(await found(2n ** 64n, 1), []);
    deepEqual(await found(1n, 0), []);
  });

  for (const wrong of [-1, 1.5, Number.NaN]) {
    test(`a limit of ${wrong} is refused`, async ({ store }) => {
      await rejects(store.messages('a', 'outbound', 1n, wrong), { code: 'invalid-argument' });
    });
  }

  test('remove-messages removes lower ≤ number ≤ upper of that session and log', async ({ store }) => {
    const logs: readonly MessageLog[] = ['outbound', 'inbound'];
    const all = ['a', 'b'].flatMap((session) =>
      logs.flatMap((log) => [1n, 2n, 3n, 4n, 5n].map((number) => message(session, log, number))),
    );
    await store.commit(all);
    await store.commit([{ kind: 'remove-messages', session: 'a', log: 'outbound', lower: 2n, upper: 4n }]);
    const left = async (session: string, log: MessageLog): Promise<bigint[]> =>
      (await store.messages(session, log, 1n, 10)).map(({ number }) => number);
    deepEqual(await left('a', 'outbound'), [1n, 5n]);
    deepEqual(await left('a', 'inbound'), [1n, 2n, 3n, 4n, 5n]);
    deepEqual(await left('b', 'outbound'), [1n, 2n, 3n, 4n, 5n]);
    equal(await store.message('a', 'outbound', 3n), undefined);
  });

  for (const [lower, upper, left] of [
    [3n, 3n, [1n, 2n, 2n ** 63n - 1n]],
    [4n, 2n, [1n, 2n, 3n, 2n ** 63n - 1n]],
    [0n, 2n ** 64n, []],
    [-9n, 1n, [2n, 3n, 2n ** 63n - 1n]],
    [2n ** 63n, 2n ** 64n, [1n, 2n, 3n, 2n ** 63n - 1n]],
    [50n, 60n, [1n, 2n, 3n, 2n ** 63n - 1n]],
  ] as const) {
    test(`remove-messages from ${lower} to ${upper} is exact`, async ({ store }) => {
      await store.commit([1n, 2n, 3n, 2n ** 63n - 1n].map((number) => message('a', 'inbound', number)));
      await store.commit([{ kind: 'remove-messages', session: 'a', log: 'inbound', lower, upper }]);
      deepEqual(
        (await store.messages('a', 'inbound', 1n, 10)).map(({ number }) => number),
        [...left],
      );
    });
  }
}
