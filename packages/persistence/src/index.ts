/**
 * Durable, sealed stores for reliable sequences and security contexts.
 *
 * ```ts
 * import { keyFromFile, sqliteStore } from '@holdfast/persistence';
 *
 * await using store = await sqliteStore({
 *   file: 'orders-store/holdfast.db',
 *   keys: keyFromFile('orders-key/holdfast.key', { create: true }),
 * });
 * await store.migrateApplication([
 *   { name: '1 journal', statements: ['CREATE TABLE journal (number INTEGER PRIMARY KEY, text TEXT NOT NULL)'] },
 * ]);
 *
 * // One commit: the session's state, a message it owes, and the application's own row. All of it, or nothing.
 * await store.commit([
 *   { kind: 'put-session', key: 'a', identifiers: ['urn:uuid:1'], version: 1, state: new Uint8Array([1, 2, 3]) },
 *   { kind: 'put-message', session: 'a', log: 'outbound', number: 1n, bytes: new TextEncoder().encode('<order/>') },
 *   { kind: 'application', write: (db) => db.run('INSERT INTO journal VALUES (?, ?)', 1, 'ordered') },
 * ]);
 * ```
 *
 * @module
 */
export { keyFromEnvironment } from './keys/key-environment.js';
export { type KeyFileOptions, keyFromFile } from './keys/key-file.js';
export type { KeySource, KeySources } from './keys/key-source.js';
export { type MemoryStore, memoryStore } from './memory/memory-store.js';
export type { MemoryTransaction } from './memory/memory-transaction.js';
export type { ApplicationMigration } from './sqlite/application-migrations.js';
export {
  defaultSqliteStoreConfig,
  type SqliteStore,
  type SqliteStoreConfig,
  type SqliteStoreOptions,
  sqliteStore,
} from './sqlite/sqlite-store.js';
export type { SqliteRow, SqliteTransaction, SqliteValue } from './sqlite/sqlite-transaction.js';
