import { type StoreError, UsageError } from '@holdfast/soap';
import type { MessageLog, StoreChange, StoredMessage, StoredSession } from '@holdfast/ws-rm';
import type { ReplayStore } from '@holdfast/ws-secconv';
import { type KeyRing, wipeKeyRing } from '../keys/key-ring.js';
import type { Random } from '../random.js';
import { DataKeySealing } from '../sealing/data-key-sealing.js';
import { contextPlace, tokenPlace } from '../sealing/place.js';
import { checkBytes, checkChange, checkLimit, checkSynchronous } from '../store-change.js';
import { type ApplicationMigration, ApplicationMigrations } from './application-migrations.js';
import { dataKeyTable } from './data-key-table.js';
import { GroupCommit, type Outcome } from './group-commit.js';
import { GroupTransaction, type PreparedCommit } from './group-transaction.js';
import { MessageRows } from './message-rows.js';
import type { OpenDatabase } from './open-database.js';
import { ReplayRows } from './replay-rows.js';
import { SecretRows } from './secret-rows.js';
import { sessionIterator } from './session-iterator.js';
import { type PreparedWrite, SessionRows } from './session-rows.js';
import { ownStoreError } from './sqlite-error.js';
import type { SqliteStore } from './sqlite-store.js';
import { ApplicationStatements, type SqliteTransaction } from './sqlite-transaction.js';

interface Parts {
  readonly file: string;
  readonly database: OpenDatabase;
  readonly keys: KeyRing;
  readonly random: Random;
  readonly groupLimit: number;
  readonly onTransaction?: (commits: number) => void;
  readonly onDamage?: (error: StoreError) => void;
}

/** What one call wants to commit. */
interface Work {
  /** How often the data key will be used. */
  readonly sealings: number;
  /** Seals; called outside the transaction, so that nobody else's lock waits for it. */
  readonly prepare: () => PreparedCommit;
}

/**
 * An open store. Commits and the reads of the message path use better-sqlite3's prepared statements, on TypeORM's own
 * connection: TypeORM builds an object and a statement for each row and awaits several promises for each, during
 * which a transaction would stay open and other commits would get in between. Here a whole group runs synchronously,
 * at a few microseconds a statement. What is not on that path (migrations, keys, the list of sessions at a start) goes
 * through TypeORM.
 */
export class OpenSqliteStore implements SqliteStore {
  readonly file: string;
  readonly #parts: Parts;
  readonly #sealing: DataKeySealing;
  readonly #sessions: SessionRows;
  readonly #messages: MessageRows;
  readonly #tokens: SecretRows;
  readonly #contexts: SecretRows;
  readonly #replays: ReplayRows;
  readonly #statements: ApplicationStatements;
  readonly #migrations: ApplicationMigrations;
  readonly #transaction: GroupTransaction;
  readonly #commits: GroupCommit<Work>;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { connection } = parts.database;
    const { keys, random } = parts;
    this.file = parts.file;
    this.#parts = parts;
    this.#sealing = new DataKeySealing(keys, dataKeyTable(connection), random);
    this.#sessions = new SessionRows(connection, this.#sealing);
    this.#messages = new MessageRows(connection, this.#sealing);
    this.#tokens = new SecretRows(connection, 'holdfast_token', tokenPlace, keys, random);
    this.#contexts = new SecretRows(connection, 'holdfast_context', contextPlace, keys, random);
    this.#replays = new ReplayRows(connection);
    this.#statements = new ApplicationStatements(connection, parts.file);
    this.#migrations = new ApplicationMigrations(connection, parts.file);
    // An observer's own errors must not make commits look failed that are durable.
    this.#transaction = new GroupTransaction(connection, (commits) =>
      queueMicrotask(() => parts.onTransaction?.(commits)),
    );
    this.#commits = new GroupCommit((group) => this.#transact(group), parts.groupLimit);
  }

  async commit(changes: readonly StoreChange<SqliteTransaction>[]): Promise<void> {
    for (const change of changes) {
      checkChange(change);
    }
    await this.#submit({
      sealings: changes.filter(({ kind }) => kind === 'put-session' || kind === 'put-message').length,
      prepare: () => changes.flatMap((change) => this.#prepare(change)),
    });
  }

  async session(key: string): Promise<StoredSession | undefined> {
    return this.#read(() => this.#sessions.find(key));
  }

  async sessionOf(identifier: string): Promise<StoredSession | undefined> {
    return this.#read(() => this.#sessions.findByIdentifier(identifier));
  }

  sessions(): AsyncIterable<StoredSession> {
    return {
      [Symbol.asyncIterator]: () =>
        sessionIterator({
          dataSource: this.#parts.database.dataSource,
          read: (row) => this.#read(() => this.#sessions.read(row)),
          page: (query) => this.#readAsync(query),
          onDamage: this.#parts.onDamage,
        }),
    };
  }

  async message(session: string, log: MessageLog, number: bigint): Promise<StoredMessage | undefined> {
    return this.#read(() => this.#messages.find(session, log, number));
  }

  async messages(session: string, log: MessageLog, lower: bigint, limit: number): Promise<readonly StoredMessage[]> {
    checkLimit(limit);
    return this.#read(() => this.#messages.range(session, log, lower, limit));
  }

  async token(uuid: string): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#tokens.find(uuid));
  }

  async put(uuid: string, bytes: Uint8Array): Promise<void> {
    checkBytes(bytes, 'A security context');
    await this.#submit({ sealings: 0, prepare: () => [this.#contexts.put(uuid, bytes)] });
  }

  async get(uuid: string): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#contexts.find(uuid));
  }

  async remove(uuid: string): Promise<void> {
    await this.#submit({ sealings: 0, prepare: () => [this.#contexts.remove(uuid)] });
  }

  async uuids(): Promise<readonly string[]> {
    return this.#read(() => this.#contexts.uuids());
  }

  replays(endpoint: string): ReplayStore {
    return {
      admit: (entries, now) =>
        this.#submit({ sealings: 0, prepare: () => [this.#replays.admit(endpoint, entries, now)] }),
    };
  }

  async migrateApplication(migrations: readonly ApplicationMigration[]): Promise<void> {
    await this.#submit({ sealings: 0, prepare: () => [() => asApplication(() => this.#migrations.apply(migrations))] });
  }

  async application<Result>(work: (transaction: SqliteTransaction) => Result): Promise<Result> {
    let result: { readonly value: Result } | undefined;
    const write = (): void => {
      result = { value: this.#runApplication(work) };
    };
    await this.#submit({ sealings: 0, prepare: () => [write] });
    if (result === undefined) {
      throw new Error('The transaction was committed without its work');
    }
    return result.value;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #submit(work: Work): Promise<void> {
    this.#checkOpen();
    await this.#commits.submit(work);
  }

  #transact(group: readonly Work[]): readonly Outcome[] {
    try {
      this.#sealing.prepare(group.reduce((sum, { sealings }) => sum + sealings, 0));
    } catch (thrown) {
      const error = ownStoreError(thrown, this.file);
      return group.map(() => ({ done: false, error }));
    }
    return this.#transaction.run(group.map(prepared)).map((outcome) => this.#translate(outcome));
  }

  #translate(outcome: Outcome): Outcome {
    if (outcome.done) {
      return outcome;
    }
    const { error } = outcome;
    return {
      done: false,
      error: error instanceof ApplicationFailure ? error.cause : ownStoreError(error, this.file),
    };
  }

  #prepare(change: StoreChange<SqliteTransaction>): PreparedWrite | readonly PreparedWrite[] {
    switch (change.kind) {
      case 'put-session':
        return this.#sessions.put(change);
      case 'remove-session':
        return [this.#sessions.remove(change.key), this.#messages.removeAll(change.key)];
      case 'put-message':
        return this.#messages.put(change);
      case 'remove-messages':
        return this.#messages.removeRange(change.session, change.log, change.lower, change.upper);
      case 'put-token':
        return this.#tokens.put(change.uuid, change.bytes);
      case 'remove-token':
        return this.#tokens.remove(change.uuid);
      case 'application':
        return () => {
          this.#runApplication(change.write);
        };
      default:
        throw new Error(`Unknown change: ${JSON.stringify(change satisfies never)}`);
    }
  }

  #runApplication<Result>(work: (transaction: SqliteTransaction) => Result): Result {
    return asApplication(() => {
      const result = this.#statements.during(work);
      checkSynchronous(result);
      if (!this.#parts.database.connection.inTransaction) {
        throw new UsageError('invalid-argument', 'An application statement ended the transaction of the store.');
      }
      return result;
    });
  }

  async #read<Result>(query: () => Result): Promise<Result> {
    // An application's write may read from the store: not from inside the transaction, which may yet be undone.
    await Promise.resolve();
    this.#checkOpen();
    try {
      return query();
    } catch (thrown) {
      throw ownStoreError(thrown, this.file);
    }
  }

  async #readAsync<Result>(query: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await query();
    } catch (thrown) {
      throw ownStoreError(thrown, this.file);
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) {
      throw new UsageError('closed', `The store ${this.file} is closed. Open it again, with sqliteStore().`);
    }
  }

  async #close(): Promise<void> {
    await Promise.resolve();
    const { connection, dataSource } = this.#parts.database;
    this.#commits.drain();
    try {
      connection.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // A journal that could not be folded in is complete, and is read at the next opening.
    }
    try {
      await dataSource.destroy();
    } finally {
      this.#sealing.wipe();
      wipeKeyRing(this.#parts.keys);
    }
  }
}

/** What came out of the application's own code, which gets it back as it is. */
class ApplicationFailure extends Error {}

function asApplication<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    throw new ApplicationFailure('', { cause });
  }
}

/** What cannot be sealed fails in its own savepoint like everything else that fails. */
function prepared(work: Work): PreparedCommit {
  try {
    return work.prepare();
  } catch (error) {
    return [
      () => {
        throw error;
      },
    ];
  }
}
