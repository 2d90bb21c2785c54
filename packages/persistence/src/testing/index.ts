/**
 * For those who write a store, and those who test what becomes of their program when one fails.
 *
 * ```ts
 * import { memoryStore } from '@holdfast/persistence';
 * import { crashAt, crashingStore, sequenceStoreSuite } from '@holdfast/persistence/testing';
 *
 * describe('myStore', () => {
 *   sequenceStoreSuite({ describe, it }, async () => ({ store: await myStore(), dispose: async () => {} }), ['application', 'reopen']);
 * });
 *
 * const store = crashingStore(memoryStore(), crashAt(3, 'after', 'dies'));
 * ```
 *
 * @module
 */
export { type ContextStoreUnderTest, contextStoreSuite } from './context-store-suite.js';
export { type Crash, type CrashingStore, type CrashPlan, crashAt, crashingStore } from './crashing-store.js';
export { type StoreLimitation, sequenceStoreSuite } from './sequence-store-suite.js';
export type { ApplicationNotes, StoreUnderTest, TestFramework } from './store-under-test.js';
