import { randomBytes } from 'node:crypto';

/** Unpredictable bytes; every key and nonce comes from here. */
export type Random = (length: number) => Uint8Array;

export const systemRandom: Random = (length) => randomBytes(length);
