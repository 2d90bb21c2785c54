import type { Clock, Log } from '@holdfast/soap';
import { TrustFault } from '@holdfast/ws-trust';
import type { SecureHandlerConfig } from './config.js';
import type { SecurityContext } from './context.js';
import type { ContextStore } from './context-store.js';
import { ContextTable } from './context-table.js';
import { decodeContext, encodeContext } from './serialized-context.js';

/** What a recipient's contexts are kept with. */
export interface KeptContextsCollaborators {
  readonly clock: Clock;
  readonly log: Log;
  readonly store?: ContextStore;
}

/** The contexts that a recipient issued: those in use in this process, and in the store, if there is one. */
export class KeptContexts {
  readonly table = new ContextTable();
  readonly #limits: Pick<SecureHandlerConfig, 'maxContexts' | 'maxContextsPerIdentity'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store: ContextStore | undefined;
  readonly #loading = new Map<string, Promise<void>>();
  #swept: number;

  constructor(
    limits: Pick<SecureHandlerConfig, 'maxContexts' | 'maxContextsPerIdentity'>,
    { clock, log, store }: KeptContextsCollaborators,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#log = log;
    this.#store = store;
    this.#swept = clock.now();
  }

  /** Resolves when the context is durable, if anything is. */
  async keep(context: SecurityContext): Promise<void> {
    if (this.#store === undefined) return;
    const bytes = encodeContext(context);
    try {
      await this.#store.put(context.identifier, bytes);
    } finally {
      bytes.fill(0);
    }
  }

  /** Takes a context into use that was issued just now: it counts against the limits at once, and is known when it is durable. */
  async add(context: SecurityContext): Promise<void> {
    this.table.put(context);
    try {
      await this.keep(context);
    } catch (error) {
      this.table.end(context.identifier);
      throw error;
    }
  }

  /** Takes the renewed form of a context into use; it is known when it is durable. */
  async replace(context: SecurityContext, next: SecurityContext): Promise<void> {
    this.table.put(next);
    try {
      await this.keep(next);
    } catch (error) {
      if (this.table.get(next.identifier)?.secret === next.secret) this.table.put(context);
      next.secret.fill(0);
      throw error;
    }
  }

  /** Brings a context from the store, so that it is found while a message is opened. */
  load(identifier: string): Promise<void> {
    const store = this.#store;
    if (store === undefined || this.table.get(identifier) !== undefined) return Promise.resolve();
    const found = this.#loading.get(identifier);
    if (found !== undefined) return found;
    const begun = store
      .get(identifier)
      .then((bytes) => {
        if (bytes === undefined) return;
        try {
          if (this.table.get(identifier) === undefined) this.table.put(decodeContext(bytes));
        } finally {
          bytes.fill(0);
        }
      })
      .finally(() => this.#loading.delete(identifier));
    this.#loading.set(identifier, begun);
    return begun;
  }

  /** Ends a context for good. */
  async end(identifier: string): Promise<void> {
    await this.#store?.remove(identifier);
    // Who has read it already would bring it back.
    await this.#loading.get(identifier)?.catch(() => undefined);
    this.table.end(identifier);
  }

  /** Takes up what the store has; what has expired is removed. @returns how many contexts are in use */
  async resume(): Promise<number> {
    for (const uuid of (await this.#store?.uuids?.()) ?? []) {
      try {
        await this.load(uuid);
      } catch (error) {
        this.#log({ level: 'warning', event: 'context-unreadable', error, details: { context: uuid } });
      }
    }
    await this.#sweep();
    return this.table.size;
  }

  /**
   * Makes room for another context of an identity.
   * @returns when what made room is gone from the store too
   * @throws TrustFault RequestFailed when there are as many as are allowed
   */
  makeRoom(identity: string): Promise<void> {
    const { maxContexts, maxContextsPerIdentity } = this.#limits;
    const full = (): boolean =>
      this.table.size >= maxContexts || this.table.countOf(identity) >= maxContextsPerIdentity;
    const roomMade = full() || this.#clock.now() - this.#swept >= SWEEP_INTERVAL ? this.#sweep() : Promise.resolve();
    if (full())
      throw new TrustFault(
        'RequestFailed',
        `There are as many security contexts as are allowed, in all or for ${identity}.`,
      );
    return roomMade;
  }

  /** Ends the contexts that have expired, at once in the table; resolves when the store has let go of them too. */
  async #sweep(): Promise<void> {
    this.#swept = this.#clock.now();
    const ended = this.table.sweep(this.#swept);
    this.table.sweepEarlier(this.#swept);
    const store = this.#store;
    if (store === undefined) return;
    for (const result of await Promise.allSettled(ended.map((identifier) => store.remove(identifier)))) {
      if (result.status === 'rejected') {
        this.#log({ level: 'warning', event: 'context-not-removed', error: result.reason });
      }
    }
  }
}

/** Contexts that have expired are let go of when another is issued, so often at most: milliseconds. */
const SWEEP_INTERVAL = 60_000;
