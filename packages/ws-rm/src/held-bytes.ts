/** How many bytes of a sequence's messages wait for the application. Those that an earlier process held are not counted. */
export class HeldBytes {
  readonly #sizes = new Map<bigint, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  put(number: bigint, size: number): void {
    this.remove(number);
    this.#sizes.set(number, size);
    this.#total += size;
  }

  remove(number: bigint): void {
    this.#total -= this.#sizes.get(number) ?? 0;
    this.#sizes.delete(number);
  }
}
