import {
  addressingFault,
  type IncomingMessage,
  InvalidMessageError,
  isAnonymous,
  type OutgoingMessage,
  SecurityError,
  type SoapFault,
  wsa,
} from '@holdfast/soap';
import { assertBound, type Binding, securityContextOf } from './binding.js';
import { bareResponse, faultResponse, protocolResponse, type Riders, withRiders } from './compose.js';
import { defaultSourceConfig, type SourceConfig } from './config.js';
import { inputsOf } from './content-inputs.js';
import { Creation } from './creation.js';
import { CreationRefused } from './creation-binding.js';
import { Deliveries, expectsReply } from './deliveries.js';
import type { DeliveryHandler } from './delivery.js';
import type { CreateSequence } from './elements/create-sequence.js';
import { type RmFault, writeRmFault } from './faults.js';
import { decodeOutgoing, encodeIncoming } from './message-codec.js';
import { wsse } from './namespaces.js';
import { contains } from './ranges.js';
import { identifiersIn, type RmContent, readContent, rmBlocks } from './read-content.js';
import type { ReliableHandlerConfig } from './recipient-config.js';
import {
  acknowledgementOf,
  RECIPIENT_KEY_PREFIX,
  type RecipientContext,
  type RecipientExtra,
  type RecipientLive,
  receivedOf,
  recipientExtra,
  recipientStyle,
} from './recipient-session.js';
import type { RecipientCollaborators } from './reliable-handler.js';
import type { SessionEffect, SessionInput } from './session.js';
import { decodeSession } from './session-codec.js';
import { SessionRunner } from './session-runner.js';
import { answerTo, identifiersOf, type KeptReply, type Session } from './session-state.js';

/** The shell of a recipient's sessions: what comes in becomes inputs, and committed effects become the answer. */
export class Recipient<Transaction> {
  readonly #context: RecipientContext<Transaction>;
  readonly #creation: Creation<Transaction>;
  readonly #deliveries: Deliveries<Transaction>;

  constructor(
    handler: DeliveryHandler<Transaction>,
    config: ReliableHandlerConfig,
    collaborators: RecipientCollaborators<Transaction>,
  ) {
    const runner = new SessionRunner<Transaction, RecipientExtra>(
      collaborators,
      {
        extra: (session) => {
          this.#creation.count(session, 1);
          return recipientExtra(session);
        },
        identifiers: (live) => [...identifiersOf(live.session), live.extra.creation],
        perform: (live, effects) => this.#perform(live, effects),
        deliver: (live, number) => void this.#deliveries.deliver(live, number),
        reloaded: (live) => this.#reloaded(live),
        dropped: (live) => {
          this.#creation.count(live.session, -1);
          this.#deliveries.forget(live.key);
          for (const release of live.extra.waiting.values()) release();
        },
      },
      {
        keyPrefix: RECIPIENT_KEY_PREFIX,
        // A message is handed over before it is durable: nobody was told that it arrived, so a crash makes it come again.
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
    this.#context = { config, collaborators, runner };
    this.#creation = new Creation(this.#context);
    this.#deliveries = new Deliveries(this.#context, handler);
  }

  async handle(message: IncomingMessage): Promise<OutgoingMessage | undefined> {
    const content = readContent(message, this.#context.config.codec);
    try {
      if (content.body?.kind === 'create-sequence') return await this.#create(message, content.body.value, content);
      const identifiers = identifiersIn(content);
      return identifiers.length === 0
        ? await this.#outside(message, content)
        : await this.#inside(message, content, identifiers);
    } catch (error) {
      if (error instanceof InvalidMessageError) throw error;
      if (error instanceof SecurityError) return this.#insecure(message, error);
      // Silence makes the peer try again; a fault would tell it that this was final.
      this.#context.collaborators.log({
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
    for await (const stored of this.#context.collaborators.store.sessions()) {
      if (!stored.key.startsWith(RECIPIENT_KEY_PREFIX)) continue;
      this.#context.runner.adopt(stored, decodeSession(stored.state));
      count += 1;
    }
    return count;
  }

  async endContext(uuid: string): Promise<void> {
    const { runner } = this.#context;
    const held = [...runner.sessions()].filter(({ session }) => securityContextOf(session.binding) === uuid);
    const end: SessionInput = { to: 'destination', input: { kind: 'end', reason: 'terminated-by-peer' } };
    await Promise.all(held.map((live) => runner.step(live, [end])));
  }

  stop(): void {
    this.#context.runner.stop();
  }

  async #create(message: IncomingMessage, create: CreateSequence, content: RmContent): Promise<OutgoingMessage> {
    try {
      return await this.#creation.answer(message, create, content);
    } catch (error) {
      if (!(error instanceof CreationRefused)) throw error;
      this.#context.collaborators.log({ level: 'warning', event: 'create-sequence-refused', error });
      return this.#fault(message, undefined, { code: 'CreateSequenceRefused', busy: error.busy });
    }
  }

  /** A message that speaks of no sequence. */
  async #outside(message: IncomingMessage, { body, fault }: RmContent): Promise<OutgoingMessage | undefined> {
    const { otherwise } = this.#context.collaborators;
    if (otherwise !== undefined && body === undefined) return otherwise(message);
    // A fault is not answered with a fault.
    return fault === undefined ? this.#fault(message, undefined, { code: 'WSRMRequired' }) : undefined;
  }

  /** A message about sequences that exist, or that its sender takes to exist. */
  async #inside(
    message: IncomingMessage,
    content: RmContent,
    identifiers: readonly string[],
  ): Promise<OutgoingMessage | undefined> {
    const found = new Map<string, RecipientLive<Transaction>>();
    const blocks = rmBlocks(content.headers);
    // Before anything has an effect, or is even taken up: what is not signed as it must be has none.
    const assertAllowed = (session: Session): void => assertBound(message, bindingOf(session), blocks);
    for (const identifier of identifiers) {
      const live = await this.#context.runner.find(identifier, assertAllowed);
      if (live !== undefined) found.set(identifier, live);
    }
    const lives = new Set(found.values());
    const main = mainIdentifier(content);
    const first = main === undefined ? lives.values().next().value : found.get(main);
    for (const live of lives) if (live !== first) await this.#takeRiders(live, content);
    if (first !== undefined) return this.#process(first, message, content);
    const unknown = main ?? identifiers.find((identifier) => !found.has(identifier));
    if (content.fault !== undefined || unknown === undefined) return undefined;
    return this.#fault(message, undefined, { code: 'UnknownSequence', identifier: unknown });
  }

  /** What a message says about a session that it is not mainly about. */
  async #takeRiders(live: RecipientLive<Transaction>, content: RmContent): Promise<void> {
    await this.#context.runner.step(live, [{ to: 'session', kind: 'heard' }, ...inputsOf(live.session, content)]);
  }

  async #process(
    live: RecipientLive<Transaction>,
    message: IncomingMessage,
    content: RmContent,
  ): Promise<OutgoingMessage | undefined> {
    const inputs: SessionInput[] = [{ to: 'session', kind: 'heard' }, ...inputsOf(live.session, content)];
    const sequence = content.headers.sequence?.value;
    // A protocol message has no number (RM-3.7-5), and the sequence of the replies has no message for us.
    const isOurs = sequence !== undefined && content.body === undefined && sequence.identifier !== live.session.offer;
    if (!isOurs) return this.#answer(live, message, await this.#context.runner.step(live, inputs));
    const isRequest = expectsReply(message);
    if (isRequest && !isAnonymous(message.addressing.replyTo)) {
      throw new InvalidMessageError('invalid-addressing-header', 'A message wants its reply elsewhere than here.', {
        fault: addressingFault('InvalidAddressingHeader', {
          subsubcode: 'OnlyAnonymousAddressSupported',
          header: wsa('ReplyTo'),
        }),
      });
    }
    return this.#take(live, message, inputs, sequence.messageNumber, isRequest);
  }

  /** A message of the sequence: accepted, delivered when its turn comes, and answered with its reply if it has one. */
  async #take(
    live: RecipientLive<Transaction>,
    message: IncomingMessage,
    inputs: readonly SessionInput[],
    number: bigint,
    isRequest: boolean,
  ): Promise<OutgoingMessage | undefined> {
    const isOpen = live.extra.waiting.has(number);
    const through = isRequest && !isOpen ? this.#untilThrough(live, number) : undefined;
    try {
      const { held, inbound } = live.extra;
      const isNew = !contains(receivedOf(live.session), number);
      const bytes = isNew ? encodeIncoming({ message }) : undefined;
      const heldBytes = held.total + (bytes?.length ?? 0);
      const all: SessionInput[] = [...inputs, { to: 'destination', input: { kind: 'message', number, heldBytes } }];
      const effects = await this.#context.runner.step(live, all, {
        bodies: (_before, taken) => {
          if (!hasEffect(taken, 'accept', number)) return [];
          inbound.set(number, message);
          if (bytes !== undefined) held.put(number, bytes.length);
          return [{ log: 'inbound', number, encode: () => bytes ?? encodeIncoming({ message }) }];
        },
        undone: () => held.remove(number),
      });
      const isAccepted = hasEffect(effects, 'accept', number);
      // It is in the store now, and is read from there when its turn comes.
      if (isAccepted && held.total > MAX_TREE_BYTES && isWaiting(live.session, number)) inbound.delete(number);
      const isKnown = isAccepted || hasEffect(effects, 'duplicate', number);
      if (!isRequest || !isKnown) return this.#answer(live, message, effects);
      if (isAccepted) await through?.promise;
      return await this.#answerRequest(live, message, number);
    } finally {
      through?.release();
    }
  }

  /** Until the application is through with a request, but not for ever. */
  #untilThrough(
    live: RecipientLive<Transaction>,
    number: bigint,
  ): { readonly promise: Promise<void>; readonly release: () => void } {
    const { waiting } = live.extra;
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => {
      const cancel = this.#context.collaborators.scheduler.after(this.#context.config.replyWait, () => release());
      release = () => {
        cancel();
        if (waiting.get(number) === release) waiting.delete(number);
        resolve();
      };
    });
    waiting.set(number, release);
    return { promise, release };
  }

  /** The reply with its number, or what stands for it (WCF-M-6, WCF-M-7). */
  async #answerRequest(
    live: RecipientLive<Transaction>,
    message: IncomingMessage,
    number: bigint,
  ): Promise<OutgoingMessage | undefined> {
    const answer = answerTo(live.committed, number);
    switch (answer.kind) {
      case 'reply':
        return this.#keptReply(live, answer.reply);
      case 'acknowledgement':
        return this.#acknowledgementAlone(live, message);
      case 'later': {
        // Whoever waits on another connection gets the reply there; a request that was kept open long enough is told at
        // least that it arrived.
        const isOpen = live.extra.waiting.has(number);
        const isDurable = contains(receivedOf(live.committed), number);
        return isDurable && !isOpen ? this.#acknowledgementAlone(live, message) : undefined;
      }
    }
  }

  async #keptReply(
    live: RecipientLive<Transaction>,
    { reply, sequenced }: KeptReply,
  ): Promise<OutgoingMessage | undefined> {
    const { store } = this.#context.collaborators;
    let message = live.extra.outbound.get(reply);
    if (message === undefined) {
      const stored = await store.message(live.key, 'outbound', reply);
      if (stored === undefined) return undefined;
      message = decodeOutgoing(stored.bytes).message;
    }
    const { offer } = live.session;
    const sequence = sequenced && offer !== undefined ? { sequence: { identifier: offer, messageNumber: reply } } : {};
    return withRiders(message, { ...sequence, ...acknowledgementOf(live) }, recipientStyle(this.#context, live));
  }

  #acknowledgementAlone(live: RecipientLive<Transaction>, message: IncomingMessage): OutgoingMessage | undefined {
    const riders = acknowledgementOf(live);
    if (riders.acknowledgement === undefined) return undefined;
    return bareResponse(message.addressing, riders, recipientStyle(this.#context, live));
  }

  /** What the committed effects of a step have to say on the back channel. */
  #answer(
    live: RecipientLive<Transaction>,
    message: IncomingMessage,
    effects: readonly SessionEffect[],
  ): OutgoingMessage | undefined {
    let riders: Riders = {};
    let response: { readonly to: 'close' | 'terminate'; readonly identifier: string } | undefined;
    let fault: RmFault | undefined;
    for (const { of, effect } of effects) {
      if (of === 'session') continue;
      if (effect.kind === 'fault') {
        fault ??= effect.fault;
      } else if (of === 'destination' && effect.kind === 'acknowledge') {
        const { identifier, ranges, final } = effect;
        riders = { acknowledgement: { identifier, ranges, final, nacks: [] } };
      } else if (effect.kind === 'respond') {
        response = effect;
      }
    }
    const style = recipientStyle(this.#context, live);
    if (fault !== undefined) return this.#fault(message, live, fault, riders);
    if (response !== undefined) {
      const { identifier } = response;
      const kind = response.to === 'close' ? 'close-sequence-response' : 'terminate-sequence-response';
      return protocolResponse({ kind, value: { identifier } }, message.addressing, riders, style);
    }
    return riders.acknowledgement === undefined ? undefined : bareResponse(message.addressing, riders, style);
  }

  #perform(live: RecipientLive<Transaction>, effects: readonly SessionEffect[]): void {
    const { log } = this.#context.collaborators;
    for (const { of, effect } of effects) {
      if (of === 'source' && effect.kind === 'discard') {
        for (const number of live.extra.outbound.keys()) {
          if (contains(effect.ranges, number)) live.extra.outbound.delete(number);
        }
      } else if (of === 'destination' && effect.kind === 'undeliverable') {
        const ranges = effect.ranges.map(({ lower, upper }) => `${lower}-${upper}`).join(' ');
        log({ level: 'warning', event: 'messages-undeliverable', details: { session: live.key, ranges } });
      } else if (of === 'destination' && effect.kind === 'ended') {
        const level = effect.reason === 'terminated' ? 'info' : 'warning';
        log({ level, event: 'sequence-ended', details: { session: live.key, reason: effect.reason } });
      }
    }
  }

  /** What was not committed is forgotten; bodies are fetched from the store again. */
  #reloaded(live: RecipientLive<Transaction>): void {
    live.extra.inbound.clear();
    live.extra.outbound.clear();
  }

  #fault(
    message: IncomingMessage,
    live: RecipientLive<Transaction> | undefined,
    fault: RmFault,
    riders: Riders = {},
  ): OutgoingMessage {
    const { codec } = this.#context.config;
    const soap = message.envelope.version;
    const securityContext = live === undefined ? undefined : securityContextOf(live.session.binding);
    const details = { code: fault.code, ...(live === undefined ? {} : { session: live.key }) };
    this.#context.collaborators.log({ level: 'warning', event: 'fault-sent', details });
    const written = writeRmFault(fault, codec, soap);
    return faultResponse(written, message.addressing, { action: 'fault', riders }, { codec, soap, securityContext });
  }

  /** On the wire all failures of security look the same; what exactly failed is for the log. */
  #insecure(message: IncomingMessage, error: SecurityError): OutgoingMessage {
    const details = { code: error.code, action: message.addressing.action };
    this.#context.collaborators.log({ level: 'warning', event: 'binding-violated', error, details });
    const style = { codec: this.#context.config.codec, soap: message.envelope.version, securityContext: undefined };
    return faultResponse(invalidSecurity, message.addressing, {}, style);
  }
}

/** Replies leave on the responses to the requests; the requests' sequence decides when they have lived long enough. */
const replySource: SourceConfig = { ...defaultSourceConfig, transmission: 'onRequest', inactivityTimeout: 0 };

/** WSS SOAP Message Security 1.1 §12. */
const invalidSecurity: SoapFault = {
  code: 'Sender',
  subcodes: [wsse('InvalidSecurity')],
  reason: 'An error was discovered processing the <wsse:Security> header.',
  detail: [],
};

/** The sequence that a message is mainly about: its own, or the one that its protocol element names. */
function mainIdentifier({ headers, body }: RmContent): string | undefined {
  if (headers.sequence !== undefined) return headers.sequence.value.identifier;
  if (body === undefined || body.kind === 'create-sequence' || body.kind === 'create-sequence-response') {
    return undefined;
  }
  return body.value.identifier;
}

function hasEffect(effects: readonly SessionEffect[], kind: 'accept' | 'duplicate', number: bigint): boolean {
  return effects.some(({ of, effect }) => of === 'destination' && effect.kind === kind && effect.number === number);
}

/** Messages that wait for their turn stay in memory up to so many bytes. */
const MAX_TREE_BYTES = 1_048_576;

/** Whether the application is neither through with the message nor has it in hand. */
function isWaiting({ destination }: Session, number: bigint): boolean {
  const reception = destination.kind === 'none' ? destination.draining : destination;
  return reception !== undefined && !contains(reception.delivered, number) && !contains(reception.delivering, number);
}

/** A recipient's session has its binding from its first moment on; one without would be open to everybody. */
function bindingOf({ binding }: Session): Binding {
  if (binding === undefined) throw new Error('A session of the recipient has no binding.');
  return binding;
}
