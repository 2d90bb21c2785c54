import type { Scheduler } from '@holdfast/soap';
import type { MessageLog, StoreChange, StoredMessage, StoredSession } from '@holdfast/ws-rm';
import type { DurableStore } from './medium.js';

/** What a process that is gone gets to hear; nobody is there to hear it. */
export class Died extends Error {}

/** One life of a process: from its start to its death everything that it does goes through here. */
export class ProcessLife {
  readonly death: Promise<never>;
  #die: (error: Died) => void = () => {};
  #isAlive = true;

  constructor() {
    this.death = new Promise<never>((_, reject) => {
      this.#die = reject;
    });
    this.death.catch(() => {});
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
    this.#die(new Died());
  }

  /** The result, unless the process died meanwhile. */
  async through<Result>(call: () => Promise<Result>): Promise<Result> {
    this.assertAlive();
    try {
      return await call();
    } finally {
      this.assertAlive();
    }
  }

  /** Timers of a process that is gone never go off. */
  scheduler(time: Scheduler): Scheduler {
    return {
      after: (millis, callback) =>
        time.after(millis, () => {
          if (this.#isAlive) callback();
        }),
    };
  }

  /** A store that nothing reaches, and nothing comes back from, once the process is gone. */
  store(inner: DurableStore): DurableStore {
    return new MortalStore(inner, this);
  }

  assertAlive(): void {
    if (!this.#isAlive) throw new Died();
  }
}

class MortalStore implements DurableStore {
  readonly #inner: DurableStore;
  readonly #life: ProcessLife;

  constructor(inner: DurableStore, life: ProcessLife) {
    this.#inner = inner;
    this.#life = life;
  }

  commit(changes: readonly StoreChange[]): Promise<void> {
    return this.#life.through(() => this.#inner.commit(changes));
  }

  session(key: string): Promise<StoredSession | undefined> {
    return this.#life.through(() => this.#inner.session(key));
  }

  sessionOf(identifier: string): Promise<StoredSession | undefined> {
    return this.#life.through(() => this.#inner.sessionOf(identifier));
  }

  async *sessions(): AsyncGenerator<StoredSession> {
    for await (const session of this.#inner.sessions()) {
      this.#life.assertAlive();
      yield session;
    }
  }

  message(session: string, log: MessageLog, number: bigint): Promise<StoredMessage | undefined> {
    return this.#life.through(() => this.#inner.message(session, log, number));
  }

  messages(session: string, log: MessageLog, lower: bigint, limit: number): Promise<readonly StoredMessage[]> {
    return this.#life.through(() => this.#inner.messages(session, log, lower, limit));
  }

  token(uuid: string): Promise<Uint8Array | undefined> {
    return this.#life.through(() => this.#inner.token(uuid));
  }

  put(uuid: string, bytes: Uint8Array): Promise<void> {
    return this.#life.through(() => this.#inner.put(uuid, bytes));
  }

  get(uuid: string): Promise<Uint8Array | undefined> {
    return this.#life.through(() => this.#inner.get(uuid));
  }

  remove(uuid: string): Promise<void> {
    return this.#life.through(() => this.#inner.remove(uuid));
  }
}
