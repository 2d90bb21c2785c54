/**
 * Wires for tests: one that stays in the process, one that loses, and a time that stands still.
 *
 * @example
 * ```ts
 * import { plainExchange, plainHandler } from '@holdfast/soap';
 * import { lossyWire, memoryWire, seededFates } from '@holdfast/soap/testing';
 *
 * const handler = plainHandler(async () => undefined);
 * const exchange = plainExchange(lossyWire(memoryWire(handler), seededFates(42)));
 * ```
 */
export { type Decide, defaultLosses, type Fate, type Losses, lossyWire, seededFates } from './lossy-wire.js';
export { type ManualTime, manualTime } from './manual-time.js';
export { memoryWire } from './memory-wire.js';
export { seededRandom } from './seeded-random.js';
