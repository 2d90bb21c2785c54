import { type SoapVersion, UsageError } from '@holdfast/soap';
import { assertSourceConfig, atLeast, defaultSourceConfig, type SourceConfig } from './config.js';
import type { RmCodec } from './rm-codec.js';
import type { SctApi } from './sct-api.js';
import { wsrm11 } from './wsrm-11.js';

/** The initiator of reliable sessions. Times are milliseconds. */
export interface ReliableExchangeConfig {
  /** Where the messages go. */
  readonly address: string;
  /** Default 1.2. */
  readonly soap: SoapVersion;
  /**
   * What the sequences are held to (WS-RM 1.2 §6). `token`: to a Security Context Token, named in CreateSequence;
   * `identity`: to the token's context, or the peer's identity, without a word to the peer (CXF does not know bound
   * sequences); `dangerouslyNone`: to nothing. Default: token where there is an SCT API; without one there is no default.
   */
  readonly binding?: 'token' | 'identity' | 'dangerouslyNone';
  /** Whether a sequence for replies is offered; requests need one to be answered exactly once. Default true. */
  readonly offer: boolean;
  /** The lifetime that is asked for; 0: unlimited. Default 0. */
  readonly expires: number;
  /** When wsrm:AckRequested goes along: with every message (gSOAP), or with repeated ones. Default retransmissions. */
  readonly requestAcknowledgements: 'always' | 'retransmissions';
  /** How long an acknowledgement of replies waits for a request to ride on. Default 200. */
  readonly acknowledgementInterval: number;
  /** The same while other requests are unanswered: Metro holds replies back until it has it. Default 20. */
  readonly busyAcknowledgementInterval: number;
  /** How long close() waits for the peer. The session stays in the store after that. Default 60,000. */
  readonly closeTimeout: number;
  readonly source: SourceConfig;
  /** The version of WS-RM. Default 1.1, which 1.2 is on the wire too. */
  readonly codec: RmCodec;
}

export const defaultReliableExchangeConfig: Omit<ReliableExchangeConfig, 'address'> = {
  soap: '1.2',
  offer: true,
  expires: 0,
  requestAcknowledgements: 'retransmissions',
  acknowledgementInterval: 200,
  busyAcknowledgementInterval: 20,
  closeTimeout: 60_000,
  source: defaultSourceConfig,
  codec: wsrm11,
};

/** The kind of binding that the configuration and the collaborators make. @throws UsageError `invalid-option` */
export function bindingKind(
  config: ReliableExchangeConfig,
  sct: SctApi | undefined,
): 'token' | 'identity' | 'dangerouslyNone' {
  assertSourceConfig(config.source);
  atLeast('expires', config.expires, 0);
  atLeast('acknowledgementInterval', config.acknowledgementInterval, 0);
  atLeast('busyAcknowledgementInterval', config.busyAcknowledgementInterval, 0);
  atLeast('closeTimeout', config.closeTimeout, 0);
  if (config.source.transmission !== 'active') {
    throw new UsageError('invalid-option', 'The option source.transmission of an initiator must be "active".');
  }
  const kind = config.binding ?? (sct === undefined ? undefined : 'token');
  if (kind === undefined) {
    throw new UsageError(
      'invalid-option',
      'Without an SCT API the option binding must be given: "identity" when another layer signs the messages, or "dangerouslyNone".',
    );
  }
  if (kind === 'token' && sct === undefined) {
    throw new UsageError('invalid-option', 'The option binding is "token", and there is no SCT API to take one from.');
  }
  if (kind === 'dangerouslyNone' && sct !== undefined) {
    throw new UsageError('invalid-option', 'The option binding is "dangerouslyNone", and there is an SCT API.');
  }
  return kind;
}
