/** A small random generator with a seed (mulberry32): the same seed draws the same moments. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Different whole numbers within the bounds, ascending. */
export function distinct(random: () => number, count: number, lower: number, upper: number): readonly number[] {
  const drawn = new Set<number>();
  while (drawn.size < Math.min(count, upper - lower + 1)) drawn.add(lower + Math.floor(random() * (upper - lower + 1)));
  return [...drawn].sort((a, b) => a - b);
}
