import { seededRandom } from '#src/testing/seeded-random.js';

/** Choices that are the same for the same seed. */
export interface Chance {
  /** A whole number from 0 up to, and without, the bound. */
  below(bound: number): number;
  /** True once in so many times. */
  oneIn(count: number): boolean;
  of<T>(choices: readonly T[]): T;
  /** As many of them as there happen to be, at most so many. */
  times<T>(most: number, make: () => T): readonly T[];
}

export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  return {
    below,
    oneIn: (count) => below(count) === 0,
    of: (choices) => choices[below(choices.length)] as (typeof choices)[number],
    times: (most, make) => Array.from({ length: below(most + 1) }, make),
  };
}
