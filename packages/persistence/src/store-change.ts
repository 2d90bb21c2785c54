import { UsageError } from '@holdfast/soap';
import type { StoreChange } from '@holdfast/ws-rm';

/** The largest wsrm:MessageNumber (WS-RM 1.1/1.2 §3.2, xs:unsignedLong bounded to 2^63 - 1). */
export const LARGEST_NUMBER = 2n ** 63n - 1n;

/**
 * Refuses what no store can keep, before anything is written.
 *
 * @throws UsageError `invalid-argument`
 */
export function checkChange(change: StoreChange<never>): void {
  switch (change.kind) {
    case 'put-session':
      checkBytes(change.state, 'The state of a session');
      if (!Number.isSafeInteger(change.version) || change.version < 1) {
        throw new UsageError('invalid-argument', `The version of a session counts from 1; it is ${change.version}.`);
      }
      return;
    case 'put-message':
      checkBytes(change.bytes, 'A message');
      if (change.number < 1n || change.number > LARGEST_NUMBER) {
        throw new UsageError('invalid-argument', `A message number is between 1 and 2^63 - 1; it is ${change.number}.`);
      }
      return;
    case 'put-token':
      checkBytes(change.bytes, 'A token');
      return;
    case 'remove-session':
    case 'remove-messages':
    case 'remove-token':
    case 'application':
      return;
    default:
      throw new Error(`Unknown change: ${JSON.stringify(change satisfies never)}`);
  }
}

/** @throws UsageError `invalid-argument` */
export function checkBytes(bytes: Uint8Array, what: string): void {
  if (!(bytes instanceof Uint8Array)) {
    throw new UsageError('invalid-argument', `${what} must be given as a Uint8Array.`);
  }
}

/** @throws UsageError `invalid-argument` */
export function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new UsageError('invalid-argument', `A limit is a whole number, at least 0; it is ${limit}.`);
  }
}

/** A bound of a range as a number that every store can compare with. */
export function withinNumbers(number: bigint): bigint {
  return number < 0n ? 0n : number > LARGEST_NUMBER ? LARGEST_NUMBER : number;
}

/**
 * Refuses a promise where the write must be synchronous.
 *
 * @throws UsageError `invalid-argument`
 */
export function checkSynchronous(result: unknown): void {
  if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
    throw new UsageError(
      'invalid-argument',
      'An application write runs inside the transaction of the store, so it must be synchronous; it returned a promise.',
    );
  }
}
