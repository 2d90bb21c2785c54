import { StoreError } from '@holdfast/soap';
import { Batch } from './batch.js';
import { Deadlines } from './deadlines.js';
import { mustCommit } from './lasting.js';
import type { Collaborators, LiveSession, Performer, RunnerOptions, StepOptions } from './live-session.js';
import { type SessionEffect, type SessionInput, sessionTimeout, stepSession } from './session.js';
import { decodeSession, encodeSession } from './session-codec.js';
import { isOver, type Session } from './session-state.js';
import type { StoredSession } from './store.js';

/**
 * Runs the steps of the sessions of one endpoint: load, step, commit, perform. Steps of one session follow each other in
 * memory at once; their commits are joined while another is under way, and effects wait for the commit they are part of.
 */
export class SessionRunner<Transaction, Extra> {
  readonly #lives = new Map<string, LiveSession<Transaction, Extra>>();
  readonly #byIdentifier = new Map<string, LiveSession<Transaction, Extra>>();
  readonly #deadlines: Deadlines<LiveSession<Transaction, Extra>>;
  readonly #collaborators: Collaborators<Transaction>;
  readonly #performer: Performer<Transaction, Extra>;
  readonly #options: RunnerOptions;
  #stopped = false;

  constructor(
    collaborators: Collaborators<Transaction>,
    performer: Performer<Transaction, Extra>,
    options: RunnerOptions,
  ) {
    this.#collaborators = collaborators;
    this.#performer = performer;
    this.#options = options;
    this.#deadlines = new Deadlines(collaborators.clock, collaborators.scheduler, (live) => this.#onDeadline(live));
  }

  get size(): number {
    return this.#lives.size;
  }

  sessions(): IterableIterator<LiveSession<Transaction, Extra>> {
    return this.#lives.values();
  }

  /** Takes up a session that is not in the store yet; its first step puts it there. */
  begin(key: string, session: Session): LiveSession<Transaction, Extra> {
    return this.#take(key, session, 0);
  }

  /** Takes up a session from the store, and resumes it. The same one again is what is in memory already. */
  adopt(stored: StoredSession, session: Session): LiveSession<Transaction, Extra> {
    const known = this.#lives.get(stored.key);
    if (known !== undefined) return known;
    const live = this.#take(stored.key, session, stored.version);
    this.#forget(this.step(live, [{ to: 'session', kind: 'resume' }]));
    this.#wake(live);
    return live;
  }

  /**
   * The session of this role that has this identifier, from memory or from the store.
   * @param assertAllowed throws when whoever asks must not touch the session; one in the store stays there then
   */
  async find(
    identifier: string,
    assertAllowed: (session: Session) => void,
  ): Promise<LiveSession<Transaction, Extra> | undefined> {
    let live = this.#byIdentifier.get(identifier);
    if (live === undefined) {
      const stored = await this.#collaborators.store.sessionOf(identifier);
      // It may have come into memory while the store was asked.
      live = this.#byIdentifier.get(identifier);
      if (live === undefined && stored?.key.startsWith(this.#options.keyPrefix) === true) {
        const session = decodeSession(stored.state);
        assertAllowed(session);
        return this.adopt(stored, session);
      }
    }
    if (live !== undefined) assertAllowed(live.session);
    return live;
  }

  /** Whether any session has this identifier, of whatever role. Nothing is taken up. */
  async isTaken(identifier: string): Promise<boolean> {
    if (this.#byIdentifier.has(identifier)) return true;
    return (await this.#collaborators.store.sessionOf(identifier)) !== undefined;
  }

  /**
   * Takes the inputs, one after the other, and commits what they make of the session. The step itself is made before
   * this returns, unless the session is being loaded again. When another process was faster it is made again, from what
   * that process has left in the store.
   * @returns the effects, when they are committed (those that are not for the caller are performed then)
   * @throws StoreError when the commit failed; nothing of the step has happened then
   */
  async step(
    live: LiveSession<Transaction, Extra>,
    inputs: readonly SessionInput[],
    options: StepOptions<Transaction> = {},
  ): Promise<readonly SessionEffect[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#stepOnce(live, inputs, options);
      } catch (error) {
        if (!isConflict(error) || attempt >= MAX_ATTEMPTS || this.#stopped) throw error;
      }
    }
  }

  /** Stops the clock. What is under way ends by itself; nothing new is begun. */
  stop(): void {
    this.#stopped = true;
    this.#deadlines.stop();
    for (const live of this.#lives.values()) live.gone = true;
    this.#lives.clear();
    this.#byIdentifier.clear();
  }

  async #stepOnce(
    live: LiveSession<Transaction, Extra>,
    inputs: readonly SessionInput[],
    options: StepOptions<Transaction>,
  ): Promise<readonly SessionEffect[]> {
    while (live.reloading !== undefined) await live.reloading;
    if (live.gone) return [];
    // Steps that an application's write may undo stay among themselves.
    if (live.tail?.sealed === true) this.#commit(live);
    const before = live.session;
    const effects = this.#advance(live, inputs);
    this.#wake(live);
    const bodies = options.bodies?.(before, effects) ?? [];
    const changes = options.changes ?? [];
    // What the application was not waited for with has no effect, and neither have its writes.
    const isAwaited = !effects.some(({ effect }) => effect.kind === 'not-awaited');
    const writes = isAwaited ? (options.application ?? []) : [];
    const isPlain = bodies.length + changes.length + writes.length === 0;
    if (isPlain && effects.length === 0 && live.session === before) return effects;
    return new Promise((resolve, reject) => {
      live.tail ??= new Batch();
      const batch = live.tail;
      const deliversAfter = !this.#options.deliverEarly || live.cautious;
      const failed = (error: unknown): void => {
        options.undone?.();
        reject(error);
      };
      batch.waiting.push({ effects, deliversAfter, committed: () => resolve(effects), failed });
      for (const body of bodies) batch.put(body);
      for (const change of changes) batch.also(change);
      for (const { of, effect } of effects) {
        if (effect.kind === 'discard') batch.discard(of === 'source' ? 'outbound' : 'inbound', effect.ranges);
      }
      for (const write of writes) batch.write(write);
      if (writes.length > 0) batch.sealed = true;
      if (!isPlain || mustCommit(before, live.session, effects)) batch.needed = true;
      if (!deliversAfter) this.#deliver(live, effects);
      this.#schedule(live, batch);
    });
  }

  #take(key: string, session: Session, version: number): LiveSession<Transaction, Extra> {
    const live: LiveSession<Transaction, Extra> = {
      key,
      extra: this.#performer.extra(session),
      session,
      committed: session,
      version,
      tail: undefined,
      flushing: false,
      inFlight: 0,
      idle: undefined,
      epoch: 0,
      reloading: undefined,
      cautious: false,
      failures: 0,
      lingersUntil: undefined,
      gone: false,
      identifiers: new Set(),
    };
    this.#lives.set(key, live);
    this.#index(live);
    return live;
  }

  #advance(live: LiveSession<Transaction, Extra>, inputs: readonly SessionInput[]): readonly SessionEffect[] {
    const now = this.#collaborators.clock.now();
    const effects: SessionEffect[] = [];
    for (const input of inputs) {
      const step = stepSession(live.session, input, now, this.#options.config);
      live.session = step.state;
      effects.push(...step.effects);
    }
    return effects;
  }

  #schedule(live: LiveSession<Transaction, Extra>, batch: Batch<Transaction>): void {
    if (live.flushing) return;
    if (batch.sealed || live.inFlight === 0) {
      live.flushing = true;
      // Steps of this very turn of the event loop, such as a handler that answers at once, share the commit.
      setImmediate(() => {
        live.flushing = false;
        this.#flush(live);
      });
    }
  }

  #flush(live: LiveSession<Transaction, Extra>): void {
    const batch = live.tail;
    if (batch === undefined || live.reloading !== undefined) return;
    if (batch.needed) {
      if (batch.sealed || live.inFlight === 0) this.#commit(live);
    } else if (live.inFlight === 0) {
      // Nothing here has to last, and all before it does: the batch stays open for what may follow.
      live.committed = live.session;
      this.#complete(live, batch);
      if (!batch.isEmpty) this.#linger(live);
    }
  }

  #linger(live: LiveSession<Transaction, Extra>): void {
    if (live.lingersUntil !== undefined || live.gone) return;
    live.lingersUntil = this.#collaborators.clock.now() + LINGER;
    this.#wake(live);
  }

  #commit(live: LiveSession<Transaction, Extra>): void {
    const batch = live.tail;
    if (batch === undefined) return;
    live.tail = undefined;
    live.lingersUntil = undefined;
    const { key, session, epoch } = live;
    const over = isOver(session);
    const changes = batch.changes(key);
    live.version += 1;
    // Also before it is removed: its version shows whether another process was faster.
    changes.push({
      kind: 'put-session',
      key,
      identifiers: this.#performer.identifiers(live),
      version: live.version,
      state: encodeSession(session),
    });
    if (over) changes.push({ kind: 'remove-session', key });
    live.inFlight += 1;
    this.#collaborators.store.commit(changes).then(
      () => {
        this.#landed(live);
        live.committed = session;
        if (live.epoch === epoch) {
          live.cautious = false;
          live.failures = 0;
        }
        this.#index(live);
        this.#complete(live, batch);
        if (over) this.#end(live);
        else this.#flush(live);
      },
      (error: unknown) => {
        this.#landed(live);
        for (const { failed } of batch.waiting) failed(error);
        if (live.epoch === epoch) this.#fail(live, error);
      },
    );
  }

  #landed(live: LiveSession<Transaction, Extra>): void {
    live.inFlight -= 1;
    if (live.inFlight > 0) return;
    live.idle?.();
    live.idle = undefined;
  }

  #complete(live: LiveSession<Transaction, Extra>, batch: Batch<Transaction>): void {
    const waiting = batch.waiting.splice(0);
    for (const { effects, deliversAfter, committed } of waiting) {
      if (!this.#stopped) {
        this.#performer.perform(live, effects);
        if (deliversAfter) this.#deliver(live, effects);
      }
      committed();
    }
  }

  #deliver(live: LiveSession<Transaction, Extra>, effects: readonly SessionEffect[]): void {
    for (const { of, effect } of effects) {
      if (of === 'destination' && effect.kind === 'deliver') this.#performer.deliver(live, effect.number);
    }
  }

  /** What was not committed has not happened: the session is taken from the store again, and the peer repeats itself. */
  #fail(live: LiveSession<Transaction, Extra>, error: unknown): void {
    live.epoch += 1;
    live.cautious = true;
    live.failures += 1;
    const waiting = live.tail?.waiting ?? [];
    live.tail = undefined;
    live.lingersUntil = undefined;
    for (const { failed } of waiting) failed(error);
    this.#collaborators.log({
      level: isConflict(error) ? 'warning' : 'error',
      event: 'commit-failed',
      error,
      details: { session: live.key },
    });
    if (this.#stopped) return;
    live.reloading = this.#reload(live).finally(() => {
      live.reloading = undefined;
      if (live.gone) return;
      this.#performer.reloaded(live);
      this.#forget(this.step(live, [{ to: 'session', kind: 'resume' }]));
    });
  }

  async #reload(live: LiveSession<Transaction, Extra>): Promise<void> {
    // A store that goes on failing is not to be asked as fast as the peer answers.
    if (live.failures > 1) await this.#pause(live.failures);
    // Those begun before the one that failed may yet succeed; what they leave in the store is what counts.
    if (live.inFlight > 0) {
      await new Promise<void>((resolve) => {
        live.idle = resolve;
      });
    }
    for (let attempt = 1; !this.#stopped && !live.gone; attempt++) {
      try {
        const stored = await this.#collaborators.store.session(live.key);
        if (stored === undefined) {
          this.#drop(live);
          return;
        }
        live.session = decodeSession(stored.state);
        live.committed = live.session;
        live.version = stored.version;
        return;
      } catch (error) {
        this.#collaborators.log({
          level: 'error',
          event: 'session-not-loaded',
          error,
          details: { session: live.key, attempt },
        });
        await this.#pause(attempt);
      }
    }
  }

  #pause(attempt: number): Promise<void> {
    const millis = Math.min(30_000, 50 * 2 ** Math.min(10, attempt));
    return new Promise((resolve) => {
      this.#collaborators.scheduler.after(millis, resolve);
    });
  }

  /** The session is over. What was asked of it while that was being committed changes nothing, and is answered. */
  #end(live: LiveSession<Transaction, Extra>): void {
    this.#drop(live);
    const batch = live.tail;
    live.tail = undefined;
    if (batch !== undefined) this.#complete(live, batch);
  }

  #drop(live: LiveSession<Transaction, Extra>): void {
    live.gone = true;
    this.#deadlines.set(live, undefined);
    this.#lives.delete(live.key);
    for (const identifier of live.identifiers) this.#byIdentifier.delete(identifier);
    this.#performer.dropped(live);
  }

  #index(live: LiveSession<Transaction, Extra>): void {
    for (const identifier of this.#performer.identifiers(live)) {
      if (live.identifiers.has(identifier)) continue;
      live.identifiers.add(identifier);
      this.#byIdentifier.set(identifier, live);
    }
  }

  #wake(live: LiveSession<Transaction, Extra>): void {
    if (this.#stopped) return;
    const due = sessionTimeout(live.session, this.#options.config);
    const { lingersUntil } = live;
    const at = due === undefined || (lingersUntil !== undefined && lingersUntil < due) ? lingersUntil : due;
    this.#deadlines.set(live, at);
  }

  #onDeadline(live: LiveSession<Transaction, Extra>): void {
    const now = this.#collaborators.clock.now();
    if (live.lingersUntil !== undefined && live.lingersUntil <= now) {
      live.lingersUntil = undefined;
      if (live.tail !== undefined) live.tail.needed = true;
      this.#flush(live);
    }
    const jitter = this.#collaborators.random.fraction();
    this.#forget(this.step(live, [{ to: 'session', kind: 'timeout', jitter }]));
  }

  /** A failure of a step that nobody waits for has been logged, and is mended by loading the session again. */
  #forget(step: Promise<unknown>): void {
    step.catch(() => {});
  }
}

/**
 * How long what need not last at once waits, in milliseconds: acknowledgements that came (without them messages are
 * only sent again) and replies that callers have.
 */
const LINGER = 1_000;

/** So often a step is made while other processes are faster each time. */
const MAX_ATTEMPTS = 5;

function isConflict(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'store-conflict';
}
