import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type SqliteStore, type SqliteStoreOptions, sqliteStore } from '@holdfast/persistence';
import type { StoreChange, StoredSession } from '@holdfast/ws-rm';

/** A key that is the same in every run. */
export function testKey(name = 'key'): Uint8Array {
  return createHash('sha256').update(name).digest();
}

export function fileIn(folder: string): string {
  return join(folder, 'holdfast.db');
}

export function openIn(folder: string, options: Partial<SqliteStoreOptions> = {}): Promise<SqliteStore> {
  return sqliteStore({ file: fileIn(folder), keys: () => testKey(), ...options });
}

export type PlainChange = Exclude<StoreChange<never>, { readonly kind: 'application' }>;

type PutSession = Extract<PlainChange, { readonly kind: 'put-session' }>;

export function putSession(key: string, version = 1, identifiers: readonly string[] = [], state = 'state'): PutSession {
  return { kind: 'put-session', key, version, identifiers, state: bytes(state) };
}

export function putMessage(number: bigint, body: string | Uint8Array = `<m>${number}</m>`, session = 'a'): PlainChange {
  return {
    kind: 'put-message',
    session,
    log: 'outbound',
    number,
    bytes: typeof body === 'string' ? bytes(body) : body,
  };
}

export function putToken(uuid: string, secret: string | Uint8Array): PlainChange {
  return { kind: 'put-token', uuid, bytes: typeof secret === 'string' ? bytes(secret) : secret };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : new TextDecoder().decode(content);
}

export async function allSessions(store: { sessions(): AsyncIterable<StoredSession> }): Promise<StoredSession[]> {
  const found: StoredSession[] = [];
  for await (const session of store.sessions()) {
    found.push(session);
  }
  return found;
}
