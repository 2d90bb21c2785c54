import { createHash } from 'node:crypto';
import { UsageError } from '@holdfast/soap';
import type { Database, Statement } from 'better-sqlite3';
import { checkMigrationStatement } from './application-sql.js';
import { applicationStatementError } from './sqlite-error.js';

/** One step of the application's own schema. Once released it is never changed; a later change is a later step. */
export interface ApplicationMigration {
  /** Unique in this database; carried out once. */
  readonly name: string;
  /** One SQL statement each: CREATE, ALTER, DROP, or a change of rows. */
  readonly statements: readonly string[];
}

/** Remembers which migrations of the application have been carried out. */
export class ApplicationMigrations {
  readonly #database: Database;
  readonly #file: string;
  readonly #digest: Statement<[string], { readonly digest: string }>;
  readonly #insert: Statement<[string, string]>;

  constructor(database: Database, file: string) {
    this.#database = database;
    this.#file = file;
    this.#digest = database.prepare('SELECT "digest" FROM "holdfast_application_migration" WHERE "name" = ?');
    this.#insert = database.prepare('INSERT INTO "holdfast_application_migration" ("name", "digest") VALUES (?, ?)');
  }

  /**
   * Carries out those that are new, in order. To be called inside a transaction.
   *
   * @throws UsageError `invalid-argument` for a statement that is not allowed, or a migration that was changed after it ran
   */
  apply(migrations: readonly ApplicationMigration[]): void {
    for (const { name, statements } of migrations) {
      const digest = createHash('sha256').update(JSON.stringify(statements)).digest('hex');
      const stored = this.#digest.get(name);
      if (stored === undefined) {
        this.#carryOut(statements);
        this.#insert.run(name, digest);
      } else if (stored.digest !== digest) {
        throw new UsageError(
          'invalid-argument',
          `The migration "${name}" was carried out with other statements. Leave it as it was and add another one.`,
        );
      }
    }
  }

  #carryOut(statements: readonly string[]): void {
    for (const sql of statements) {
      checkMigrationStatement(sql);
      try {
        const statement = this.#database.prepare(sql);
        if (statement.reader) {
          statement.all();
        } else {
          statement.run();
        }
      } catch (error) {
        throw applicationStatementError(error, this.#file);
      }
    }
  }
}
