import { type HttpServerConfig, type Log, type Name, UsageError, type WireHandler } from '@holdfast/soap';
import type { SequenceStore } from '@holdfast/ws-rm';
import type { ContextStore } from '@holdfast/ws-secconv';
import type { ReplayStore } from '@holdfast/ws-security';
import { aFunction, anObject, aReplayStore, aStore, checkOptions, type Options, oneOf } from './option-checks.js';
import type { RecipientSecurityOptions } from './recipient-security.js';
import type { RecipientReliability } from './reliability-options.js';

/** Where {@link serve} listens, what it keeps, and whom it lets converse; what secures conversations is added. */
export interface ServeOptions<Transaction = unknown> extends RecipientSecurityOptions {
  /** TCP port; 0 chooses a free one. Default 0. */
  readonly port?: number;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** The only path that is served, "/orders" for instance. Default: any. */
  readonly path?: string;
  /** `conversation`: WS-SecureConversation, with what the `bootstrap` needs: `identity` and `trust`, if nothing else is said. `dangerouslyNone`: anybody may say anything. */
  readonly security?: 'conversation' | 'dangerouslyNone';
  /** WS-ReliableMessaging, with changes to its defaults; `none`: messages are taken as they come. */
  readonly reliability?: 'none' | RecipientReliability;
  /** Where sequences and security contexts are kept. Needed for reliable messaging. */
  readonly store?: SequenceStore<Transaction> & Partial<ContextStore>;
  /**
   * Where messages are remembered, so that a replay is refused after a restart and by other processes of this service:
   * `store.replays('recipient')`. Costs a write for each message and for each answer. Default: in memory.
   */
  readonly replayStore?: ReplayStore;
  /** Header blocks of the application's own that it understands. Default: none. */
  readonly understood?: (name: Name) => boolean;
  /** Who may converse, beyond having a trusted certificate. Default: everybody who has. */
  readonly authorize?: (identity: string) => boolean;
  /** Limits, time-outs and TLS of the HTTP server. */
  readonly http?: Partial<Omit<HttpServerConfig, 'port' | 'host' | 'path'>>;
  /** Hears of what happens. Default: nobody. */
  readonly log?: Log;
  /** Put around the handler of envelopes as they travel. For recording and for tests with losses. */
  readonly aroundWire?: (handler: WireHandler) => WireHandler;
}

/** @throws UsageError `invalid-option` naming the option that there is not, or that cannot be so */
export function checkServeOptions<Transaction>(options: ServeOptions<Transaction>): void {
  checkOptions<ServeOptions<Transaction>>('serve', KNOWN, options, {
    security: oneOf('conversation', 'dangerouslyNone'),
    store: aStore,
    replayStore: aReplayStore,
    bootstrapMayCancel: oneOf(true, false),
    bootstrapMayRenew: oneOf(true, false),
    signatureConfirmation: oneOf(true, false),
    derivedKeys: oneOf(true, false),
    bootstrapDerivedKeys: oneOf(true, false),
    passwords: aFunction,
    understood: aFunction,
    authorize: aFunction,
    http: anObject,
    log: aFunction,
    aroundWire: aFunction,
  });
  if (options.security !== 'dangerouslyNone') return;
  const useless = SECURITY.find((name) => options[name] !== undefined);
  if (useless === undefined) return;
  throw new UsageError(
    'invalid-option',
    `${useless}: it says nothing with security "dangerouslyNone". Leave out one of them.`,
  );
}

const SECURITY = [
  'identity',
  'trust',
  'passwords',
  'bootstrap',
  'version',
  'suite',
  'order',
  'encryptSignature',
  'signatureConfirmation',
  'derivedKeys',
  'bootstrapDerivedKeys',
  'contextLifetime',
  'maxContextsPerIdentity',
  'bootstrapMayCancel',
  'bootstrapMayRenew',
  'authorize',
  'replayStore',
] as const satisfies readonly (keyof ServeOptions)[];

const KNOWN: Options<ServeOptions> = {
  identity: undefined,
  trust: undefined,
  passwords: undefined,
  bootstrap: undefined,
  version: undefined,
  suite: undefined,
  order: undefined,
  encryptSignature: undefined,
  signatureConfirmation: undefined,
  derivedKeys: undefined,
  bootstrapDerivedKeys: undefined,
  contextLifetime: undefined,
  maxContextsPerIdentity: undefined,
  bootstrapMayCancel: undefined,
  bootstrapMayRenew: undefined,
  port: undefined,
  host: undefined,
  path: undefined,
  security: undefined,
  reliability: undefined,
  store: undefined,
  replayStore: undefined,
  understood: undefined,
  authorize: undefined,
  http: undefined,
  log: undefined,
  aroundWire: undefined,
};
