import { type Crash, crashingStore, type CrashPlan as StorePlan } from '@holdfast/persistence/testing';
import type { LogEntry } from '@holdfast/soap';
import { TransportError, type WireExchange } from '@holdfast/soap';
import { type Decide, lossyWire, seededFates, seededRandom } from '@holdfast/soap/testing';
import type { Random } from '@holdfast/ws-rm';
import { type VirtualTime, virtualTime } from '@holdfast/ws-rm/testing';
import { requestAction } from '@holdfast/ws-trust';
import type { CrashPlan, Mishap, PlannedMishap, Side } from './crash-plan.js';
import type { CrashWorld } from './crash-world.js';
import { operationOf, type Progress, runInitiator } from './initiator-process.js';
import { type DurableStore, type Medium, medium } from './medium.js';
import type { Parties } from './parties.js';
import { ProcessLife } from './process-life.js';
import { startRecipient } from './recipient-process.js';
import { Witness } from './witness.js';

/** What came of a run that kept every promise. */
export interface CrashResult {
  readonly plan: CrashPlan;
  /** Those that came to pass; a run may be over before the others. */
  readonly mishaps: readonly PlannedMishap[];
  readonly deaths: Readonly<Record<Side, number>>;
  readonly contextsIssued: number;
  /** Replies whose callers had died. */
  readonly lateReplies: number;
  /** Milliseconds of the run's own time. */
  readonly elapsed: number;
}

/** Where the time of every run begins. */
export const BEGINNING = Date.UTC(2030, 0, 1);

/**
 * Runs one conversation to its end, through all that its plan has in store for it: secured and reliable, both sides
 * with a store and an application that writes its journal in the transactions of the deliveries.
 * @throws Error when a promise was broken; the message has the seed, and what the sides logged
 */
export async function runCrash(plan: CrashPlan, parties: Parties): Promise<CrashResult> {
  return new CrashRun(plan, parties).run();
}

class CrashRun implements CrashWorld {
  readonly plan: CrashPlan;
  readonly parties: Parties;
  readonly time: VirtualTime = virtualTime(BEGINNING);
  readonly dice: () => number;
  readonly random: Random;
  readonly octets: (length: number) => Uint8Array;
  readonly witness: Witness;
  readonly media: Readonly<Record<Side, Medium>>;
  readonly link: WireExchange;
  readonly #occasions = new Map<string, number>();
  readonly #cameToPass: PlannedMishap[] = [];
  readonly #lives: Record<Side, ProcessLife | undefined> = { initiator: undefined, recipient: undefined };
  readonly #deaths: Record<Side, number> = { initiator: 0, recipient: 0 };
  readonly #keys: Record<Side, Set<string>> = { initiator: new Set(), recipient: new Set() };
  readonly #log: string[] = [];
  /** Processes that are to be started. */
  readonly #due: Side[] = ['recipient', 'initiator'];
  readonly #progress: Progress = { closing: false };
  readonly #over: Promise<void>;
  #announceEnd: () => void = () => {};
  #announceDue: () => void = () => {};
  #recipient: WireExchange | undefined;
  /** What was lost or repeated on the wire. */
  #losses = 0;

  constructor(plan: CrashPlan, parties: Parties) {
    this.plan = plan;
    this.parties = parties;
    this.dice = seededRandom(plan.seed ^ 0xd1ce);
    const identifiers = seededRandom(plan.seed ^ 0x1d);
    this.octets = (length) => Uint8Array.from({ length }, () => Math.floor(identifiers() * 256));
    this.random = { uuid: () => uuidOf(this.octets(16)), fraction: this.dice };
    this.witness = new Witness((message) => operationOf(this, message) === 'reject');
    this.media = { initiator: medium(plan.store), recipient: medium(plan.store) };
    this.link = lossyWire((request, signal) => this.#arrive(request, signal), this.#fates(), this.time);
    this.#over = new Promise((resolve) => {
      this.#announceEnd = resolve;
    });
  }

  async run(): Promise<CrashResult> {
    try {
      await this.#until(this.#over);
      await this.#outlast();
      await this.#assertEnd();
      await Promise.race([this.witness.violation, Promise.resolve()]);
    } catch (cause) {
      const plan = JSON.stringify(this.plan);
      const log = this.#log.slice(-60).join('\n  ');
      throw new Error(`Seed ${this.plan.seed}: ${(cause as Error).message}\n  ${plan}\n  ${log}`, { cause });
    } finally {
      this.#lives.initiator?.end();
      this.#lives.recipient?.end();
      await this.media.initiator[Symbol.asyncDispose]();
      await this.media.recipient[Symbol.asyncDispose]();
    }
    return {
      plan: this.plan,
      mishaps: this.#cameToPass,
      deaths: this.#deaths,
      contextsIssued: this.witness.contextsIssued,
      lateReplies: this.witness.late,
      elapsed: this.time.now() - BEGINNING,
    };
  }

  log(side: Side, { level, event, error, details }: LogEntry): void {
    const cause = error instanceof Error ? `${error.name}: ${error.message}` : (error ?? '');
    this.#note(`${side} ${level} ${event} ${cause} ${JSON.stringify(details ?? {})}`);
  }

  store(side: Side, life: ProcessLife): DurableStore {
    const plan: StorePlan<unknown> = (_, changes) => {
      for (const change of changes) if (change.kind === 'put-session') this.#keys[side].add(change.key);
      // Each commit is an occasion for every one of these; at most one of them happens.
      const planned = COMMIT_MISHAPS.filter(([mishap]) => this.#isPlanned(side, mishap));
      return planned[0]?.[1];
    };
    const crashing = crashingStore(this.media[side].store, plan);
    crashing.death.then(() => this.#end(side, life));
    return life.store(crashing);
  }

  strikes(side: Side, mishap: Mishap): boolean {
    if (!this.#isPlanned(side, mishap)) return false;
    this.die(side);
    return true;
  }

  die(side: Side): void {
    const life = this.#lives[side];
    if (life !== undefined) this.#end(side, life);
  }

  #isPlanned(side: Side, mishap: Mishap): boolean {
    const key = `${side} ${mishap}`;
    const count = (this.#occasions.get(key) ?? 0) + 1;
    this.#occasions.set(key, count);
    const planned = this.plan.mishaps.find(
      (each) => each.side === side && each.mishap === mishap && each.count === count,
    );
    if (planned === undefined) return false;
    this.#cameToPass.push(planned);
    this.#note(`-- ${side} ${mishap} ${count}`);
    return true;
  }

  #end(side: Side, life: ProcessLife): void {
    if (!life.isAlive) return;
    life.end();
    this.#deaths[side] += 1;
    if (this.#deaths[side] > this.plan.mishaps.length + MANY) this.witness.fail(`the ${side} ends again and again`);
    this.#lives[side] = undefined;
    if (side === 'recipient') this.#recipient = undefined;
    this.time.after(this.dice() * 5_000, () => {
      this.#due.push(side);
      this.#announceDue();
    });
  }

  /** Lets time pass until the promise is settled; it stands still while a process starts. */
  async #until(promise: Promise<unknown>): Promise<void> {
    for (;;) {
      for (const side of this.#due.splice(0)) await this.#start(side);
      const due = new Promise<'due'>((resolve) => {
        this.#announceDue = () => resolve('due');
      });
      if ((await this.time.until(Promise.race([this.witness.violation, promise, due]))) !== 'due') return;
    }
  }

  async #start(side: Side): Promise<void> {
    await this.media[side].open();
    this.#note(`-- the ${side} starts`);
    const life = new ProcessLife();
    this.#lives[side] = life;
    if (side === 'recipient') {
      this.#recipient = startRecipient(this, life);
      return;
    }
    Promise.race([runInitiator(this, life, this.#progress), life.death]).then(this.#announceEnd, (error: Error) => {
      if (life.isAlive) this.witness.fail(`the initiator failed: ${error.stack}`);
    });
  }

  /** What never heard of the end comes to an end by itself. */
  async #outlast(): Promise<void> {
    for (let day = 0; day < 4; day++) {
      if (this.#lives.recipient !== undefined && (await this.#isEmpty('recipient'))) return;
      await this.#until(
        new Promise<void>((resolve) => {
          this.time.after(12 * 3_600_000, resolve);
        }),
      );
    }
  }

  /** The recipient that lives at the time; one that dies takes its open connections with it. */
  async #arrive(request: Parameters<WireExchange>[0], signal: AbortSignal | undefined): ReturnType<WireExchange> {
    const life = this.#lives.recipient;
    const recipient = this.#recipient;
    if (life === undefined || recipient === undefined)
      throw new TransportError('unreachable', 'The recipient is down.');
    if (this.strikes('recipient', 'dies-before-request')) throw lost();
    const answer = await Promise.race([recipient(request, signal), life.death.catch(() => undefined)]);
    if (!life.isAlive || this.strikes('recipient', 'dies-before-answer')) throw lost();
    return answer;
  }

  #fates(): Decide {
    const { seed, lost: share, repeated, delayed } = this.plan;
    const draw = seededFates(seed, {
      requestLost: share,
      responseLost: share,
      repeated,
      delayed,
      maxDelayMillis: 4_000,
    });
    return (request, number) => {
      const fate = draw(request, number);
      if (request.action === requestAction('1.3', 'issue')) {
        this.witness.contextAsked(this.#cameToPass.length + this.#losses + this.#deaths.recipient);
      }
      if (fate.requestLost === true || fate.responseLost === true || fate.repeated === true) this.#losses += 1;
      this.#note(`   ${request.action.slice(request.action.lastIndexOf('/') + 1)} ${JSON.stringify(fate)}`);
      return fate;
    };
  }

  async #assertEnd(): Promise<void> {
    const { witness, plan, media } = this;
    const all = Array.from({ length: plan.messages }, (_, at) => at + 1);
    witness.assertDelivered(await media.recipient.rows(), plan.messages);
    witness.assertAnswered(
      await media.initiator.rows(),
      all.filter((message) => operationOf(this, message) !== 'notify'),
    );
    const most = 1 + this.#cameToPass.length + this.#losses;
    if (witness.contextsIssued > most) witness.fail(`${witness.contextsIssued} contexts were issued`);
    for (const side of ['initiator', 'recipient'] as const) {
      if (!(await this.#isEmpty(side))) witness.fail(`the ${side} has something left in its store`);
    }
  }

  async #isEmpty(side: Side): Promise<boolean> {
    const { store } = this.media[side];
    for await (const _ of store.sessions()) return false;
    for (const key of this.#keys[side]) {
      for (const log of ['inbound', 'outbound'] as const) {
        if ((await store.messages(key, log, 0n, 1)).length > 0) return false;
      }
    }
    return true;
  }

  #note(what: string): void {
    this.#log.push(`${((this.time.now() - BEGINNING) / 1000).toFixed(3)} ${what}`);
  }
}

/** An application may give up because its store failed, and do so more than once for one failure. */
const MANY = 10;

const COMMIT_MISHAPS: readonly (readonly [Mishap, Crash])[] = [
  ['dies-before-commit', { moment: 'before', manner: 'dies' }],
  ['dies-after-commit', { moment: 'after', manner: 'dies' }],
  ['store-fails-before-commit', { moment: 'before', manner: 'throws' }],
  ['store-fails-after-commit', { moment: 'after', manner: 'throws' }],
];

function lost(): TransportError {
  return new TransportError('connection-lost', 'The recipient has died.');
}

function uuidOf(octets: Uint8Array): string {
  const hex = Buffer.from(octets).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
