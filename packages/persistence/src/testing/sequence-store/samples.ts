import { deepEqual, ok, rejects } from 'node:assert/strict';
import type { MessageLog, SequenceStore, StoreChange, StoredSession } from '@holdfast/ws-rm';

/** A change that means the same to every store. */
export type Change = Exclude<StoreChange<never>, { readonly kind: 'application' }>;

export function aSession(
  key: string,
  version: number,
  identifiers: readonly string[] = [],
  state: Uint8Array = bytes(`state ${version}`),
): StoredSession {
  return { key, version, identifiers, state };
}

export function put(session: StoredSession): Change {
  return { kind: 'put-session', ...session };
}

export function message(session: string, log: MessageLog, number: bigint, content: Uint8Array = bytes('<m/>')): Change {
  return { kind: 'put-message', session, log, number, bytes: content };
}

export function token(uuid: string, content: Uint8Array): Change {
  return { kind: 'put-token', uuid, bytes: content };
}

export async function collected<Transaction>(store: SequenceStore<Transaction>): Promise<StoredSession[]> {
  const sessions: StoredSession[] = [];
  for await (const session of store.sessions()) {
    sessions.push(session);
  }
  return sessions;
}

export async function conflict(commit: Promise<void>): Promise<void> {
  await rejects(commit, { code: 'store-conflict' });
}

export function sameSession(actual: StoredSession | undefined, expected: StoredSession): void {
  ok(actual);
  deepEqual({ ...actual, state: [...actual.state] }, { ...expected, state: [...expected.state] });
}

export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

export function text(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : new TextDecoder().decode(content);
}

export function everyByte(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, index) => index);
}
