import { seededRandom } from '@holdfast/soap/testing';

export type Side = 'initiator' | 'recipient';

/**
 * What goes wrong with a side. With one of its commits: the process dies before it or after it, or lives on and its
 * store reports a failure, of a commit that was not made or of one that was. With one of the messages it sends or is
 * sent: the process dies with the request on its lips, or with the answer. With a delivery: inside the application.
 */
export type Mishap =
  | 'dies-before-commit'
  | 'dies-after-commit'
  | 'store-fails-before-commit'
  | 'store-fails-after-commit'
  | 'dies-before-request'
  | 'dies-before-answer'
  | 'dies-in-application';

export const MISHAPS: readonly Mishap[] = [
  'dies-before-commit',
  'dies-after-commit',
  'store-fails-before-commit',
  'store-fails-after-commit',
  'dies-before-request',
  'dies-before-answer',
  'dies-in-application',
];

/** A mishap at the `count`th occasion of its kind, counted over the whole run. */
export interface PlannedMishap {
  readonly side: Side;
  readonly mishap: Mishap;
  readonly count: number;
}

/** One run, drawn from its seed. Probabilities from 0 to 1, times in milliseconds. */
export interface CrashPlan {
  readonly seed: number;
  readonly store: 'sqlite' | 'memory';
  readonly messages: number;
  /** How many of them are requests. */
  readonly requests: number;
  /** How many the initiator's application submits at once, at most. */
  readonly burst: number;
  /** How long the recipient's application takes for a message, at most. */
  readonly maxHandling: number;
  /** Of messages on the wire; the same for each of these. */
  readonly lost: number;
  readonly repeated: number;
  readonly delayed: number;
  readonly mishaps: readonly PlannedMishap[];
}

export function drawnPlan(seed: number, store: CrashPlan['store']): CrashPlan {
  const random = seededRandom(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const sometimes = (probability: number, value: number): number => (random() < probability ? value : 0);
  const pick = <Item>(from: readonly [Item, ...Item[]]): Item => from[upTo(from.length - 1)] ?? from[0];
  return {
    seed,
    store,
    messages: 12 + upTo(8),
    requests: random(),
    burst: 1 + upTo(4),
    maxHandling: sometimes(0.5, 3_000),
    lost: sometimes(0.6, random() * 0.15),
    repeated: sometimes(0.5, random() * 0.15),
    delayed: sometimes(0.5, random() * 0.4),
    mishaps: Array.from({ length: 1 + upTo(3) }, () => {
      const side = pick<Side>(['initiator', 'recipient']);
      const mishap = pick(MISHAPS as readonly [Mishap, ...Mishap[]]);
      // The first few commits and messages establish the conversation, and are worth more deaths than the others.
      return { side, mishap, count: 1 + (random() < 0.4 ? upTo(5) : upTo(24)) };
    }),
  };
}
