import {
  faultAddressing,
  faultEnvelope,
  type IncomingMessage,
  isNone,
  type OutgoingMessage,
  receiverFault,
  replyAddressing,
  type SoapFault,
} from '@holdfast/soap';
import { securityContextOf } from './binding.js';
import { type Delivery, type DeliveryHandler, FaultError } from './delivery.js';
import { decodeIncoming, encodeOutgoing } from './message-codec.js';
import { identityOf, type RecipientContext, type RecipientLive } from './recipient-session.js';
import { backoff } from './retransmission.js';
import type { Session } from './session-state.js';

/** Whether the sender waits for a reply: it can be related to the message, and it has somewhere to go. */
export function expectsReply({ addressing }: IncomingMessage): boolean {
  return addressing.messageId !== undefined && !isNone(addressing.replyTo);
}

/** What a recipient knows of one delivery beyond the session. */
interface Attempt<Transaction> {
  readonly live: RecipientLive<Transaction>;
  readonly number: bigint;
  readonly message: IncomingMessage;
  /** Counts from 1. */
  readonly attempt: number;
}

/** Gives messages to the application, and its outcomes to the session: each with its own writes in the same commit. */
export class Deliveries<Transaction> {
  readonly #context: RecipientContext<Transaction>;
  readonly #handler: DeliveryHandler<Transaction>;
  /** Messages that the application has in hand, by session and number. */
  readonly #inHand = new Set<string>();
  /** Those of them that were to be delivered meanwhile. */
  readonly #again = new Set<string>();
  /** How often the delivery of a message failed. */
  readonly #failures = new Map<string, number>();

  constructor(context: RecipientContext<Transaction>, handler: DeliveryHandler<Transaction>) {
    this.#context = context;
    this.#handler = handler;
  }

  /** The session is gone, and with it what is known of its messages. */
  forget(session: string): void {
    for (const place of this.#failures.keys()) if (place.startsWith(`${session} `)) this.#failures.delete(place);
  }

  async deliver(live: RecipientLive<Transaction>, number: bigint): Promise<void> {
    const place = `${live.key} ${number}`;
    // After a failure of the store the application may still have it in hand: its outcome counts for the new state too.
    if (this.#inHand.has(place)) {
      this.#again.add(place);
      return;
    }
    this.#inHand.add(place);
    try {
      const failures = this.#failures.get(place) ?? 0;
      if (failures > 0) await this.#pause(failures);
      const message = live.gone ? undefined : (live.extra.inbound.get(number) ?? (await this.#stored(live, number)));
      if (message !== undefined) await this.#attempt({ live, number, message, attempt: failures + 1 });
    } catch (error) {
      this.#log('error', 'delivery-interrupted', live, number, error);
      this.#context.collaborators.scheduler.after(1_000, () => this.#retry(live, number));
    } finally {
      this.#inHand.delete(place);
      if (this.#again.delete(place)) this.#retry(live, number);
    }
  }

  async #attempt(attempt: Attempt<Transaction>): Promise<void> {
    const { live, number, message } = attempt;
    const isRequest = expectsReply(message);
    const isLast = attempt.attempt >= this.#context.config.maxDeliveries;
    const writes = new Writes<Transaction>();
    let reply: Reply | undefined;
    try {
      const said = await this.#handler(message, this.#delivery(attempt, writes));
      // What replies to a one-way message has nowhere to go.
      if (isRequest && said !== undefined) reply = encoded(answering(message, said));
    } catch (error) {
      this.#log(error instanceof FaultError ? 'info' : 'error', 'delivery-failed', live, number, error);
      if (!isRequest && !isLast) {
        this.#failed(attempt);
        this.#again.add(`${live.key} ${number}`);
        return;
      }
      writes.drop();
      if (isRequest) reply = refusal(message, error);
      else this.#giveUp(attempt, error);
    }
    try {
      await this.#settle(live, number, reply, writes.all);
    } catch (error) {
      if (writes.thrown === undefined) throw error;
      this.#log('error', 'delivery-failed', live, number, writes.thrown.error);
      this.#failed(attempt);
      // The session is loaded again and gives the message out again, up to the last time.
      if (!isLast) return;
      this.#giveUp(attempt, writes.thrown.error);
      await this.#settle(live, number, isRequest ? refusal(message, undefined) : undefined, []);
    }
  }

  #delivery({ live, number, attempt }: Attempt<Transaction>, writes: Writes<Transaction>): Delivery<Transaction> {
    const identity = identityOf(live.session.binding);
    const securityContext = securityContextOf(live.session.binding);
    return {
      session: live.key,
      sequence: sequenceOf(live.session),
      messageNumber: number,
      attempt,
      inTransaction: (write) => writes.add(write),
      ...(identity === '' ? {} : { identity }),
      ...(securityContext === undefined ? {} : { securityContext }),
    };
  }

  /** Marks a message delivered, with its reply and the application's own writes in one commit. */
  async #settle(
    live: RecipientLive<Transaction>,
    number: bigint,
    reply: Reply | undefined,
    application: readonly ((transaction: Transaction) => void)[],
  ): Promise<void> {
    const { runner } = this.#context;
    await runner.step(live, [{ to: 'session', kind: 'dealt-with', number, hasReply: reply !== undefined }], {
      ...(application.length === 0 ? {} : { application }),
      ...(reply === undefined
        ? {}
        : {
            bodies: () => {
              const kept = live.session.replies.find(({ request }) => request === number);
              if (kept === undefined) return [];
              live.extra.outbound.set(kept.reply, reply.message);
              return [{ log: 'outbound', number: kept.reply, encode: () => reply.bytes }];
            },
          }),
    });
    live.extra.inbound.delete(number);
    live.extra.held.remove(number);
    this.#failures.delete(`${live.key} ${number}`);
    live.extra.waiting.get(number)?.();
  }

  #failed({ live, number, attempt }: Attempt<Transaction>): void {
    this.#failures.set(`${live.key} ${number}`, attempt);
  }

  #giveUp({ live, number, message }: Attempt<Transaction>, error: unknown): void {
    this.#log('error', 'message-given-up', live, number, error);
    const sequence = sequenceOf(live.session);
    this.#context.collaborators.onFailed?.(message, { session: live.key, sequence, messageNumber: number, error });
  }

  #retry(live: RecipientLive<Transaction>, number: bigint): void {
    if (live.gone) return;
    this.#context.runner.step(live, [{ to: 'destination', input: { kind: 'retry', number } }]).catch(() => {});
  }

  async #stored(live: RecipientLive<Transaction>, number: bigint): Promise<IncomingMessage | undefined> {
    const stored = await this.#context.collaborators.store.message(live.key, 'inbound', number);
    if (stored === undefined) return undefined;
    const { message } = decodeIncoming(stored.bytes);
    live.extra.inbound.set(number, message);
    return message;
  }

  #pause(failures: number): Promise<void> {
    const { random, scheduler } = this.#context.collaborators;
    return new Promise((resolve) => {
      scheduler.after(backoff(failures, random.fraction(), this.#context.config.redelivery), resolve);
    });
  }

  #log(level: 'info' | 'error', event: string, live: RecipientLive<Transaction>, number: bigint, error: unknown): void {
    const details = { session: live.key, number: String(number) };
    this.#context.collaborators.log({ level, event, error, details });
  }
}

/** The sequence that a message came in, also when it is over meanwhile. */
function sequenceOf({ destination }: Session): string {
  const living = destination.kind === 'none' ? destination.draining : destination;
  return living?.identifier ?? '';
}

/** The application's writes of one delivery, and what one of them threw. */
class Writes<Transaction> {
  readonly all: ((transaction: Transaction) => void)[] = [];
  thrown: { readonly error: unknown } | undefined;

  add(write: (transaction: Transaction) => void): void {
    this.all.push((transaction) => {
      try {
        write(transaction);
      } catch (error) {
        this.thrown = { error };
        throw error;
      }
    });
  }

  drop(): void {
    this.all.length = 0;
  }
}

/** A reply, and its form for the store. */
interface Reply {
  readonly message: OutgoingMessage;
  readonly bytes: Uint8Array;
}

/** Encoded before anything is done about it: what the application said may be what XML cannot say. */
function encoded(message: OutgoingMessage): Reply {
  return { message, bytes: encodeOutgoing({ message, request: false }) };
}

function refusal(request: IncomingMessage, error: unknown): Reply {
  const general = (): Reply => encoded(answering(request, faultReply(request, receiverFault)));
  if (!(error instanceof FaultError)) return general();
  try {
    return encoded(answering(request, faultReply(request, error.fault)));
  } catch {
    return general();
  }
}

function faultReply({ envelope, addressing }: IncomingMessage, fault: SoapFault): OutgoingMessage {
  return { envelope: faultEnvelope(fault, envelope.version), addressing: faultAddressing(addressing, fault) };
}

/** A reply goes to where its request says and relates to it, unless the application has said otherwise. */
function answering(request: IncomingMessage, reply: OutgoingMessage): OutgoingMessage {
  const { action, ...given } = reply.addressing;
  return { ...reply, addressing: { ...replyAddressing(request.addressing, action), ...given } };
}
