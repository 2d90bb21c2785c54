import { StoreError } from '@holdfast/soap';
import type { MessageLog } from '@holdfast/ws-rm';

/**
 * Where a sealed value belongs. A value is bound to its place when it is sealed, so one that was moved to another
 * row, or whose row was changed, does not unseal.
 */
export interface Place {
  /** Table, column, and what identifies the row, written so that two places never look the same. */
  readonly associatedData: Uint8Array;
  /** The place in words, for errors. */
  readonly describe: () => string;
}

/** Version and identifiers are stored in the clear; binding them here makes them as authentic as the state. */
export function sessionPlace(key: string, version: number, identifiers: string): Place {
  return place(['holdfast_session', 'state', key, version, identifiers], () => `state of session "${key}"`);
}

/** The place of the body of a message. */
export function messagePlace(session: string, log: MessageLog, number: bigint): Place {
  return place(
    ['holdfast_message', 'body', session, log, number.toString()],
    () => `${log} message ${number} of session "${session}"`,
  );
}

/** The place of a token. */
export function tokenPlace(uuid: string): Place {
  return place(['holdfast_token', 'sealed', uuid], () => `token "${uuid}"`);
}

/** The place of a security context. */
export function contextPlace(uuid: string): Place {
  return place(['holdfast_context', 'sealed', uuid], () => `security context "${uuid}"`);
}

/** The place of a data key. */
export function dataKeyPlace(id: string): Place {
  return place(['holdfast_data_key', 'sealed', id], () => `data key ${id}`);
}

/** The place of what recognizes a key-encryption key. */
export function verifierPlace(keyId: string): Place {
  return place(['holdfast_key', 'verifier', keyId], () => `verifier of key ${keyId}`);
}

/** The error for a value that cannot be trusted any more; it concerns this row only. */
export function damaged(where: Place, reason: string, cause?: unknown): StoreError {
  return new StoreError(
    'store-damaged',
    `The stored ${where.describe()} is damaged: ${reason}. Restore the store from a back-up, or remove this entry.`,
    { cause },
  );
}

function place(parts: readonly (string | number)[], describe: () => string): Place {
  return { associatedData: Buffer.from(JSON.stringify(parts)), describe };
}
