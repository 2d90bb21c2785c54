import { applicationWriteTests } from './sequence-store/application-writes.js';
import { commitTests } from './sequence-store/commits.js';
import { messageTests } from './sequence-store/messages.js';
import { removedSessionTests } from './sequence-store/removed-sessions.js';
import { reopeningTests } from './sequence-store/reopening.js';
import { sessionTests } from './sequence-store/sessions.js';
import { tokenTests } from './sequence-store/tokens.js';
import { versionTests } from './sequence-store/versions.js';
import type { StoreTest, StoreUnderTest, TestFramework } from './store-under-test.js';

/** What a store may be without; the tests of it are left out. */
export type StoreLimitation = 'application' | 'reopen';

/**
 * What every SequenceStore must do, as tests. A store's author runs them over it:
 *
 * ```ts
 * describe('myStore', () => {
 *   sequenceStoreSuite({ describe, it }, async () => ({ store: await myStore(), dispose: async () => {} }), ['application', 'reopen']);
 * });
 * ```
 *
 * @param create makes an empty store, for one test
 * @param without leaves out the tests of application writes (for a store whose commits refuse them) or of opening again
 */
export function sequenceStoreSuite<Transaction>(
  { describe, it }: TestFramework,
  create: () => Promise<StoreUnderTest<Transaction>>,
  without: readonly StoreLimitation[] = [],
): void {
  const test: StoreTest<Transaction> = (title, run) => {
    it(title, async () => {
      const subject = await create();
      try {
        await run(subject);
      } finally {
        await subject.dispose();
      }
    });
  };

  describe('sessions', () => sessionTests(test));
  describe('versions', () => versionTests(test));
  describe('remove-session', () => removedSessionTests(test));
  describe('messages', () => messageTests(test));
  describe('tokens', () => tokenTests(test));
  describe('commit', () => commitTests(test));
  if (!without.includes('application')) {
    describe('application writes', () => applicationWriteTests(test));
  }
  if (!without.includes('reopen')) {
    describe('opened again', () => reopeningTests(test));
  }
}
