import type { RetransmissionConfig } from './config.js';

/**
 * Milliseconds to wait after a transmission: the interval, doubled with each attempt up to the longest, varied by
 * jitter.
 * @param attempts transmissions so far, at least 1
 * @param fraction a random number in [0, 1); absent: no variation
 */
export function backoff(attempts: number, fraction: number | undefined, config: RetransmissionConfig): number {
  const { interval, maxInterval, jitter } = config;
  // 2^30 is beyond any interval, and shifts stay exact.
  const plain = Math.min(maxInterval, interval * 2 ** Math.min(30, attempts - 1));
  return Math.round(plain * (1 + jitter * (2 * (fraction ?? 0.5) - 1)));
}
