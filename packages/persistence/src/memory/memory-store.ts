import { UsageError } from '@holdfast/soap';
import type { MessageLog, SequenceStore, StoreChange, StoredMessage, StoredSession } from '@holdfast/ws-rm';
import type { ContextStore } from '@holdfast/ws-secconv';
import { checkBytes, checkChange, checkLimit, checkSynchronous } from '../store-change.js';
import { identifierConflict, versionConflict } from '../store-conflict.js';
import { duringMemoryTransaction, type MemoryTransaction } from './memory-transaction.js';
import { NumberLog } from './number-log.js';

/** A store that ends with the process: for tests, and where a restart may lose everything. */
export interface MemoryStore extends SequenceStore<MemoryTransaction>, ContextStore, AsyncDisposable {
  /** The application's own transaction, as {@link SqliteStore.application}; resolves with what `work` returned. */
  application<Result>(work: (transaction: MemoryTransaction) => Result): Promise<Result>;
  /** Zeroes tokens and contexts; every later call throws UsageError `closed`. */
  close(): Promise<void>;
}

/** Makes an empty store in memory. */
export function memoryStore(): MemoryStore {
  return new OpenMemoryStore();
}

/** A session, and the order in which it was created. */
interface Held {
  readonly session: StoredSession;
  readonly ordinal: number;
}

/** What one commit did so far. */
interface Progress {
  /** Undoes it, when called last to first. */
  readonly undo: (() => void)[];
  /** Secrets to be zeroed when it succeeds. */
  readonly obsolete: Uint8Array[];
}

class OpenMemoryStore implements MemoryStore {
  readonly #sessions = new Map<string, Held>();
  readonly #owners = new Map<string, string>();
  readonly #logs = new Map<string, Readonly<Record<MessageLog, NumberLog>>>();
  readonly #tokens = new Map<string, Uint8Array>();
  readonly #contexts = new Map<string, Uint8Array>();
  readonly #application = new Map<string, unknown>();
  #created = 0;
  #closed = false;
  /** Whether a commit is being applied. */
  #busy = false;

  async commit(changes: readonly StoreChange<MemoryTransaction>[]): Promise<void> {
    for (const change of changes) {
      checkChange(change);
    }
    await this.#atomically((progress) => {
      for (const change of changes) {
        this.#apply(change, progress);
      }
    });
  }

  async session(key: string): Promise<StoredSession | undefined> {
    await this.#settled();
    const held = this.#sessions.get(key);
    return held === undefined ? undefined : copyOfSession(held.session);
  }

  async sessionOf(identifier: string): Promise<StoredSession | undefined> {
    await this.#settled();
    const owner = this.#owners.get(identifier);
    return owner === undefined ? undefined : this.session(owner);
  }

  async *sessions(): AsyncIterable<StoredSession> {
    await this.#settled();
    const inOrder = [...this.#sessions].sort(([, one], [, other]) => one.ordinal - other.ordinal);
    for (const [key] of inOrder) {
      const session = await this.session(key);
      if (session !== undefined) {
        yield session;
      }
    }
  }

  async message(session: string, log: MessageLog, number: bigint): Promise<StoredMessage | undefined> {
    await this.#settled();
    const bytes = this.#logs.get(session)?.[log].get(number);
    return bytes === undefined ? undefined : { session, log, number, bytes: bytes.slice() };
  }

  async messages(session: string, log: MessageLog, lower: bigint, limit: number): Promise<readonly StoredMessage[]> {
    checkLimit(limit);
    await this.#settled();
    const found = this.#logs.get(session)?.[log].range(lower, limit) ?? [];
    return found.map(([number, bytes]) => ({ session, log, number, bytes: bytes.slice() }));
  }

  async token(uuid: string): Promise<Uint8Array | undefined> {
    await this.#settled();
    return this.#tokens.get(uuid)?.slice();
  }

  async put(uuid: string, bytes: Uint8Array): Promise<void> {
    checkBytes(bytes, 'A security context');
    await this.#atomically((progress) => this.#putSecret(this.#contexts, uuid, bytes, progress));
  }

  async get(uuid: string): Promise<Uint8Array | undefined> {
    await this.#settled();
    return this.#contexts.get(uuid)?.slice();
  }

  async remove(uuid: string): Promise<void> {
    await this.#atomically((progress) => this.#removeSecret(this.#contexts, uuid, progress));
  }

  async uuids(): Promise<readonly string[]> {
    await this.#settled();
    return [...this.#contexts.keys()];
  }

  async application<Result>(work: (transaction: MemoryTransaction) => Result): Promise<Result> {
    return this.#atomically((progress) => this.#runApplication(work, progress));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const secrets of [this.#tokens, this.#contexts]) {
      for (const secret of secrets.values()) {
        secret.fill(0);
      }
      secrets.clear();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #atomically<Result>(work: (progress: Progress) => Result): Promise<Result> {
    if (this.#busy) {
      // Called from inside an application's write: a commit of its own, after that one.
      await Promise.resolve();
    }
    this.#checkOpen();
    const progress: Progress = { undo: [], obsolete: [] };
    this.#busy = true;
    try {
      const result = work(progress);
      for (const secret of progress.obsolete) {
        secret.fill(0);
      }
      return result;
    } catch (error) {
      for (const undo of progress.undo.reverse()) {
        undo();
      }
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  #apply(change: StoreChange<MemoryTransaction>, progress: Progress): void {
    switch (change.kind) {
      case 'put-session':
        this.#putSession(change, progress);
        return;
      case 'remove-session':
        this.#removeSession(change.key, progress);
        return;
      case 'put-message':
        this.#putMessage(change, progress);
        return;
      case 'remove-messages':
        this.#removeMessages(change.session, change.log, change.lower, change.upper, progress);
        return;
      case 'put-token':
        this.#putSecret(this.#tokens, change.uuid, change.bytes, progress);
        return;
      case 'remove-token':
        this.#removeSecret(this.#tokens, change.uuid, progress);
        return;
      case 'application':
        this.#runApplication(change.write, progress);
        return;
      default:
        throw new Error(`Unknown change: ${JSON.stringify(change satisfies never)}`);
    }
  }

  #putSession({ key, identifiers, version, state }: StoredSession, { undo }: Progress): void {
    const before = this.#sessions.get(key);
    if ((before?.session.version ?? 0) !== version - 1) {
      throw versionConflict(key, before?.session.version, version);
    }
    for (const identifier of identifiers) {
      const owner = this.#owners.get(identifier);
      if (owner !== undefined && owner !== key) {
        throw identifierConflict(key, identifier, owner);
      }
    }
    const session = { key, identifiers: [...new Set(identifiers)], version, state: Uint8Array.from(state) };
    this.#created += 1;
    this.#replaceSession(key, { session, ordinal: before?.ordinal ?? this.#created });
    undo.push(() => this.#replaceSession(key, before));
  }

  #removeSession(key: string, { undo }: Progress): void {
    const before = this.#sessions.get(key);
    const logs = this.#logs.get(key);
    this.#replaceSession(key, undefined);
    this.#logs.delete(key);
    undo.push(() => {
      this.#replaceSession(key, before);
      if (logs !== undefined) {
        this.#logs.set(key, logs);
      }
    });
  }

  #replaceSession(key: string, next: Held | undefined): void {
    for (const identifier of this.#sessions.get(key)?.session.identifiers ?? []) {
      this.#owners.delete(identifier);
    }
    if (next === undefined) {
      this.#sessions.delete(key);
      return;
    }
    this.#sessions.set(key, next);
    for (const identifier of next.session.identifiers) {
      this.#owners.set(identifier, key);
    }
  }

  #putMessage({ session, log, number, bytes }: StoredMessage, { undo }: Progress): void {
    let logs = this.#logs.get(session);
    if (logs === undefined) {
      logs = { outbound: new NumberLog(), inbound: new NumberLog() };
      this.#logs.set(session, logs);
    }
    const numbers = logs[log];
    const before = numbers.put(number, Uint8Array.from(bytes));
    undo.push(() => {
      if (before === undefined) {
        numbers.removeRange(number, number);
      } else {
        numbers.put(number, before);
      }
    });
  }

  #removeMessages(session: string, log: MessageLog, lower: bigint, upper: bigint, { undo }: Progress): void {
    const numbers = this.#logs.get(session)?.[log];
    const removed = numbers?.removeRange(lower, upper) ?? [];
    undo.push(() => {
      for (const [number, bytes] of removed) {
        numbers?.put(number, bytes);
      }
    });
  }

  #putSecret(secrets: Map<string, Uint8Array>, uuid: string, bytes: Uint8Array, progress: Progress): void {
    // slice() of a Buffer is no copy.
    this.#replaceSecret(secrets, uuid, Uint8Array.from(bytes), progress);
  }

  #removeSecret(secrets: Map<string, Uint8Array>, uuid: string, progress: Progress): void {
    this.#replaceSecret(secrets, uuid, undefined, progress);
  }

  #replaceSecret(
    secrets: Map<string, Uint8Array>,
    uuid: string,
    next: Uint8Array | undefined,
    progress: Progress,
  ): void {
    const before = secrets.get(uuid);
    const replace = (secret: Uint8Array | undefined): void => {
      if (secret === undefined) {
        secrets.delete(uuid);
      } else {
        secrets.set(uuid, secret);
      }
    };
    replace(next);
    progress.undo.push(() => replace(before));
    if (before !== undefined) {
      progress.obsolete.push(before);
    }
  }

  #runApplication<Result>(work: (transaction: MemoryTransaction) => Result, { undo }: Progress): Result {
    const result = duringMemoryTransaction(this.#application, undo, work);
    checkSynchronous(result);
    return result;
  }

  /** An application's write may read from the store: not from inside the transaction, which may yet be undone. */
  async #settled(): Promise<void> {
    await Promise.resolve();
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new UsageError('closed', 'The store is closed. What it held is gone; make another one with memoryStore().');
    }
  }
}

function copyOfSession(session: StoredSession): StoredSession {
  return { ...session, identifiers: [...session.identifiers], state: session.state.slice() };
}
