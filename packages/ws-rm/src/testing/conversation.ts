import { seededRandom } from '@holdfast/soap/testing';
import { defaultDestinationConfig, defaultSourceConfig } from '../config.js';
import { acknowledgedRanges, type SequenceAcknowledgement } from '../elements/sequence-acknowledgement.js';
import { contains, covers, highest, type Ranges } from '../ranges.js';
import { type SessionConfig, type SessionEffect, type SessionInput, sessionTimeout, stepSession } from '../session.js';
import { decodeSession, encodeSession } from '../session-codec.js';
import { answerTo, initiatorSession, isOver, recipientSession, type Session } from '../session-state.js';

/** How hostile a conversation is. Probabilities from 0 to 1, times in milliseconds. */
export interface ConversationOptions {
  readonly seed: number;
  /** Messages that the initiator submits. */
  readonly messages: number;
  /** How many of them are requests. */
  readonly requests: number;
  readonly lost: number;
  readonly repeated: number;
  readonly maxDelay: number;
  /** How long the application at most takes for a message. */
  readonly maxHandling: number;
  /** For each step, that the process dies before its commit. */
  readonly diesBeforeCommit: number;
  /** For each step, that the process dies after its commit and before its effects. */
  readonly diesAfterCommit: number;
  readonly order: 'inOrder' | 'any';
  readonly window: number;
  /** Whether a sequence for replies is offered. */
  readonly offer: boolean;
}

/** What came of it. */
export interface ConversationResult {
  /** The messages that the application's journal has, in the order of their commits. */
  readonly delivered: readonly number[];
  /** The requests whose replies came, in the order in which they were given out. */
  readonly answered: readonly number[];
  readonly transmissions: number;
  readonly deaths: number;
  /** Milliseconds of simulated time. */
  readonly elapsed: number;
}

/** Draws the options of a conversation from its seed. */
export function drawnConversation(seed: number): ConversationOptions {
  const random = seededRandom(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const sometimes = (probability: number, value: number): number => (random() < probability ? value : 0);
  return {
    seed,
    messages: upTo(30),
    requests: random(),
    lost: sometimes(0.8, random() * 0.4),
    repeated: sometimes(0.6, random() * 0.4),
    maxDelay: sometimes(0.8, upTo(5_000)),
    maxHandling: sometimes(0.6, upTo(8_000)),
    diesBeforeCommit: sometimes(0.4, random() * 0.08),
    diesAfterCommit: sometimes(0.4, random() * 0.08),
    order: random() < 0.7 ? 'inOrder' : 'any',
    window: 1 + upTo(8),
    offer: random() < 0.9,
  };
}

/**
 * Runs one conversation of the pure cores to its end: two sessions, a link that loses, repeats, reorders and delays, and
 * a clock that jumps from event to event. Both sides may die at any step; they come back from the bytes of their state.
 * @throws Error when an invariant is broken or the conversation does not end; the message has the seed
 */
export function runConversation(options: ConversationOptions): ConversationResult {
  return new Conversation(options).run();
}

/** What goes over the link, as far as the cores can tell messages apart. */
interface Parcel {
  readonly kind:
    | 'create'
    | 'created'
    | 'message'
    | 'reply'
    | 'acknowledgement'
    | 'ack-requested'
    | 'close'
    | 'closed'
    | 'terminate'
    | 'terminated'
    | 'unknown-sequence'
    | 'sequence-closed';
  readonly number?: bigint;
  readonly body?: number;
  readonly request?: boolean;
  /** Of a reply: whether it has a number of its own. */
  readonly sequenced?: boolean;
  readonly acknowledgement?: SequenceAcknowledgement;
  readonly last?: bigint;
}

interface Side {
  readonly name: 'initiator' | 'recipient';
  session: Session | undefined;
  /** What was committed last. */
  stored: Uint8Array | undefined;
  readonly outbound: Map<bigint, { readonly body: number; readonly request: boolean }>;
  readonly inbound: Map<bigint, { readonly body: number; readonly request: boolean }>;
  /** Counts the lives of the process, so that what belongs to an earlier one is forgotten. */
  life: number;
  /** Dead, and not back yet. */
  down: boolean;
}

const OFFER = 'urn:test:replies';
const SEQUENCE = 'urn:test:requests';
const LIMIT = 200_000;

class Conversation {
  readonly #options: ConversationOptions;
  readonly #random: () => number;
  readonly #config: { readonly initiator: SessionConfig; readonly recipient: SessionConfig };
  readonly #events: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  readonly #initiator: Side = side('initiator');
  readonly #recipient: Side = side('recipient');
  readonly #delivered: number[] = [];
  readonly #answered: number[] = [];
  #now = 0;
  #order = 0;
  #transmissions = 0;
  #deaths = 0;
  #submitted = 0;
  #closing = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ^ 0x5eed);
    const common = { acknowledgementInterval: 200, busyAcknowledgementInterval: 20, maxKeptReplies: 256 };
    const forEver = { inactivityTimeout: 0 };
    this.#config = {
      initiator: {
        ...common,
        source: {
          ...defaultSourceConfig,
          ...forEver,
          window: options.window,
          maxCreateAttempts: 10_000,
          maxTerminateAttempts: 10_000,
        },
        destination: { ...defaultDestinationConfig, ...forEver, order: 'any' },
      },
      recipient: {
        ...common,
        source: { ...defaultSourceConfig, ...forEver, transmission: 'onRequest' },
        destination: { ...defaultDestinationConfig, ...forEver, order: options.order },
      },
    };
  }

  run(): ConversationResult {
    this.#initiator.session = initiatorSession({
      soap: '1.2',
      address: 'http://recipient.test/',
      createId: 'urn:test:create',
      binding: { kind: 'none' },
      ...(this.#options.offer ? { offer: OFFER } : {}),
    });
    this.#submitNext();
    for (let count = 0; !this.#isDone(); count++) {
      if (count > LIMIT) this.#fail('the conversation does not end');
      if (!this.#advance()) this.#fail('nothing is left to happen, and it is not over');
    }
    this.#assertEnd();
    return {
      delivered: this.#delivered,
      answered: this.#answered,
      transmissions: this.#transmissions,
      deaths: this.#deaths,
      elapsed: this.#now,
    };
  }

  #isDone(): boolean {
    const { session } = this.#initiator;
    return (
      this.#submitted >= this.#options.messages &&
      this.#closing &&
      session !== undefined &&
      isOver(session) &&
      !this.#recipient.down &&
      (this.#recipient.session === undefined || isOver(this.#recipient.session))
    );
  }

  /** Jumps to what happens next: something on the link or at an application, or a time-out. */
  #advance(): boolean {
    let next: number | undefined;
    let due: Side | undefined;
    for (const each of [this.#initiator, this.#recipient]) {
      if (each.session === undefined) continue;
      const at = sessionTimeout(each.session, this.#config[each.name]);
      if (at !== undefined && (next === undefined || at < next)) {
        next = at;
        due = each;
      }
    }
    const event = this.#events[0];
    if (event !== undefined && (next === undefined || event.at <= next)) {
      this.#events.shift();
      this.#now = Math.max(this.#now, event.at);
      event.run();
      return true;
    }
    if (due === undefined || next === undefined) return false;
    this.#now = Math.max(this.#now, next);
    this.#step(due, [{ to: 'session', kind: 'timeout', jitter: this.#random() }]);
    return true;
  }

  #later(delay: number, run: () => void): void {
    const event = { at: this.#now + delay, order: this.#order++, run };
    let place = this.#events.length;
    while (place > 0 && (this.#events[place - 1]?.at ?? 0) > event.at) place--;
    this.#events.splice(place, 0, event);
  }

  #submitNext(): void {
    if (this.#submitted >= this.#options.messages) {
      this.#closing = true;
      const inputs: SessionInput[] = [{ to: 'source', input: { kind: 'close', jitter: this.#random() } }];
      const { session } = this.#initiator;
      // A session without messages never began.
      if (session?.source.kind === 'none' && session.source.ended === undefined) {
        inputs.unshift({ to: 'source', input: { kind: 'create' } });
      }
      if (!this.#step(this.#initiator, inputs)) this.#later(1, () => this.#submitNext());
      return;
    }
    const body = this.#submitted + 1;
    const request = this.#random() < this.#options.requests;
    const inputs: SessionInput[] = [{ to: 'source', input: { kind: 'submit', request, jitter: this.#random() } }];
    const { session } = this.#initiator;
    if (session === undefined) {
      this.#later(1_000, () => this.#submitNext());
      return;
    }
    const number = session.source.kind === 'none' ? 1n : session.source.nextNumber;
    if (session.source.kind === 'none') inputs.unshift({ to: 'source', input: { kind: 'create' } });
    const put = (): void => void this.#initiator.outbound.set(number, { body, request });
    // What was not committed was not submitted: the application does it again.
    this.#step(this.#initiator, inputs, put, () => {
      this.#submitted += 1;
    });
    this.#later(this.#random() < 0.5 ? 0 : this.#random() * 1_000, () => this.#submitNext());
  }

  /**
   * One step of a side: step, commit, perform. The process may die before the commit or after it.
   * @param bodies what else is in the commit
   * @returns whether it was committed
   */
  #step(of: Side, inputs: readonly SessionInput[], bodies?: () => void, committed?: () => void): boolean {
    if (of.session === undefined) return false;
    let state = of.session;
    const effects: SessionEffect[] = [];
    for (const input of inputs) {
      const step = stepSession(state, input, this.#now, this.#config[of.name]);
      state = step.state;
      effects.push(...step.effects);
    }
    if (this.#random() < this.#options.diesBeforeCommit) {
      this.#die(of);
      return false;
    }
    bodies?.();
    for (const { of: which, effect } of effects) {
      if (effect.kind === 'discard') forget(which === 'source' ? of.outbound : of.inbound, effect.ranges);
    }
    of.session = state;
    of.stored = encodeSession(state);
    committed?.();
    this.#assertStep();
    if (this.#random() < this.#options.diesAfterCommit) {
      this.#die(of);
      return true;
    }
    for (const effect of effects) this.#perform(of, effect);
    return true;
  }

  #die(of: Side): void {
    this.#deaths += 1;
    of.life += 1;
    if (of.stored === undefined) {
      // It never was; the initiator's application asks again.
      if (of.name === 'recipient') of.session = undefined;
      return;
    }
    const { stored } = of;
    of.session = undefined;
    of.down = true;
    this.#later(this.#random() * 3_000, () => {
      of.session = decodeSession(stored);
      of.down = false;
      this.#step(of, [{ to: 'session', kind: 'resume' }]);
    });
  }

  #perform(of: Side, { of: which, effect }: SessionEffect): void {
    if (which === 'session') {
      if (effect.kind === 'send-acknowledgement') this.#send({ kind: 'acknowledgement' });
      else if (effect.kind === 'answered' && effect.number === undefined) this.#answered.push(Number(effect.request));
      return;
    }
    if (which === 'destination') {
      if (effect.kind === 'deliver') this.#deliver(of, effect.number);
      return;
    }
    if (of.name === 'recipient') return;
    switch (effect.kind) {
      case 'send-create':
        this.#send({ kind: 'create' });
        break;
      case 'transmit': {
        const sent = of.outbound.get(effect.number);
        if (sent !== undefined) this.#send({ kind: 'message', number: effect.number, ...sent });
        break;
      }
      case 'load': {
        const messages = [...of.outbound]
          .filter(([number]) => number >= effect.lower)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, effect.limit)
          .map(([number, { request }]) => ({ number, request }));
        this.#step(of, [{ to: 'source', input: { kind: 'loaded', messages } }]);
        break;
      }
      case 'send-close':
      case 'send-terminate': {
        const last = effect.lastMessageNumber === undefined ? {} : { last: effect.lastMessageNumber };
        this.#send({ kind: effect.kind === 'send-close' ? 'close' : 'terminate', ...last });
        break;
      }
      case 'send-ack-requested':
        this.#send({ kind: 'ack-requested' });
        break;
      case 'fault':
      case 'failed':
        this.#fail(`the initiator has ${effect.kind}`);
        break;
      case 'ended':
        if (effect.reason !== 'terminated') this.#fail(`the sequence ended as ${effect.reason}`);
        break;
      default:
        break;
    }
  }

  /** The application at the recipient, which journals in the same commit; or the caller at the initiator. */
  #deliver(of: Side, number: bigint): void {
    const message = of.inbound.get(number);
    if (message === undefined) this.#fail(`${of.name} has no body of message ${number}`);
    const { life } = of;
    const take = (): void => {
      if (of.life !== life) return;
      const hasReply = of.name === 'recipient' && message.request;
      const before = of.session?.replies.length ?? 0;
      this.#step(of, [{ to: 'session', kind: 'dealt-with', number, hasReply }], undefined, () => {
        (of.name === 'recipient' ? this.#delivered : this.#answered).push(message.body);
        const kept = of.session?.replies.at(-1);
        if (hasReply && kept !== undefined && (of.session?.replies.length ?? 0) > before) {
          of.outbound.set(kept.reply, { body: message.body, request: false });
        }
      });
    };
    if (of.name === 'recipient') this.#later(this.#random() * this.#options.maxHandling, take);
    else take();
  }

  /** From the initiator to the recipient and back. */
  #send(parcel: Parcel): void {
    const destination = this.#initiator.session?.destination;
    const isEnding = parcel.kind === 'close' || parcel.kind === 'terminate';
    const rides =
      destination !== undefined && destination.kind !== 'none' && parcel.kind !== 'create'
        ? {
            acknowledgement: {
              identifier: OFFER,
              ranges: destination.received,
              final: isEnding,
              nacks: [],
            },
          }
        : {};
    const { life } = this.#initiator;
    this.#transmit({ ...parcel, ...rides }, (arrived) =>
      this.#receive(arrived, (answer) =>
        this.#transmit(answer, (returned) => {
          if (this.#initiator.life === life) this.#return(parcel, returned);
        }),
      ),
    );
  }

  #transmit(parcel: Parcel, arrive: (parcel: Parcel) => void): void {
    this.#transmissions += 1;
    const times = this.#random() < this.#options.repeated ? 2 : 1;
    for (let time = 0; time < times; time++) {
      if (this.#random() < this.#options.lost) continue;
      this.#later(this.#random() * this.#options.maxDelay, () => arrive(parcel));
    }
  }

  #receive(parcel: Parcel, answer: (parcel: Parcel) => void): void {
    const of = this.#recipient;
    if (of.down) return;
    if (parcel.kind === 'create') {
      this.#create(answer);
      return;
    }
    if (of.session === undefined || isOver(of.session) || of.session.destination.kind === 'none') {
      answer({ kind: 'unknown-sequence' });
      return;
    }
    const inputs: SessionInput[] = [{ to: 'session', kind: 'heard' }];
    if (parcel.acknowledgement !== undefined) {
      inputs.push({ to: 'source', input: { kind: 'acknowledgement', acknowledgement: parcel.acknowledgement } });
    }
    const { number, body = 0, request = false, last } = parcel;
    const ending = last === undefined ? {} : { lastMessageNumber: last };
    if (parcel.kind === 'message' && number !== undefined) {
      inputs.push({ to: 'destination', input: { kind: 'message', number } });
    } else if (parcel.kind === 'close' || parcel.kind === 'terminate') {
      inputs.push({ to: 'destination', input: { kind: parcel.kind, ...ending } });
    } else if (parcel.kind === 'ack-requested') {
      inputs.push({ to: 'destination', input: { kind: 'ack-requested' } });
    }
    const isNew =
      number !== undefined && !contains(of.session.destination.received, number) && parcel.kind === 'message';
    const { received } = of.session.destination;
    const done = this.#step(of, inputs, () => {
      if (isNew && number !== undefined) of.inbound.set(number, { body, request });
    });
    if (!done || of.session === undefined) return;
    if (parcel.kind === 'terminate') {
      answer({
        kind: 'terminated',
        acknowledgement: { identifier: SEQUENCE, ranges: received, final: true, nacks: [] },
      });
      return;
    }
    if (parcel.kind === 'close') answer({ kind: 'closed', ...this.#acknowledgement() });
    else if (parcel.kind === 'message' && request && number !== undefined) this.#answerRequest(number, answer);
    else if (parcel.kind !== 'acknowledgement') answer({ kind: 'acknowledgement', ...this.#acknowledgement() });
  }

  #answerRequest(number: bigint, answer: (parcel: Parcel) => void): void {
    const of = this.#recipient;
    if (of.session === undefined || isOver(of.session)) return;
    const found = answerTo(of.session, number);
    if (found.kind === 'acknowledgement') {
      answer({ kind: 'acknowledgement', ...this.#acknowledgement() });
    } else if (found.kind === 'reply') {
      const kept = of.outbound.get(found.reply.reply);
      if (kept === undefined) this.#fail(`the recipient has no body of reply ${found.reply.reply}`);
      answer({
        kind: 'reply',
        body: kept.body,
        number: found.reply.reply,
        sequenced: found.reply.sequenced,
        ...this.#acknowledgement(),
      });
    } else if (this.#random() < 0.5) {
      // The response is kept open for a while.
      const { life } = of;
      this.#later(this.#random() * this.#options.maxHandling * 2, () => {
        if (of.life === life) this.#answerRequest(number, answer);
      });
    }
  }

  #create(answer: (parcel: Parcel) => void): void {
    const of = this.#recipient;
    if (of.stored === undefined) {
      of.session = recipientSession(
        {
          soap: '1.2',
          address: 'http://recipient.test/',
          createId: 'urn:test:create',
          binding: { kind: 'none' },
          ...(this.#options.offer ? { offer: OFFER } : {}),
        },
        this.#now,
      );
      if (!this.#step(of, [{ to: 'destination', input: { kind: 'create', identifier: SEQUENCE } }])) return;
    }
    if (of.session !== undefined && !isOver(of.session)) answer({ kind: 'created' });
  }

  #return(sent: Parcel, parcel: Parcel): void {
    const of = this.#initiator;
    const inputs: SessionInput[] = [{ to: 'session', kind: 'heard' }];
    const jitter = this.#random();
    if (parcel.acknowledgement !== undefined) {
      inputs.push({
        to: 'source',
        input: { kind: 'acknowledgement', acknowledgement: parcel.acknowledgement, jitter },
      });
    }
    let put: (() => void) | undefined;
    switch (parcel.kind) {
      case 'created':
        inputs.push({ to: 'session', kind: 'created', identifier: SEQUENCE, accepted: this.#options.offer, jitter });
        break;
      case 'closed':
        inputs.push({ to: 'source', input: { kind: 'close-response', jitter } });
        break;
      case 'terminated':
        inputs.push({ to: 'source', input: { kind: 'terminate-response' } });
        break;
      case 'unknown-sequence':
        inputs.push({ to: 'source', input: { kind: 'fault', code: 'unknown' } });
        break;
      case 'reply': {
        const { number, body = 0, sequenced = false } = parcel;
        if (sent.number === undefined || number === undefined) return;
        inputs.push({ to: 'session', kind: 'reply', request: sent.number, ...(sequenced ? { number } : {}) });
        const destination = of.session?.destination;
        if (sequenced && destination?.kind === 'created' && !contains(destination.received, number)) {
          put = () => void of.inbound.set(number, { body, request: false });
        }
        break;
      }
      default:
        break;
    }
    this.#step(of, inputs, put);
  }

  #acknowledgement(): { readonly acknowledgement?: SequenceAcknowledgement } {
    const destination = this.#recipient.session?.destination;
    if (destination === undefined || destination.kind === 'none') return {};
    const { received, kind } = destination;
    return { acknowledgement: { identifier: SEQUENCE, ranges: received, final: kind === 'closed', nacks: [] } };
  }

  /** What must hold after every step. */
  #assertStep(): void {
    const source = this.#initiator.session?.source;
    const destination = this.#recipient.session?.destination;
    if (source !== undefined && source.kind !== 'none') {
      if (source.window.length > this.#options.window) this.#fail('the window is overfull');
      this.#assertOrdered(source.acknowledged);
      if (highest(source.acknowledged) >= source.unsent) this.#fail('a number is acknowledged that was not sent');
      // A recipient that is down is asked when it is back.
      const known = destination?.kind === 'none' ? destination.draining?.received : destination?.received;
      if (known !== undefined && !covers(known, source.acknowledged)) {
        this.#fail('a number is acknowledged that is not committed');
      }
    }
    if (destination !== undefined && destination.kind !== 'none') {
      this.#assertOrdered(destination.received);
      this.#assertOrdered(destination.delivered);
      if (!covers(destination.received, destination.delivered)) this.#fail('delivered without being received');
    }
  }

  #assertOrdered(ranges: Ranges): void {
    const same = acknowledgedRanges({ identifier: SEQUENCE, ranges, final: false, nacks: [] });
    if (same === undefined || same.length !== ranges.length) this.#fail('ranges overlap or adjoin');
  }

  #assertEnd(): void {
    const { messages, order, offer } = this.#options;
    const all = Array.from({ length: messages }, (_, place) => place + 1);
    const delivered = order === 'inOrder' ? this.#delivered : [...this.#delivered].sort((a, b) => a - b);
    if (delivered.join() !== all.join()) this.#fail(`delivered ${this.#delivered.join()}`);
    const answered = [...this.#answered].sort((a, b) => a - b);
    if (offer && new Set(answered).size !== answered.length) this.#fail(`answered ${answered.join()}`);
    for (const each of [this.#initiator, this.#recipient]) {
      if (each.inbound.size > 0) this.#fail(`${each.name} holds ${each.inbound.size} messages for delivery`);
    }
    if (this.#initiator.outbound.size > 0) {
      this.#fail(`the initiator holds ${[...this.#initiator.outbound.keys()].join()}`);
    }
  }

  #fail(what: string): never {
    throw new Error(`Conversation with seed ${this.#options.seed}: ${what}.`);
  }
}

function side(name: 'initiator' | 'recipient'): Side {
  return { name, session: undefined, stored: undefined, outbound: new Map(), inbound: new Map(), life: 1, down: false };
}

function forget(bodies: Map<bigint, unknown>, ranges: Ranges): void {
  for (const number of bodies.keys()) if (contains(ranges, number)) bodies.delete(number);
}
