import type { IncomingMessage, OutgoingMessage } from '@holdfast/soap';
import { bareRequest, faultResponse, protocolRequest, protocolResponse, type Riders, withRiders } from './compose.js';
import { sequencesOf } from './content-inputs.js';
import { type RmFault, writeRmFault } from './faults.js';
import {
  acknowledgementOfReplies,
  freshUrn,
  type InitiatorContext,
  type InitiatorLive,
  initiatorStyle,
} from './initiator-session.js';
import { decodeOutgoing } from './message-codec.js';
import type { RmBody } from './rm-codec.js';

/** What takes the answer to a message: `number` is that of a message of the sequence. */
export type Receive<Transaction> = (
  live: InitiatorLive<Transaction>,
  answer: IncomingMessage,
  sent: { readonly number?: bigint; readonly messageId: string | undefined },
) => Promise<void>;

/** Everything that an initiator sends but CreateSequence. Each answer is taken, whatever it is about. */
export class Transmission<Transaction> {
  readonly #context: InitiatorContext<Transaction>;
  readonly #receive: Receive<Transaction>;

  constructor(context: InitiatorContext<Transaction>, receive: Receive<Transaction>) {
    this.#context = context;
    this.#receive = receive;
  }

  async transmit(live: InitiatorLive<Transaction>, number: bigint, attempt: number): Promise<void> {
    const message = await this.#body(live, number);
    const { source } = live.session;
    if (message === undefined || source.kind === 'none' || source.kind === 'creating') return;
    // It may have been settled while it was being fetched.
    if (!source.window.some((each) => each.number === number)) return;
    const asks = attempt > 1 || this.#context.config.requestAcknowledgements === 'always';
    const riders: Riders = {
      sequence: { identifier: source.identifier, messageNumber: number },
      ...acknowledgementOfReplies(live, false),
      ...(asks ? { ackRequested: source.identifier } : {}),
    };
    await this.#converse(live, withRiders(message, riders, initiatorStyle(this.#context, live)), number);
  }

  /** Fetches the next messages from the store into the window; when the store fails, tries again. */
  async load(live: InitiatorLive<Transaction>, lower: bigint, limit: number): Promise<void> {
    const { store, random, scheduler, log } = this.#context.collaborators;
    try {
      const stored = await store.messages(live.key, 'outbound', lower, limit);
      const messages = stored.map(({ number, bytes }) => {
        const { message, request } = decodeOutgoing(bytes);
        live.extra.outbound.set(number, message);
        return { number, request };
      });
      await this.#context.runner.step(live, [
        { to: 'source', input: { kind: 'loaded', messages, jitter: random.fraction() } },
      ]);
    } catch (error) {
      this.#context.failure = error;
      log({ level: 'error', event: 'messages-not-loaded', error, details: { session: live.key } });
      scheduler.after(1_000, () => {
        if (!live.gone) void this.load(live, lower, limit);
      });
    }
  }

  async sendEnding(
    live: InitiatorLive<Transaction>,
    kind: 'close-sequence' | 'terminate-sequence',
    lastMessageNumber: bigint | undefined,
  ): Promise<void> {
    const { outbound } = sequencesOf(live.session);
    if (outbound === undefined) return;
    const last = lastMessageNumber === undefined ? {} : { lastMessageNumber };
    const body: RmBody = { kind, value: { identifier: outbound, ...last } };
    // The replies' sequence ends with that of the requests, and this is its last acknowledgement (WCF-M-13, -14).
    const riders = acknowledgementOfReplies(live, true);
    const options = { to: this.#context.config.address, messageId: freshUrn(this.#context), riders };
    await this.#converse(live, protocolRequest(body, options, initiatorStyle(this.#context, live)));
  }

  /** An acknowledgement, or the wish for one, that no message takes along. */
  async sendBare(live: InitiatorLive<Transaction>, kind: 'sequence-acknowledgement' | 'ack-requested'): Promise<void> {
    const { outbound } = sequencesOf(live.session);
    const riders: Riders = {
      ...acknowledgementOfReplies(live, false),
      ...(kind === 'ack-requested' && outbound !== undefined ? { ackRequested: outbound } : {}),
    };
    if (riders.acknowledgement === undefined && riders.ackRequested === undefined) return;
    const options = { to: this.#context.config.address, messageId: freshUrn(this.#context), riders };
    await this.#converse(live, bareRequest(kind, options, initiatorStyle(this.#context, live)));
  }

  /** Answers a CloseSequence or TerminateSequence that came on the back channel: the answer is a request of its own. */
  async respond(live: InitiatorLive<Transaction>, to: 'close' | 'terminate', identifier: string): Promise<void> {
    const kind = to === 'close' ? 'close-sequence-response' : 'terminate-sequence-response';
    const style = initiatorStyle(this.#context, live);
    await this.#sendOnly(protocolResponse({ kind, value: { identifier } }, { action: '' }, {}, style));
  }

  async sendFault(live: InitiatorLive<Transaction>, fault: RmFault): Promise<void> {
    const style = initiatorStyle(this.#context, live);
    const { log } = this.#context.collaborators;
    log({ level: 'warning', event: 'fault-sent', details: { session: live.key, code: fault.code } });
    const written = writeRmFault(fault, style.codec, style.soap);
    await this.#sendOnly(faultResponse(written, { action: '' }, { action: 'fault' }, style));
  }

  async #body(live: InitiatorLive<Transaction>, number: bigint): Promise<OutgoingMessage | undefined> {
    const known = live.extra.outbound.get(number);
    if (known !== undefined) return known;
    const stored = await this.#context.collaborators.store.message(live.key, 'outbound', number);
    if (stored === undefined) return undefined;
    const { message } = decodeOutgoing(stored.bytes);
    live.extra.outbound.set(number, message);
    return message;
  }

  async #converse(live: InitiatorLive<Transaction>, message: OutgoingMessage, number?: bigint): Promise<void> {
    const answer = await this.#context.exchange(message, this.#context.signal);
    if (answer === undefined || live.gone) return;
    const { messageId } = message.addressing;
    await this.#receive(live, answer, { messageId, ...(number === undefined ? {} : { number }) });
  }

  async #sendOnly(message: OutgoingMessage): Promise<void> {
    const addressing = {
      ...message.addressing,
      to: this.#context.config.address,
      messageId: freshUrn(this.#context),
    };
    await this.#context.exchange({ ...message, addressing }, this.#context.signal);
  }
}
