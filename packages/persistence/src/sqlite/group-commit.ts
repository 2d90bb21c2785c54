/** How one piece of work ended. */
export type Outcome = { readonly done: true } | { readonly done: false; readonly error: unknown };

/** Carries out all of a group, in order, in one transaction; says for each how it ended. Must not throw. */
export type Transact<Work> = (group: readonly Work[]) => readonly Outcome[];

interface Waiting<Work> {
  readonly work: Work;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the work that arrives within one turn of the event loop, so that it shares one transaction and with it one
 * fsync, which is most of the cost of a small commit. Groups are bounded, so that other things get their turn.
 */
export class GroupCommit<Work> {
  readonly #transact: Transact<Work>;
  readonly #limit: number;
  #waiting: Waiting<Work>[] = [];
  #scheduled = false;

  constructor(transact: Transact<Work>, limit: number) {
    this.#transact = transact;
    this.#limit = limit;
  }

  /** Resolves when the work is durable. */
  submit(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      this.#schedule();
    });
  }

  /** Carries out everything that waits, at once. Not to be called from within a transaction. */
  drain(): void {
    while (this.#waiting.length > 0) {
      this.#next();
    }
  }

  #schedule(): void {
    if (!this.#scheduled && this.#waiting.length > 0) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#next();
        this.#schedule();
      });
    }
  }

  #next(): void {
    const group = this.#waiting.slice(0, this.#limit);
    this.#waiting = this.#waiting.slice(this.#limit);
    if (group.length === 0) {
      return;
    }
    const outcomes = this.#transact(group.map(({ work }) => work));
    for (const [index, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome?.done === true) {
        resolve();
      } else {
        reject(outcome?.error);
      }
    }
  }
}
