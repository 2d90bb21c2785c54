import { StoreError, UsageError } from '@holdfast/soap';
import type { MessageLog, SequenceStore, StoreChange, StoredMessage, StoredSession } from '@holdfast/ws-rm';
import type { ContextStore } from '@holdfast/ws-secconv';

/** What goes wrong with one commit. */
export interface Crash {
  /** Before the commit reached the store, or after it became durable and before the caller heard of it. */
  readonly moment: 'before' | 'after';
  /**
   * `throws`: this commit rejects with StoreError `store-unavailable`; the store goes on.
   * `hangs`: this commit never settles; the store goes on.
   * `dies`: this commit and everything after it rejects, as if the process were gone. What is in the store stays there.
   */
  readonly manner: 'throws' | 'hangs' | 'dies';
}

/**
 * Decides what becomes of a commit. Called once for each, with its number from 1 in the order of the calls; `put` and
 * `remove` of contexts count as commits without changes.
 */
export type CrashPlan<Transaction = never> = (
  commit: number,
  changes: readonly StoreChange<Transaction>[],
) => Crash | undefined;

/** A plan that crashes at one commit, counted from 1. */
export function crashAt(commit: number, moment: Crash['moment'], manner: Crash['manner']): CrashPlan<unknown> {
  return (number) => (number === commit ? { moment, manner } : undefined);
}

/** A store that fails as its plan says, and tells when it did. */
export interface CrashingStore<Transaction> extends SequenceStore<Transaction>, ContextStore {
  /** How many commits were asked for. */
  readonly commits: number;
  /** Whether a `dies` was carried out. */
  readonly dead: boolean;
  /** Resolves when a `dies` is carried out: the moment to start again on the store that was wrapped. */
  readonly death: Promise<void>;
}

/**
 * Wraps a store so that it fails as planned. Test what your code makes of it:
 *
 * ```ts
 * const store = memoryStore();
 * const crashing = crashingStore(store, crashAt(3, 'after', 'dies'));
 * // … run on `crashing` until `crashing.death`, then start again on `store`, and compare.
 * ```
 *
 * The methods of a ContextStore are there as well when the wrapped store has them.
 */
export function crashingStore<Transaction>(
  store: SequenceStore<Transaction> & Partial<ContextStore>,
  plan: CrashPlan<Transaction>,
): CrashingStore<Transaction> {
  return new WrappedStore(store, plan);
}

class WrappedStore<Transaction> implements CrashingStore<Transaction> {
  readonly death: Promise<void>;
  readonly #store: SequenceStore<Transaction> & Partial<ContextStore>;
  readonly #plan: CrashPlan<Transaction>;
  readonly #announceDeath: () => void;
  #commits = 0;
  #dead = false;

  constructor(store: SequenceStore<Transaction> & Partial<ContextStore>, plan: CrashPlan<Transaction>) {
    this.#store = store;
    this.#plan = plan;
    const { promise, resolve } = deferred();
    this.death = promise;
    this.#announceDeath = resolve;
  }

  get commits(): number {
    return this.#commits;
  }

  get dead(): boolean {
    return this.#dead;
  }

  commit(changes: readonly StoreChange<Transaction>[]): Promise<void> {
    return this.#write(changes, () => this.#store.commit(changes));
  }

  session(key: string): Promise<StoredSession | undefined> {
    return this.#alive(() => this.#store.session(key));
  }

  sessionOf(identifier: string): Promise<StoredSession | undefined> {
    return this.#alive(() => this.#store.sessionOf(identifier));
  }

  async *sessions(): AsyncIterable<StoredSession> {
    this.#checkAlive();
    for await (const session of this.#store.sessions()) {
      this.#checkAlive();
      yield session;
    }
  }

  message(session: string, log: MessageLog, number: bigint): Promise<StoredMessage | undefined> {
    return this.#alive(() => this.#store.message(session, log, number));
  }

  messages(session: string, log: MessageLog, lower: bigint, limit: number): Promise<readonly StoredMessage[]> {
    return this.#alive(() => this.#store.messages(session, log, lower, limit));
  }

  token(uuid: string): Promise<Uint8Array | undefined> {
    return this.#alive(() => this.#store.token(uuid));
  }

  put(uuid: string, bytes: Uint8Array): Promise<void> {
    return this.#write([], () => present(this.#store.put).call(this.#store, uuid, bytes));
  }

  get(uuid: string): Promise<Uint8Array | undefined> {
    return this.#alive(() => present(this.#store.get).call(this.#store, uuid));
  }

  remove(uuid: string): Promise<void> {
    return this.#write([], () => present(this.#store.remove).call(this.#store, uuid));
  }

  uuids(): Promise<readonly string[]> {
    return this.#alive(async () => (await this.#store.uuids?.()) ?? []);
  }

  async #write(changes: readonly StoreChange<Transaction>[], commit: () => Promise<void>): Promise<void> {
    this.#checkAlive();
    this.#commits += 1;
    const number = this.#commits;
    const crash = this.#plan(number, changes);
    if (crash?.moment === 'before') {
      await this.#crash(crash, number);
    }
    await this.#alive(commit);
    if (crash?.moment === 'after') {
      await this.#crash(crash, number);
    }
  }

  async #crash({ moment, manner }: Crash, number: number): Promise<never> {
    switch (manner) {
      case 'throws':
        throw new StoreError('store-unavailable', `The store failed as planned, ${moment} commit ${number}.`, {
          retryable: true,
        });
      case 'hangs':
        return new Promise<never>(() => {});
      case 'dies':
        this.#dead = true;
        this.#announceDeath();
        throw died();
      default:
        throw new Error(`Unknown manner: ${manner satisfies never}`);
    }
  }

  /** What was under way when the process died is not heard of either. */
  async #alive<Result>(call: () => Promise<Result>): Promise<Result> {
    this.#checkAlive();
    try {
      return await call();
    } finally {
      this.#checkAlive();
    }
  }

  #checkAlive(): void {
    if (this.#dead) {
      throw died();
    }
  }
}

function died(): StoreError {
  return new StoreError(
    'store-unavailable',
    'The process of this store died as planned. Start again on the store inside.',
  );
}

function present<Method>(method: Method | undefined): Method {
  if (method === undefined) {
    throw new UsageError('unsupported', 'The wrapped store is not a ContextStore.');
  }
  return method;
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
