/** Values by number, ascending; adding at the end and removing at the start, as logs do, costs little. */
export class NumberLog {
  readonly #numbers: bigint[] = [];
  readonly #values = new Map<bigint, Uint8Array>();

  get(number: bigint): Uint8Array | undefined {
    return this.#values.get(number);
  }

  /** @returns what was there before */
  put(number: bigint, bytes: Uint8Array): Uint8Array | undefined {
    const before = this.#values.get(number);
    if (before === undefined) {
      this.#numbers.splice(this.#position(number), 0, number);
    }
    this.#values.set(number, bytes);
    return before;
  }

  /** Removes lower ≤ number ≤ upper. @returns what was removed */
  removeRange(lower: bigint, upper: bigint): readonly (readonly [bigint, Uint8Array])[] {
    const start = this.#position(lower);
    const removed = this.#numbers.splice(start, Math.max(0, this.#position(upper + 1n) - start));
    return removed.map((number) => {
      const bytes = this.#values.get(number) as Uint8Array;
      this.#values.delete(number);
      return [number, bytes];
    });
  }

  /** Those with number ≥ lower, at most `limit`. */
  range(lower: bigint, limit: number): readonly (readonly [bigint, Uint8Array])[] {
    const start = this.#position(lower);
    return this.#numbers.slice(start, start + limit).map((number) => [number, this.#values.get(number) as Uint8Array]);
  }

  /** Index of the first number that is not below this one. */
  #position(number: bigint): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] as bigint) < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
