/** Numbers from 0 (included) to 1 (not included), always the same for the same seed. Not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  // Mulberry32: one multiplication chain, good enough to choose which messages are lost.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
