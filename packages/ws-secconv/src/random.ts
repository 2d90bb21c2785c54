import { randomBytes } from 'node:crypto';

/** Where unpredictable octets come from. */
export type Random = (length: number) => Uint8Array;

/** Octets of the random number generator of node:crypto. */
export const systemRandom: Random = (length) => randomBytes(length);
