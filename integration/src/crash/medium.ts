import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryTransaction } from '@holdfast/persistence';
import type { SequenceStore } from '@holdfast/ws-rm';
import type { ContextStore } from '@holdfast/ws-secconv';
import { memoryStore, type SqliteStore, type SqliteTransaction, sqliteStore } from 'holdfast';
import type { JournalRow } from './journal.js';

export type DurableStore = SequenceStore & ContextStore;

/** What outlives the process of a side: its store, and the journal of its application in the same transactions. */
export interface Medium extends AsyncDisposable {
  /** As the present process has it open. */
  readonly store: DurableStore;
  /** Opens it for a new process, as it was in the very moment when the one before ended. */
  open(): Promise<void>;
  write(transaction: unknown, row: JournalRow): void;
  /** What is committed, in the order of the commits. */
  rows(): Promise<readonly JournalRow[]>;
}

export function medium(kind: 'sqlite' | 'memory'): Medium {
  return kind === 'sqlite' ? new SqliteMedium() : new MemoryMedium();
}

const KEY = Buffer.from('zD0kXhvQ5mW2d1yqf8m3bB8t1o2n0j4cJcF7t9gYw1E=', 'base64');
const FILE = 'holdfast.db';

/** A process that is killed closes nothing: the next one gets a copy of the files as they are, with the journal file. */
class SqliteMedium implements Medium {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-crash-'));
  readonly #opened: SqliteStore[] = [];
  #current: SqliteStore | undefined;

  get store(): DurableStore {
    return this.#open as DurableStore;
  }

  async open(): Promise<void> {
    const before = this.#current?.file;
    const folder = join(this.#folder, String(this.#opened.length));
    const file = join(folder, FILE);
    if (before !== undefined) {
      mkdirSync(folder, { mode: 0o700 });
      for (const part of ['', '-wal']) if (existsSync(before + part)) copyFileSync(before + part, file + part);
    }
    const opened = await sqliteStore({ file, keys: () => new Uint8Array(KEY) });
    await opened.migrateApplication([
      {
        name: 'journal',
        statements: [
          'CREATE TABLE journal (position INTEGER PRIMARY KEY, message INTEGER, number INTEGER, sequence TEXT, context TEXT)',
        ],
      },
    ]);
    this.#opened.push(opened);
    this.#current = opened;
  }

  write(transaction: unknown, { message, number, sequence, context }: JournalRow): void {
    (transaction as SqliteTransaction).run(
      'INSERT INTO journal (message, number, sequence, context) VALUES (?, ?, ?, ?)',
      message,
      number,
      sequence,
      context,
    );
  }

  async rows(): Promise<readonly JournalRow[]> {
    const rows = await this.#open.application((transaction) =>
      transaction.all('SELECT * FROM journal ORDER BY position'),
    );
    return rows.map((row) => ({
      message: Number(row['message']),
      number: Number(row['number']),
      sequence: String(row['sequence']),
      context: String(row['context']),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#opened) await store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #open(): SqliteStore {
    if (this.#current === undefined) throw new Error('The store is not open yet.');
    return this.#current;
  }
}

class MemoryMedium implements Medium {
  readonly #store = memoryStore();

  get store(): DurableStore {
    return this.#store as DurableStore;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  write(transaction: unknown, row: JournalRow): void {
    const { get, set } = transaction as MemoryTransaction;
    set('journal', [...((get('journal') as readonly JournalRow[] | undefined) ?? []), row]);
  }

  rows(): Promise<readonly JournalRow[]> {
    return this.#store.application(({ get }) => (get('journal') as readonly JournalRow[] | undefined) ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }
}
