import { UsageError } from '@holdfast/soap';
import type { Database, Statement } from 'better-sqlite3';
import { checkStatement } from './application-sql.js';
import { applicationStatementError } from './sqlite-error.js';

/** What SQLite stores. Whole numbers come back as `number`: cast those beyond 2^53 to TEXT. */
export type SqliteValue = string | number | bigint | Uint8Array | null;

/** A row of a result, by column. */
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/**
 * The store's transaction as an application may use it: on tables of its own in the same database file, whose
 * changes commit together with Holdfast's, or not at all. Valid only until the write returns. Each call takes one
 * statement, with `?` for each parameter.
 *
 * Each throws UsageError `invalid-argument` for a statement that is not allowed (it controls the transaction or the
 * connection, or contains the prefix `holdfast_`), UsageError `closed` after the write has returned, and better-sqlite3's
 * SqliteError for what SQLite refuses, such as `SQLITE_CONSTRAINT_UNIQUE`, and StoreError when the store fails.
 */
export interface SqliteTransaction {
  /** Carries out a statement that returns no rows. */
  readonly run: (sql: string, ...parameters: readonly SqliteValue[]) => { readonly changes: number };
  /** The first row. */
  readonly get: (sql: string, ...parameters: readonly SqliteValue[]) => SqliteRow | undefined;
  /** All rows. */
  readonly all: (sql: string, ...parameters: readonly SqliteValue[]) => readonly SqliteRow[];
}

const MOST_STATEMENTS = 100;

/** Makes transaction handles for applications, and keeps their statements prepared. */
export class ApplicationStatements {
  readonly #database: Database;
  readonly #file: string;
  readonly #prepared = new Map<string, Statement<SqliteValue[], SqliteRow>>();

  constructor(database: Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** Calls the work with a handle that is good for as long as it runs. */
  during<Result>(work: (transaction: SqliteTransaction) => Result): Result {
    let over = false;
    const call = <Row>(sql: string, run: (statement: Statement<SqliteValue[], SqliteRow>) => Row): Row => {
      // A statement of the application may have made SQLite roll back (ON CONFLICT ROLLBACK); a later one would
      // then commit by itself.
      if (over || !this.#database.inTransaction) {
        throw new UsageError(
          'closed',
          'This transaction is over. Use the handle only inside the write it was given to.',
        );
      }
      try {
        return run(this.#statement(sql));
      } catch (error) {
        throw applicationStatementError(error, this.#file);
      }
    };
    try {
      return work({
        run: (sql, ...parameters) => call(sql, (statement) => ({ changes: statement.run(...parameters).changes })),
        get: (sql, ...parameters) => call(sql, (statement) => statement.get(...parameters)),
        all: (sql, ...parameters) => call(sql, (statement) => statement.all(...parameters)),
      });
    } finally {
      over = true;
    }
  }

  #statement(sql: string): Statement<SqliteValue[], SqliteRow> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      return known;
    }
    checkStatement(sql);
    const prepared = this.#database.prepare<SqliteValue[], SqliteRow>(sql);
    for (const oldest of this.#prepared.keys()) {
      if (this.#prepared.size < MOST_STATEMENTS) {
        break;
      }
      this.#prepared.delete(oldest);
    }
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}
