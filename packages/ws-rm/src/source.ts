import type { SourceConfig } from './config.js';
import { acknowledgedRanges } from './elements/sequence-acknowledgement.js';
import type { Instant } from './instant.js';
import { covers, highest, normalize, type Ranges, subtract, union } from './ranges.js';
import { backoff } from './retransmission.js';
import type { SourceEffect, SourceInput, SourceStep } from './source-events.js';
import {
  type EndReason,
  type EstablishedSource,
  emptyTransfer,
  type InFlight,
  isSettled,
  type LivingSource,
  lastMessageNumber,
  type SourceState,
  unsettled,
} from './source-state.js';
import { giveUp, send, sendDue, settledBy } from './window.js';

/** One step of an RM Source (WS-RM 1.2 appendix, state table of the RM Source). Pure. */
export function stepSource(state: SourceState, input: SourceInput, now: Instant, config: SourceConfig): SourceStep {
  if (state.kind === 'none') return stepNone(state, input, now, config);
  // While the process was down nobody could be heard.
  if (input.kind === 'resume') return onResume(state, now, config);
  const lapsed = lapse(state, now, config);
  if (lapsed !== undefined) return end(state, lapsed);
  switch (input.kind) {
    case 'create':
      return stay(state);
    case 'created':
      return onCreated(state, input, now, config);
    case 'refused':
      return state.kind === 'creating' ? end(state, 'refused') : stay(state);
    case 'submit':
      return onSubmit(state, input, now, config);
    case 'loaded':
      return onLoaded(state, input, now, config);
    case 'acknowledgement':
      return onAcknowledgement(heard(state, now), input, now, config);
    case 'answered':
      return onAnswered(heard(state, now), input.number, now, config);
    case 'fault':
      return onFault(heard(state, now), input.code);
    case 'close':
      return onClose(state, input.jitter, now, config);
    case 'close-by-destination':
      return onCloseByDestination(heard(state, now));
    case 'close-response':
      return onCloseResponse(heard(state, now), input.jitter, now, config);
    case 'terminate':
      return onTerminate(state, input.jitter, now, config);
    case 'terminate-by-destination':
      return state.kind === 'creating' ? stay(state) : end(state, 'terminated-by-peer', respond(state, 'terminate'));
    case 'terminate-response':
      return state.kind === 'terminating' ? end(state, 'terminated') : stay(heard(state, now));
    case 'end':
      return end(state, input.reason);
    case 'heard':
      return stay(heard(state, now));
    case 'timeout':
      return onTimeout(state, input.jitter, now, config);
  }
}

/** When {@link stepSource} is to be called with `timeout`; undefined: not before something else happens. */
export function sourceTimeout(state: SourceState, config: SourceConfig): Instant | undefined {
  if (state.kind === 'none') return undefined;
  let next = Number.POSITIVE_INFINITY;
  const before = (instant: Instant | undefined): void => {
    if (instant !== undefined && instant < next) next = instant;
  };
  if (state.kind !== 'creating') before(state.expiresAt);
  if (config.inactivityTimeout > 0) before(state.heardAt + config.inactivityTimeout);
  switch (state.kind) {
    case 'creating':
      before(state.dueAt);
      break;
    case 'created':
    case 'rollover':
      for (const { dueAt } of state.window) before(dueAt);
      before(signOfLifeAt(state, config));
      break;
    case 'closing':
      for (const { dueAt } of state.window) before(dueAt);
      before(state.dueAt);
      break;
    case 'terminating':
      before(state.dueAt);
      break;
    case 'closed':
      break;
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

function stepNone(state: SourceState, input: SourceInput, now: Instant, config: SourceConfig): SourceStep {
  if (input.kind === 'create' && state.kind === 'none' && state.ended === undefined) {
    const dueAt = now + backoff(1, input.jitter, config.retransmission);
    return {
      state: { kind: 'creating', ...emptyTransfer, heardAt: now, attempts: 1, dueAt, closeWanted: false },
      effects: [{ kind: 'send-create' }],
    };
  }
  if (input.kind === 'submit') return { state, effects: [{ kind: 'not-taken', because: 'ended' }] };
  return { state, effects: [] };
}

function onCreated(
  state: LivingSource,
  input: Extract<SourceInput, { kind: 'created' }>,
  now: Instant,
  config: SourceConfig,
): SourceStep {
  if (state.kind !== 'creating') return stay(state);
  const { attempts: _, dueAt: __, kind: ___, ...kept } = state;
  const created: EstablishedSource = {
    ...kept,
    kind: 'created',
    identifier: input.identifier,
    heardAt: now,
    ...(input.expires === undefined ? {} : { expiresAt: now + input.expires }),
  };
  const { window, effects } = sendDue(created.window, now, input.jitter, config);
  return proceed({ ...created, window }, effects, now, config, input.jitter);
}

function onSubmit(
  state: LivingSource,
  input: Extract<SourceInput, { kind: 'submit' }>,
  now: Instant,
  config: SourceConfig,
): SourceStep {
  if (state.kind === 'rollover') return notTaken(state, 'rollover');
  if ((state.kind !== 'created' && state.kind !== 'creating') || state.closeWanted) return notTaken(state, 'closed');
  const number = state.nextNumber;
  if (number > config.maxMessageNumber) return notTaken(state, 'rollover');
  const submitted = { ...state, nextNumber: number + 1n };
  if (config.transmission === 'onRequest') return stay({ ...submitted, unsent: number + 1n });
  const hasRoom = state.unsent === number && state.window.length < config.window;
  if (!hasRoom) return stay(submitted);
  const waiting: InFlight = { number, request: input.request, attempts: 0, dueAt: now, acknowledged: false };
  const queued = { ...submitted, unsent: number + 1n };
  if (state.kind === 'creating') return stay({ ...queued, window: [...state.window, waiting] });
  const { sent, effect } = send(waiting, now, input.jitter, config);
  return { state: { ...queued, window: [...state.window, sent] }, effects: [effect] };
}

function onLoaded(
  state: LivingSource,
  input: Extract<SourceInput, { kind: 'loaded' }>,
  now: Instant,
  config: SourceConfig,
): SourceStep {
  if (!state.loading) return stay(state);
  if (state.kind !== 'created' && state.kind !== 'rollover') return stay({ ...state, loading: false });
  const entering = input.messages
    .filter(({ number }) => number >= state.unsent && number < state.nextNumber)
    .slice(0, config.window - state.window.length);
  const last = entering.at(-1);
  const window = [
    ...state.window,
    ...entering.map(
      ({ number, request }): InFlight => ({ number, request, attempts: 0, dueAt: now, acknowledged: false }),
    ),
  ];
  const due = sendDue(window, now, input.jitter, config);
  return {
    state: {
      ...state,
      loading: false,
      window: due.window,
      unsent: last === undefined ? state.unsent : last.number + 1n,
    },
    effects: due.effects,
  };
}

function onAcknowledgement(
  state: LivingSource,
  input: Extract<SourceInput, { kind: 'acknowledgement' }>,
  now: Instant,
  config: SourceConfig,
): SourceStep {
  const { acknowledgement } = input;
  if (state.kind === 'creating') return unknown(state, acknowledgement.identifier);
  if (state.kind === 'terminating') return stay(state);
  const ranges = acknowledgedRanges(acknowledgement);
  const isInvalid =
    ranges === undefined ||
    // A number that never left is no number that can have arrived.
    highest(ranges) >= state.unsent ||
    acknowledgement.nacks.some((number) => number >= state.unsent) ||
    // An older acknowledgement may overtake a newer one, so only a final one shows that a number was dropped.
    (acknowledgement.final && !covers(ranges, state.acknowledged));
  if (isInvalid) {
    return { state, effects: [{ kind: 'fault', fault: { code: 'InvalidAcknowledgement', acknowledgement } }] };
  }
  const fresh = subtract(ranges, state.acknowledged);
  const acknowledged = fresh.length === 0 ? state.acknowledged : union(state.acknowledged, fresh);
  const effects: SourceEffect[] = [];
  if (fresh.length > 0) effects.push({ kind: 'acknowledged', ranges: fresh });
  const done = settledBy(state, fresh, config);
  if (done.settled.length > 0) effects.push({ kind: 'discard', ranges: done.settled });
  const next = { ...state, acknowledged, window: done.window };
  if (acknowledgement.final) {
    return state.kind === 'closed' ? { state: next, effects } : close(next, effects);
  }
  if (acknowledgement.nacks.length > 0 && state.kind !== 'closed') {
    const wanted = new Set(acknowledgement.nacks);
    const window = next.window.map((each) =>
      wanted.has(each.number) && !each.acknowledged ? { ...each, dueAt: now } : each,
    );
    const due = sendDue(window, now, input.jitter, config);
    return proceed({ ...next, window: due.window }, [...effects, ...due.effects], now, config, input.jitter);
  }
  return proceed(next, effects, now, config, input.jitter);
}

function onAnswered(state: LivingSource, number: bigint, now: Instant, config: SourceConfig): SourceStep {
  if (state.kind === 'creating') return stay(state);
  const window = state.window.filter((each) => each.number !== number);
  if (window.length === state.window.length) return stay(state);
  return proceed(
    { ...state, window },
    [{ kind: 'discard', ranges: [{ lower: number, upper: number }] }],
    now,
    config,
    undefined,
  );
}

function onFault(state: LivingSource, code: Extract<SourceInput, { kind: 'fault' }>['code']): SourceStep {
  switch (code) {
    case 'rollover':
      return state.kind === 'created' ? stay({ ...state, kind: 'rollover' }) : stay(state);
    case 'closed':
      return state.kind === 'created' || state.kind === 'rollover' || state.kind === 'closing'
        ? close(state, [])
        : stay(state);
    case 'terminated':
      return end(state, 'terminated-by-peer');
    case 'unknown':
      // A destination that has forgotten the sequence has no objection to its end.
      return end(state, state.kind === 'terminating' ? 'terminated' : 'unknown-to-peer');
  }
}

function onClose(state: LivingSource, jitter: number | undefined, now: Instant, config: SourceConfig): SourceStep {
  switch (state.kind) {
    case 'creating':
    case 'created':
    case 'rollover':
      return proceed({ ...state, closeWanted: true }, [], now, config, jitter);
    case 'closing':
      return { state, effects: [closeEffect(state)] };
    case 'closed':
    case 'terminating':
      return stay(state);
  }
}

function onCloseByDestination(state: LivingSource): SourceStep {
  switch (state.kind) {
    case 'creating':
      return stay(state);
    case 'created':
    case 'rollover':
    case 'closing':
      return close(state, [respond(state, 'close')]);
    case 'closed':
    case 'terminating':
      return { state, effects: [respond(state, 'close')] };
  }
}

function onCloseResponse(
  state: LivingSource,
  jitter: number | undefined,
  now: Instant,
  config: SourceConfig,
): SourceStep {
  if (state.kind !== 'closing') return stay(state);
  if (!isSettled(state) && config.closeAfterAttempts > 0) {
    // This peer says only now what it lacks, and takes that still.
    const window = state.window.map((each) => (each.acknowledged ? each : { ...each, dueAt: now }));
    const due = sendDue(window, now, jitter, config);
    return { state: { ...state, window: due.window }, effects: due.effects };
  }
  return close(state, []);
}

function onTerminate(state: LivingSource, jitter: number | undefined, now: Instant, config: SourceConfig): SourceStep {
  if (state.kind === 'creating') return stay(state);
  if (state.kind === 'terminating') return { state, effects: [terminateEffect(state)] };
  const lost = unsettled(state);
  const terminating: EstablishedSource = {
    ...withoutWindow(state),
    kind: 'terminating',
    attempts: 1,
    dueAt: now + backoff(1, jitter, config.retransmission),
  };
  return { state: terminating, effects: [...failure(lost), terminateEffect(state)] };
}

function onTimeout(state: LivingSource, jitter: number | undefined, now: Instant, config: SourceConfig): SourceStep {
  const { maxAttempts } = config.retransmission;
  switch (state.kind) {
    case 'creating': {
      if (state.dueAt > now) return stay(state);
      if (state.attempts >= config.maxCreateAttempts) return { state, effects: [{ kind: 'create-given-up' }] };
      return { state: again(state, jitter, now, config), effects: [{ kind: 'send-create' }] };
    }
    case 'created':
    case 'rollover': {
      const spent = giveUp(state.window, now, maxAttempts);
      if (spent.isBroken) return end(state, 'exhausted');
      const due = sendDue(spent.window, now, jitter, config);
      const asks = signOfLifeAt(state, config);
      const isQuiet = asks !== undefined && asks <= now;
      return proceed(
        { ...state, window: due.window, ...(isQuiet ? { askedAt: now } : {}) },
        [...failure(spent.failed), ...due.effects, ...(isQuiet ? [{ kind: 'send-ack-requested' } as const] : [])],
        now,
        config,
        jitter,
      );
    }
    case 'closing': {
      const spent = giveUp(state.window, now, maxAttempts);
      if (spent.isBroken) return end(state, 'exhausted');
      const due = sendDue(spent.window, now, jitter, config);
      const next = { ...state, window: due.window };
      const effects = [...failure(spent.failed), ...due.effects];
      if (state.dueAt > now) return { state: next, effects };
      if (state.attempts >= maxAttempts) return end(next, 'exhausted');
      return { state: again(next, jitter, now, config), effects: [...effects, closeEffect(state)] };
    }
    case 'terminating': {
      if (state.dueAt > now) return stay(state);
      // All has arrived; only the other side's memory of it is left, and that has a limit of its own.
      if (state.attempts >= config.maxTerminateAttempts) return end(state, 'terminated');
      return { state: again(state, jitter, now, config), effects: [terminateEffect(state)] };
    }
    case 'closed':
      return stay(state);
  }
}

/** What was on its way when the process died may not have arrived, so all of it is due. */
function onResume(state: LivingSource, now: Instant, config: SourceConfig): SourceStep {
  const window = state.window.map((each) => ({ ...each, dueAt: now }));
  const resumed = { ...state, window, loading: false, heardAt: now };
  switch (resumed.kind) {
    case 'creating':
      return stay({ ...resumed, attempts: 0, dueAt: now });
    case 'closing':
    case 'terminating':
      return stay({ ...resumed, dueAt: now });
    case 'closed':
      return { state: resumed, effects: [{ kind: 'closed' }] };
    case 'created':
    case 'rollover':
      return proceed(resumed, [], now, config, undefined);
  }
}

/** What follows when messages are settled: room in the window is filled, and a wanted close is begun. */
function proceed(
  state: LivingSource,
  effects: readonly SourceEffect[],
  now: Instant,
  config: SourceConfig,
  jitter: number | undefined,
): SourceStep {
  if (state.kind !== 'created' && state.kind !== 'rollover') return { state, effects };
  if (state.closeWanted && (isSettled(state) || mayCloseEarly(state, config))) {
    const { closeWanted: _, ...kept } = state;
    const closing: EstablishedSource = {
      ...kept,
      kind: 'closing',
      attempts: 1,
      dueAt: now + backoff(1, jitter, config.retransmission),
    };
    return { state: closing, effects: [...effects, closeEffect(state)] };
  }
  const room = config.window - state.window.length;
  // Half a window at a time, so that the store is not asked for every single message.
  if (state.unsent < state.nextNumber && !state.loading && room * 2 >= config.window) {
    return {
      state: { ...state, loading: true },
      effects: [...effects, { kind: 'load', lower: state.unsent, limit: room }],
    };
  }
  return { state, effects };
}

function mayCloseEarly(state: EstablishedSource, config: SourceConfig): boolean {
  const { closeAfterAttempts } = config;
  return (
    closeAfterAttempts > 0 &&
    state.unsent === state.nextNumber &&
    state.window.every(({ request, attempts }) => !request && attempts >= closeAfterAttempts)
  );
}

/** No more messages are taken by the other side: what it has not taken is lost. */
function close(state: EstablishedSource, effects: readonly SourceEffect[]): SourceStep {
  const lost = unsettled(state);
  return {
    state: { ...withoutWindow(state), kind: 'closed' },
    effects: [...effects, ...failure(lost), { kind: 'closed' }],
  };
}

function end(state: LivingSource, reason: EndReason, ...effects: readonly SourceEffect[]): SourceStep {
  return {
    state: { kind: 'none', ended: reason },
    effects: [...effects, ...failure(unsettled(state)), { kind: 'ended', reason }],
  };
}

function failure(lost: Ranges): readonly SourceEffect[] {
  if (lost.length === 0) return [];
  const ranges = normalize(lost);
  return [
    { kind: 'failed', ranges },
    { kind: 'discard', ranges },
  ];
}

function again<State extends LivingSource & { readonly attempts: number }>(
  state: State,
  jitter: number | undefined,
  now: Instant,
  config: SourceConfig,
): State {
  const attempts = state.attempts + 1;
  return { ...state, attempts, dueAt: now + backoff(attempts, jitter, config.retransmission) };
}

/** When the time of the sequence is over, why. */
function lapse(state: LivingSource, now: Instant, config: SourceConfig): EndReason | undefined {
  if (state.kind !== 'creating' && state.expiresAt !== undefined && state.expiresAt <= now) return 'expired';
  if (config.inactivityTimeout > 0 && state.heardAt + config.inactivityTimeout <= now) return 'inactive';
  return undefined;
}

/** A sequence with nothing on the way shows the peer in time that it lives. */
function signOfLifeAt(state: EstablishedSource, config: SourceConfig): Instant | undefined {
  const { inactivityTimeout, transmission } = config;
  if (inactivityTimeout === 0 || transmission === 'onRequest' || !isSettled(state)) return undefined;
  const first = state.heardAt + inactivityTimeout / 2;
  return state.askedAt === undefined || state.askedAt < first ? first : state.askedAt + inactivityTimeout / 8;
}

function heard<State extends LivingSource>(state: State, now: Instant): State {
  return state.heardAt === now ? state : { ...state, heardAt: now };
}

function withoutWindow<State extends EstablishedSource>(state: State): State {
  return { ...state, window: [], unsent: state.nextNumber, loading: false };
}

function respond(state: EstablishedSource, to: 'close' | 'terminate'): SourceEffect {
  return { kind: 'respond', to, identifier: state.identifier };
}

function closeEffect(state: LivingSource): SourceEffect {
  const last = lastMessageNumber(state);
  return { kind: 'send-close', ...(last === undefined ? {} : { lastMessageNumber: last }) };
}

function terminateEffect(state: LivingSource): SourceEffect {
  const last = lastMessageNumber(state);
  return { kind: 'send-terminate', ...(last === undefined ? {} : { lastMessageNumber: last }) };
}

function unknown(state: SourceState, identifier: string): SourceStep {
  return { state, effects: [{ kind: 'fault', fault: { code: 'UnknownSequence', identifier } }] };
}

function notTaken(state: SourceState, because: 'rollover' | 'closed'): SourceStep {
  return { state, effects: [{ kind: 'not-taken', because }] };
}

function stay(state: SourceState): SourceStep {
  return { state, effects: [] };
}
