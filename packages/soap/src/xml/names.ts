/** The names of a document, of which few are many times there: each is made into a string of its own about once. */
export class Names {
  readonly #known: string[] = new Array<string>(SLOTS).fill('');

  /** The text from the one position to the other. */
  at(source: string, from: number, to: number): string {
    const slot = (source.charCodeAt(to - 1) * 31 + (to - from)) % SLOTS;
    const known = this.#known[slot] as string;
    if (known.length === to - from && source.startsWith(known, from)) return known;
    const name = source.slice(from, to);
    this.#known[slot] = name;
    return name;
  }
}

/** The names of the attributes of one element at a time, each of which must be there once (XML 1.0 §3.1). */
export class AttributeNames {
  readonly #first: string[] = [];
  #count = 0;
  #all: Set<string> | undefined;

  clear(): void {
    this.#count = 0;
    this.#all = undefined;
  }

  /** @returns whether it was not there */
  add(name: string): boolean {
    const first = this.#first;
    const count = this.#count++;
    if (count < FEW) {
      for (let at = 0; at < count; at++) if (first[at] === name) return false;
      first[count] = name;
      return true;
    }
    this.#all ??= new Set(first);
    return this.#all.size < this.#all.add(name).size;
  }
}

const SLOTS = 128;
/** More than these are not looked through one by one. */
const FEW = 8;
