import { StoreError } from '@holdfast/soap';
import type { MessageLog, SequenceStore, StoreChange, StoredMessage, StoredSession } from '../store.js';

/** What a test does to a store. Commits are counted from 1. What either throws is how the commit fails. */
export interface StoreHooks {
  /** The commit is about to be applied; throwing undoes it. */
  readonly beforeCommit?: (count: number) => void;
  /** The commit is applied; throwing keeps its caller from knowing. */
  readonly afterCommit?: (count: number) => void;
}

/** A store in memory, which outlives the endpoints that use it. */
export interface MemoryStore<Transaction> extends SequenceStore<Transaction> {
  /** How many commits were begun. */
  readonly commits: number;
  /** Everything that is stored, to be looked at. */
  readonly content: {
    readonly sessions: readonly StoredSession[];
    readonly messages: readonly StoredMessage[];
    readonly tokens: readonly string[];
  };
  /** Changes what is done to the commits from now on. */
  setHooks(hooks: StoreHooks): void;
}

/**
 * A store for tests, in which a commit fails before or after it is applied as the hooks say.
 * @param transaction what writes of the application are given; its own undo is the test's business, see `undo`
 * @param undo called when a commit fails after writes of the application ran in it
 */
export function memoryStore<Transaction = undefined>(
  options: {
    readonly transaction?: Transaction;
    readonly begin?: () => void;
    readonly undo?: () => void;
    readonly hooks?: StoreHooks;
  } = {},
): MemoryStore<Transaction> {
  return new Memory(options);
}

interface Content {
  readonly sessions: Map<string, StoredSession>;
  readonly owners: Map<string, string>;
  readonly messages: Map<string, Map<bigint, StoredMessage>>;
  readonly tokens: Map<string, Uint8Array>;
}

class Memory<Transaction> implements MemoryStore<Transaction> {
  #commits = 0;
  #hooks: StoreHooks;
  readonly #options: {
    readonly transaction?: Transaction;
    readonly begin?: () => void;
    readonly undo?: () => void;
  };
  readonly #content: Content = { sessions: new Map(), owners: new Map(), messages: new Map(), tokens: new Map() };

  constructor(options: {
    readonly transaction?: Transaction;
    readonly begin?: () => void;
    readonly undo?: () => void;
    readonly hooks?: StoreHooks;
  }) {
    this.#options = options;
    this.#hooks = options.hooks ?? {};
  }

  get commits(): number {
    return this.#commits;
  }

  get content(): MemoryStore<Transaction>['content'] {
    return {
      sessions: [...this.#content.sessions.values()],
      messages: [...this.#content.messages.values()].flatMap((log) => [...log.values()]),
      tokens: [...this.#content.tokens.keys()],
    };
  }

  setHooks(hooks: StoreHooks): void {
    this.#hooks = hooks;
  }

  async commit(changes: readonly StoreChange<Transaction>[]): Promise<void> {
    this.#commits += 1;
    const count = this.#commits;
    this.#apply(changes, count);
    await Promise.resolve();
    this.#hooks.afterCommit?.(count);
  }

  async session(key: string): Promise<StoredSession | undefined> {
    return this.#content.sessions.get(key);
  }

  async sessionOf(identifier: string): Promise<StoredSession | undefined> {
    const owner = this.#content.owners.get(identifier);
    return owner === undefined ? undefined : this.#content.sessions.get(owner);
  }

  async *sessions(): AsyncGenerator<StoredSession> {
    yield* [...this.#content.sessions.values()];
  }

  async message(session: string, log: MessageLog, number: bigint): Promise<StoredMessage | undefined> {
    return this.#content.messages.get(logKey(session, log))?.get(number);
  }

  async messages(session: string, log: MessageLog, lower: bigint, limit: number): Promise<readonly StoredMessage[]> {
    const all = [...(this.#content.messages.get(logKey(session, log))?.values() ?? [])];
    return all
      .filter(({ number }) => number >= lower)
      .sort((a, b) => (a.number < b.number ? -1 : 1))
      .slice(0, limit);
  }

  async token(uuid: string): Promise<Uint8Array | undefined> {
    return this.#content.tokens.get(uuid);
  }

  /** All or nothing: what was changed is put back when a later change cannot be made. */
  #apply(changes: readonly StoreChange<Transaction>[], count: number): void {
    const undo: (() => void)[] = [];
    let hasWritten = false;
    try {
      for (const change of changes) {
        if (change.kind === 'application') {
          if (!hasWritten) this.#options.begin?.();
          hasWritten = true;
          change.write(this.#options.transaction as Transaction);
        } else {
          undo.push(this.#change(change));
        }
      }
      this.#hooks.beforeCommit?.(count);
    } catch (error) {
      for (const step of undo.reverse()) step();
      if (hasWritten) this.#options.undo?.();
      throw error;
    }
  }

  #change(change: Exclude<StoreChange<Transaction>, { kind: 'application' }>): () => void {
    const { sessions, owners, messages, tokens } = this.#content;
    switch (change.kind) {
      case 'put-session':
        return this.#putSession(change);
      case 'remove-session': {
        const before = sessions.get(change.key);
        const logs = (['outbound', 'inbound'] as const).map((log) => logKey(change.key, log));
        const kept = logs.map((key) => messages.get(key));
        sessions.delete(change.key);
        for (const identifier of before?.identifiers ?? []) owners.delete(identifier);
        for (const key of logs) messages.delete(key);
        return () => {
          if (before !== undefined) sessions.set(change.key, before);
          for (const identifier of before?.identifiers ?? []) owners.set(identifier, change.key);
          logs.forEach((key, place) => {
            const log = kept[place];
            if (log !== undefined) messages.set(key, log);
          });
        };
      }
      case 'put-message': {
        const { session, log, number, bytes } = change;
        const entries = this.#log(session, log);
        const before = entries.get(number);
        entries.set(number, { session, log, number, bytes });
        return () => {
          if (before === undefined) entries.delete(number);
          else entries.set(number, before);
        };
      }
      case 'remove-messages': {
        const entries = this.#log(change.session, change.log);
        const removed: StoredMessage[] = [];
        for (let number = change.lower; number <= change.upper; number++) {
          const found = entries.get(number);
          if (found !== undefined) removed.push(found);
          entries.delete(number);
        }
        return () => {
          for (const message of removed) entries.set(message.number, message);
        };
      }
      case 'put-token': {
        const before = tokens.get(change.uuid);
        tokens.set(change.uuid, change.bytes);
        return () => {
          if (before === undefined) tokens.delete(change.uuid);
          else tokens.set(change.uuid, before);
        };
      }
      case 'remove-token': {
        const before = tokens.get(change.uuid);
        tokens.delete(change.uuid);
        return () => {
          if (before !== undefined) tokens.set(change.uuid, before);
        };
      }
    }
  }

  #putSession({ key, identifiers, version, state }: StoredSession): () => void {
    const { sessions, owners } = this.#content;
    const before = sessions.get(key);
    if ((before?.version ?? 0) !== version - 1) {
      throw new StoreError('store-conflict', `Session "${key}" is not at version ${version - 1}. Load it again.`);
    }
    const taken = identifiers.find((identifier) => (owners.get(identifier) ?? key) !== key);
    if (taken !== undefined) {
      throw new StoreError('store-conflict', `The identifier "${taken}" belongs to another session.`);
    }
    sessions.set(key, { key, identifiers, version, state });
    for (const identifier of before?.identifiers ?? []) owners.delete(identifier);
    for (const identifier of identifiers) owners.set(identifier, key);
    return () => {
      for (const identifier of identifiers) owners.delete(identifier);
      if (before === undefined) sessions.delete(key);
      else sessions.set(key, before);
      for (const identifier of before?.identifiers ?? []) owners.set(identifier, key);
    };
  }

  #log(session: string, log: MessageLog): Map<bigint, StoredMessage> {
    const key = logKey(session, log);
    let entries = this.#content.messages.get(key);
    if (entries === undefined) {
      entries = new Map();
      this.#content.messages.set(key, entries);
    }
    return entries;
  }
}

function logKey(session: string, log: MessageLog): string {
  return `${log}:${session}`;
}
