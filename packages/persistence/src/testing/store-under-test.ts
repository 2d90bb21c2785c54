import type { SequenceStore } from '@holdfast/ws-rm';

/** The functions of a test framework that the suites need: mocha's, jest's, vitest's or node:test's. */
export interface TestFramework {
  readonly describe: (title: string, define: () => void) => unknown;
  readonly it: (title: string, run: () => Promise<void>) => unknown;
}

/** A store as its author makes it for one test. */
export interface StoreUnderTest<Transaction, Store extends SequenceStore<Transaction> = SequenceStore<Transaction>> {
  readonly store: Store;
  /** How an application uses the store's transaction; leave it out when the store has none. */
  readonly notes?: ApplicationNotes<Transaction>;
  /**
   * Closes the store and opens the same data again; leave it out when nothing outlives the store.
   */
  readonly reopen?: () => Promise<StoreUnderTest<Transaction, Store>>;
  /** Closes the store, also one that was opened again, and removes its data. Called once, at the end of the test. */
  readonly dispose: () => Promise<void>;
}

/** The application of the suite: it keeps a list of notes in a table of its own. */
export interface ApplicationNotes<Transaction> {
  readonly add: (transaction: Transaction, note: string) => void;
  /** Every note that was committed, in the order of adding. */
  readonly all: () => Promise<readonly string[]>;
}

/** Defines one test, which gets a store of its own. */
export type StoreTest<Transaction> = (
  title: string,
  run: (subject: StoreUnderTest<Transaction>) => Promise<void>,
) => void;
