import { StoreError } from '@holdfast/soap';
import Database from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { MIGRATIONS_TABLE, storeEntities } from '../schema/entities.js';
import { storeMigrations } from '../schema/migrations.js';
import { ownStoreError } from './sqlite-error.js';

/** One SQLite connection, as TypeORM and as better-sqlite3 see it. */
export interface OpenDatabase {
  readonly dataSource: DataSource;
  /** The very connection that {@link dataSource} uses. */
  readonly connection: Database.Database;
}

/** Which database is opened, and with which bounds. */
export interface DatabaseOptions {
  /** Absolute path. */
  readonly file: string;
  /** Milliseconds that a statement waits for another process's lock. */
  readonly busyTimeout: number;
  /** The database grows to so many bytes at most. */
  readonly maxSize: number | undefined;
}

/** A journal that a burst of writing has made longer than this, in bytes, is cut back at the next checkpoint. */
const JOURNAL_SIZE_LIMIT = 64 * 1024 * 1024;

/**
 * Opens the database and brings its tables up to date. `prepare` runs in the same transaction as the migrations, so
 * that two processes that open a new store at the same time do not get in each other's way.
 *
 * @throws StoreError
 */
export async function openDatabase(
  options: DatabaseOptions,
  prepare: (database: OpenDatabase) => Promise<void>,
): Promise<OpenDatabase> {
  let connection: Database.Database | undefined;
  try {
    const dataSource = new DataSource({
      type: 'better-sqlite3',
      driver: Database,
      database: options.file,
      timeout: options.busyTimeout,
      prepareDatabase: (database: Database.Database) => {
        connection = database;
        configure(database, options);
      },
      entities: [...storeEntities],
      migrations: [...storeMigrations],
      migrationsTableName: MIGRATIONS_TABLE,
      synchronize: false,
      logging: false,
    });
    await dataSource.initialize();
    if (connection === undefined) {
      throw new Error('The driver opened no connection');
    }
    const database = { dataSource, connection };
    connection.exec('BEGIN IMMEDIATE');
    await refuseNewer(database, options.file);
    await dataSource.runMigrations({ transaction: 'none' });
    await prepare(database);
    connection.exec('COMMIT');
    return database;
  } catch (thrown) {
    // Closing rolls back.
    connection?.close();
    throw ownStoreError(thrown, options.file);
  }
}

function configure(database: Database.Database, options: DatabaseOptions): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') {
    throw new StoreError(
      'store-unavailable',
      `The file system of ${options.file} cannot keep a write-ahead log. Put the store on a local disk.`,
    );
  }
  // FULL: the log is on the disk before a commit is reported. better-sqlite3 is built with NORMAL for WAL.
  database.pragma('synchronous = FULL');
  // What is deleted is overwritten, and nothing is ever written to temporary files.
  database.pragma('secure_delete = ON');
  database.pragma('temp_store = MEMORY');
  // A damaged or manipulated file is found out early, and its schema can run no functions.
  database.pragma('cell_size_check = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma(`journal_size_limit = ${JOURNAL_SIZE_LIMIT}`);
  if (options.maxSize !== undefined) {
    const pageSize = Number(database.pragma('page_size', { simple: true }));
    database.pragma(`max_page_count = ${Math.max(1, Math.floor(options.maxSize / pageSize))}`);
  }
}

async function refuseNewer({ dataSource, connection }: OpenDatabase, file: string): Promise<void> {
  const made = connection
    .prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`)
    .get(MIGRATIONS_TABLE);
  if (made === undefined) {
    return;
  }
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  const carriedOut = connection.prepare<[], { name: string }>(`SELECT name FROM "${MIGRATIONS_TABLE}"`).all();
  const unknown = carriedOut.find(({ name }) => !known.has(name));
  if (unknown !== undefined) {
    throw new StoreError(
      'store-too-new',
      `The store ${file} was written by a later version of Holdfast (it has the migration ${unknown.name}). Use that version, or a back-up from before.`,
    );
  }
}
