import { type StoreError, UsageError } from '@holdfast/soap';
import type { SequenceStore } from '@holdfast/ws-rm';
import type { ContextStore, ReplayStore } from '@holdfast/ws-secconv';
import { openKeyRing, wipeKeyRing } from '../keys/key-ring.js';
import type { KeySource, KeySources } from '../keys/key-source.js';
import { systemRandom } from '../random.js';
import type { ApplicationMigration } from './application-migrations.js';
import { checkKeys } from './key-check.js';
import { openDatabase } from './open-database.js';
import { OpenSqliteStore } from './open-sqlite-store.js';
import { ownStoreError } from './sqlite-error.js';
import type { SqliteTransaction } from './sqlite-transaction.js';
import { prepareFiles } from './store-files.js';

/** Numbers of an SQLite store that have a default, {@link defaultSqliteStoreConfig}. */
export interface SqliteStoreConfig {
  /**
   * Milliseconds to wait for another process that writes, before `store-locked`. SQLite waits in this thread, so the
   * event loop stands still meanwhile. Default: 1000.
   */
  readonly busyTimeout: number;
  /** The database file grows to so many bytes, then commits fail with `store-full`. Default: no bound. */
  readonly maxSize: number;
  /**
   * So many concurrent commits share one transaction at most. More: less cost each, longer turns of the event loop.
   * Default: 256.
   */
  readonly groupLimit: number;
}

/** What an SQLite store takes where its options say nothing. */
export const defaultSqliteStoreConfig: SqliteStoreConfig = {
  busyTimeout: 1000,
  maxSize: Number.POSITIVE_INFINITY,
  groupLimit: 256,
};

/** Where an SQLite store is, what seals it, and who hears of what happens in it. */
export interface SqliteStoreOptions extends Partial<SqliteStoreConfig> {
  /**
   * The database file. It is made with mode 0600 when there is none, and its folder with mode 0700. `-wal` and `-shm`
   * are added to its name for the journal. It must be on a local disk.
   */
  readonly file: string;
  /** The key that seals the store, or several: see {@link KeySources}. */
  readonly keys: KeySource | KeySources;
  /** Called after each transaction of the database with the number of commits that it made durable. */
  readonly onTransaction?: (commits: number) => void;
  /**
   * Called for each damaged session that `sessions()` comes across; it then goes on with the next. Without this,
   * the iteration rejects with the error instead, and goes on when it is asked for the next.
   */
  readonly onDamage?: (error: StoreError) => void;
}

/**
 * A store in one SQLite file, for one endpoint. Everything that is secret is sealed. Commits are durable when they
 * resolve. Several processes may open the same file: each sees what the others committed, and sessions' versions keep
 * two from taking the same step.
 */
export interface SqliteStore extends SequenceStore<SqliteTransaction>, ContextStore, AsyncDisposable {
  /** Absolute path of the database file. */
  readonly file: string;
  /**
   * Makes and changes tables of the application's own in this database; to be called at every start. Those that were
   * carried out before are left out; the new ones are carried out in order, all or none.
   *
   * @throws UsageError `invalid-argument` for a statement that is not allowed, or a migration that was changed after it ran
   */
  migrateApplication(migrations: readonly ApplicationMigration[]): Promise<void>;
  /**
   * The application's own transaction, without a change of Holdfast's; resolves with what `work` returned when it is
   * durable. `work` is synchronous; what it throws undoes it. It is called again if the database had to begin anew.
   */
  application<Result>(work: (transaction: SqliteTransaction) => Result): Promise<Result>;
  /**
   * Where an endpoint remembers messages, so that they are refused when they come again, also after a restart and by
   * other processes over this file. What was admitted is kept until its time is over, and shares transactions with the
   * commits that are under way.
   *
   * @param endpoint each end of a conversation needs one of its own: `recipient` and `initiator`, say
   */
  replays(endpoint: string): ReplayStore;
  /** Finishes what was committed before, folds the journal into the database file, and zeroes the keys. */
  close(): Promise<void>;
}

/**
 * Opens the store, and makes it when there is none.
 *
 * @throws UsageError `wrong-key`, `missing-key`, `invalid-key`, `invalid-option`
 * @throws StoreError `store-unavailable`, `store-locked`, `store-read-only`, `store-damaged`, `store-too-new`, `store-full`
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const config = checkedConfig(options);
  const keys = await openKeyRing(options.keys);
  try {
    const file = prepareFiles(options.file);
    const database = await openDatabase({ file, ...config }, (opened) => checkKeys(opened, keys, file, systemRandom));
    try {
      return new OpenSqliteStore({ ...options, ...config, file, database, keys, random: systemRandom });
    } catch (thrown) {
      await database.dataSource.destroy();
      throw ownStoreError(thrown, file);
    }
  } catch (error) {
    wipeKeyRing(keys);
    throw error;
  }
}

function checkedConfig(options: SqliteStoreOptions): SqliteStoreConfig {
  const { busyTimeout, maxSize, groupLimit } = { ...defaultSqliteStoreConfig, ...options };
  if (!Number.isSafeInteger(busyTimeout) || busyTimeout < 0 || busyTimeout > 0x7fffffff) {
    throw new UsageError(
      'invalid-option',
      `busyTimeout is in milliseconds, from 0 to 2147483647; it is ${busyTimeout}.`,
    );
  }
  if (Number.isNaN(maxSize) || maxSize <= 0) {
    throw new UsageError('invalid-option', `maxSize is in bytes, more than 0; it is ${maxSize}.`);
  }
  if (!Number.isSafeInteger(groupLimit) || groupLimit < 1) {
    throw new UsageError('invalid-option', `groupLimit is a number of commits, at least 1; it is ${groupLimit}.`);
  }
  return { busyTimeout, maxSize, groupLimit };
}
