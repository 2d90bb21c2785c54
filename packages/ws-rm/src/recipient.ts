import { createHash } from 'node:crypto';
import {
  addressingFault,
  type Envelope,
  faultAddressing,
  faultEnvelope,
  type Handler,
  type IncomingMessage,
  InvalidMessageError,
  isAnonymous,
  isNone,
  type OutgoingMessage,
  receiverFault,
  replyAddressing,
  SecurityError,
  type SoapFault,
  wsa,
} from '@holdfast/soap';
import { assertBound, type Binding, securityContextOf } from './binding.js';
import { bareResponse, faultResponse, protocolResponse, type Riders, type Style, withRiders } from './compose.js';
import { defaultSourceConfig, type SourceConfig } from './config.js';
import { assertAcceptable, bindingOf, CreationRefused } from './creation.js';
import { type Delivery, type DeliveryHandler, FaultError } from './delivery.js';
import type { CreateSequence } from './elements/create-sequence.js';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import { type RmFault, writeRmFault } from './faults.js';
import { decodeIncoming, decodeOutgoing, encodeIncoming, encodeOutgoing } from './message-codec.js';
import { wsse } from './namespaces.js';
import { contains } from './ranges.js';
import { identifiersIn, type RmContent, readContent, rmBlocks } from './read-content.js';
import { assertReliableHandlerConfig, type ReliableHandlerConfig } from './recipient-config.js';
import { backoff } from './retransmission.js';
import type { SctApi } from './sct-api.js';
import {
  answerTo,
  identifiersOf,
  type KeptReply,
  recipientSession,
  type Session,
  type SessionEffect,
  type SessionInput,
} from './session.js';
import { decodeSession } from './session-codec.js';
import { type Collaborators, type LiveSession, SessionRunner } from './session-runner.js';

export interface RecipientCollaborators<Transaction = unknown> extends Collaborators<Transaction> {
  /** Resolves the SecurityTokenReferences of CreateSequence. Without it no sequence can be bound to a token. */
  readonly sct?: Pick<SctApi, 'resolve'>;
  /** Takes messages that are not part of any sequence. Without it they are refused with WSRMRequired. */
  readonly otherwise?: Handler;
  /** Hears of messages that the application did not take within its deliveries. They count as delivered then. */
  readonly onFailed?: (message: IncomingMessage, delivery: FailedDelivery) => void;
}

export interface FailedDelivery {
  readonly session: string;
  readonly sequence: string;
  readonly messageNumber: bigint;
  readonly error: unknown;
}

/** The recipient's side of reliable sessions. */
export interface ReliableHandler {
  /** To be put behind the security layer, or the server. */
  readonly handle: Handler;
  /**
   * Takes up the sessions that an earlier process left in the store: what was accepted and not delivered is delivered.
   * Sessions are also taken up one by one when a message about them comes.
   * @returns how many there are
   */
  resume(): Promise<number>;
  /** Ends the session of this token as far as memory and store go, for a token that was cancelled. */
  forgetContext(uuid: string): Promise<void>;
  /** Stops without a word to the peers. The sessions stay in the store. */
  stop(): void;
}

/** Puts reliable sessions before an application, as their recipient. */
export function reliableHandler<Transaction = unknown>(
  handler: DeliveryHandler<Transaction>,
  config: ReliableHandlerConfig,
  collaborators: RecipientCollaborators<Transaction>,
): ReliableHandler {
  assertReliableHandlerConfig(config);
  const recipient = new Recipient(handler, config, collaborators);
  return {
    handle: (message) => recipient.handle(message),
    resume: () => recipient.resume(),
    forgetContext: (uuid) => recipient.forgetContext(uuid),
    stop: () => recipient.stop(),
  };
}

const KEY_PREFIX = 'recipient:';

interface Extra {
  /** How the store finds the session by its CreateSequence. */
  readonly creation: string;
  readonly inbound: Map<bigint, IncomingMessage>;
  readonly outbound: Map<bigint, OutgoingMessage>;
  /** Requests that are kept open until the application is through with them. */
  readonly waiting: Map<bigint, () => void>;
  /** Messages that the application has in hand. */
  readonly handling: Set<bigint>;
  /** Messages that were to be delivered while the application had them in hand already. */
  readonly again: Set<bigint>;
  /** Deliveries that failed. */
  readonly failures: Map<bigint, number>;
}

type Live<Transaction> = LiveSession<Transaction, Extra>;

class Recipient<Transaction> {
  readonly #handler: DeliveryHandler<Transaction>;
  readonly #config: ReliableHandlerConfig;
  readonly #collaborators: RecipientCollaborators<Transaction>;
  readonly #runner: SessionRunner<Transaction, Extra>;
  /** CreateSequences under way, so that a repeated one finds the first. */
  readonly #creating = new Map<string, Promise<Live<Transaction>>>();
  /** Open sequences by identity. */
  readonly #open = new Map<string, number>();

  constructor(
    handler: DeliveryHandler<Transaction>,
    config: ReliableHandlerConfig,
    collaborators: RecipientCollaborators<Transaction>,
  ) {
    this.#handler = handler;
    this.#config = config;
    this.#collaborators = collaborators;
    this.#runner = new SessionRunner<Transaction, Extra>(
      collaborators,
      {
        extra: (session) => {
          this.#count(session, 1);
          return {
            creation: creationKey(session.binding, session.createId),
            inbound: new Map(),
            outbound: new Map(),
            waiting: new Map(),
            handling: new Set(),
            again: new Set(),
            failures: new Map(),
          };
        },
        identifiers: (live) => [...identifiersOf(live.session), live.extra.creation],
        perform: (live, effects) => this.#perform(live, effects),
        deliver: (live, number) => void this.#deliver(live, number),
        reloaded: (live) => {
          live.extra.inbound.clear();
          live.extra.outbound.clear();
          this.#releaseLost(live);
        },
        dropped: (live) => {
          this.#count(live.session, -1);
          for (const release of live.extra.waiting.values()) release();
        },
      },
      {
        deliverEarly: config.destination.assurance !== 'atMostOnce',
        config: {
          source: replySource,
          destination: config.destination,
          acknowledgementInterval: 0,
          busyAcknowledgementInterval: 0,
          maxKeptReplies: config.maxKeptReplies,
        },
      },
    );
  }

  async handle(message: IncomingMessage): Promise<OutgoingMessage | undefined> {
    const content = readContent(message, this.#config.codec);
    try {
      if (content.body?.kind === 'create-sequence') return await this.#create(message, content.body.value, content);
      const identifiers = identifiersIn(content);
      if (identifiers.length === 0) return await this.#outside(message, content);
      return await this.#inside(message, content, identifiers);
    } catch (error) {
      if (error instanceof InvalidMessageError) throw error;
      if (error instanceof SecurityError) return this.#insecure(message, error);
      // Silence makes the peer try again; a fault would tell it that this was final.
      this.#collaborators.log({
        level: 'error',
        event: 'message-not-processed',
        error,
        details: { action: message.addressing.action },
      });
      return undefined;
    }
  }

  async resume(): Promise<number> {
    let count = 0;
    for await (const stored of this.#collaborators.store.sessions()) {
      if (!stored.key.startsWith(KEY_PREFIX)) continue;
      const session = decodeSession(stored.state);
      if (session.role !== 'recipient') continue;
      this.#runner.adopt(stored, session);
      count += 1;
    }
    return count;
  }

  async forgetContext(uuid: string): Promise<void> {
    const bound = [...this.#runner.sessions()].filter(({ session }) => securityContextOf(session.binding) === uuid);
    await Promise.all(
      bound.map((live) =>
        this.#runner.step(live, [{ to: 'destination', input: { kind: 'end', reason: 'terminated-by-peer' } }]),
      ),
    );
  }

  stop(): void {
    this.#runner.stop();
  }

  async #outside(message: IncomingMessage, content: RmContent): Promise<OutgoingMessage | undefined> {
    const { otherwise } = this.#collaborators;
    if (content.body !== undefined) return this.#fault(message, undefined, { code: 'WSRMRequired' });
    if (content.fault !== undefined && otherwise === undefined) return undefined;
    if (otherwise === undefined) return this.#fault(message, undefined, { code: 'WSRMRequired' });
    return otherwise(message);
  }

  async #create(
    message: IncomingMessage,
    create: CreateSequence,
    content: RmContent,
  ): Promise<OutgoingMessage | undefined> {
    try {
      assertAcceptable(message, create);
      const binding = bindingOf(message, create, content, this.#config, this.#collaborators.sct as SctApi | undefined);
      const creation = creationKey(binding, message.addressing.messageId ?? '');
      let shared = this.#creating.get(creation);
      if (shared === undefined) {
        shared = this.#openSession(message, create, binding, creation).finally(() => this.#creating.delete(creation));
        this.#creating.set(creation, shared);
      }
      return this.#created(message, await shared, create);
    } catch (error) {
      if (!(error instanceof CreationRefused)) throw error;
      this.#collaborators.log({
        level: 'warning',
        event: 'create-sequence-refused',
        error,
        details: { reason: error.message },
      });
      return this.#fault(message, undefined, { code: 'CreateSequenceRefused', busy: error.busy });
    }
  }

  /** The session that the CreateSequence makes, or has made before (RM-3.4-18). */
  async #openSession(
    message: IncomingMessage,
    create: CreateSequence,
    binding: Binding,
    creation: string,
  ): Promise<Live<Transaction>> {
    const known = await this.#runner.find(creation);
    if (known !== undefined) {
      if (!isSameBinding(known.session.binding, binding)) {
        throw new CreationRefused('The MessageID was used for another sequence.');
      }
      return known;
    }
    const offer = this.#config.acceptOffers ? create.offer : undefined;
    if (offer !== undefined && (await this.#runner.find(offer.identifier)) !== undefined) {
      throw new CreationRefused('The offered Identifier is in use.');
    }
    this.#assertRoom(binding);
    const { random, clock } = this.#collaborators;
    const expires = this.#granted(create.expires);
    const session = recipientSession(
      {
        soap: message.envelope.version,
        address: message.addressing.to ?? '',
        createId: message.addressing.messageId ?? '',
        binding,
        ...(offer !== undefined && isAnonymous(offer.endpoint) ? { offer: offer.identifier } : {}),
        ...(expires === undefined ? {} : { expires }),
      },
      clock.now(),
    );
    const live = this.#runner.begin(`${KEY_PREFIX}${random.uuid()}`, session);
    const identifier = `urn:uuid:${random.uuid()}`;
    await this.#runner.step(live, [
      {
        to: 'destination',
        input: { kind: 'create', identifier, ...(expires === undefined ? {} : { expires }) },
      },
    ]);
    return live;
  }

  #created(message: IncomingMessage, live: Live<Transaction>, create: CreateSequence): OutgoingMessage {
    const { destination, offer, expires, address } = live.session;
    if (destination.kind === 'none') throw new CreationRefused('The sequence has ended already.');
    const { codec, destination: settings } = this.#config;
    const accept =
      offer === undefined || create.offer === undefined
        ? {}
        : {
            accept: { acksTo: { address, referenceParameters: [], extensions: [] } },
          };
    return protocolResponse(
      {
        kind: 'create-sequence-response',
        value: {
          identifier: destination.identifier,
          incompleteSequenceBehavior: settings.order === 'inOrder' ? 'DiscardFollowingFirstGap' : 'NoDiscard',
          ...(expires === undefined ? {} : { expires }),
          ...accept,
        },
      },
      message.addressing,
      {},
      { codec, soap: message.envelope.version, securityContext: securityContextOf(live.session.binding) },
    );
  }

  #granted(asked: number | undefined): number | undefined {
    const { maxExpires } = this.#config;
    if (maxExpires === 0) return asked;
    return asked === undefined ? maxExpires : Math.min(asked, maxExpires);
  }

  #assertRoom(binding: Binding): void {
    const { maxSequences, maxSequencesPerPeer } = this.#config;
    if (this.#runner.size >= maxSequences) throw new CreationRefused('There are too many open sequences.', true);
    if ((this.#open.get(identityOf(binding)) ?? 0) >= maxSequencesPerPeer) {
      throw new CreationRefused('This peer has too many open sequences.', true);
    }
  }

  #count(session: Session, change: 1 | -1): void {
    const identity = identityOf(session.binding);
    const count = (this.#open.get(identity) ?? 0) + change;
    if (count <= 0) this.#open.delete(identity);
    else this.#open.set(identity, count);
  }

  /** A message about sequences that exist, or that its sender takes to exist. */
  async #inside(
    message: IncomingMessage,
    content: RmContent,
    identifiers: readonly string[],
  ): Promise<OutgoingMessage | undefined> {
    const found = new Map<string, Live<Transaction>>();
    for (const identifier of identifiers) {
      const live = await this.#runner.find(identifier);
      if (live !== undefined) found.set(identifier, live);
    }
    const lives = new Set(found.values());
    const blocks = rmBlocks(content.headers);
    for (const live of lives) assertBound(message, live.session.binding ?? { kind: 'none' }, blocks);
    const main = content.headers.sequence?.value.identifier ?? this.#bodyIdentifier(content);
    const unknown = identifiers.find((identifier) => !found.has(identifier));
    const first = main === undefined ? lives.values().next().value : found.get(main);
    for (const live of lives) if (live !== first) await this.#takeRiders(live, content);
    if (first === undefined) {
      // A fault is not answered with a fault.
      if (content.fault !== undefined || unknown === undefined) return undefined;
      return this.#fault(message, undefined, { code: 'UnknownSequence', identifier: main ?? unknown });
    }
    return this.#process(first, message, content);
  }

  #bodyIdentifier({ body }: RmContent): string | undefined {
    if (body === undefined || body.kind === 'create-sequence' || body.kind === 'create-sequence-response') {
      return undefined;
    }
    return body.value.identifier;
  }

  /** What a message says about a session that it is not mainly about. */
  async #takeRiders(live: Live<Transaction>, content: RmContent): Promise<void> {
    await this.#runner.step(live, [{ to: 'session', kind: 'heard' }, ...acknowledgementsFor(live.session, content)]);
  }

  async #process(
    live: Live<Transaction>,
    message: IncomingMessage,
    content: RmContent,
  ): Promise<OutgoingMessage | undefined> {
    const { sequence } = content.headers;
    const number = sequence !== undefined && content.body === undefined ? sequence.value.messageNumber : undefined;
    const isInbound = sequence?.value.identifier !== live.session.offer;
    const inputs: SessionInput[] = [
      { to: 'session', kind: 'heard' },
      ...acknowledgementsFor(live.session, content),
      ...faultFor(live.session, content),
      ...bodyFor(live.session, content),
    ];
    if (number === undefined || !isInbound) {
      if (content.headers.ackRequests.some(({ value }) => value.identifier !== live.session.offer)) {
        inputs.push({ to: 'destination', input: { kind: 'ack-requested' } });
      }
      return this.#answer(live, message, await this.#runner.step(live, inputs));
    }
    const isRequest = message.addressing.messageId !== undefined && !isNone(message.addressing.replyTo);
    if (isRequest && !isAnonymous(message.addressing.replyTo)) {
      throw new InvalidMessageError('invalid-addressing-header', 'ReplyTo is not anonymous.', {
        fault: addressingFault('InvalidAddressingHeader', {
          subsubcode: 'OnlyAnonymousAddressSupported',
          header: wsa('ReplyTo'),
        }),
      });
    }
    return this.#take(live, message, inputs, number, isRequest);
  }

  /** A message of the sequence: accepted, delivered when its turn comes, and answered with its reply if it has one. */
  async #take(
    live: Live<Transaction>,
    message: IncomingMessage,
    inputs: SessionInput[],
    number: bigint,
    isRequest: boolean,
  ): Promise<OutgoingMessage | undefined> {
    const isOpen = live.extra.waiting.has(number);
    const through = isRequest && !isOpen ? this.#untilThrough(live, number) : undefined;
    try {
      inputs.push({ to: 'destination', input: { kind: 'message', number } });
      const effects = await this.#runner.step(live, inputs, {
        bodies: (_before, taken) => {
          if (!hasEffect(taken, 'accept', number)) return [];
          live.extra.inbound.set(number, message);
          return [{ log: 'inbound', number, encode: () => encodeIncoming({ message }) }];
        },
      });
      if (!hasEffect(effects, 'accept', number) && !hasEffect(effects, 'duplicate', number)) {
        return this.#answer(live, message, effects);
      }
      if (!isRequest) return this.#answer(live, message, effects);
      if (hasEffect(effects, 'accept', number)) await through?.promise;
      return await this.#answerRequest(live, message, number);
    } finally {
      through?.release();
    }
  }

  /** Waits until the application is through with a request, but not for ever. */
  #untilThrough(
    live: Live<Transaction>,
    number: bigint,
  ): { readonly promise: Promise<void>; readonly release: () => void } {
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => {
      const cancel = this.#collaborators.scheduler.after(this.#config.replyWait, resolve);
      release = () => {
        cancel();
        if (live.extra.waiting.get(number) === release) live.extra.waiting.delete(number);
        resolve();
      };
    });
    live.extra.waiting.set(number, release);
    return { promise, release };
  }

  /** The reply with its number, or what stands for it (WCF-M-6, WCF-M-7). */
  async #answerRequest(
    live: Live<Transaction>,
    message: IncomingMessage,
    number: bigint,
  ): Promise<OutgoingMessage | undefined> {
    const answer = answerTo(live.committed, number);
    switch (answer.kind) {
      case 'reply':
        return this.#keptReply(live, answer.reply);
      case 'acknowledgement':
        return this.#acknowledgementAlone(live, message);
      case 'later':
        // The acknowledgement covers what is accepted; the reply comes with a repetition of the request.
        return contains(receivedOf(live.committed), number) && !live.extra.waiting.has(number)
          ? this.#acknowledgementAlone(live, message)
          : undefined;
    }
  }

  async #keptReply(live: Live<Transaction>, { reply, sequenced }: KeptReply): Promise<OutgoingMessage | undefined> {
    let message = live.extra.outbound.get(reply);
    if (message === undefined) {
      const stored = await this.#collaborators.store.message(live.key, 'outbound', reply);
      if (stored === undefined) return undefined;
      message = decodeOutgoing(stored.bytes).message;
    }
    const { offer } = live.session;
    return withRiders(
      message,
      {
        ...(sequenced && offer !== undefined ? { sequence: { identifier: offer, messageNumber: reply } } : {}),
        ...this.#acknowledgement(live),
      },
      this.#style(live),
    );
  }

  #acknowledgementAlone(live: Live<Transaction>, message: IncomingMessage): OutgoingMessage | undefined {
    const riders = this.#acknowledgement(live);
    return riders.acknowledgement === undefined
      ? undefined
      : bareResponse(message.addressing, riders, this.#style(live));
  }

  /** What the committed effects of a step have to say on the back channel. */
  #answer(
    live: Live<Transaction>,
    message: IncomingMessage,
    effects: readonly SessionEffect[],
  ): OutgoingMessage | undefined {
    let riders: Riders = {};
    let identifier: string | undefined;
    let respond: { readonly to: 'close' | 'terminate'; readonly identifier: string } | undefined;
    let fault: RmFault | undefined;
    for (const { of, effect } of effects) {
      if (of === 'session') continue;
      if (effect.kind === 'fault') fault ??= effect.fault;
      else if (of === 'destination' && effect.kind === 'acknowledge') {
        identifier = effect.identifier;
        riders = {
          acknowledgement: { identifier, ranges: effect.ranges, final: effect.final, nacks: [] },
        };
      } else if (effect.kind === 'respond') {
        const ended = of === 'destination' ? inboundIdentifier(live) : live.session.offer;
        respond = { to: effect.to, identifier: ended ?? '' };
      }
    }
    if (fault !== undefined) return this.#fault(message, live, fault, riders);
    if (respond !== undefined) {
      return protocolResponse(
        {
          kind: respond.to === 'close' ? 'close-sequence-response' : 'terminate-sequence-response',
          value: { identifier: identifier ?? respond.identifier },
        },
        message.addressing,
        riders,
        this.#style(live),
      );
    }
    if (riders.acknowledgement !== undefined) return bareResponse(message.addressing, riders, this.#style(live));
    // Whoever only acknowledges needs no answer, but what an answer says costs nothing.
    return undefined;
  }

  #perform(live: Live<Transaction>, effects: readonly SessionEffect[]): void {
    for (const { of, effect } of effects) {
      if (of === 'destination' && effect.kind === 'undeliverable') {
        this.#collaborators.log({
          level: 'warning',
          event: 'messages-undeliverable',
          details: {
            session: live.key,
            ranges: effect.ranges.map(({ lower, upper }) => `${lower}-${upper}`).join(' '),
          },
        });
      } else if (of === 'source' && effect.kind === 'discard') {
        for (const number of live.extra.outbound.keys()) {
          if (contains(effect.ranges, number)) live.extra.outbound.delete(number);
        }
      } else if (of === 'destination' && effect.kind === 'ended') {
        this.#collaborators.log({
          level: effect.reason === 'terminated' ? 'info' : 'warning',
          event: 'sequence-ended',
          details: { session: live.key, reason: effect.reason },
        });
      }
    }
  }

  async #deliver(live: Live<Transaction>, number: bigint): Promise<void> {
    // After a failure of the store the application may still have it in hand; its outcome counts for the new state too.
    if (live.extra.handling.has(number)) {
      live.extra.again.add(number);
      return;
    }
    live.extra.handling.add(number);
    try {
      const attempt = (live.extra.failures.get(number) ?? 0) + 1;
      if (attempt > 1) await this.#pause(attempt - 1);
      if (live.gone) return;
      const message = live.extra.inbound.get(number) ?? (await this.#storedMessage(live, number));
      if (message === undefined) return;
      await this.#handOver(live, number, message, attempt);
    } catch (error) {
      this.#collaborators.log({
        level: 'error',
        event: 'delivery-interrupted',
        error,
        details: { session: live.key, number: String(number) },
      });
      this.#collaborators.scheduler.after(1_000, () => {
        if (!live.gone) this.#retry(live, number);
      });
    } finally {
      live.extra.handling.delete(number);
      if (live.extra.again.delete(number)) this.#retry(live, number);
    }
  }

  async #handOver(live: Live<Transaction>, number: bigint, message: IncomingMessage, attempt: number): Promise<void> {
    const isRequest = message.addressing.messageId !== undefined && !isNone(message.addressing.replyTo);
    const application: ((transaction: Transaction) => void)[] = [];
    let thrown: { readonly error: unknown } | undefined;
    const delivery: Delivery<Transaction> = {
      session: live.key,
      sequence: inboundIdentifier(live) ?? '',
      messageNumber: number,
      attempt,
      inTransaction: (write) => {
        application.push((transaction) => {
          try {
            write(transaction);
          } catch (error) {
            thrown = { error };
            throw error;
          }
        });
      },
      ...whoseIs(live.session),
    };
    const isLast = attempt >= this.#config.maxDeliveries;
    let reply: OutgoingMessage | undefined;
    try {
      reply = await this.#handler(message, delivery);
    } catch (error) {
      this.#logFailure(live, number, attempt, error);
      if (!isRequest && !isLast) {
        live.extra.failures.set(number, attempt);
        live.extra.again.add(number);
        return;
      }
      if (!isRequest) this.#giveUp(live, number, message, error);
      application.length = 0;
      reply = isRequest ? faultReply(message, error instanceof FaultError ? error.fault : receiverFault) : undefined;
    }
    // What replies to a one-way message has nowhere to go.
    const outcome = isRequest && reply !== undefined ? answering(message, reply) : undefined;
    try {
      await this.#settle(live, number, outcome, application);
    } catch (error) {
      if (thrown === undefined) throw error;
      this.#logFailure(live, number, attempt, thrown.error);
      live.extra.failures.set(number, attempt);
      // The session is loaded again, and delivers the message again, up to the last time.
      if (!isLast) return;
      this.#giveUp(live, number, message, thrown.error);
      await this.#settle(live, number, isRequest ? faultReply(message, receiverFault) : undefined, []);
    }
  }

  /** Marks a message delivered, with its reply and the application's own writes in one commit. */
  async #settle(
    live: Live<Transaction>,
    number: bigint,
    reply: OutgoingMessage | undefined,
    application: readonly ((transaction: Transaction) => void)[],
  ): Promise<void> {
    const hasReply = reply !== undefined;
    await this.#runner.step(live, [{ to: 'session', kind: 'dealt-with', number, hasReply }], {
      ...(application.length === 0 ? {} : { application }),
      ...(reply === undefined
        ? {}
        : {
            bodies: () => {
              const kept = live.session.replies.find(({ request }) => request === number);
              if (kept === undefined) return [];
              live.extra.outbound.set(kept.reply, reply);
              return [
                {
                  log: 'outbound',
                  number: kept.reply,
                  encode: () => encodeOutgoing({ message: reply, request: false }),
                },
              ];
            },
          }),
    });
    live.extra.inbound.delete(number);
    live.extra.failures.delete(number);
    live.extra.waiting.get(number)?.();
  }

  #retry(live: Live<Transaction>, number: bigint): void {
    this.#runner.step(live, [{ to: 'destination', input: { kind: 'retry', number } }]).catch(() => {});
  }

  #logFailure(live: Live<Transaction>, number: bigint, attempt: number, error: unknown): void {
    this.#collaborators.log({
      level: error instanceof FaultError ? 'info' : 'error',
      event: 'delivery-failed',
      error,
      details: { session: live.key, number: String(number), attempt },
    });
  }

  #giveUp(live: Live<Transaction>, number: bigint, message: IncomingMessage, error: unknown): void {
    const sequence = inboundIdentifier(live) ?? '';
    this.#collaborators.log({
      level: 'error',
      event: 'message-given-up',
      error,
      details: { session: live.key, sequence, number: String(number) },
    });
    this.#collaborators.onFailed?.(message, { session: live.key, sequence, messageNumber: number, error });
  }

  async #storedMessage(live: Live<Transaction>, number: bigint): Promise<IncomingMessage | undefined> {
    const stored = await this.#collaborators.store.message(live.key, 'inbound', number);
    if (stored === undefined) return undefined;
    const { message } = decodeIncoming(stored.bytes);
    live.extra.inbound.set(number, message);
    return message;
  }

  #pause(failures: number): Promise<void> {
    const { random, scheduler } = this.#collaborators;
    return new Promise((resolve) => {
      scheduler.after(backoff(failures, random.fraction(), this.#config.redelivery), resolve);
    });
  }

  /** Requests whose acceptance was undone will come again; nobody is to wait for them here. */
  #releaseLost(live: Live<Transaction>): void {
    for (const [number, release] of live.extra.waiting) {
      if (!contains(receivedOf(live.session), number)) release();
    }
  }

  #acknowledgement(live: Live<Transaction>): { readonly acknowledgement?: SequenceAcknowledgement } {
    const { destination } = live.committed;
    if (destination.kind === 'none') return {};
    const { identifier, received, kind } = destination;
    return { acknowledgement: { identifier, ranges: received, final: kind === 'closed', nacks: [] } };
  }

  #style(live: Live<Transaction>): Style {
    const { session } = live;
    return { codec: this.#config.codec, soap: session.soap, securityContext: securityContextOf(session.binding) };
  }

  #fault(
    message: IncomingMessage,
    live: Live<Transaction> | undefined,
    fault: RmFault,
    riders: Riders = {},
  ): OutgoingMessage {
    const { codec } = this.#config;
    const soap = message.envelope.version;
    const securityContext = live === undefined ? undefined : securityContextOf(live.session.binding);
    this.#collaborators.log({
      level: 'warning',
      event: 'fault-sent',
      details: { code: fault.code, ...(live === undefined ? {} : { session: live.key }) },
    });
    return faultResponse(
      writeRmFault(fault, codec, soap),
      message.addressing,
      { action: 'fault', riders },
      { codec, soap, securityContext },
    );
  }

  /** On the wire all failures of security look the same; what exactly failed is for the log. */
  #insecure(message: IncomingMessage, error: SecurityError): OutgoingMessage {
    this.#collaborators.log({
      level: 'warning',
      event: 'binding-violated',
      error,
      details: { code: error.code, action: message.addressing.action },
    });
    const fault: SoapFault = {
      code: 'Sender',
      subcodes: [wsse('InvalidSecurity')],
      reason: 'An error was discovered processing the <wsse:Security> header.',
      detail: [],
    };
    const style = { codec: this.#config.codec, soap: message.envelope.version, securityContext: undefined };
    return faultResponse(fault, message.addressing, {}, style);
  }
}

/** Replies leave on the responses to the requests; the requests' sequence decides when they have lived long enough. */
const replySource: SourceConfig = { ...defaultSourceConfig, transmission: 'onRequest', inactivityTimeout: 0 };

/** Hashed, because a peer may choose a MessageID of any length; with the identity, so that peers cannot meet in one. */
function creationKey(binding: Binding | undefined, messageId: string): string {
  const digest = createHash('sha256')
    .update(`${identityOf(binding)}\n${messageId}`)
    .digest('base64url');
  return `create:${digest}`;
}

function identityOf(binding: Binding | undefined): string {
  return binding === undefined || binding.kind === 'none' ? '' : (binding.identity ?? '');
}

function isSameBinding(a: Binding | undefined, b: Binding): boolean {
  return a?.kind === b.kind && identityOf(a) === identityOf(b) && securityContextOf(a) === securityContextOf(b);
}

function whoseIs(session: Session): { readonly identity?: string; readonly securityContext?: string } {
  const identity = identityOf(session.binding);
  const securityContext = securityContextOf(session.binding);
  return {
    ...(identity === '' ? {} : { identity }),
    ...(securityContext === undefined ? {} : { securityContext }),
  };
}

function inboundIdentifier<Transaction>(live: Live<Transaction>): string | undefined {
  const { destination } = live.session;
  return destination.kind === 'none' ? undefined : destination.identifier;
}

function receivedOf({ destination }: Session): Parameters<typeof contains>[0] {
  return destination.kind === 'none' ? (destination.draining?.received ?? []) : destination.received;
}

function hasEffect(effects: readonly SessionEffect[], kind: 'accept' | 'duplicate', number: bigint): boolean {
  return effects.some(
    ({ of, effect }) => of === 'destination' && effect.kind === kind && 'number' in effect && effect.number === number,
  );
}

function acknowledgementsFor(session: Session, { headers }: RmContent): readonly SessionInput[] {
  return headers.acknowledgements
    .filter(({ value }) => value.identifier === session.offer)
    .map(({ value }) => ({ to: 'source', input: { kind: 'acknowledgement', acknowledgement: value } }) as const);
}

function faultFor(session: Session, { rmFault }: RmContent): readonly SessionInput[] {
  if (rmFault === undefined) return [];
  const isAboutReplies = rmFault.identifier === session.offer && session.offer !== undefined;
  switch (rmFault.code) {
    case 'SequenceTerminated':
    case 'UnknownSequence': {
      const code = rmFault.code === 'UnknownSequence' ? 'unknown' : 'terminated';
      return [
        isAboutReplies
          ? { to: 'source', input: { kind: 'fault', code } }
          : { to: 'destination', input: { kind: 'fault', code } },
      ];
    }
    case 'SequenceClosed':
      return isAboutReplies ? [{ to: 'source', input: { kind: 'fault', code: 'closed' } }] : [];
    case 'MessageNumberRollover':
      return isAboutReplies ? [{ to: 'source', input: { kind: 'fault', code: 'rollover' } }] : [];
    case 'InvalidAcknowledgement':
      return [{ to: 'destination', input: { kind: 'fault', code: 'invalid-acknowledgement' } }];
    case 'CreateSequenceRefused':
    case 'WSRMRequired':
      return [];
  }
}

function bodyFor(session: Session, { body }: RmContent): readonly SessionInput[] {
  if (body === undefined || body.kind === 'create-sequence' || body.kind === 'create-sequence-response') return [];
  const isAboutReplies = body.value.identifier === session.offer;
  switch (body.kind) {
    case 'close-sequence': {
      const { lastMessageNumber } = body.value;
      if (isAboutReplies) return [{ to: 'source', input: { kind: 'close-by-destination' } }];
      const last = lastMessageNumber === undefined ? {} : { lastMessageNumber };
      return [{ to: 'destination', input: { kind: 'close', ...last } }];
    }
    case 'terminate-sequence': {
      const { lastMessageNumber } = body.value;
      if (isAboutReplies) return [{ to: 'source', input: { kind: 'terminate-by-destination' } }];
      const last = lastMessageNumber === undefined ? {} : { lastMessageNumber };
      return [{ to: 'destination', input: { kind: 'terminate', ...last } }];
    }
    case 'close-sequence-response':
      return [
        isAboutReplies
          ? { to: 'source', input: { kind: 'close-response' } }
          : { to: 'destination', input: { kind: 'close-response' } },
      ];
    case 'terminate-sequence-response':
      return [
        isAboutReplies
          ? { to: 'source', input: { kind: 'terminate-response' } }
          : { to: 'destination', input: { kind: 'terminate-response' } },
      ];
  }
}

function faultReply(request: IncomingMessage, fault: SoapFault): OutgoingMessage {
  const envelope: Envelope = faultEnvelope(fault, request.envelope.version);
  return { envelope, addressing: faultAddressing(request.addressing, fault) };
}

/** A reply relates to its request, whatever the application has said. */
function answering(request: IncomingMessage, reply: OutgoingMessage): OutgoingMessage {
  const { to, relatesTo } = reply.addressing;
  if (to !== undefined && relatesTo !== undefined) return reply;
  const { action, ...given } = reply.addressing;
  return { ...reply, addressing: { ...replyAddressing(request.addressing, action), ...given } };
}
