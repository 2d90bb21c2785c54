/** A contiguous run of message numbers: lower ≤ number ≤ upper (WS-RM 1.2 §3.9). */
export interface AcknowledgementRange {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** A set of message numbers: ranges that ascend, do not overlap and do not adjoin. Immutable. */
export type Ranges = readonly AcknowledgementRange[];

export const noRanges: Ranges = [];

/** The set of the numbers lower … upper; empty when lower > upper. */
export function range(lower: bigint, upper: bigint): Ranges {
  return lower > upper ? noRanges : [{ lower, upper }];
}

/** Sorts and merges ranges that come in any order, overlapping or not. Every lower must be ≤ its upper. */
export function normalize(ranges: Iterable<AcknowledgementRange>): Ranges {
  const sorted = [...ranges].sort((a, b) => (a.lower < b.lower ? -1 : a.lower > b.lower ? 1 : 0));
  const merged: AcknowledgementRange[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last === undefined || next.lower > last.upper + 1n) merged.push(next);
    else if (next.upper > last.upper) merged[merged.length - 1] = { lower: last.lower, upper: next.upper };
  }
  return merged;
}

export function contains(set: Ranges, number: bigint): boolean {
  for (let i = set.length - 1; i >= 0; i--) {
    const candidate = set[i] as AcknowledgementRange;
    if (number > candidate.upper) return false;
    if (number >= candidate.lower) return true;
  }
  return false;
}

/** The set with one number more. */
export function add(set: Ranges, number: bigint): Ranges {
  const last = set.at(-1);
  if (last === undefined) return [{ lower: number, upper: number }];
  // Numbers nearly always come in ascending order, so the end is tried first.
  if (number === last.upper + 1n) return [...set.slice(0, -1), { lower: last.lower, upper: number }];
  if (contains(set, number)) return set;
  return normalize([...set, { lower: number, upper: number }]);
}

export function union(a: Ranges, b: Ranges): Ranges {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return normalize([...a, ...b]);
}

/** The numbers of `a` that are not in `b`. */
export function subtract(a: Ranges, b: Ranges): Ranges {
  if (b.length === 0) return a;
  const rest: AcknowledgementRange[] = [];
  let at = 0;
  for (const { lower, upper } of a) {
    let from = lower;
    while (at < b.length && (b[at] as AcknowledgementRange).upper < from) at++;
    let next = at;
    while (next < b.length && from <= upper) {
      const hole = b[next] as AcknowledgementRange;
      if (hole.lower > upper) break;
      if (hole.lower > from) rest.push({ lower: from, upper: hole.lower - 1n });
      from = hole.upper + 1n;
      next++;
    }
    if (from <= upper) rest.push({ lower: from, upper });
  }
  return rest;
}

/** The numbers of lower … upper that are not in the set. */
export function complement(set: Ranges, lower: bigint, upper: bigint): Ranges {
  return subtract(range(lower, upper), set);
}

/** Whether every number of `part` is in `whole`. */
export function covers(whole: Ranges, part: Ranges): boolean {
  return subtract(part, whole).length === 0;
}

/** The greatest number of the set; 0 for the empty one. */
export function highest(set: Ranges): bigint {
  return set.at(-1)?.upper ?? 0n;
}

/** The greatest n for which 1 … n are all in the set; 0 when 1 is missing. */
export function contiguous(set: Ranges): bigint {
  const first = set[0];
  return first !== undefined && first.lower === 1n ? first.upper : 0n;
}

/** How many numbers the set has. */
export function size(set: Ranges): bigint {
  let count = 0n;
  for (const { lower, upper } of set) count += upper - lower + 1n;
  return count;
}

/** The numbers, ascending. */
export function* numbers(set: Ranges): Generator<bigint> {
  for (const { lower, upper } of set) for (let number = lower; number <= upper; number++) yield number;
}

export function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
