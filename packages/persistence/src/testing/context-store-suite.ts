import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { ContextStore } from '@holdfast/ws-secconv';
import type { TestFramework } from './store-under-test.js';

/** A context store as its author makes it for one test. */
export interface ContextStoreUnderTest {
  readonly store: ContextStore;
  /** Closes the store and opens the same data again; leave it out when nothing outlives the store. */
  readonly reopen?: () => Promise<{ readonly store: ContextStore }>;
  /** Closes the store and removes its data. */
  readonly dispose: () => Promise<void>;
}

/**
 * What every ContextStore must do, as tests.
 *
 * @param create makes an empty store, for one test
 * @param without leaves out the test of opening again, for a store that does not outlive its process
 */
export function contextStoreSuite(
  { describe, it }: TestFramework,
  create: () => Promise<ContextStoreUnderTest>,
  without: readonly 'reopen'[] = [],
): void {
  const test = (title: string, run: (subject: ContextStoreUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const subject = await create();
      try {
        await run(subject);
      } finally {
        await subject.dispose();
      }
    });
  };

  describe('contexts', () => {
    test('an unknown context is undefined, and may be removed', async ({ store }) => {
      equal(await store.get('urn:uuid:1'), undefined);
      await store.remove('urn:uuid:1');
    });

    test('a context comes back as it was put', async ({ store }) => {
      await store.put('urn:uuid:1', everyByte());
      await store.put('urn:uuid:2', new Uint8Array(0));
      deepEqual([...((await store.get('urn:uuid:1')) ?? [])], [...everyByte()]);
      equal((await store.get('urn:uuid:2'))?.length, 0);
    });

    test('put replaces', async ({ store }) => {
      await store.put('urn:uuid:1', new Uint8Array([1]));
      await store.put('urn:uuid:1', new Uint8Array([2, 3]));
      deepEqual([...((await store.get('urn:uuid:1')) ?? [])], [2, 3]);
    });

    test('remove removes that one only', async ({ store }) => {
      await Promise.all([store.put('urn:uuid:1', everyByte()), store.put('urn:uuid:2', everyByte())]);
      await store.remove('urn:uuid:1');
      equal(await store.get('urn:uuid:1'), undefined);
      equal((await store.get('urn:uuid:2'))?.length, 256);
    });

    test('the caller may zero the context that it got and the bytes that it gave', async ({ store }) => {
      const given = everyByte();
      await store.put('urn:uuid:1', given);
      given.fill(0);
      const buffer = Buffer.from(everyByte());
      await store.put('urn:uuid:2', buffer);
      buffer.fill(0);
      deepEqual([...((await store.get('urn:uuid:2')) ?? [])], [...everyByte()]);
      (await store.get('urn:uuid:1'))?.fill(0);
      deepEqual([...((await store.get('urn:uuid:1')) ?? [])], [...everyByte()]);
    });

    test('a store that lists its contexts lists each of them once', async ({ store }) => {
      if (store.uuids === undefined) {
        return;
      }
      deepEqual(await store.uuids(), []);
      await Promise.all(['urn:uuid:1', 'urn:uuid:2', 'urn:uuid:3'].map((uuid) => store.put(uuid, everyByte())));
      await store.put('urn:uuid:1', everyByte());
      await store.remove('urn:uuid:2');
      deepEqual([...(await store.uuids())].sort(), ['urn:uuid:1', 'urn:uuid:3']);
    });

    test('what is not a Uint8Array is refused', async ({ store }) => {
      await rejects(store.put('urn:uuid:1', 'text' as unknown as Uint8Array), { code: 'invalid-argument' });
    });

    if (!without.includes('reopen')) {
      test('opened again, it has everything that was put', async ({ store, reopen }) => {
        if (reopen === undefined) {
          throw new Error("This store cannot be opened again; leave the test of it out with ['reopen']");
        }
        await store.put('urn:uuid:1', everyByte());
        const again = await reopen();
        deepEqual([...((await again.store.get('urn:uuid:1')) ?? [])], [...everyByte()]);
      });
    }
  });
}

function everyByte(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, index) => index);
}
