import type { Database, Statement } from 'better-sqlite3';
import type { Outcome } from './group-commit.js';
import type { PreparedWrite } from './session-rows.js';

/** The writes of one commit, in order. */
export type PreparedCommit = readonly PreparedWrite[];

/** SQLite has rolled back all of the transaction: a full disk, an error of the disk, ON CONFLICT ROLLBACK. */
interface Lost {
  readonly lost: unknown;
  /** False when it could not even begin, so that there is no sense in trying the commits one by one. */
  readonly began: boolean;
}

/**
 * Runs commits in one transaction, each within a savepoint, so that one that fails is undone alone. When SQLite gives
 * up the whole transaction, every commit gets a transaction of its own, and only the guilty one fails.
 */
export class GroupTransaction {
  readonly #database: Database;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #rollback: Statement<[]>;
  readonly #savepoint: Statement<[]>;
  readonly #release: Statement<[]>;
  readonly #rollbackToSavepoint: Statement<[]>;
  readonly #onTransaction: (commits: number) => void;

  constructor(database: Database, onTransaction: (commits: number) => void) {
    this.#database = database;
    // IMMEDIATE: what is read to decide (the version of a session) stays true until it is committed.
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#savepoint = database.prepare('SAVEPOINT holdfast_commit');
    this.#release = database.prepare('RELEASE holdfast_commit');
    this.#rollbackToSavepoint = database.prepare('ROLLBACK TO holdfast_commit');
    this.#onTransaction = onTransaction;
  }

  run(group: readonly PreparedCommit[]): readonly Outcome[] {
    const outcomes = this.#attempt(group);
    if (!('lost' in outcomes)) {
      this.#onTransaction(outcomes.filter(({ done }) => done).length);
      return outcomes;
    }
    if (group.length > 1 && outcomes.began) {
      return group.flatMap((commit) => this.run([commit]));
    }
    return group.map(() => ({ done: false, error: outcomes.lost }));
  }

  #attempt(group: readonly PreparedCommit[]): readonly Outcome[] | Lost {
    try {
      this.#begin.run();
    } catch (lost) {
      return { lost, began: false };
    }
    try {
      const outcomes = group.map((commit) => this.#attemptOne(commit));
      this.#commit.run();
      return outcomes;
    } catch (lost) {
      if (this.#database.inTransaction) {
        this.#rollback.run();
      }
      return { lost, began: true };
    }
  }

  /** Throws when the whole transaction is lost. */
  #attemptOne(commit: PreparedCommit): Outcome {
    this.#savepoint.run();
    try {
      for (const write of commit) {
        write();
      }
      this.#release.run();
      return { done: true };
    } catch (error) {
      if (!this.#database.inTransaction) {
        throw error;
      }
      this.#rollbackToSavepoint.run();
      this.#release.run();
      return { done: false, error };
    }
  }
}
