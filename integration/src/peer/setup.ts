import { join } from 'node:path';
import type { LogEntry } from '@holdfast/soap';
import type { SequenceStore } from '@holdfast/ws-rm';
import type { ContextStore, SctApi } from '@holdfast/ws-secconv';
import { decodeContext } from '@holdfast/ws-secconv';
import { type BootstrapName, keyFromFile, memoryStore, type SqliteStore, sqliteStore } from 'holdfast';
import { printEvent } from './events.js';
import type { Options } from './options.js';
import type { Recorder } from './recorder.js';

/** A store of either kind. */
export interface PeerStore extends SequenceStore, ContextStore {
  close(): Promise<void>;
}

/** The store that `--store` asks for: a folder for SQLite, or memory. */
export async function openStore(options: Options): Promise<PeerStore> {
  if (options.store === '') return { ...bound(memoryStore()), close: async () => {} };
  const store: SqliteStore = await sqliteStore({
    file: join(options.store, 'holdfast.db'),
    keys: keyFromFile(join(options.store, 'holdfast.key'), { create: true }),
  });
  return store as PeerStore;
}

function bound<T extends SequenceStore & ContextStore>(store: T): SequenceStore & ContextStore {
  return {
    commit: (changes) => store.commit(changes),
    session: (key) => store.session(key),
    sessionOf: (identifier) => store.sessionOf(identifier),
    sessions: () => store.sessions(),
    message: (session, log, number) => store.message(session, log, number),
    messages: (session, log, lower, limit) => store.messages(session, log, lower, limit),
    token: (uuid) => store.token(uuid),
    put: (uuid, bytes) => store.put(uuid, bytes),
    get: (uuid) => store.get(uuid),
    remove: (uuid) => store.remove(uuid),
  };
}

/** What both sides of the command line share of `connect` and `serve`. */
export function securityOptions(options: Options) {
  if (options.sc === 'none') return { security: 'dangerouslyNone' as const };
  return {
    version: options.sc as '1.3' | '2005',
    suite: options.suite as 'Basic256' | 'Basic128' | 'Basic256Sha256',
    order: options.order === 'sign-encrypt' ? ('sign-then-encrypt' as const) : ('encrypt-then-sign' as const),
    encryptSignature: options['encrypt-signature'] === 'yes',
    signatureConfirmation: options['signature-confirmation'] === 'yes',
    derivedKeys: options.derived === 'yes',
    // The policies of the peers ask for none where a certificate protects.
    bootstrapDerivedKeys: false,
    bootstrap: options.bootstrap as BootstrapName,
    ...(options.lifetime === '' ? {} : { contextLifetime: Number(options.lifetime) }),
  };
}

/** Whether it is TLS that protects what the options describe. */
export function isOverTls(options: Options): boolean {
  return options.sc !== 'none' && options.bootstrap.endsWith('-tls');
}

/** Writes the secret of a context into the record of a session, so that it can be read. */
export async function recordSecret(recorder: Recorder, sct: SctApi | undefined, uuid: string): Promise<void> {
  if (sct === undefined) return;
  const bytes = await sct.serialize(uuid);
  const { secret } = decodeContext(bytes);
  recorder.secret(uuid, secret);
}

/** The log goes to standard error; what a test may wait for is an event too. */
export function log(entry: LogEntry): void {
  const { level, event, error, details } = entry;
  if (level === 'debug') return;
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : (error ?? '');
  process.stderr.write(`${level} ${event} ${cause} ${details === undefined ? '' : JSON.stringify(details)}\n`);
  if (event === 'sequence-ended') printEvent('terminated', { reason: String(details?.['reason'] ?? '') });
  if (event === 'context-renewed') printEvent('renewed', { token: String(details?.['context'] ?? '') });
  if (event === 'context-cancelled') printEvent('cancelled', { token: String(details?.['context'] ?? '') });
}
