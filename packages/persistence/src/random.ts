import { randomBytes } from 'node:crypto';

/** Unpredictable bytes; every key and nonce comes from here. */
export type Random = (length: number) => Uint8Array;

/** Bytes of the random number generator of node:crypto. */
export const systemRandom: Random = (length) => randomBytes(length);
