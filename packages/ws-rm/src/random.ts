import { randomUUID } from 'node:crypto';

/** Randomness, for the shells. */
export interface Random {
  /** A fresh, unguessable UUID. */
  uuid(): string;
  /** A number in [0, 1), to vary intervals with; need not be unguessable. */
  fraction(): number;
}

export const systemRandom: Random = { uuid: () => randomUUID(), fraction: () => Math.random() };
