import { type DestinationConfig, defaultRetransmissionConfig } from './config.js';
import {
  createdDestination,
  type DestinationState,
  type Draining,
  type LivingDestination,
  type Reception,
} from './destination-state.js';
import type { RmFault } from './faults.js';
import type { Instant } from './instant.js';
import {
  add,
  contains,
  contiguous,
  highest,
  lesser,
  noRanges,
  numbers,
  type Ranges,
  range,
  size,
  subtract,
} from './ranges.js';
import { backoff } from './retransmission.js';
import type { EndReason } from './source-state.js';

/** What happens to an RM Destination. */
export type DestinationInput =
  /** A CreateSequence was accepted; `expires` in milliseconds. */
  | { readonly kind: 'create'; readonly identifier: string; readonly expires?: number }
  /** A message with a Sequence header block; `heldBytes`: what would wait for the application with it. */
  | { readonly kind: 'message'; readonly number: bigint; readonly heldBytes?: number }
  | { readonly kind: 'ack-requested' }
  /** CloseSequence from the RM Source. */
  | { readonly kind: 'close'; readonly lastMessageNumber?: bigint }
  /** TerminateSequence from the RM Source. */
  | { readonly kind: 'terminate'; readonly lastMessageNumber?: bigint }
  /** This side wants to accept no more. */
  | { readonly kind: 'close-wanted' }
  | { readonly kind: 'close-response' }
  /** This side wants to end the sequence. */
  | { readonly kind: 'terminate-wanted' }
  | { readonly kind: 'terminate-response' }
  | { readonly kind: 'fault'; readonly code: 'terminated' | 'unknown' | 'invalid-acknowledgement' }
  /** The application is through with a message that it was given. */
  | { readonly kind: 'delivered'; readonly number: bigint }
  /** The application could not take it now; it is given again on `retry`. */
  | { readonly kind: 'retry'; readonly number: bigint }
  /** The sequence ends with the one that it is paired with. */
  | { readonly kind: 'end'; readonly reason: EndReason }
  | { readonly kind: 'heard' }
  /** The time that {@link destinationTimeout} said has come; harmless at any other time. */
  | { readonly kind: 'timeout'; readonly jitter?: number }
  /** The process starts again with this state. */
  | { readonly kind: 'resume' };

/** What is to be done. All but `deliver` and `accept` only after the commit. */
export type DestinationEffect =
  /** The message is new: its body goes into the store in the same commit. */
  | { readonly kind: 'accept'; readonly number: bigint }
  /** The message was accepted before. */
  | { readonly kind: 'duplicate'; readonly number: bigint }
  /** The message goes beyond a limit and is left to be repeated. */
  | { readonly kind: 'left'; readonly number: bigint }
  | { readonly kind: 'deliver'; readonly number: bigint }
  /** An acknowledgement is due; `final` when the sequence is closed. */
  | {
      readonly kind: 'acknowledge';
      readonly identifier: string;
      readonly ranges: Ranges;
      readonly final: boolean;
    }
  /** Answer CloseSequence or TerminateSequence of the RM Source; the acknowledgement goes along. */
  | { readonly kind: 'respond'; readonly to: 'close' | 'terminate'; readonly identifier: string }
  | { readonly kind: 'send-close' }
  | { readonly kind: 'send-terminate' }
  | { readonly kind: 'fault'; readonly fault: RmFault }
  /** The bodies are not needed any more; part of the same commit. */
  | { readonly kind: 'discard'; readonly ranges: Ranges }
  /** Accepted, and never to be delivered: a lower number is missing for good. */
  | { readonly kind: 'undeliverable'; readonly ranges: Ranges }
  | { readonly kind: 'ended'; readonly reason: EndReason }
  /** The sequence is over and everything that could be delivered has been. */
  | { readonly kind: 'drained' };

export interface DestinationStep {
  readonly state: DestinationState;
  readonly effects: readonly DestinationEffect[];
}

/** One step of an RM Destination (WS-RM 1.2 appendix, state table of the RM Destination). Pure. */
export function stepDestination(
  state: DestinationState,
  input: DestinationInput,
  now: Instant,
  config: DestinationConfig,
): DestinationStep {
  if (input.kind === 'delivered' || input.kind === 'retry') return onDealtWith(state, input, config);
  if (state.kind === 'none') return stepNone(state, input, now, config);
  if (input.kind === 'resume') {
    return deliverNext({ ...state, heardAt: now, delivering: noRanges }, [], config);
  }
  const lapsed = lapse(state, now, config);
  if (lapsed !== undefined) return end(state, lapsed, [], config);
  switch (input.kind) {
    case 'create':
      return stay(state);
    case 'message':
      return onMessage(heard(state, now), input.number, input.heldBytes ?? 0, config);
    case 'ack-requested':
      return state.kind === 'terminating' ? terminated(state) : acknowledge(heard(state, now), []);
    case 'close':
      return onClose(heard(state, now), input.lastMessageNumber, config);
    case 'terminate':
      return onTerminate(heard(state, now), input.lastMessageNumber, config);
    case 'close-wanted':
      return state.kind === 'created'
        ? { state: { ...state, kind: 'closed' }, effects: [{ kind: 'send-close' }] }
        : stay(state);
    case 'close-response':
      return stay(heard(state, now));
    case 'terminate-wanted':
      return onTerminateWanted(state, now);
    case 'terminate-response':
      return state.kind === 'terminating' ? end(state, 'terminated', [], config) : stay(heard(state, now));
    case 'fault':
      if (input.code === 'invalid-acknowledgement') return stay(heard(state, now));
      return end(state, input.code === 'terminated' ? 'terminated-by-peer' : 'unknown-to-peer', [], config);
    case 'end':
      return end(state, input.reason, [], config);
    case 'heard':
      return stay(heard(state, now));
    case 'timeout':
      return onTimeout(state, input.jitter, now);
  }
}

/** When {@link stepDestination} is to be called with `timeout`; undefined: not before something else happens. */
export function destinationTimeout(state: DestinationState, config: DestinationConfig): Instant | undefined {
  if (state.kind === 'none') return undefined;
  let next = state.expiresAt ?? Number.POSITIVE_INFINITY;
  if (config.inactivityTimeout > 0) next = Math.min(next, state.heardAt + config.inactivityTimeout);
  if (state.kind === 'terminating') next = Math.min(next, state.dueAt);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/** The numbers that are accepted and wait for the application. */
export function undelivered(state: Reception): Ranges {
  return subtract(state.received, state.delivered);
}

function stepNone(
  state: Extract<DestinationState, { kind: 'none' }>,
  input: DestinationInput,
  now: Instant,
  config: DestinationConfig,
): DestinationStep {
  if (input.kind === 'create' && state.ended === undefined) {
    const { identifier, expires } = input;
    return stay(createdDestination(identifier, now, expires === undefined ? undefined : now + expires));
  }
  if (input.kind === 'resume' && state.draining !== undefined) {
    return deliverNext({ ...state, draining: { ...state.draining, delivering: noRanges } }, [], config);
  }
  return stay(state);
}

function onMessage(
  state: LivingDestination,
  number: bigint,
  heldBytes: number,
  config: DestinationConfig,
): DestinationStep {
  if (state.kind === 'terminating') return terminated(state);
  if (contains(state.received, number)) return acknowledge(state, [{ kind: 'duplicate', number }]);
  if (state.kind === 'closed') {
    return acknowledge(state, [{ kind: 'fault', fault: { code: 'SequenceClosed', identifier: state.identifier } }]);
  }
  const limit = contiguous(state.received) + config.maxGap;
  const maxMessageNumber = lesser(limit, config.maxMessageNumber);
  if (number > maxMessageNumber) {
    const { identifier } = state;
    return {
      state,
      effects: [{ kind: 'fault', fault: { code: 'MessageNumberRollover', identifier, maxMessageNumber } }],
    };
  }
  const received = add(state.received, number);
  // What the application is to have next is never left, or a full hold could not empty itself.
  const isNext = number === contiguous(state.delivered) + 1n;
  const isTooMuch =
    received.length > config.maxRanges ||
    size(undelivered(state)) >= BigInt(config.maxHeld) ||
    heldBytes > config.maxHeldBytes;
  if (isTooMuch && !isNext) return acknowledge(state, [{ kind: 'left', number }]);
  const step = deliverNext({ ...state, received }, [{ kind: 'accept', number }], config);
  return { state: step.state, effects: [...step.effects, acknowledgement({ ...state, received }, false)] };
}

function onClose(
  state: LivingDestination,
  lastMessageNumber: bigint | undefined,
  config: DestinationConfig,
): DestinationStep {
  if (state.kind === 'terminating') return terminated(state);
  if (isInconsistent(state, lastMessageNumber)) return violated(state, config);
  const effects: DestinationEffect[] = [
    { kind: 'respond', to: 'close', identifier: state.identifier },
    acknowledgement(state, true),
  ];
  if (state.kind === 'closed') return { state, effects };
  return {
    state: { ...state, kind: 'closed', ...(lastMessageNumber === undefined ? {} : { lastMessageNumber }) },
    effects,
  };
}

function onTerminate(
  state: LivingDestination,
  lastMessageNumber: bigint | undefined,
  config: DestinationConfig,
): DestinationStep {
  if (isInconsistent(state, lastMessageNumber)) return violated(state, config);
  const effects: readonly DestinationEffect[] = [
    { kind: 'respond', to: 'terminate', identifier: state.identifier },
    acknowledgement(state, true),
  ];
  return end(state, 'terminated', effects, config);
}

/** LastMsgNumber below a number that came already, or another one than CloseSequence had (WS-RM 1.2 §3.5, §3.6). */
function isInconsistent(state: LivingDestination, lastMessageNumber: bigint | undefined): boolean {
  if (lastMessageNumber === undefined) return false;
  const before = state.kind === 'closed' ? state.lastMessageNumber : undefined;
  return lastMessageNumber < highest(state.received) || (before !== undefined && before !== lastMessageNumber);
}

function violated(state: LivingDestination, config: DestinationConfig): DestinationStep {
  const fault: RmFault = { code: 'SequenceTerminated', identifier: state.identifier };
  return end(state, 'violated', [{ kind: 'fault', fault }], config);
}

function onTerminateWanted(state: LivingDestination, now: Instant): DestinationStep {
  if (state.kind === 'terminating') return { state, effects: [{ kind: 'send-terminate' }] };
  const { identifier, received, delivered, delivering, heardAt, expiresAt } = state;
  return {
    state: {
      kind: 'terminating',
      identifier,
      received,
      delivered,
      delivering,
      heardAt,
      attempts: 1,
      dueAt: now + backoff(1, undefined, defaultRetransmissionConfig),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
    effects: [{ kind: 'send-terminate' }],
  };
}

function onTimeout(state: LivingDestination, jitter: number | undefined, now: Instant): DestinationStep {
  if (state.kind !== 'terminating' || state.dueAt > now) return stay(state);
  const attempts = state.attempts + 1;
  const dueAt = now + backoff(attempts, jitter, defaultRetransmissionConfig);
  return { state: { ...state, attempts, dueAt }, effects: [{ kind: 'send-terminate' }] };
}

function onDealtWith(
  state: DestinationState,
  input: Extract<DestinationInput, { kind: 'delivered' | 'retry' }>,
  config: DestinationConfig,
): DestinationStep {
  const reception = state.kind === 'none' ? state.draining : state;
  // What was not given out by this state was given out by one that never became durable.
  if (reception === undefined || !contains(reception.delivering, input.number)) return stay(state);
  const one = range(input.number, input.number);
  const delivering = subtract(reception.delivering, one);
  if (input.kind === 'retry') return deliverNext(withReception(state, { ...reception, delivering }), [], config);
  if (contains(reception.delivered, input.number)) {
    return deliverNext(withReception(state, { ...reception, delivering }), [], config);
  }
  const delivered = add(reception.delivered, input.number);
  const next = withReception(state, { ...reception, delivering, delivered });
  return deliverNext(next, [{ kind: 'discard', ranges: one }], config);
}

/** Gives the application what it can have now. */
function deliverNext(
  state: DestinationState,
  effects: readonly DestinationEffect[],
  config: DestinationConfig,
): DestinationStep {
  const reception = state.kind === 'none' ? state.draining : state;
  if (reception === undefined) return { state, effects };
  const ready = deliverable(reception, config);
  if (ready.length === 0) {
    if (state.kind !== 'none' || reception.delivering.length > 0) return { state, effects };
    const { draining: _, ...rest } = state;
    return { state: rest, effects: [...effects, { kind: 'drained' }] };
  }
  let { delivering, delivered } = reception;
  const given: DestinationEffect[] = [];
  for (const number of ready) {
    delivering = add(delivering, number);
    given.push({ kind: 'deliver', number });
    if (config.assurance === 'atMostOnce') {
      delivered = add(delivered, number);
      given.push({ kind: 'discard', ranges: range(number, number) });
    }
  }
  return {
    state: withReception(state, { ...reception, delivering, delivered }),
    effects: [...effects, ...given],
  };
}

function deliverable(state: Reception, config: DestinationConfig): readonly bigint[] {
  if (config.order === 'any') return [...numbers(subtract(undelivered(state), state.delivering))];
  if (state.delivering.length > 0) return [];
  const next = contiguous(state.delivered) + 1n;
  return contains(state.received, next) ? [next] : [];
}

function end(
  state: LivingDestination,
  reason: EndReason,
  effects: readonly DestinationEffect[],
  config: DestinationConfig,
): DestinationStep {
  const { identifier, received, delivered, delivering } = state;
  const lost = neverDeliverable(state, config);
  const draining: Draining = { identifier, received: subtract(received, lost), delivered, delivering };
  const gone: readonly DestinationEffect[] =
    lost.length === 0
      ? []
      : [
          { kind: 'undeliverable', ranges: lost },
          { kind: 'discard', ranges: lost },
        ];
  return deliverNext(
    { kind: 'none', ended: reason, draining },
    [...effects, ...gone, { kind: 'ended', reason }],
    config,
  );
}

/** In order, nothing after the first gap can be delivered any more (DiscardFollowingFirstGap, WS-RM 1.2 §3.4). */
function neverDeliverable(state: LivingDestination, config: DestinationConfig): Ranges {
  if (config.order === 'any') return noRanges;
  return subtract(state.received, range(1n, contiguous(state.received)));
}

function lapse(state: LivingDestination, now: Instant, config: DestinationConfig): EndReason | undefined {
  if (state.expiresAt !== undefined && state.expiresAt <= now) return 'expired';
  if (config.inactivityTimeout > 0 && state.heardAt + config.inactivityTimeout <= now) return 'inactive';
  return undefined;
}

function terminated(state: LivingDestination): DestinationStep {
  return {
    state,
    effects: [{ kind: 'fault', fault: { code: 'SequenceTerminated', identifier: state.identifier } }],
  };
}

function acknowledge(state: LivingDestination, effects: readonly DestinationEffect[]): DestinationStep {
  return { state, effects: [...effects, acknowledgement(state, state.kind === 'closed')] };
}

function acknowledgement(state: LivingDestination, final: boolean): DestinationEffect {
  return { kind: 'acknowledge', identifier: state.identifier, ranges: state.received, final };
}

function heard<State extends LivingDestination>(state: State, now: Instant): State {
  return state.heardAt === now ? state : { ...state, heardAt: now };
}

function withReception(state: DestinationState, reception: Reception): DestinationState {
  if (state.kind !== 'none') return { ...state, ...reception };
  return state.draining === undefined ? state : { ...state, draining: { ...state.draining, ...reception } };
}

function stay(state: DestinationState): DestinationStep {
  return { state, effects: [] };
}
