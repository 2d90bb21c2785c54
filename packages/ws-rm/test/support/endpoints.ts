import {
  type Exchange,
  element,
  type Handler,
  type IncomingMessage,
  type LogEntry,
  type OutgoingMessage,
  text,
} from '@holdfast/soap';
import type { DeliveryHandler } from '#src/delivery.js';
import { defaultReliableExchangeConfig, type ReliableExchangeConfig } from '#src/initiator-config.js';
import { defaultReliableHandlerConfig, type ReliableHandlerConfig } from '#src/recipient-config.js';
import type { InitiatorCollaborators, ReliableExchange, ReplyHandler } from '#src/reliable-exchange.js';
import { reliableExchange, resumeExchanges } from '#src/reliable-exchange.js';
import { type RecipientCollaborators, type ReliableHandler, reliableHandler } from '#src/reliable-handler.js';
import { type MemoryStore, memoryStore, type VirtualTime, virtualTime } from '#src/testing/index.js';
import { arrive, securedExchange } from './secured.js';

export const ADDRESS = 'http://recipient.test/';

export function order(content: string, local = 'order'): OutgoingMessage {
  const body = [element({ prefix: 't', namespace: 'urn:test', local }, [], content)];
  return { envelope: { version: '1.2', headers: [], body }, addressing: { action: `urn:test/${local}` } };
}

export function contentOf(message: IncomingMessage): string {
  return text(message.envelope.bodyElement);
}

/** Both sides of a session in one process, in a time of their own. */
export class Endpoints {
  readonly time: VirtualTime = virtualTime();
  readonly log: LogEntry[] = [];
  readonly initiatorStore: MemoryStore<string[]>;
  readonly recipientStore: MemoryStore<string[]>;
  readonly journal: string[] = [];
  readonly delivered: string[] = [];
  /** What was sent, and what came back for it. */
  readonly sent: OutgoingMessage[] = [];
  readonly answers: (IncomingMessage | undefined)[] = [];
  recipient: ReliableHandler;
  /** What becomes of an exchange; by default it takes place. */
  fate: (
    message: OutgoingMessage,
    exchange: () => Promise<IncomingMessage | undefined>,
  ) => Promise<IncomingMessage | undefined> = (_message, exchange) => exchange();
  handler: DeliveryHandler<string[]> = async (message) => {
    const content = contentOf(message);
    this.delivered.push(content);
    return message.addressing.action.endsWith('/order') ? order(`reply to ${content}`, 'reply') : undefined;
  };
  /** How an answer of the recipient is proven. */
  tamper: (answer: IncomingMessage) => IncomingMessage = (answer) => answer;
  readonly #options: Options;
  #count = 0;

  constructor(options: Options = {}) {
    this.#options = options;
    this.initiatorStore = this.#store();
    this.recipientStore = this.#store();
    this.recipient = this.startRecipient();
  }

  startRecipient(): ReliableHandler {
    const config: ReliableHandlerConfig = {
      ...defaultReliableHandlerConfig,
      dangerouslyUnsecured: this.#options.initiator?.sct === undefined,
      ...this.#options.recipientConfig,
    };
    this.recipient = reliableHandler<string[]>((message, delivery) => this.handler(message, delivery), config, {
      ...this.#world(),
      store: this.recipientStore,
      ...this.#options.recipient,
    });
    return this.recipient;
  }

  initiator(config: Partial<ReliableExchangeConfig> = {}): ReliableExchange<string[]> {
    return reliableExchange<string[]>(this.exchange, this.#config(config), this.#initiatorWorld());
  }

  resume(
    replies?: ReplyHandler<string[]>,
    config: Partial<ReliableExchangeConfig> = {},
  ): Promise<readonly ReliableExchange<string[]>[]> {
    return resumeExchanges<string[]>(
      this.exchange,
      this.#config(config),
      this.#initiatorWorld(),
      replies === undefined ? {} : { replies },
    );
  }

  get exchange(): Exchange {
    const handle: Handler = (message) => this.recipient.handle(message);
    const secured = securedExchange(handle, (answer) => this.tamper(answer));
    return async (message, signal) => {
      this.sent.push(message);
      const answer = await this.fate(message, () => secured(message, signal));
      this.answers.push(answer);
      return answer;
    };
  }

  /** Gives the recipient a message as its peer would have sent it. */
  give(message: OutgoingMessage, token?: Parameters<typeof arrive>[1]): Promise<OutgoingMessage | undefined> {
    return this.recipient.handle(arrive(message, token));
  }

  events(): readonly string[] {
    return this.log.map(({ event }) => event);
  }

  /** The local names of what was sent: those of Body, or of the action where Body is empty. */
  get conversation(): readonly string[] {
    return this.sent.map(({ addressing }) => addressing.action.split('/').at(-1) ?? '');
  }

  #config(config: Partial<ReliableExchangeConfig>): ReliableExchangeConfig {
    const unsecured = this.#options.initiator?.sct === undefined ? { binding: 'dangerouslyNone' as const } : {};
    return {
      ...defaultReliableExchangeConfig,
      address: ADDRESS,
      ...unsecured,
      ...this.#options.initiatorConfig,
      ...config,
    };
  }

  #initiatorWorld(): InitiatorCollaborators<string[]> {
    return { ...this.#world(), store: this.initiatorStore, ...this.#options.initiator };
  }

  #world(): Omit<InitiatorCollaborators<string[]>, 'store'> {
    return {
      clock: this.time,
      scheduler: this.time,
      random: {
        uuid: () => {
          this.#count += 1;
          return `00000000-0000-4000-8000-${String(this.#count).padStart(12, '0')}`;
        },
        fraction: () => 0.5,
      },
      log: (entry) => this.log.push(entry),
    };
  }

  #store(): MemoryStore<string[]> {
    let length = 0;
    return memoryStore<string[]>({
      transaction: this.journal,
      begin: () => {
        length = this.journal.length;
      },
      undo: () => {
        this.journal.length = length;
      },
    });
  }
}

export interface Options {
  readonly initiator?: Partial<InitiatorCollaborators<string[]>>;
  readonly recipient?: Partial<RecipientCollaborators<string[]>>;
  readonly initiatorConfig?: Partial<ReliableExchangeConfig>;
  readonly recipientConfig?: Partial<ReliableHandlerConfig>;
}
