import {
  type Envelope,
  element,
  type Log,
  type OutgoingMessage,
  plainExchange,
  plainHandler,
  silent,
  TransportError,
  text,
  type WireExchange,
} from '@holdfast/soap';
import { type Losses, lossyWire, memoryWire, seededFates, seededRandom } from '@holdfast/soap/testing';
import type { DeliveryHandler } from '../delivery.js';
import { defaultReliableExchangeConfig, type ReliableExchangeConfig } from '../initiator-config.js';
import type { Random } from '../random.js';
import { defaultReliableHandlerConfig, type ReliableHandlerConfig } from '../recipient-config.js';
import { type ReliableExchange, reliableExchange, resumeExchanges } from '../reliable-exchange.js';
import { type ReliableHandler, reliableHandler } from '../reliable-handler.js';
import { type MemoryStore, memoryStore } from './memory-store.js';
import { type VirtualTime, virtualTime } from './virtual-time.js';

/** When a side dies: at its nth commit or effect, counted over the whole conversation. */
export interface Death {
  readonly side: 'initiator' | 'recipient';
  /**
   * `before-commit`: nothing of it is durable. `after-commit`: all of it is, and none of its effects were performed.
   * `failed-commit`: the side lives on, and its store has refused. `before-effect`, `after-effect`: at the initiator a
   * transmission, at the recipient a call of the application.
   */
  readonly at: 'before-commit' | 'after-commit' | 'failed-commit' | 'before-effect' | 'after-effect';
  readonly count: number;
}

export interface EndpointConversationOptions {
  readonly seed: number;
  readonly messages: number;
  /** How many of them are requests, from 0 to 1. */
  readonly requests: number;
  readonly losses: Losses;
  readonly deaths: readonly Death[];
  /** How long the application at most takes for a message, in milliseconds. */
  readonly maxHandling: number;
  readonly log?: Log;
}

export interface EndpointConversationResult {
  /** What the application's journal has, in the order of its commits. */
  readonly delivered: readonly string[];
  /** The replies that the initiator's journal has. */
  readonly answered: readonly string[];
  /** Deaths that came to pass. */
  readonly deaths: number;
  readonly exchanges: number;
  readonly elapsed: number;
}

/** Draws the options of a conversation from its seed. */
export function drawnEndpointConversation(seed: number): EndpointConversationOptions {
  const random = seededRandom(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const messages = 1 + upTo(9);
  const ats = ['before-commit', 'after-commit', 'failed-commit', 'before-effect', 'after-effect'] as const;
  const deaths = Array.from({ length: upTo(4) }, () => ({
    side: random() < 0.5 ? ('initiator' as const) : ('recipient' as const),
    at: ats[upTo(ats.length - 1)] ?? 'before-commit',
    count: 1 + upTo(3 * messages),
  }));
  return {
    seed,
    messages,
    requests: random(),
    losses: {
      requestLost: random() * 0.2,
      responseLost: random() * 0.2,
      repeated: random() * 0.2,
      delayed: random() * 0.5,
      maxDelayMillis: 3_000,
    },
    deaths,
    maxHandling: random() < 0.5 ? 0 : 5_000,
  };
}

/**
 * Runs one conversation of whole endpoints to its end: an initiator and a recipient with their stores, over a wire that
 * loses, repeats, reorders and delays, in a time of its own. They die at chosen commits and effects, and are resumed
 * from what their stores have. Both applications write their journals in the transactions of their deliveries.
 * @throws Error when something was lost, repeated or out of order, or is left in a store; the message has the seed
 */
export async function runEndpointConversation(
  options: EndpointConversationOptions,
): Promise<EndpointConversationResult> {
  return new EndpointConversation(options).run();
}

const ADDRESS = 'http://recipient.test/';
const NAMESPACE = 'urn:test:conversation';

/** The process of a side is gone; nothing that it was doing goes on. */
class Died extends Error {}

class EndpointConversation {
  readonly #options: EndpointConversationOptions;
  readonly #time: VirtualTime = virtualTime();
  readonly #fates: () => number;
  readonly #random: Random;
  readonly #wire: WireExchange;
  readonly #delivered: string[] = [];
  readonly #answered: string[] = [];
  readonly #stores: Record<Death['side'], MemoryStore<string[]>>;
  readonly #effects: Record<Death['side'], number> = { initiator: 0, recipient: 0 };
  readonly #lives: Record<Death['side'], number> = { initiator: 1, recipient: 1 };
  #initiator: ReliableExchange<string[]> | undefined;
  #recipient: ReliableHandler | undefined;
  #deaths = 0;
  #exchanges = 0;
  #inDoubt = false;

  constructor(options: EndpointConversationOptions) {
    this.#options = options;
    this.#fates = seededRandom(options.seed ^ 0xfa7e);
    const identifiers = seededRandom(options.seed ^ 0x1d);
    this.#random = { uuid: () => seededUuid(identifiers), fraction: identifiers };
    this.#stores = {
      initiator: this.#store('initiator', this.#answered),
      recipient: this.#store('recipient', this.#delivered),
    };
    this.#wire = lossyWire(
      (request, signal) => this.#recipientWire(request, signal),
      seededFates(options.seed, options.losses),
      this.#time,
    );
  }

  async run(): Promise<EndpointConversationResult> {
    try {
      await this.#time.until(this.#converse());
      // The recipient may have to outlast a lost TerminateSequence.
      for (let day = 0; day < 3 && this.#stores.recipient.content.sessions.length > 0; day++) {
        await this.#time.pass(12 * 3_600_000);
      }
      this.#assertEnd();
    } catch (cause) {
      throw new Error(`Conversation of endpoints with seed ${this.#options.seed}: ${String(cause)}`, { cause });
    } finally {
      this.#recipient?.stop();
      this.#initiator?.suspend();
    }
    return {
      delivered: this.#delivered,
      answered: this.#answered,
      deaths: this.#deaths,
      exchanges: this.#exchanges,
      elapsed: this.#time.now(),
    };
  }

  async #converse(): Promise<void> {
    this.#startRecipient();
    this.#initiator = this.#newInitiator();
    let next = 1;
    while (next <= this.#options.messages) {
      const session = this.#initiator;
      try {
        await this.#submit(session, next);
        next += 1;
        if (this.#fates() < 0.3) await this.#pause(this.#fates() * 500);
      } catch {
        await this.#recover(session);
        // Whether the last one was durable before the end, its sequence says.
        next = this.#inDoubt ? Number(this.#initiator?.status().submitted ?? 0n) + 1 : next;
      }
    }
    for (;;) {
      const session = this.#initiator;
      if (session === undefined) return;
      try {
        await session.close();
        return;
      } catch {
        await this.#recover(session);
        // Nothing left in the store: the end itself was durable.
        if (this.#initiator === undefined) return;
      }
    }
  }

  async #submit(session: ReliableExchange<string[]>, index: number): Promise<void> {
    const isRequest = seededRandom(this.#options.seed + index)() < this.#options.requests;
    this.#inDoubt = true;
    if (!isRequest) {
      await this.#orDeath('initiator', session.send(order('notify', index)));
      return;
    }
    const durable = new Promise<void>((resolve, reject) => {
      session
        .request(order('ask', index), {
          durable: () => resolve(),
          inTransaction: (message, journal) => journal.push(text(message.envelope.bodyElement)),
        })
        .catch(reject);
    });
    await this.#orDeath('initiator', durable);
  }

  /** The process is started again, from what its store has. */
  async #recover(session: ReliableExchange<string[]>): Promise<void> {
    await this.#pause(50);
    if (this.#initiator !== session) return;
    session.suspend();
    for (;;) {
      await this.#pause(this.#fates() * 2_000);
      const life = this.#lives.initiator;
      const [resumed] = await resumeExchanges<string[]>(
        this.#exchange(),
        this.#initiatorConfig(),
        this.#world('initiator'),
        {
          replies: (reply, delivery) => {
            delivery.inTransaction((journal) => journal.push(text(reply.envelope.bodyElement)));
          },
        },
      );
      await this.#pause(1);
      if (life === this.#lives.initiator) {
        const isOver = resumed === undefined && this.#stores.initiator.commits > 1 && this.#delivered.length > 0;
        this.#initiator = resumed ?? (isOver ? undefined : this.#newInitiator());
        return;
      }
      // It died again while it was coming back.
      resumed?.suspend();
    }
  }

  #newInitiator(): ReliableExchange<string[]> {
    return reliableExchange<string[]>(this.#exchange(), this.#initiatorConfig(), this.#world('initiator'));
  }

  #startRecipient(): void {
    const config: ReliableHandlerConfig = { ...defaultReliableHandlerConfig, dangerouslyUnsecured: true };
    this.#recipient = reliableHandler<string[]>(this.#application(), config, this.#world('recipient'));
    this.#recipient.resume().catch(() => {});
  }

  #application(): DeliveryHandler<string[]> {
    const life = this.#lives.recipient;
    return async (message, delivery) => {
      this.#effect('recipient', 'before-effect');
      if (this.#options.maxHandling > 0) await this.#pause(this.#fates() * this.#options.maxHandling);
      if (life !== this.#lives.recipient) throw new Died();
      const content = text(message.envelope.bodyElement);
      delivery.inTransaction((journal) => journal.push(content));
      this.#effect('recipient', 'after-effect');
      return message.addressing.action.endsWith('ask')
        ? { envelope: envelope('answer', content), addressing: { action: `${NAMESPACE}/answer` } }
        : undefined;
    };
  }

  #exchange(): ReturnType<typeof plainExchange> {
    const life = this.#lives.initiator;
    const exchange = plainExchange(this.#wire);
    return async (message, signal) => {
      if (life !== this.#lives.initiator) throw new Died();
      this.#exchanges += 1;
      this.#effect('initiator', 'before-effect');
      const answer = await exchange(message, signal);
      if (life !== this.#lives.initiator) throw new Died();
      this.#effect('initiator', 'after-effect');
      return answer;
    };
  }

  /** A recipient that died takes its open connections with it. */
  async #recipientWire(
    request: Parameters<WireExchange>[0],
    signal: AbortSignal | undefined,
  ): ReturnType<WireExchange> {
    const life = this.#lives.recipient;
    const recipient = this.#recipient;
    if (recipient === undefined) throw new TransportError('unreachable', 'The recipient is down.');
    const wire = memoryWire(
      plainHandler(recipient.handle, this.#options.log === undefined ? {} : { log: this.#options.log }),
    );
    const answer = await wire(request, signal);
    if (life !== this.#lives.recipient) throw new TransportError('connection-lost', 'The recipient has died.');
    return answer;
  }

  #store(side: Death['side'], journal: string[]): MemoryStore<string[]> {
    let length = 0;
    const at = (moment: Death['at'], count: number): boolean =>
      this.#options.deaths.some((death) => death.side === side && death.at === moment && death.count === count);
    return memoryStore<string[]>({
      transaction: journal,
      begin: () => {
        length = journal.length;
      },
      undo: () => {
        journal.length = length;
      },
      hooks: {
        beforeCommit: (count) => {
          if (at('before-commit', count)) this.#die(side);
          if (at('failed-commit', count)) {
            this.#deaths += 1;
            throw new Error('The store is full.');
          }
        },
        afterCommit: (count) => {
          if (at('after-commit', count)) this.#die(side);
        },
      },
    });
  }

  #effect(side: Death['side'], moment: 'before-effect' | 'after-effect'): void {
    if (moment === 'before-effect') this.#effects[side] += 1;
    const count = this.#effects[side];
    if (this.#options.deaths.some((death) => death.side === side && death.at === moment && death.count === count)) {
      this.#die(side);
    }
  }

  #die(side: Death['side']): never {
    this.#deaths += 1;
    this.#lives[side] += 1;
    if (side === 'initiator') {
      this.#initiator?.suspend();
    } else if (this.#recipient !== undefined) {
      this.#recipient.stop();
      this.#recipient = undefined;
      this.#time.after(this.#fates() * 3_000, () => this.#startRecipient());
    }
    throw new Died(`The ${side} has died.`);
  }

  async #orDeath<Value>(side: Death['side'], promise: Promise<Value>): Promise<Value> {
    const life = this.#lives[side];
    let outcome: { readonly value: Value } | { readonly error: unknown } | undefined;
    promise.then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    await this.#until(() => outcome !== undefined || this.#lives[side] !== life);
    if (this.#lives[side] !== life || outcome === undefined) throw new Died();
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#pause(10);
  }

  #pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      this.#time.after(millis, resolve);
    });
  }

  #initiatorConfig(): ReliableExchangeConfig {
    return {
      ...defaultReliableExchangeConfig,
      address: ADDRESS,
      binding: 'dangerouslyNone',
      closeTimeout: 24 * 3_600_000,
    };
  }

  #world(side: Death['side']): {
    readonly store: MemoryStore<string[]>;
    readonly clock: VirtualTime;
    readonly scheduler: VirtualTime;
    readonly random: Random;
    readonly log: Log;
  } {
    const life = this.#lives[side];
    // A process that is gone sets no timers.
    const scheduler: VirtualTime = {
      ...this.#time,
      after: (millis, callback) =>
        this.#time.after(millis, () => {
          if (life === this.#lives[side]) callback();
        }),
    };
    const { log = silent } = this.#options;
    return { store: this.#stores[side], clock: this.#time, scheduler, random: this.#random, log };
  }

  #assertEnd(): void {
    const { messages, requests, seed } = this.#options;
    const all = Array.from({ length: messages }, (_, place) => String(place + 1));
    if (this.#delivered.join() !== all.join()) throw new Error(`delivered ${this.#delivered.join()} of ${messages}`);
    const asked = all.filter((index) => seededRandom(seed + Number(index))() < requests);
    const answered = [...this.#answered].sort((a, b) => Number(a) - Number(b));
    if (answered.join() !== asked.join()) throw new Error(`answered ${answered.join()} of ${asked.join()}`);
    for (const side of ['initiator', 'recipient'] as const) {
      const { sessions, messages: kept, tokens } = this.#stores[side].content;
      if (sessions.length + kept.length + tokens.length > 0) {
        throw new Error(`the ${side} has ${sessions.length} sessions and ${kept.length} messages left in its store`);
      }
    }
  }
}

function order(operation: 'notify' | 'ask', index: number): OutgoingMessage {
  return {
    envelope: envelope(operation, String(index)),
    addressing: { action: `${NAMESPACE}/${operation}` },
  };
}

function envelope(local: string, content: string): Envelope {
  return {
    version: '1.2',
    headers: [],
    body: [element({ prefix: 't', namespace: NAMESPACE, local }, [], content)],
  };
}

function seededUuid(random: () => number): string {
  const hex = (digits: number): string =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`;
}
