import type { Binding } from './binding.js';
import type { DestinationConfig, SourceConfig } from './config.js';
import { type DestinationEffect, type DestinationInput, destinationTimeout, stepDestination } from './destination.js';
import type { Instant } from './instant.js';
import { contains, type Ranges } from './ranges.js';
import { isOver, type Session } from './session-state.js';
import { sourceTimeout, stepSource } from './source.js';
import type { SourceEffect, SourceInput } from './source-events.js';

export interface SessionConfig {
  readonly source: SourceConfig;
  readonly destination: DestinationConfig;
  /** Milliseconds that an acknowledgement waits for a message to ride on when nothing is on the way. */
  readonly acknowledgementInterval: number;
  /** The same while other requests are on the way, which the peer may be holding back for it. */
  readonly busyAcknowledgementInterval: number;
  /** Replies that may be kept unacknowledged before no more requests are taken. */
  readonly maxKeptReplies: number;
}

export type SessionInput =
  | { readonly to: 'source'; readonly input: SourceInput }
  | { readonly to: 'destination'; readonly input: DestinationInput }
  /** Initiator: the token is there. */
  | { readonly to: 'session'; readonly kind: 'bound'; readonly binding: Binding }
  /** Initiator: the token was refused before the sequence was there; another CreateSequence begins. */
  | { readonly to: 'session'; readonly kind: 'unbound'; readonly createId: string; readonly offer?: string }
  /** Initiator: CreateSequenceResponse. */
  | {
      readonly to: 'session';
      readonly kind: 'created';
      readonly identifier: string;
      readonly expires?: number;
      /** Whether the offered sequence was taken. */
      readonly accepted: boolean;
      readonly jitter?: number;
    }
  /** Initiator: a reply came to this request; `number` is its own, if it has one. */
  | { readonly to: 'session'; readonly kind: 'reply'; readonly request: bigint; readonly number?: bigint }
  /** Recipient: the application is through with a message, and there is a reply to it or none. */
  | { readonly to: 'session'; readonly kind: 'dealt-with'; readonly number: bigint; readonly hasReply: boolean }
  /** Both sequences: something was heard, the time has come, the process starts again. */
  | { readonly to: 'session'; readonly kind: 'heard' }
  | { readonly to: 'session'; readonly kind: 'timeout'; readonly jitter?: number }
  | { readonly to: 'session'; readonly kind: 'resume' };

export type SessionEffect =
  | { readonly of: 'source'; readonly effect: SourceEffect }
  | { readonly of: 'destination'; readonly effect: DestinationEffect }
  /** Initiator: acknowledge the replies with a message of its own. */
  | { readonly of: 'session'; readonly effect: { readonly kind: 'send-acknowledgement' } }
  /** Initiator: the reply to a request is there; `number` tells where its body is, if it was accepted into the store. */
  | {
      readonly of: 'session';
      readonly effect: { readonly kind: 'answered'; readonly request: bigint; readonly number?: bigint };
    }
  /** Recipient: what the application was through with is not waiting for it (any more); nothing of it must last. */
  | { readonly of: 'session'; readonly effect: { readonly kind: 'not-awaited'; readonly number: bigint } }
  /** Both sequences are over and nothing is left to be done. */
  | { readonly of: 'session'; readonly effect: { readonly kind: 'over' } };

export interface SessionStep {
  readonly state: Session;
  readonly effects: readonly SessionEffect[];
}

/** One step of a session: the steps of its two sequences, and what one means for the other. Pure. */
export function stepSession(state: Session, input: SessionInput, now: Instant, config: SessionConfig): SessionStep {
  const turn = new Turn(state, now, config);
  turn.take(input);
  return turn.finish();
}

/** When {@link stepSession} is to be called with `timeout`; undefined: not before something else happens. */
export function sessionTimeout(state: Session, config: SessionConfig): Instant | undefined {
  const times = [
    sourceTimeout(state.source, config.source),
    destinationTimeout(state.destination, config.destination),
    state.acknowledgeAt,
  ].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** What is under way within one step. */
class Turn {
  #state: Session;
  readonly #before: Session;
  readonly #effects: SessionEffect[] = [];
  readonly #now: Instant;
  readonly #config: SessionConfig;

  constructor(state: Session, now: Instant, config: SessionConfig) {
    this.#state = state;
    this.#before = state;
    this.#now = now;
    this.#config = config;
  }

  finish(): SessionStep {
    let state = this.#state;
    if (state.acknowledgeAt !== undefined && this.#effects.some(carriesAcknowledgement)) {
      const { acknowledgeAt: _, ...rest } = state;
      state = rest;
    }
    if (isOver(state) && !isOver(this.#before)) {
      this.#effects.push({ of: 'session', effect: { kind: 'over' } });
    }
    return { state, effects: this.#effects };
  }

  take(input: SessionInput): void {
    switch (input.to) {
      case 'source':
        this.#source(input.input);
        break;
      case 'destination':
        this.#takeDestination(input.input);
        break;
      case 'session':
        this.#session(input);
        break;
    }
  }

  #session(input: Extract<SessionInput, { to: 'session' }>): void {
    switch (input.kind) {
      case 'bound':
        this.#state = { ...this.#state, binding: input.binding };
        break;
      case 'unbound': {
        const { offer: _, ...rest } = this.#state;
        const { createId, offer } = input;
        this.#state = { ...rest, binding: undefined, createId, ...(offer === undefined ? {} : { offer }) };
        break;
      }
      case 'created':
        this.#created(input);
        break;
      case 'reply':
        this.#reply(input.request, input.number);
        break;
      case 'dealt-with':
        this.#dealtWith(input.number, input.hasReply);
        break;
      case 'heard':
        this.#source(input);
        this.#destination(input);
        break;
      case 'timeout':
        this.#source(input);
        this.#destination(input);
        if (this.#state.acknowledgeAt !== undefined && this.#state.acknowledgeAt <= this.#now) {
          this.#effects.push({ of: 'session', effect: { kind: 'send-acknowledgement' } });
        }
        break;
      case 'resume':
        this.#source(input);
        this.#destination(input);
        break;
    }
  }

  #created(input: Extract<SessionInput, { kind: 'created' }>): void {
    const { identifier, expires, accepted, jitter } = input;
    if (this.#state.source.kind !== 'creating') return;
    if (accepted && this.#state.offer !== undefined) {
      this.#destination({ kind: 'create', identifier: this.#state.offer });
    }
    if (expires !== undefined) this.#state = { ...this.#state, expires };
    this.#source({
      kind: 'created',
      identifier,
      ...(expires === undefined ? {} : { expires }),
      ...(jitter === undefined ? {} : { jitter }),
    });
  }

  #reply(request: bigint, number: bigint | undefined): void {
    const { source } = this.#state;
    const isAwaited = source.kind !== 'none' && source.window.some((each) => each.number === request && each.request);
    if (number !== undefined) {
      const before = this.#effects.length;
      this.#destination({ kind: 'message', number });
      const isNew = this.#effects
        .slice(before)
        .some(({ of, effect }) => of === 'destination' && effect.kind === 'accept');
      this.#acknowledgeSoon();
      if (!isNew) return;
    }
    if (!isAwaited) return;
    this.#source({ kind: 'answered', number: request });
    this.#effects.push({
      of: 'session',
      effect: { kind: 'answered', request, ...(number === undefined ? {} : { number }) },
    });
  }

  #acknowledgeSoon(): void {
    const { source, acknowledgeAt } = this.#state;
    const isBusy = source.kind !== 'none' && source.window.length > 1;
    const { acknowledgementInterval, busyAcknowledgementInterval } = this.#config;
    const due = this.#now + (isBusy ? busyAcknowledgementInterval : acknowledgementInterval);
    if (acknowledgeAt === undefined || due < acknowledgeAt) this.#state = { ...this.#state, acknowledgeAt: due };
  }

  /** The recipient keeps a reply, and with it the request's number, until the reply is acknowledged. */
  #dealtWith(number: bigint, hasReply: boolean): void {
    const reception =
      this.#state.destination.kind === 'none' ? this.#state.destination.draining : this.#state.destination;
    const isAwaited = reception !== undefined && contains(reception.delivering, number);
    this.#destination({ kind: 'delivered', number });
    if (!isAwaited) this.#effects.push({ of: 'session', effect: { kind: 'not-awaited', number } });
    else if (hasReply) this.#keepReply(number);
  }

  #keepReply(request: bigint): void {
    const { source } = this.#state;
    // A sequence that is over, or has no numbers left, takes no reply along; nobody is waiting for one then.
    if (source.kind === 'none' ? source.ended !== undefined : source.kind !== 'created') return;
    const sequenced = source.kind !== 'none';
    const reply = source.kind === 'none' ? request : source.nextNumber;
    if (sequenced) this.#source({ kind: 'submit', request: false });
    let replies = [...this.#state.replies, { request, reply, sequenced }];
    if (!sequenced && replies.length > this.#config.maxKeptReplies) {
      // Nobody acknowledges these, so the oldest make room.
      const [oldest, ...rest] = replies;
      if (oldest !== undefined) this.#discardOutbound([{ lower: oldest.reply, upper: oldest.reply }]);
      replies = rest;
    }
    this.#state = { ...this.#state, replies };
  }

  #discardOutbound(ranges: Ranges): void {
    this.#effects.push({ of: 'source', effect: { kind: 'discard', ranges } });
  }

  #takeDestination(input: DestinationInput): void {
    const { destination, replies } = this.#state;
    const isFull = replies.length >= this.#config.maxKeptReplies && replies[0]?.sequenced === true;
    if (
      input.kind === 'message' &&
      isFull &&
      destination.kind === 'created' &&
      !contains(destination.received, input.number)
    ) {
      this.#effects.push({ of: 'destination', effect: { kind: 'left', number: input.number } });
      this.#destination({ kind: 'ack-requested' });
    } else {
      this.#destination(input);
      if (input.kind === 'ack-requested' && this.#state.role === 'initiator') this.#acknowledgeSoon();
    }
  }

  #source(input: SourceInput): void {
    const step = stepSource(this.#state.source, input, this.#now, this.#config.source);
    this.#state = { ...this.#state, source: step.state };
    for (const effect of step.effects) this.#onSource(effect);
  }

  #onSource(effect: SourceEffect): void {
    this.#effects.push({ of: 'source', effect });
    if (effect.kind === 'closed' && this.#state.role === 'initiator') this.#source({ kind: 'terminate' });
    if (effect.kind === 'discard' && this.#state.role === 'recipient') {
      const replies = this.#state.replies.filter(
        ({ reply, sequenced }) => !sequenced || !contains(effect.ranges, reply),
      );
      this.#state = { ...this.#state, replies };
    }
    if (effect.kind === 'ended' && this.#state.role === 'initiator') {
      this.#destination({ kind: 'end', reason: effect.reason });
    }
  }

  #destination(input: DestinationInput): void {
    const step = stepDestination(this.#state.destination, input, this.#now, this.#config.destination);
    this.#state = { ...this.#state, destination: step.state };
    for (const effect of step.effects) {
      this.#effects.push({ of: 'destination', effect });
      if (effect.kind === 'ended' && this.#state.role === 'recipient') {
        this.#source({ kind: 'end', reason: effect.reason });
      }
    }
  }
}

function carriesAcknowledgement({ of, effect }: SessionEffect): boolean {
  switch (of) {
    case 'source':
      return (
        effect.kind === 'transmit' ||
        effect.kind === 'send-close' ||
        effect.kind === 'send-terminate' ||
        effect.kind === 'send-ack-requested'
      );
    case 'session':
      return effect.kind === 'send-acknowledgement';
    case 'destination':
      return false;
  }
}
