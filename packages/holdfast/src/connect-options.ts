import { type HttpExchangeConfig, type Log, type SoapVersion, UsageError, type WireExchange } from '@holdfast/soap';
import type { SequenceStore } from '@holdfast/ws-rm';
import type { ReplayStore } from '@holdfast/ws-security';
import type { LateReplyHandler } from './conversation.js';
import type { InitiatorSecurityOptions } from './initiator-security.js';
import { aFunction, anObject, aReplayStore, aStore, checkOptions, type Options, oneOf } from './option-checks.js';
import type { InitiatorReliability } from './reliability-options.js';

/** What {@link connect} is told: whom it talks to and how; what secures the conversation is added. */
export interface ConnectOptions<Transaction = unknown> extends InitiatorSecurityOptions {
  /**
   * `conversation`: WS-SecureConversation, with what the `bootstrap` needs: `identity`, `recipient` and `trust`, if nothing else is said. `dangerouslyNone`: messages are
   * neither signed nor encrypted. Default `conversation`.
   */
  readonly security?: 'conversation' | 'dangerouslyNone';
  /** Default `1.2`. */
  readonly soap?: SoapVersion;
  /** WS-ReliableMessaging, with changes to its defaults; `none`: messages are sent once and not numbered. */
  readonly reliability?: 'none' | InitiatorReliability;
  /** Where the conversation is kept. Needed for reliable messaging. */
  readonly store?: SequenceStore<Transaction>;
  /**
   * Where messages are remembered, so that a replayed answer, or our own message sent back, is refused after a restart
   * too: `store.replays('initiator')`. Costs a write for each message and for each answer. Default: in memory.
   */
  readonly replayStore?: ReplayStore;
  /** Takes replies to requests of an earlier process. Default: the store keeps them until the session ends, and they are logged. */
  readonly replies?: LateReplyHandler<Transaction>;
  /** Time-outs, limits and TLS of the HTTP client; `url` posts everything there, whatever the address is. */
  readonly http?: Partial<HttpExchangeConfig>;
  /** Hears of what happens. Default: nobody. */
  readonly log?: Log;
  /** Put around the wire: sees every envelope as it travels. For recording and for tests with losses. */
  readonly aroundWire?: (wire: WireExchange) => WireExchange;
}

/** @throws UsageError `invalid-option` naming the option that there is not, or that cannot be so */
export function checkConnectOptions<Transaction>(options: ConnectOptions<Transaction>): void {
  checkOptions<ConnectOptions<Transaction>>('connect', KNOWN, options, {
    security: oneOf('conversation', 'dangerouslyNone'),
    soap: oneOf('1.1', '1.2'),
    signatureConfirmation: oneOf(true, false),
    derivedKeys: oneOf(true, false),
    replaceUnknownContext: oneOf(true, false),
    bootstrapDerivedKeys: oneOf(true, false),
    user: anObject,
    store: aStore,
    replayStore: aReplayStore,
    replies: aFunction,
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
  'user',
  'recipient',
  'trust',
  'bootstrap',
  'version',
  'suite',
  'order',
  'encryptSignature',
  'signatureConfirmation',
  'derivedKeys',
  'bootstrapDerivedKeys',
  'contextLifetime',
  'renewUnder',
  'replaceUnknownContext',
  'replayStore',
] as const satisfies readonly (keyof ConnectOptions)[];

const KNOWN: Options<ConnectOptions> = {
  identity: undefined,
  user: undefined,
  recipient: undefined,
  trust: undefined,
  bootstrap: undefined,
  version: undefined,
  suite: undefined,
  order: undefined,
  encryptSignature: undefined,
  signatureConfirmation: undefined,
  derivedKeys: undefined,
  bootstrapDerivedKeys: undefined,
  contextLifetime: undefined,
  renewUnder: undefined,
  replaceUnknownContext: undefined,
  security: undefined,
  soap: undefined,
  reliability: undefined,
  store: undefined,
  replayStore: undefined,
  replies: undefined,
  http: undefined,
  log: undefined,
  aroundWire: undefined,
};
