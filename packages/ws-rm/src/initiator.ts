import {
  ANONYMOUS,
  type Exchange,
  endpointReference,
  type IncomingMessage,
  NONE,
  type OutgoingMessage,
  ProtocolError,
  TransportError,
  UsageError,
} from '@holdfast/soap';
import { Answers } from './answers.js';
import { securityContextOf } from './binding.js';
import { type DestinationConfig, defaultDestinationConfig } from './config.js';
import { endingError, takenElsewhere } from './endings.js';
import { hold } from './held-sessions.js';
import { bindingKind, type ReliableExchangeConfig } from './initiator-config.js';
import {
  type Call,
  freshUrn,
  INITIATOR_KEY_PREFIX,
  type InitiatorContext,
  type InitiatorExtra,
  type InitiatorLive,
  initiatorExtra,
} from './initiator-session.js';
import { encodeOutgoing } from './message-codec.js';
import { contains, numbers, type Ranges } from './ranges.js';
import type {
  InitiatorCollaborators,
  ReliableExchange,
  ReplyHandler,
  RequestOptions,
  Sent,
  SessionStatus,
} from './reliable-exchange.js';
import { ReplyDelivery } from './reply-delivery.js';
import { SequenceCreation } from './sequence-creation.js';
import type { SessionEffect, SessionInput } from './session.js';
import { decodeSession } from './session-codec.js';
import { SessionRunner } from './session-runner.js';
import { identifiersOf, initiatorSession, isOver, type Session } from './session-state.js';
import type { EndReason } from './source-state.js';
import type { StoredSession } from './store.js';
import { Transmission } from './transmission.js';

/** The shell of one initiator's session: what callers ask for goes in as inputs, and effects are performed. */
export class Initiator<Transaction> implements ReliableExchange<Transaction> {
  readonly key: string;
  readonly #context: InitiatorContext<Transaction>;
  readonly #creation: SequenceCreation<Transaction>;
  readonly #transmission: Transmission<Transaction>;
  readonly #replies: ReplyDelivery<Transaction>;
  readonly #abort = new AbortController();
  readonly #ended: Promise<EndReason>;
  /** Lets others in this process take up the session. */
  readonly #release: () => void;
  #end: (reason: EndReason) => void = () => {};
  #live: InitiatorLive<Transaction> | undefined;
  #closing = false;

  constructor(
    exchange: Exchange,
    config: ReliableExchangeConfig,
    collaborators: InitiatorCollaborators<Transaction>,
    options: {
      readonly replies?: ReplyHandler<Transaction>;
      readonly resumed?: { readonly stored: StoredSession; readonly session: Session };
    },
  ) {
    const { resumed } = options;
    const kind = bindingKind(config, collaborators.sct);
    this.key = resumed?.stored.key ?? `${INITIATOR_KEY_PREFIX}${collaborators.random.uuid()}`;
    this.#release = hold(collaborators.store, this.key);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const runner = this.#runner(config, collaborators);
    this.#context = {
      config,
      collaborators,
      kind,
      runner,
      exchange,
      signal: this.#abort.signal,
      failure: undefined,
    };
    const answers = new Answers(this.#context);
    this.#creation = new SequenceCreation(this.#context);
    this.#transmission = new Transmission(this.#context, (live, answer, sent) => answers.take(live, answer, sent));
    this.#replies = new ReplyDelivery(this.#context, options.replies);
    if (resumed !== undefined) this.#live = runner.adopt(resumed.stored, resumed.session);
  }

  async send(message: OutgoingMessage): Promise<Sent> {
    const prepared = this.#prepare(message, NONE);
    let register: Register<Transaction> = () => () => {};
    const acknowledged = new Promise<void>((resolve, reject) => {
      register = ({ extra }, number) => registered(extra.acknowledgements, number, { resolve, reject });
    });
    // Whoever does not ask for it must not be hurt by it.
    acknowledged.catch(() => {});
    const messageNumber = await this.#submit(prepared, false, register);
    return { messageNumber, acknowledged };
  }

  async request(message: OutgoingMessage, options: RequestOptions<Transaction> = {}): Promise<IncomingMessage> {
    const { signal, inTransaction, durable } = options;
    signal?.throwIfAborted();
    const prepared = this.#prepare(message, ANONYMOUS);
    return new Promise<IncomingMessage>((resolve, reject) => {
      const abort = (): void => reject(signal?.reason);
      const done = (): void => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort, { once: true });
      const call: Call<Transaction> = {
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
      this.#submit(prepared, true, ({ extra }, number) => registered(extra.calls, number, call))
        .then((number) => durable?.(number))
        .catch(call.reject);
    });
  }

  async close({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#abort.signal.throwIfAborted();
    this.#closing = true;
    const { runner, collaborators } = this.#context;
    const live = this.#live;
    if (live !== undefined) {
      const jitter = collaborators.random.fraction();
      await runner.step(live, [{ to: 'source', input: { kind: 'close', jitter } }]);
      const reason = await this.#orTimeout(this.#ended, signal);
      runner.stop();
      this.#release();
      if (reason !== 'terminated') throw endingError(reason, this.#context.failure);
    }
    runner.stop();
    this.#release();
  }

  suspend(): void {
    this.#suspend(new UsageError('closed', 'The session was suspended. It goes on when it is resumed.'));
  }

  /** Nothing that is durable is lost for want of an answer: whoever waits is told, and the store keeps the rest. */
  #giveUpCreation(): void {
    const { collaborators, failure } = this.#context;
    const text =
      'CreateSequence was sent as often as maxCreateAttempts allows. The messages are kept; resume the session.';
    const error = new ProtocolError('delivery-failed', text, { cause: failure });
    collaborators.log({ level: 'error', event: 'create-sequence-given-up', error, details: { session: this.key } });
    this.#suspend(error);
  }

  #suspend(error: ProtocolError | UsageError): void {
    if (this.#abort.signal.aborted) return;
    this.#closing = true;
    const extra = this.#live?.extra;
    this.#context.runner.stop();
    this.#release();
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
    const { failure: cause } = this.#context;
    const failure = cause === undefined ? {} : { failure: cause };
    if (session === undefined || source === undefined || source.kind === 'none') {
      const ended = source?.kind === 'none' ? source.ended : undefined;
      return { state: 'none', submitted: 0n, outstanding: 0n, ...failure, ...(ended === undefined ? {} : { ended }) };
    }
    const securityContext = securityContextOf(session.binding);
    return {
      state: source.kind,
      submitted: source.nextNumber - 1n,
      outstanding: BigInt(source.window.length) + source.nextNumber - source.unsent,
      ...failure,
      ...(source.kind === 'creating' ? {} : { sequence: source.identifier }),
      ...(securityContext === undefined ? {} : { securityContext }),
    };
  }

  #runner(
    config: ReliableExchangeConfig,
    collaborators: InitiatorCollaborators<Transaction>,
  ): SessionRunner<Transaction, InitiatorExtra<Transaction>> {
    const { source, acknowledgementInterval, busyAcknowledgementInterval } = config;
    return new SessionRunner<Transaction, InitiatorExtra<Transaction>>(
      collaborators,
      {
        extra: initiatorExtra,
        identifiers: (live) => identifiersOf(live.session),
        perform: (live, effects) => this.#perform(live, effects),
        deliver: (live, number) => this.#replies.deliver(live, number),
        reloaded: (live) => this.#reloaded(live),
        dropped: (live) => this.#dropped(live),
      },
      {
        keyPrefix: INITIATOR_KEY_PREFIX,
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
  }

  /** What the message lacks: its MessageID stays the same however often it is sent (RSP-RM-1). */
  #prepare(message: OutgoingMessage, replyTo: string): OutgoingMessage {
    const { envelope, addressing } = message;
    const { soap, address } = this.#context.config;
    if (envelope.version !== soap) {
      throw new UsageError(
        'invalid-argument',
        `The message is of SOAP ${envelope.version}, and the session of SOAP ${soap}.`,
      );
    }
    return {
      envelope,
      addressing: {
        ...addressing,
        to: addressing.to ?? address,
        messageId: addressing.messageId ?? freshUrn(this.#context),
        replyTo: addressing.replyTo ?? endpointReference(replyTo),
      },
    };
  }

  async #submit(message: OutgoingMessage, request: boolean, register: Register<Transaction>): Promise<bigint> {
    if (this.#abort.signal.reason instanceof ProtocolError) throw this.#abort.signal.reason;
    if (this.#closing) throw new UsageError('closed', 'The session is closed. Begin another one.');
    // Before anything is done about it: it may be what XML cannot say.
    const bytes = encodeOutgoing({ message, request });
    const isNew = this.#live === undefined;
    this.#live ??= this.#begin();
    const live = this.#live;
    const jitter = this.#context.collaborators.random.fraction();
    const inputs: SessionInput[] = [{ to: 'source', input: { kind: 'submit', request, jitter } }];
    if (isNew) inputs.unshift({ to: 'source', input: { kind: 'create', jitter } });
    let number: bigint | undefined;
    let unregister = (): void => {};
    const effects = await this.#context.runner.step(live, inputs, {
      bodies: (before, taken) => {
        if (refusalIn(taken) !== undefined) return [];
        const assigned = before.source.kind === 'none' ? 1n : before.source.nextNumber;
        number = assigned;
        const after = live.session.source;
        // What waits beyond the window is read from the store when its turn comes.
        if (after.kind !== 'none' && after.unsent > assigned) live.extra.outbound.set(assigned, message);
        unregister = register(live, assigned);
        return [{ log: 'outbound', number: assigned, encode: () => bytes }];
      },
      undone: () => {
        unregister();
        number = undefined;
      },
    });
    if (number !== undefined) return number;
    switch (refusalIn(effects)) {
      case 'rollover':
        throw new ProtocolError('message-number-rollover', 'The sequence has no message numbers left. Begin another.');
      case 'closed':
        throw new ProtocolError('sequence-closed', 'The sequence takes no more messages. Begin another one.');
      default:
        throw endingError(endReason(live), this.#context.failure);
    }
  }

  #begin(): InitiatorLive<Transaction> {
    const { config, kind, runner } = this.#context;
    const { address, soap, offer } = config;
    const session = initiatorSession({
      address,
      soap,
      createId: freshUrn(this.#context),
      ...(offer ? { offer: freshUrn(this.#context) } : {}),
      ...(kind === 'dangerouslyNone' ? { binding: { kind: 'none' } } : {}),
    });
    return runner.begin(this.key, session);
  }

  #perform(live: InitiatorLive<Transaction>, effects: readonly SessionEffect[]): void {
    for (const { of, effect } of effects) {
      switch (of) {
        case 'source':
          this.#performSource(live, effect);
          break;
        case 'destination':
          if (effect.kind === 'respond')
            this.#background(this.#transmission.respond(live, effect.to, effect.identifier));
          else if (effect.kind === 'fault') this.#background(this.#transmission.sendFault(live, effect.fault));
          break;
        case 'session':
          if (effect.kind === 'send-acknowledgement') {
            this.#background(this.#transmission.sendBare(live, 'sequence-acknowledgement'));
          } else if (effect.kind === 'answered') {
            live.extra.strikes.delete(effect.request);
            if (effect.number === undefined) this.#replies.answered(live, effect.request);
          }
          break;
      }
    }
  }

  #performSource(
    live: InitiatorLive<Transaction>,
    effect: Extract<SessionEffect, { readonly of: 'source' }>['effect'],
  ): void {
    switch (effect.kind) {
      case 'create-given-up':
        this.#giveUpCreation();
        break;
      case 'send-create':
        this.#background(this.#creation.attempt(live));
        break;
      case 'transmit':
        this.#background(this.#transmission.transmit(live, effect.number, effect.attempt));
        break;
      case 'load':
        this.#background(this.#transmission.load(live, effect.lower, effect.limit));
        break;
      case 'send-close':
        this.#background(this.#transmission.sendEnding(live, 'close-sequence', effect.lastMessageNumber));
        break;
      case 'send-terminate':
        this.#background(this.#transmission.sendEnding(live, 'terminate-sequence', effect.lastMessageNumber));
        break;
      case 'send-ack-requested':
        this.#background(this.#transmission.sendBare(live, 'ack-requested'));
        break;
      case 'respond':
        this.#background(this.#transmission.respond(live, effect.to, effect.identifier));
        break;
      case 'fault':
        this.#background(this.#transmission.sendFault(live, effect.fault));
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
        this.#context.collaborators.log({
          level: effect.reason === 'terminated' ? 'info' : 'warning',
          event: 'sequence-ended',
          details: { session: live.key, reason: effect.reason },
        });
        this.#replies.abandon(live);
        break;
      case 'not-taken':
      case 'closed':
        break;
    }
  }

  #acknowledged({ extra }: InitiatorLive<Transaction>, ranges: Ranges): void {
    for (const number of numbers(ranges)) {
      extra.acknowledgements.get(number)?.resolve();
      extra.acknowledgements.delete(number);
    }
  }

  #failed(live: InitiatorLive<Transaction>, ranges: Ranges): void {
    const error = this.#failureOf(live.session);
    const { acknowledgements, calls } = live.extra;
    for (const number of numbers(ranges)) {
      acknowledgements.get(number)?.reject(error);
      acknowledgements.delete(number);
      calls.get(number)?.reject(error);
      calls.delete(number);
    }
  }

  #failureOf({ source }: Session): ProtocolError {
    const cause = this.#context.failure;
    if (source.kind === 'none' && source.ended !== undefined) return endingError(source.ended, cause);
    if (source.kind === 'closed' || source.kind === 'terminating') {
      const text = 'The peer closed the sequence before it had taken the message.';
      return new ProtocolError('sequence-closed', text, { cause });
    }
    return new ProtocolError('delivery-failed', 'The message was acknowledged, but its reply never came.', { cause });
  }

  /** What was not committed is forgotten; bodies are fetched from the store again. */
  #reloaded(live: InitiatorLive<Transaction>): void {
    const { outbound, inbound, unsequenced } = live.extra;
    outbound.clear();
    inbound.clear();
    unsequenced.clear();
    this.#settleElsewhere(live);
    // That the end is wanted need not have been durable yet, and whoever asked for it is still waiting.
    if (!this.#closing || this.#abort.signal.aborted) return;
    const { runner, collaborators } = this.#context;
    const jitter = collaborators.random.fraction();
    runner.step(live, [{ to: 'source', input: { kind: 'close', jitter } }]).catch(() => {});
  }

  /** Another process may have taken up the session and settled what callers here are waiting for. */
  #settleElsewhere(live: InitiatorLive<Transaction>): void {
    const { source } = live.session;
    const { acknowledgements, calls } = live.extra;
    if (source.kind === 'creating') return;
    for (const [number, { resolve }] of acknowledgements) {
      if (source.kind === 'none' || !contains(source.acknowledged, number)) continue;
      acknowledgements.delete(number);
      resolve();
    }
    const isOutstanding = (request: bigint): boolean =>
      source.kind !== 'none' && (request >= source.unsent || source.window.some(({ number }) => number === request));
    const settled = [...calls.keys()].filter((request) => !isOutstanding(request));
    if (settled.length > 0) void this.#replies.recover(live, settled);
  }

  /** The session has left the store by another process, or its first commit failed and there never was one. */
  #vanished(live: InitiatorLive<Transaction>): void {
    this.#live = undefined;
    const { acknowledgements, calls } = live.extra;
    const error = takenElsewhere('session');
    for (const { reject } of [...acknowledgements.values(), ...calls.values()]) reject(error);
    acknowledgements.clear();
    calls.clear();
    if (this.#closing) this.#end('terminated');
  }

  #dropped(live: InitiatorLive<Transaction>): void {
    if (!isOver(live.session)) {
      this.#vanished(live);
      return;
    }
    this.#release();
    const reason = endReason(live);
    for (const call of live.extra.calls.values()) call.reject(endingError(reason, this.#context.failure));
    live.extra.calls.clear();
    this.#forgetToken(securityContextOf(live.session.binding))
      .catch((error: unknown) => {
        const details = { session: live.key };
        this.#context.collaborators.log({ level: 'warning', event: 'token-not-removed', error, details });
      })
      .finally(() => this.#end(reason));
  }

  /** A token that another session is bound to as well stays in the store. */
  async #forgetToken(uuid: string | undefined): Promise<void> {
    if (uuid === undefined || this.#context.collaborators.sct === undefined) return;
    const { store } = this.#context.collaborators;
    for await (const { key, state } of store.sessions()) {
      if (key.startsWith(INITIATOR_KEY_PREFIX) && securityContextOf(decodeSession(state).binding) === uuid) return;
    }
    await store.commit([{ kind: 'remove-token', uuid }]);
  }

  /** What is sent is repeated by the clock, so a failure is only told. */
  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.#context.failure = error;
      const details = { session: this.key };
      this.#context.collaborators.log({ level: 'warning', event: 'exchange-failed', error, details });
    });
  }

  #orTimeout<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
    const { config, collaborators } = this.#context;
    const either = AbortSignal.any(signal === undefined ? [this.#abort.signal] : [signal, this.#abort.signal]);
    return new Promise((resolve, reject) => {
      const cancel = collaborators.scheduler.after(config.closeTimeout, () => {
        const text = `The peer did not confirm the end of the session within ${config.closeTimeout} ms. The session is kept in the store, to be resumed.`;
        reject(new TransportError('timed-out', text, { cause: this.#context.failure }));
      });
      const abort = (): void => reject(either.reason);
      either.addEventListener('abort', abort, { once: true });
      promise.then(resolve, reject).finally(() => {
        cancel();
        either.removeEventListener('abort', abort);
      });
      if (either.aborted) abort();
    });
  }
}

/** Replies belong each to its own request, so their order does not matter; the requests' window bounds them. */
const replyDestination: DestinationConfig = {
  ...defaultDestinationConfig,
  order: 'any',
  inactivityTimeout: 0,
  // Late ones that nobody takes must not keep those of this process away.
  maxHeld: Number.MAX_SAFE_INTEGER,
};

/** Puts a caller where the outcome of its message finds it. @returns what takes it away again */
type Register<Transaction> = (live: InitiatorLive<Transaction>, number: bigint) => () => void;

function registered<Caller>(callers: Map<bigint, Caller>, number: bigint, caller: Caller): () => void {
  callers.set(number, caller);
  return () => {
    if (callers.get(number) === caller) callers.delete(number);
  };
}

function refusalIn(effects: readonly SessionEffect[]): 'rollover' | 'closed' | 'ended' | undefined {
  for (const { of, effect } of effects) if (of === 'source' && effect.kind === 'not-taken') return effect.because;
  return undefined;
}

function endReason({ session }: { readonly session: Session }): EndReason {
  const { source } = session;
  return (source.kind === 'none' ? source.ended : undefined) ?? 'terminated';
}
