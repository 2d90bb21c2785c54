import type { Scheduler } from '../clock.js';
import { TransportError, UsageError } from '../errors.js';
import type { WireExchange, WireRequest } from '../wire.js';
import { seededRandom } from './seeded-random.js';

/** What becomes of one request. */
export interface Fate {
  /** It never arrives. */
  readonly requestLost?: boolean;
  /** It arrives, and its answer is lost. */
  readonly responseLost?: boolean;
  /** It arrives twice; the answer to the first counts. */
  readonly repeated?: boolean;
  /** Milliseconds before it arrives; others may overtake it. */
  readonly delayMillis?: number;
}

/** Decides over a request; `number` counts them from 1. */
export type Decide = (request: WireRequest, number: number) => Fate;

/**
 * A wire that loses, repeats and delays as it is told. What is lost fails like a connection that broke
 * (`connection-lost`). It has no time of its own: delays are the scheduler's.
 * @throws UsageError `invalid-argument`, from the exchange, for a delay without a scheduler
 */
export function lossyWire(wire: WireExchange, decide: Decide, scheduler?: Scheduler): WireExchange {
  let count = 0;
  return async (request, signal) => {
    count += 1;
    const fate = decide(request, count);
    if (fate.delayMillis !== undefined && fate.delayMillis > 0) await delay(fate.delayMillis, scheduler);
    if (fate.requestLost === true) throw lost('request');
    const answer = wire(request, signal);
    if (fate.repeated === true) await Promise.allSettled([answer, wire(request, signal)]);
    if (fate.responseLost !== true) return await answer;
    await Promise.allSettled([answer]);
    throw lost('answer');
  };
}

/** How often each thing happens, from 0 (never) to 1 (always). */
export interface Losses {
  readonly requestLost: number;
  readonly responseLost: number;
  readonly repeated: number;
  readonly delayed: number;
  /** The longest delay. */
  readonly maxDelayMillis: number;
}

/** The losses where none are given: a tenth of requests, a tenth of answers, and a tenth of requests twice. */
export const defaultLosses: Losses = {
  requestLost: 0.1,
  responseLost: 0.1,
  repeated: 0.1,
  delayed: 0,
  maxDelayMillis: 1_000,
};

/** Decides by a seeded die: the same seed and the same order of requests, the same fates. */
export function seededFates(seed: number, losses: Partial<Losses> = {}): Decide {
  const { requestLost, responseLost, repeated, delayed, maxDelayMillis } = { ...defaultLosses, ...losses };
  const random = seededRandom(seed);
  return () => {
    // Every die is cast every time, so that a changed probability leaves the other dice as they were.
    const [first, second, third, fourth, fifth] = [random(), random(), random(), random(), random()];
    return {
      requestLost: first < requestLost,
      responseLost: second < responseLost,
      repeated: third < repeated,
      delayMillis: fourth < delayed ? Math.ceil(fifth * maxDelayMillis) : 0,
    };
  };
}

function delay(delayMillis: number, scheduler: Scheduler | undefined): Promise<void> {
  if (scheduler === undefined) {
    throw new UsageError('invalid-argument', 'A delay needs a scheduler: give one to lossyWire.');
  }
  return new Promise((resolve) => {
    scheduler.after(delayMillis, resolve);
  });
}

function lost(what: 'request' | 'answer'): TransportError {
  return new TransportError('connection-lost', `The ${what} was lost, as the test decided.`);
}
