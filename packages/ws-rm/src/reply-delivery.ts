import type { IncomingMessage } from '@holdfast/soap';
import { securityContextOf } from './binding.js';
import { undelivered } from './destination.js';
import { takenElsewhere } from './endings.js';
import type { InitiatorContext, InitiatorLive } from './initiator-session.js';
import { decodeIncoming } from './message-codec.js';
import { contains, numbers } from './ranges.js';
import type { ReplyHandler } from './reliable-exchange.js';

/** Gives replies to their callers; those whose callers died with an earlier process, to who takes such replies. */
export class ReplyDelivery<Transaction> {
  readonly #context: InitiatorContext<Transaction>;
  readonly #handler: ReplyHandler<Transaction> | undefined;
  /** The handler gets one reply at a time. */
  #turn: Promise<void> = Promise.resolve();
  /** Whether it was said that there are replies for nobody. */
  #told = false;

  constructor(context: InitiatorContext<Transaction>, handler: ReplyHandler<Transaction> | undefined) {
    this.#context = context;
    this.#handler = handler;
  }

  /** A reply in the sequence of the replies. */
  deliver(live: InitiatorLive<Transaction>, number: bigint): void {
    const { inbound, calls, given } = live.extra;
    const known = inbound.get(number);
    const call = known === undefined ? undefined : calls.get(known.request);
    if (known !== undefined && call !== undefined) {
      calls.delete(known.request);
      given.add(number);
      call.resolve(known.message);
    }
    if (given.has(number)) {
      inbound.delete(number);
      // That it is dealt with need not be durable at once: a crash only makes it a reply without a caller.
      this.#dealtWith(live, number, []).catch(() => {});
      if (given.size > FORGET_AT) forgetDurable(live);
      return;
    }
    const handler = this.#handler;
    if (handler !== undefined) this.#turn = this.#turn.then(() => this.#handOver(live, number, handler));
    else if (live.session.source.kind === 'none') this.abandon(live);
    else this.#tellOfTakers(live, number);
  }

  /**
   * Settles requests to which another process received the replies: what of them is still in the store goes to the
   * callers here.
   */
  async recover(live: InitiatorLive<Transaction>, requests: readonly bigint[]): Promise<void> {
    const { calls, inbound } = live.extra;
    const { destination } = live.session;
    const reception = destination.kind === 'none' ? destination.draining : destination;
    try {
      for (const number of reception === undefined ? [] : [...numbers(undelivered(reception))]) {
        const reply = await this.#stored(live, number);
        if (reply?.request === undefined || !calls.has(reply.request)) continue;
        inbound.set(number, { message: reply.message, request: reply.request });
        this.deliver(live, number);
      }
    } catch (error) {
      const { log, scheduler } = this.#context.collaborators;
      log({ level: 'error', event: 'replies-not-loaded', error, details: { session: live.key } });
      scheduler.after(1_000, () => void this.recover(live, requests));
      return;
    }
    for (const request of requests) {
      calls.get(request)?.reject(takenElsewhere('reply'));
      calls.delete(request);
    }
  }

  #tellOfTakers(live: InitiatorLive<Transaction>, number: bigint): void {
    if (this.#told) return;
    this.#told = true;
    const details = { session: live.key, number: String(number) };
    this.#context.collaborators.log({ level: 'warning', event: 'late-reply-kept', details });
  }

  /** The session is over: replies that nobody wants do not keep it from its end. */
  abandon(live: InitiatorLive<Transaction>): void {
    const { destination } = live.session;
    if (this.#handler !== undefined || destination.kind !== 'none' || destination.draining === undefined) return;
    for (const number of numbers(undelivered(destination.draining))) {
      if (live.extra.given.has(number)) continue;
      const details = { session: live.key, number: String(number) };
      this.#context.collaborators.log({ level: 'warning', event: 'reply-without-taker', details });
      this.#dealtWith(live, number, []).catch(() => {});
    }
  }

  /** A reply outside of any sequence. Nobody keeps it, so without its caller it is gone. */
  answered(live: InitiatorLive<Transaction>, request: bigint): void {
    const message = live.extra.unsequenced.get(request);
    const call = live.extra.calls.get(request);
    live.extra.unsequenced.delete(request);
    live.extra.calls.delete(request);
    if (message !== undefined) call?.resolve(message);
  }

  async #handOver(live: InitiatorLive<Transaction>, number: bigint, handler: ReplyHandler<Transaction>): Promise<void> {
    const { log, scheduler } = this.#context.collaborators;
    for (let attempt = 1; !live.gone; attempt++) {
      try {
        // It was given out again when the session was loaded again, and was taken all the same.
        if (isDealtWith(live, number)) return;
        const reply = live.extra.inbound.get(number) ?? (await this.#stored(live, number));
        if (reply === undefined || live.extra.given.has(number)) return;
        if (reply.request !== undefined && live.extra.calls.has(reply.request)) {
          live.extra.inbound.set(number, { message: reply.message, request: reply.request });
          this.deliver(live, number);
          return;
        }
        const application: ((transaction: Transaction) => void)[] = [];
        const requestId = reply.message.addressing.relatesTo?.[0]?.messageId;
        const securityContext = securityContextOf(live.session.binding);
        await handler(reply.message, {
          session: live.key,
          sequence: live.session.offer ?? '',
          messageNumber: number,
          attempt,
          request: reply.request ?? 0n,
          inTransaction: (write) => application.push(write),
          ...(requestId === undefined ? {} : { requestId }),
          ...(securityContext === undefined ? {} : { securityContext }),
        });
        await this.#dealtWith(live, number, application);
        live.extra.inbound.delete(number);
        return;
      } catch (error) {
        const details = { session: live.key, number: String(number), attempt };
        log({ level: 'error', event: 'reply-not-taken', error, details });
        await new Promise<void>((resolve) => {
          scheduler.after(Math.min(30_000, 100 * 2 ** Math.min(10, attempt)), resolve);
        });
      }
    }
  }

  async #dealtWith(
    live: InitiatorLive<Transaction>,
    number: bigint,
    application: readonly ((transaction: Transaction) => void)[],
  ): Promise<void> {
    await this.#context.runner.step(
      live,
      [{ to: 'session', kind: 'dealt-with', number, hasReply: false }],
      application.length === 0 ? {} : { application },
    );
  }

  async #stored(
    live: InitiatorLive<Transaction>,
    number: bigint,
  ): Promise<{ readonly message: IncomingMessage; readonly request?: bigint } | undefined> {
    const stored = await this.#context.collaborators.store.message(live.key, 'inbound', number);
    return stored === undefined ? undefined : decodeIncoming(stored.bytes);
  }
}

function isDealtWith<Transaction>({ session }: InitiatorLive<Transaction>, number: bigint): boolean {
  const { destination } = session;
  const reception = destination.kind === 'none' ? destination.draining : destination;
  return reception === undefined || contains(reception.delivered, number);
}

/** So many given replies are remembered before those are looked for whose delivery is durable. */
const FORGET_AT = 256;

function forgetDurable<Transaction>({ committed, extra }: InitiatorLive<Transaction>): void {
  const { destination } = committed;
  if (destination.kind === 'none') return;
  for (const number of extra.given) if (contains(destination.delivered, number)) extra.given.delete(number);
}
