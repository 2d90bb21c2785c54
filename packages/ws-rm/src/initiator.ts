import {
  ANONYMOUS,
  type Exchange,
  endpointReference,
  type IncomingMessage,
  NONE,
  type OutgoingMessage,
  ProtocolError,
  type SoapFault,
  StoreError,
  TransportError,
  UsageError,
} from '@holdfast/soap';
import type { Body } from './batch.js';
import { assertBound, commonSigner, securityContextOf } from './binding.js';
import {
  bareRequest,
  faultResponse,
  protocolRequest,
  protocolResponse,
  type Riders,
  type Style,
  withRiders,
} from './compose.js';
import { type DestinationConfig, defaultDestinationConfig } from './config.js';
import type { Delivery } from './delivery.js';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import { endingError } from './endings.js';
import { type RmFault, writeRmFault } from './faults.js';
import { bindingKind, type ReliableExchangeConfig } from './initiator-config.js';
import { decodeIncoming, decodeOutgoing, encodeIncoming, encodeOutgoing } from './message-codec.js';
import { numbers } from './ranges.js';
import { type RmContent, readContent, rmBlocks } from './read-content.js';
import type { RmBody } from './rm-codec.js';
import type { SctApi } from './sct-api.js';
import {
  identifiersOf,
  initiatorSession,
  isOver,
  type Session,
  type SessionEffect,
  type SessionInput,
} from './session.js';
import { decodeSession } from './session-codec.js';
import { type Collaborators, type LiveSession, SessionRunner } from './session-runner.js';
import type { EndReason } from './source-state.js';
import type { StoreChange, StoredSession } from './store.js';

export interface InitiatorCollaborators<Transaction = unknown> extends Collaborators<Transaction> {
  /** The security context tokens that sequences are bound to. */
  readonly sct?: SctApi;
}

/** A message that is on its way. */
export interface Sent {
  readonly messageNumber: bigint;
  /** Resolves when the peer has acknowledged it; rejects with a ProtocolError when it never will. */
  readonly acknowledged: Promise<void>;
}

export interface RequestOptions<Transaction = unknown> {
  /** Gives up waiting. The request stays in its sequence, and is delivered all the same. */
  readonly signal?: AbortSignal;
  /** Called when the request is durable: from then on it arrives, whatever dies here. */
  readonly durable?: (messageNumber: bigint) => void;
  /**
   * Writes that commit together with the mark that the reply came. When it throws, the request is rejected with what it
   * threw, and the reply is left for the `replies` of a resumed session.
   */
  readonly inTransaction?: (reply: IncomingMessage, transaction: Transaction) => void;
}

/** Takes the replies to requests whose callers died with an earlier process. Called for each until it does not throw. */
export type ReplyHandler<Transaction = unknown> = (
  reply: IncomingMessage,
  delivery: Delivery<Transaction> & {
    /** The number of the request. */
    readonly request: bigint;
    /** The wsa:MessageID of the request. */
    readonly requestId?: string;
  },
) => Promise<void> | void;

/** A reliable session as its initiator has it. */
export interface ReliableExchange<Transaction = unknown> extends AsyncDisposable {
  /** This side's name for the session, under which it is in the store. */
  readonly key: string;
  /**
   * Sends a one-way message. Resolves when the message is durable: from then on it arrives, whatever dies here.
   * @throws StoreError, ProtocolError when the sequence takes no more messages, UsageError
   */
  send(message: OutgoingMessage): Promise<Sent>;
  /**
   * Sends a request and resolves with its reply, which may be a fault.
   * @throws as {@link send}, and ProtocolError when the reply will never come
   */
  request(message: OutgoingMessage, options?: RequestOptions<Transaction>): Promise<IncomingMessage>;
  /**
   * Waits until everything is acknowledged and answered, closes and terminates the sequence, and forgets it.
   * @throws ProtocolError when the sequence ended in another way; TransportError `timed-out` when the peer does not
   *   answer for as long as `closeTimeout`: the session is then still in the store, to be resumed
   */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Stops without a word to the peer. The session stays in the store, to be resumed. */
  suspend(): void;
  /** How the session stands, for people. */
  status(): SessionStatus;
}

export interface SessionStatus {
  readonly state: Session['source']['kind'];
  /** Why the sequence is no more, if it is. */
  readonly ended?: EndReason;
  /** The wsrm:Identifier, once there is one. */
  readonly sequence?: string;
  readonly securityContext?: string;
  /** Messages that were submitted. */
  readonly submitted: bigint;
  /** Messages that are not settled yet. */
  readonly outstanding: bigint;
}

/** Begins a reliable session over an exchange. The sequence is created with the first message. */
export function reliableExchange<Transaction = unknown>(
  exchange: Exchange,
  config: ReliableExchangeConfig,
  collaborators: InitiatorCollaborators<Transaction>,
): ReliableExchange<Transaction> {
  return new Initiator(exchange, config, collaborators, undefined, undefined);
}

/**
 * Takes up the sessions with `config.address` that an earlier process left in the store: the same sequence, the same
 * token. What is unacknowledged is sent again.
 * @throws StoreError when the store cannot be read or a token is missing from it
 */
export async function resumeExchanges<Transaction = unknown>(
  exchange: Exchange,
  config: ReliableExchangeConfig,
  collaborators: InitiatorCollaborators<Transaction>,
  options: { readonly replies?: ReplyHandler<Transaction> } = {},
): Promise<readonly ReliableExchange<Transaction>[]> {
  const resumed: ReliableExchange<Transaction>[] = [];
  for await (const stored of collaborators.store.sessions()) {
    if (!stored.key.startsWith(KEY_PREFIX)) continue;
    const session = decodeSession(stored.state);
    if (session.role !== 'initiator' || session.address !== config.address) continue;
    await restoreToken(session, collaborators);
    resumed.push(new Initiator(exchange, config, collaborators, options.replies, { stored, session }));
  }
  return resumed;
}

/** Tells initiators' sessions from recipients' without decoding them. */
const KEY_PREFIX = 'initiator:';

async function restoreToken<Transaction>(
  session: Session,
  { store, sct }: InitiatorCollaborators<Transaction>,
): Promise<void> {
  const uuid = securityContextOf(session.binding);
  if (uuid === undefined || sct === undefined) return;
  const bytes = await store.token(uuid);
  if (bytes === undefined) {
    throw new StoreError('not-found', `The store has a session that is bound to the token ${uuid}, but not the token.`);
  }
  await sct.deserialize(bytes);
}

/** A caller that waits for a reply. */
interface Call<Transaction> {
  readonly messageId: string;
  readonly resolve: (reply: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
  readonly inTransaction: RequestOptions<Transaction>['inTransaction'];
}

interface Promised {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What lives beside the session and dies with the process. */
interface Extra<Transaction> {
  readonly outbound: Map<bigint, OutgoingMessage>;
  readonly inbound: Map<bigint, { readonly message: IncomingMessage; readonly request: bigint }>;
  readonly calls: Map<bigint, Call<Transaction>>;
  readonly acknowledgements: Map<bigint, Promised>;
  /** Replies outside of any sequence, until their step is committed. */
  readonly unsequenced: Map<bigint, IncomingMessage>;
  /** Faults outside of the sequence that may pass. */
  readonly strikes: Map<bigint, number>;
}

type Live<Transaction> = LiveSession<Transaction, Extra<Transaction>>;

/** Faults of a peer that cannot answer now count as its answer after this many. */
const MAX_STRIKES = 3;

class Initiator<Transaction> implements ReliableExchange<Transaction> {
  readonly key: string;
  readonly #exchange: Exchange;
  readonly #config: ReliableExchangeConfig;
  readonly #collaborators: InitiatorCollaborators<Transaction>;
  readonly #kind: 'token' | 'identity' | 'dangerouslyNone';
  readonly #replies: ReplyHandler<Transaction> | undefined;
  readonly #runner: SessionRunner<Transaction, Extra<Transaction>>;
  readonly #abort = new AbortController();
  readonly #ended: Promise<EndReason>;
  #end: (reason: EndReason) => void = () => {};
  #live: Live<Transaction> | undefined;
  #closing = false;
  #creating = false;
  #tokenAttempts = 0;
  #refusals = 0;
  #failure: unknown;
  #replying: Promise<void> = Promise.resolve();

  constructor(
    exchange: Exchange,
    config: ReliableExchangeConfig,
    collaborators: InitiatorCollaborators<Transaction>,
    replies: ReplyHandler<Transaction> | undefined,
    resumed: { readonly stored: StoredSession; readonly session: Session } | undefined,
  ) {
    this.#kind = bindingKind(config, collaborators.sct);
    this.#exchange = exchange;
    this.#config = config;
    this.#collaborators = collaborators;
    this.#replies = replies;
    this.key = resumed?.stored.key ?? `${KEY_PREFIX}${collaborators.random.uuid()}`;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { source, acknowledgementInterval, busyAcknowledgementInterval } = config;
    this.#runner = new SessionRunner<Transaction, Extra<Transaction>>(
      collaborators,
      {
        extra: () => ({
          outbound: new Map(),
          inbound: new Map(),
          calls: new Map(),
          acknowledgements: new Map(),
          unsequenced: new Map(),
          strikes: new Map(),
        }),
        identifiers: (live) => identifiersOf(live.session),
        perform: (live, effects) => this.#perform(live, effects),
        deliver: (live, number) => this.#deliver(live, number),
        reloaded: (live) => {
          live.extra.outbound.clear();
          live.extra.inbound.clear();
          live.extra.unsequenced.clear();
        },
        dropped: (live) => this.#dropped(live),
      },
      {
        deliverEarly: false,
        config: {
          source,
          destination: replyDestination,
          acknowledgementInterval,
          busyAcknowledgementInterval,
          maxKeptReplies: 1,
        },
      },
    );
    if (resumed !== undefined) {
      this.#live = this.#runner.adopt(resumed.stored, resumed.session);
    }
  }

  async send(message: OutgoingMessage): Promise<Sent> {
    const prepared = this.#prepare(message, NONE);
    let promised: Promised | undefined;
    const acknowledged = new Promise<void>((resolve, reject) => {
      promised = { resolve, reject };
    });
    // Whoever does not ask for it must not be hurt by it.
    acknowledged.catch(() => {});
    const number = await this.#submit(prepared, false, (live, assigned) => {
      if (promised !== undefined) live.extra.acknowledgements.set(assigned, promised);
    });
    return { messageNumber: number, acknowledged };
  }

  async request(message: OutgoingMessage, options: RequestOptions<Transaction> = {}): Promise<IncomingMessage> {
    const { signal, inTransaction, durable } = options;
    signal?.throwIfAborted();
    const prepared = this.#prepare(message, ANONYMOUS);
    const messageId = prepared.addressing.messageId ?? '';
    return new Promise<IncomingMessage>((resolve, reject) => {
      const abort = (): void => reject(signal?.reason);
      const done = (): void => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort, { once: true });
      const call: Call<Transaction> = {
        messageId,
        resolve: (reply) => {
          done();
          resolve(reply);
        },
        reject: (error) => {
          done();
          reject(error);
        },
        inTransaction,
      };
      this.#submit(prepared, true, (live, number) => live.extra.calls.set(number, call))
        .then((number) => durable?.(number))
        .catch(call.reject);
    });
  }

  async close({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#closing = true;
    const live = this.#live;
    if (live === undefined) {
      this.#runner.stop();
      return;
    }
    await this.#runner.step(live, [
      { to: 'source', input: { kind: 'close', jitter: this.#collaborators.random.fraction() } },
    ]);
    const reason = await this.#orTimeout(this.#ended, signal);
    this.#runner.stop();
    if (reason !== 'terminated') throw endingError(reason, this.#failure);
  }

  suspend(): void {
    if (this.#abort.signal.aborted) return;
    this.#closing = true;
    const error = new UsageError('closed', 'The session was suspended. It goes on when it is resumed.');
    const extra = this.#live?.extra;
    this.#runner.stop();
    this.#abort.abort(error);
    for (const each of [...(extra?.calls.values() ?? []), ...(extra?.acknowledgements.values() ?? [])]) {
      each.reject(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#abort.signal.aborted) await this.close();
  }

  status(): SessionStatus {
    const session = this.#live?.session;
    const source = session?.source;
    if (session === undefined || source === undefined || source.kind === 'none') {
      const ended = source?.kind === 'none' ? source.ended : undefined;
      return { state: 'none', submitted: 0n, outstanding: 0n, ...(ended === undefined ? {} : { ended }) };
    }
    const context = securityContextOf(session.binding);
    return {
      state: source.kind,
      submitted: source.nextNumber - 1n,
      outstanding: BigInt(source.window.length) + source.nextNumber - source.unsent,
      ...(source.kind === 'creating' ? {} : { sequence: source.identifier }),
      ...(context === undefined ? {} : { securityContext: context }),
    };
  }

  #prepare(message: OutgoingMessage, replyTo: string): OutgoingMessage {
    const { envelope, addressing } = message;
    if (envelope.version !== this.#config.soap) {
      throw new UsageError(
        'invalid-argument',
        `The message is of SOAP ${envelope.version}, and the session of SOAP ${this.#config.soap}.`,
      );
    }
    return {
      envelope,
      addressing: {
        ...addressing,
        to: addressing.to ?? this.#config.address,
        messageId: addressing.messageId ?? this.#urn(),
        replyTo: addressing.replyTo ?? endpointReference(replyTo),
      },
    };
  }

  async #submit(
    message: OutgoingMessage,
    request: boolean,
    register: (live: Live<Transaction>, number: bigint) => void,
  ): Promise<bigint> {
    if (this.#closing) throw new UsageError('closed', 'The session is closed. Begin another one.');
    const isNew = this.#live === undefined;
    this.#live ??= this.#begin();
    const live = this.#live;
    const jitter = this.#collaborators.random.fraction();
    const inputs: SessionInput[] = [{ to: 'source', input: { kind: 'submit', request, jitter } }];
    if (isNew) inputs.unshift({ to: 'source', input: { kind: 'create', jitter } });
    let number = 0n;
    const effects = await this.#runner.step(live, inputs, {
      bodies: (before, taken) => {
        if (refusalIn(taken) !== undefined) return [];
        number = before.source.kind === 'none' ? 1n : before.source.nextNumber;
        // What waits beyond the window is read from the store when its turn comes.
        const after = live.session.source;
        if (after.kind !== 'none' && after.unsent > number) live.extra.outbound.set(number, message);
        register(live, number);
        return [{ log: 'outbound', number, encode: () => encodeOutgoing({ message, request }) }];
      },
    });
    const refusal = refusalIn(effects);
    if (refusal === 'rollover') {
      throw new ProtocolError(
        'message-number-rollover',
        'The sequence has no message numbers left. Begin another one.',
      );
    }
    if (refusal === 'closed') throw new ProtocolError('sequence-closed', 'The sequence takes no more messages.');
    if (number === 0n) throw endingError(this.#endReason(live), this.#failure);
    return number;
  }

  #begin(): Live<Transaction> {
    const { address, soap, offer } = this.#config;
    const session = initiatorSession({
      address,
      soap,
      createId: this.#urn(),
      ...(offer ? { offer: this.#urn() } : {}),
      ...(this.#kind === 'dangerouslyNone' ? { binding: { kind: 'none' } } : {}),
    });
    return this.#runner.begin(this.key, session);
  }

  #perform(live: Live<Transaction>, effects: readonly SessionEffect[]): void {
    for (const { of, effect } of effects) {
      switch (of) {
        case 'source':
          this.#performSource(live, effect);
          break;
        case 'destination':
          if (effect.kind === 'respond') this.#background(this.#respond(live, effect.to, 'destination'));
          else if (effect.kind === 'fault') this.#background(this.#sendFault(live, effect.fault));
          break;
        case 'session':
          if (effect.kind === 'send-acknowledgement')
            this.#background(this.#sendBare(live, 'sequence-acknowledgement'));
          else if (effect.kind === 'answered') this.#answered(live, effect.request, effect.number);
          break;
      }
    }
  }

  #performSource(live: Live<Transaction>, effect: Extract<SessionEffect, { of: 'source' }>['effect']): void {
    switch (effect.kind) {
      case 'send-create':
        this.#background(this.#create(live));
        break;
      case 'transmit':
        this.#background(this.#transmit(live, effect.number, effect.attempt));
        break;
      case 'load':
        this.#background(this.#load(live, effect.lower, effect.limit));
        break;
      case 'send-close':
        this.#background(this.#sendEnding(live, 'close-sequence', effect.lastMessageNumber));
        break;
      case 'send-terminate':
        this.#background(this.#sendEnding(live, 'terminate-sequence', effect.lastMessageNumber));
        break;
      case 'send-ack-requested':
        this.#background(this.#sendBare(live, 'ack-requested'));
        break;
      case 'respond':
        this.#background(this.#respond(live, effect.to, 'source'));
        break;
      case 'fault':
        this.#background(this.#sendFault(live, effect.fault));
        break;
      case 'acknowledged':
        this.#acknowledged(live, effect.ranges);
        break;
      case 'discard':
        for (const number of numbers(effect.ranges)) live.extra.outbound.delete(number);
        break;
      case 'failed':
        this.#failed(live, effect.ranges);
        break;
      case 'ended':
        this.#collaborators.log({
          level: effect.reason === 'terminated' ? 'info' : 'warning',
          event: 'sequence-ended',
          details: { session: live.key, reason: effect.reason },
        });
        break;
      case 'not-taken':
      case 'closed':
        break;
    }
  }

  /** Creates the sequence: first the token, durable with the session, then CreateSequence (WS-RM 1.2 §3.4, §6.1). */
  async #create(live: Live<Transaction>): Promise<void> {
    // The clock repeats it; one that is still waiting for its answer is not doubled.
    if (this.#creating) return;
    this.#creating = true;
    try {
      if (live.session.binding === undefined) await this.#bind(live);
      const message = this.#createSequence(live);
      const answer = await this.#exchange(message, this.#abort.signal);
      if (answer !== undefined) await this.#processCreateResponse(live, answer);
    } catch (error) {
      await this.#createFailed(live, error);
    } finally {
      this.#creating = false;
    }
  }

  async #bind(live: Live<Transaction>): Promise<void> {
    const { sct } = this.#collaborators;
    if (sct === undefined) return;
    const uuid = await sct.getUuid(this.#config.address, this.#abort.signal);
    const bytes = await sct.serialize(uuid);
    const binding =
      this.#kind === 'token' ? ({ kind: 'token', uuid } as const) : ({ kind: 'identity', context: uuid } as const);
    await this.#runner.step(live, [{ to: 'session', kind: 'bound', binding }], {
      changes: [{ kind: 'put-token', uuid, bytes }],
    });
  }

  #createSequence(live: Live<Transaction>): OutgoingMessage {
    const { session } = live;
    const { sct } = this.#collaborators;
    const { codec, expires, address } = this.#config;
    const style = this.#style(live);
    const anonymous = endpointReference(ANONYMOUS);
    const reference =
      session.binding?.kind === 'token' && sct !== undefined ? sct.reference(session.binding.uuid) : undefined;
    const lifetime = expires === 0 ? {} : { expires };
    const offer =
      session.offer === undefined
        ? {}
        : {
            offer: {
              identifier: session.offer,
              endpoint: anonymous,
              incompleteSequenceBehavior: 'NoDiscard' as const,
              ...lifetime,
            },
          };
    return protocolRequest(
      {
        kind: 'create-sequence',
        value: {
          acksTo: anonymous,
          ...lifetime,
          ...offer,
          ...(reference === undefined ? {} : { securityTokenReference: reference }),
        },
      },
      {
        to: address,
        messageId: session.createId,
        headers: reference === undefined ? [] : [codec.writeUsesSequenceStr(session.soap)],
      },
      style,
    );
  }

  async #processCreateResponse(live: Live<Transaction>, answer: IncomingMessage): Promise<void> {
    const content = readContent(answer, this.#config.codec);
    const { session } = live;
    const isProven = this.#isProven(live, answer, content);
    if (content.fault !== undefined) {
      await this.#createRefused(live, content.fault, content.rmFault?.busy === true, isProven);
      return;
    }
    if (!isProven || content.body?.kind !== 'create-sequence-response') {
      this.#warn(live, 'create-answer-ignored', answer);
      return;
    }
    const { identifier, expires, accept } = content.body.value;
    const jitter = this.#collaborators.random.fraction();
    if (accept !== undefined && session.offer === undefined) {
      await this.#runner.step(live, [{ to: 'source', input: { kind: 'end', reason: 'violated' } }]);
      return;
    }
    const inputs: SessionInput[] = [];
    if (this.#kind === 'identity' && securityContextOf(session.binding) === undefined) {
      const identity = commonSigner(answer, rmBlocks(content.headers))?.identity;
      if (identity === undefined) return;
      inputs.push({ to: 'session', kind: 'bound', binding: { kind: 'identity', identity } });
    }
    inputs.push({
      to: 'session',
      kind: 'created',
      identifier,
      accepted: accept !== undefined,
      jitter,
      ...(expires === undefined ? {} : { expires }),
    });
    // Acknowledgements that ride on the response are about this sequence and say nothing yet.
    await this.#runner.step(live, inputs);
    this.#tokenAttempts = 0;
    this.#refusals = 0;
  }

  async #createFailed(live: Live<Transaction>, error: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#failure = error;
    this.#collaborators.log({
      level: 'warning',
      event: 'create-sequence-failed',
      error,
      details: { session: live.key },
    });
    const fault = error instanceof ProtocolError ? error.fault : undefined;
    if (fault !== undefined) await this.#createRefused(live, fault, false, false);
  }

  async #createRefused(live: Live<Transaction>, fault: SoapFault, busy: boolean, isProven: boolean): Promise<void> {
    this.#failure = new ProtocolError('fault-received', `The peer answered CreateSequence with "${fault.reason}".`, {
      fault,
    });
    this.#collaborators.log({
      level: 'warning',
      event: 'create-sequence-refused',
      error: this.#failure,
      details: { session: live.key, reason: fault.reason, code: fault.subcodes.at(-1)?.local ?? fault.code },
    });
    if (busy) return;
    if (isTokenFault(fault)) {
      await this.#replaceToken(live);
      return;
    }
    if (fault.code === 'Receiver' && fault.subcodes.length === 0) return;
    // Anybody can send a fault in clear, so one is no reason yet to give up.
    this.#refusals += 1;
    if (!isProven && this.#refusals < MAX_STRIKES) return;
    await this.#runner.step(live, [{ to: 'source', input: { kind: 'refused' } }]);
  }

  /** No sequence exists yet, so nothing durable is lost when another token takes the place of one that is refused. */
  async #replaceToken(live: Live<Transaction>): Promise<void> {
    const { sct } = this.#collaborators;
    const uuid = securityContextOf(live.session.binding);
    this.#tokenAttempts += 1;
    if (sct === undefined || uuid === undefined || this.#tokenAttempts >= this.#config.maxTokenAttempts) {
      await this.#runner.step(live, [{ to: 'source', input: { kind: 'refused' } }]);
      return;
    }
    await sct.forget?.(uuid);
    await this.#runner.step(
      live,
      [
        {
          to: 'session',
          kind: 'unbound',
          createId: this.#urn(),
          ...(this.#config.offer ? { offer: this.#urn() } : {}),
        },
      ],
      { changes: [{ kind: 'remove-token', uuid }] },
    );
    this.#creating = false;
    await this.#create(live);
  }

  async #transmit(live: Live<Transaction>, number: bigint, attempt: number): Promise<void> {
    const message = await this.#outbound(live, number);
    const { source } = live.session;
    if (message === undefined || source.kind === 'none' || source.kind === 'creating') return;
    if (!source.window.some((each) => each.number === number)) return;
    const asks = attempt > 1 || this.#config.requestAcknowledgements === 'always';
    const riders: Riders = {
      sequence: { identifier: source.identifier, messageNumber: number },
      ...this.#acknowledgement(live, false),
      ...(asks ? { ackRequested: source.identifier } : {}),
    };
    await this.#converse(live, withRiders(message, riders, this.#style(live)), number);
  }

  async #outbound(live: Live<Transaction>, number: bigint): Promise<OutgoingMessage | undefined> {
    const known = live.extra.outbound.get(number);
    if (known !== undefined) return known;
    const stored = await this.#collaborators.store.message(live.key, 'outbound', number);
    if (stored === undefined) return undefined;
    const { message } = decodeOutgoing(stored.bytes);
    live.extra.outbound.set(number, message);
    return message;
  }

  async #load(live: Live<Transaction>, lower: bigint, limit: number): Promise<void> {
    const { store, random, scheduler } = this.#collaborators;
    try {
      const stored = await store.messages(live.key, 'outbound', lower, limit);
      const messages = stored.map(({ number, bytes }) => {
        const { message, request } = decodeOutgoing(bytes);
        live.extra.outbound.set(number, message);
        return { number, request };
      });
      await this.#runner.step(live, [{ to: 'source', input: { kind: 'loaded', messages, jitter: random.fraction() } }]);
    } catch (error) {
      this.#collaborators.log({ level: 'error', event: 'messages-not-loaded', error, details: { session: live.key } });
      scheduler.after(1_000, () => {
        if (!live.gone) this.#background(this.#load(live, lower, limit));
      });
    }
  }

  async #sendEnding(
    live: Live<Transaction>,
    kind: 'close-sequence' | 'terminate-sequence',
    lastMessageNumber: bigint | undefined,
  ): Promise<void> {
    const { source } = live.session;
    if (source.kind === 'none' || source.kind === 'creating') return;
    const body: RmBody = {
      kind,
      value: { identifier: source.identifier, ...(lastMessageNumber === undefined ? {} : { lastMessageNumber }) },
    };
    // The replies' sequence ends with that of the requests, and this is its last acknowledgement (WCF-M-13, -14).
    const riders = this.#acknowledgement(live, true);
    const messageId = this.#urn();
    const message = protocolRequest(body, { to: this.#config.address, messageId, riders }, this.#style(live));
    await this.#converse(live, message, undefined);
  }

  async #sendBare(live: Live<Transaction>, kind: 'sequence-acknowledgement' | 'ack-requested'): Promise<void> {
    const { source } = live.session;
    if (source.kind === 'none' || source.kind === 'creating') return;
    const riders: Riders = {
      ...this.#acknowledgement(live, false),
      ...(kind === 'ack-requested' ? { ackRequested: source.identifier } : {}),
    };
    if (riders.acknowledgement === undefined && riders.ackRequested === undefined) return;
    const message = bareRequest(kind, { to: this.#config.address, messageId: this.#urn(), riders }, this.#style(live));
    await this.#converse(live, message, undefined);
  }

  async #respond(live: Live<Transaction>, to: 'close' | 'terminate', side: 'source' | 'destination'): Promise<void> {
    const state = live.session[side];
    const identifier =
      side === 'destination'
        ? live.session.offer
        : state.kind === 'none' || state.kind === 'creating'
          ? undefined
          : state.identifier;
    if (identifier === undefined) return;
    const kind = to === 'close' ? 'close-sequence-response' : 'terminate-sequence-response';
    const message = protocolResponse({ kind, value: { identifier } }, { action: '' }, {}, this.#style(live));
    const addressing = { ...message.addressing, to: this.#config.address, messageId: this.#urn() };
    await this.#exchange({ ...message, addressing }, this.#abort.signal);
  }

  async #sendFault(live: Live<Transaction>, fault: RmFault): Promise<void> {
    const style = this.#style(live);
    this.#collaborators.log({
      level: 'warning',
      event: 'fault-sent',
      details: { session: live.key, code: fault.code },
    });
    const message = faultResponse(
      writeRmFault(fault, style.codec, style.soap),
      { action: '' },
      { action: 'fault' },
      style,
    );
    const addressing = { ...message.addressing, to: this.#config.address, messageId: this.#urn() };
    await this.#exchange({ ...message, addressing }, this.#abort.signal);
  }

  /** Sends a message, and takes what comes back, whatever it is about. */
  async #converse(live: Live<Transaction>, message: OutgoingMessage, number: bigint | undefined): Promise<void> {
    const answer = await this.#exchange(message, this.#abort.signal);
    if (answer === undefined || live.gone) return;
    await this.#receive(live, answer, number, message.addressing.messageId);
  }

  async #receive(
    live: Live<Transaction>,
    message: IncomingMessage,
    number: bigint | undefined,
    messageId: string | undefined,
  ): Promise<void> {
    const content = readContent(message, this.#config.codec);
    if (!this.#isProven(live, message, content)) {
      this.#warn(live, content.fault === undefined ? 'answer-not-proven' : 'fault-in-clear', message);
      return;
    }
    const inputs: SessionInput[] = [{ to: 'session', kind: 'heard' }];
    const jitter = this.#collaborators.random.fraction();
    const { source } = live.session;
    const own = source.kind === 'none' || source.kind === 'creating' ? undefined : source.identifier;
    for (const { value } of content.headers.acknowledgements) {
      if (value.identifier === own) {
        inputs.push({ to: 'source', input: { kind: 'acknowledgement', acknowledgement: value, jitter } });
      } else this.#warn(live, 'unknown-sequence', message);
    }
    for (const { value } of content.headers.ackRequests) {
      if (value.identifier === live.session.offer) inputs.push({ to: 'destination', input: { kind: 'ack-requested' } });
    }
    inputs.push(...this.#aboutFault(live, content, own), ...this.#aboutBody(live, content, own, jitter));
    const bodies: Body[] = [];
    const application: ((transaction: Transaction) => void)[] = [];
    const request = this.#requestOf(live, message, content, number, messageId);
    if (request !== undefined) this.#reply(live, message, content, request, inputs, bodies, application);
    await this.#runner.step(live, inputs, {
      ...(application.length === 0 ? {} : { application }),
      ...(bodies.length === 0
        ? {}
        : {
            bodies: (_before, effects) =>
              bodies.filter(({ number: accepted }) =>
                effects.some(
                  ({ of, effect }) => of === 'destination' && effect.kind === 'accept' && effect.number === accepted,
                ),
              ),
          }),
    });
  }

  /** The number of the request that the message is the reply to, if it is one. */
  #requestOf(
    live: Live<Transaction>,
    message: IncomingMessage,
    content: RmContent,
    number: bigint | undefined,
    messageId: string | undefined,
  ): bigint | undefined {
    const { source } = live.session;
    if (number === undefined || source.kind === 'none') return undefined;
    if (content.body !== undefined || content.rmFault !== undefined) return undefined;
    const { headers, fault } = content;
    if (headers.sequence !== undefined && headers.sequence.value.identifier !== live.session.offer) {
      this.#warn(live, 'unknown-sequence', message);
      return undefined;
    }
    const relations = message.addressing.relatesTo ?? [];
    const relates = relations.some((relation) => relation.messageId === messageId);
    if (relations.length > 0 && !relates) return undefined;
    if (headers.sequence !== undefined) return number;
    const { actions } = this.#config.codec;
    if (Object.values(actions).some((action) => action === message.addressing.action)) return undefined;
    const isAwaited = source.window.some((each) => each.number === number && each.request);
    if (!isAwaited) return undefined;
    return fault === undefined || this.#isAnswer(live, fault, number) ? number : undefined;
  }

  /** A fault outside of the sequence may be the answer (gSOAP), or may come from what stands before the application. */
  #isAnswer(live: Live<Transaction>, fault: SoapFault, number: bigint): boolean {
    if (isTokenFault(fault)) return false;
    const mayPass = fault.code === 'Receiver' && fault.subcodes.length === 0 && fault.detail.length === 0;
    if (!mayPass) return true;
    const strikes = (live.extra.strikes.get(number) ?? 0) + 1;
    live.extra.strikes.set(number, strikes);
    return strikes >= MAX_STRIKES;
  }

  #reply(
    live: Live<Transaction>,
    message: IncomingMessage,
    content: RmContent,
    request: bigint,
    inputs: SessionInput[],
    bodies: Body[],
    application: ((transaction: Transaction) => void)[],
  ): void {
    const call = live.extra.calls.get(request);
    const number = content.headers.sequence?.value.messageNumber;
    inputs.push({ to: 'session', kind: 'reply', request, ...(number === undefined ? {} : { number }) });
    if (number === undefined) {
      live.extra.unsequenced.set(request, message);
    } else {
      live.extra.inbound.set(number, { message, request });
      bodies.push({ log: 'inbound', number, encode: () => encodeIncoming({ message, request }) });
    }
    const { source } = live.session;
    const isFirst = source.kind !== 'none' && source.window.some((each) => each.number === request);
    const write = call?.inTransaction;
    if (call === undefined || write === undefined || !isFirst) return;
    if (number !== undefined) inputs.push({ to: 'session', kind: 'dealt-with', number, hasReply: false });
    application.push((transaction) => {
      try {
        write(message, transaction);
      } catch (error) {
        // The reply comes again; without this caller it is left for those who resume.
        live.extra.calls.delete(request);
        call.reject(error);
        throw error;
      }
    });
  }

  #aboutFault(live: Live<Transaction>, content: RmContent, own: string | undefined): SessionInput[] {
    const { rmFault } = content;
    if (rmFault === undefined) return [];
    const { code, identifier } = rmFault;
    this.#failure = new ProtocolError('fault-received', `The peer answered with "${content.fault?.reason ?? code}".`, {
      ...(content.fault === undefined ? {} : { fault: content.fault }),
    });
    this.#collaborators.log({
      level: 'warning',
      event: 'rm-fault-received',
      details: { session: live.key, code, sequence: identifier ?? '' },
    });
    if (identifier !== undefined && identifier !== own) {
      if (identifier !== live.session.offer) return [];
      switch (code) {
        case 'SequenceTerminated':
          return [{ to: 'destination', input: { kind: 'fault', code: 'terminated' } }];
        case 'UnknownSequence':
          return [{ to: 'destination', input: { kind: 'fault', code: 'unknown' } }];
        default:
          return [{ to: 'destination', input: { kind: 'fault', code: 'invalid-acknowledgement' } }];
      }
    }
    switch (code) {
      case 'SequenceTerminated':
        return [{ to: 'source', input: { kind: 'fault', code: 'terminated' } }];
      case 'UnknownSequence':
        return [{ to: 'source', input: { kind: 'fault', code: 'unknown' } }];
      case 'SequenceClosed':
        return [{ to: 'source', input: { kind: 'fault', code: 'closed' } }];
      case 'MessageNumberRollover':
        return [{ to: 'source', input: { kind: 'fault', code: 'rollover' } }];
      case 'InvalidAcknowledgement':
      case 'CreateSequenceRefused':
      case 'WSRMRequired':
        return [];
    }
  }

  #aboutBody(live: Live<Transaction>, { body }: RmContent, own: string | undefined, jitter: number): SessionInput[] {
    if (body === undefined || body.kind === 'create-sequence' || body.kind === 'create-sequence-response') return [];
    const { value } = body;
    if (value.identifier === own) {
      switch (body.kind) {
        case 'close-sequence':
          return [{ to: 'source', input: { kind: 'close-by-destination' } }];
        case 'close-sequence-response':
          return [{ to: 'source', input: { kind: 'close-response', jitter } }];
        case 'terminate-sequence':
          return [{ to: 'source', input: { kind: 'terminate-by-destination' } }];
        case 'terminate-sequence-response':
          return [{ to: 'source', input: { kind: 'terminate-response' } }];
      }
    }
    if (value.identifier !== live.session.offer) return [];
    switch (body.kind) {
      case 'close-sequence': {
        const { lastMessageNumber } = body.value;
        return [
          {
            to: 'destination',
            input: { kind: 'close', ...(lastMessageNumber === undefined ? {} : { lastMessageNumber }) },
          },
        ];
      }
      case 'terminate-sequence': {
        const { lastMessageNumber } = body.value;
        return [
          {
            to: 'destination',
            input: { kind: 'terminate', ...(lastMessageNumber === undefined ? {} : { lastMessageNumber }) },
          },
        ];
      }
      case 'close-sequence-response':
        return [{ to: 'destination', input: { kind: 'close-response' } }];
      case 'terminate-sequence-response':
        return [{ to: 'destination', input: { kind: 'terminate-response' } }];
    }
  }

  /** Gives a reply to its caller; without one, to whoever takes such replies. */
  #deliver(live: Live<Transaction>, number: bigint): void {
    const known = live.extra.inbound.get(number);
    const call = known === undefined ? undefined : live.extra.calls.get(known.request);
    if (known !== undefined && call !== undefined) {
      live.extra.calls.delete(known.request);
      live.extra.inbound.delete(number);
      call.resolve(known.message);
      // That it is dealt with need not be durable at once: a crash only makes it a reply without a caller.
      this.#background(this.#runner.step(live, [{ to: 'session', kind: 'dealt-with', number, hasReply: false }]));
      return;
    }
    const handler = this.#replies;
    if (handler === undefined) return;
    this.#replying = this.#replying.then(() => this.#deliverToHandler(live, number, handler));
  }

  async #deliverToHandler(live: Live<Transaction>, number: bigint, handler: ReplyHandler<Transaction>): Promise<void> {
    for (let attempt = 1; !live.gone; attempt++) {
      try {
        const { message, request = 0n } =
          live.extra.inbound.get(number) ?? (await this.#storedReply(live, number)) ?? {};
        if (message === undefined) return;
        const requestId = message.addressing.relatesTo?.[0]?.messageId;
        const application: ((transaction: Transaction) => void)[] = [];
        await handler(message, {
          session: live.key,
          sequence: live.session.offer ?? '',
          messageNumber: number,
          attempt,
          request,
          inTransaction: (write) => application.push(write),
          ...(requestId === undefined ? {} : { requestId }),
          ...contextOf(live.session),
        });
        await this.#runner.step(live, [{ to: 'session', kind: 'dealt-with', number, hasReply: false }], {
          changes: [],
          application,
        });
        live.extra.inbound.delete(number);
        return;
      } catch (error) {
        this.#collaborators.log({
          level: 'error',
          event: 'reply-not-taken',
          error,
          details: { session: live.key, number: String(number), attempt },
        });
        await new Promise<void>((resolve) => {
          this.#collaborators.scheduler.after(Math.min(30_000, 100 * 2 ** Math.min(10, attempt)), resolve);
        });
      }
    }
  }

  async #storedReply(
    live: Live<Transaction>,
    number: bigint,
  ): Promise<{ readonly message: IncomingMessage; readonly request?: bigint } | undefined> {
    const stored = await this.#collaborators.store.message(live.key, 'inbound', number);
    return stored === undefined ? undefined : decodeIncoming(stored.bytes);
  }

  /** The reply came outside of any sequence; one in a sequence is given out when it is delivered. */
  #answered(live: Live<Transaction>, request: bigint, number: bigint | undefined): void {
    live.extra.strikes.delete(request);
    if (number !== undefined) return;
    const message = live.extra.unsequenced.get(request);
    live.extra.unsequenced.delete(request);
    const call = live.extra.calls.get(request);
    live.extra.calls.delete(request);
    if (message !== undefined) call?.resolve(message);
  }

  #acknowledged(live: Live<Transaction>, ranges: Parameters<typeof numbers>[0]): void {
    for (const number of numbers(ranges)) {
      live.extra.acknowledgements.get(number)?.resolve();
      live.extra.acknowledgements.delete(number);
    }
  }

  #failed(live: Live<Transaction>, ranges: Parameters<typeof numbers>[0]): void {
    const { source } = live.session;
    const error =
      source.kind === 'none' && source.ended !== undefined
        ? endingError(source.ended, this.#failure)
        : source.kind === 'closed' || source.kind === 'terminating'
          ? new ProtocolError('sequence-closed', 'The peer closed the sequence before it had taken the message.', {
              cause: this.#failure,
            })
          : new ProtocolError('delivery-failed', 'The message was acknowledged, but its reply never came.');
    for (const number of numbers(ranges)) {
      live.extra.acknowledgements.get(number)?.reject(error);
      live.extra.acknowledgements.delete(number);
      live.extra.calls.get(number)?.reject(error);
      live.extra.calls.delete(number);
    }
  }

  #dropped(live: Live<Transaction>): void {
    if (!isOver(live.session)) {
      // Its first commit failed, so there never was a session.
      this.#live = undefined;
      return;
    }
    const reason = this.#endReason(live);
    for (const call of live.extra.calls.values()) call.reject(endingError(reason, this.#failure));
    live.extra.calls.clear();
    const uuid = securityContextOf(live.session.binding);
    const forgotten = uuid === undefined ? Promise.resolve() : this.#forgetToken(uuid);
    forgotten
      .catch((error: unknown) => {
        this.#collaborators.log({
          level: 'warning',
          event: 'token-not-removed',
          error,
          details: { session: live.key },
        });
      })
      .finally(() => this.#end(reason));
  }

  /** A token that another session is bound to as well stays in the store. */
  async #forgetToken(uuid: string): Promise<void> {
    const { store } = this.#collaborators;
    for await (const { key, state } of store.sessions()) {
      if (key.startsWith(KEY_PREFIX) && securityContextOf(decodeSession(state).binding) === uuid) return;
    }
    const change: StoreChange<Transaction> = { kind: 'remove-token', uuid };
    await store.commit([change]);
  }

  #endReason(live: Live<Transaction>): EndReason {
    const { source } = live.session;
    return (source.kind === 'none' ? source.ended : undefined) ?? 'terminated';
  }

  #acknowledgement(live: Live<Transaction>, final: boolean): { readonly acknowledgement?: SequenceAcknowledgement } {
    const { destination } = live.committed;
    if (destination.kind === 'none' || (destination.received.length === 0 && !final)) return {};
    const { identifier, received } = destination;
    return { acknowledgement: { identifier, ranges: received, final, nacks: [] } };
  }

  #style(live: Live<Transaction>): Style {
    const { session } = live;
    return { codec: this.#config.codec, soap: session.soap, securityContext: securityContextOf(session.binding) };
  }

  #isProven(live: Live<Transaction>, message: IncomingMessage, content: RmContent): boolean {
    const { binding } = live.session;
    try {
      // Before the first answer an identity is not known yet, and any that signed all of it will do.
      if (binding === undefined) return commonSigner(message, rmBlocks(content.headers)) !== undefined;
      assertBound(message, binding, rmBlocks(content.headers));
      return true;
    } catch (error) {
      this.#collaborators.log({
        level: 'warning',
        event: 'binding-violated',
        error,
        details: { session: live.key, action: message.addressing.action },
      });
      return false;
    }
  }

  #warn(live: Live<Transaction>, event: string, message: IncomingMessage): void {
    this.#collaborators.log({
      level: 'warning',
      event,
      details: { session: live.key, action: message.addressing.action },
    });
  }

  /** What is sent is repeated by the clock, so a failure is only told. */
  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.#collaborators.log({ level: 'warning', event: 'exchange-failed', error, details: { session: this.key } });
    });
  }

  #orTimeout<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const { closeTimeout } = this.#config;
      const cancel = this.#collaborators.scheduler.after(closeTimeout, () => {
        const text = `The peer did not confirm the end of the session within ${closeTimeout} ms. It is kept in the store, to be resumed.`;
        reject(new TransportError('timed-out', text, { cause: this.#failure }));
      });
      const either = AbortSignal.any(signal === undefined ? [this.#abort.signal] : [signal, this.#abort.signal]);
      const abort = (): void => reject(either.reason);
      either.addEventListener('abort', abort, { once: true });
      promise.then(resolve, reject).finally(() => {
        cancel();
        either.removeEventListener('abort', abort);
      });
      if (either.aborted) abort();
    });
  }

  #urn(): string {
    return `urn:uuid:${this.#collaborators.random.uuid()}`;
  }
}

/** Replies belong each to its own request, so their order does not matter; the requests' window bounds them. */
const replyDestination: DestinationConfig = { ...defaultDestinationConfig, order: 'any', inactivityTimeout: 0 };

const securityNamespaces = [
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512',
  'http://schemas.xmlsoap.org/ws/2005/02/sc',
  'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
  'http://schemas.xmlsoap.org/ws/2005/02/trust',
];

/** Whether the peer does not accept the token (wsc:BadContextToken, wsse:FailedAuthentication …). */
function isTokenFault(fault: SoapFault): boolean {
  return fault.subcodes.some(({ namespace }) => securityNamespaces.includes(namespace));
}

function refusalIn(effects: readonly SessionEffect[]): 'rollover' | 'closed' | 'ended' | undefined {
  for (const { of, effect } of effects) if (of === 'source' && effect.kind === 'not-taken') return effect.because;
  return undefined;
}

function contextOf(session: Session): { readonly securityContext?: string } {
  const securityContext = securityContextOf(session.binding);
  return securityContext === undefined ? {} : { securityContext };
}
