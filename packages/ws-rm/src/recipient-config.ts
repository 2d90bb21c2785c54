import { UsageError } from '@holdfast/soap';
import {
  assertDestinationConfig,
  atLeast,
  type DestinationConfig,
  defaultDestinationConfig,
  defaultRetransmissionConfig,
  type RetransmissionConfig,
} from './config.js';
import type { RmCodec } from './rm-codec.js';
import { wsrm11 } from './wsrm-11.js';

/** The recipient of reliable sessions. Times are milliseconds. */
export interface ReliableHandlerConfig {
  /** Accepts sequences that nobody signed: for peers without security (gSOAP), or behind TLS alone. Default false. */
  readonly dangerouslyUnsecured: boolean;
  /** Accepts sequences that are signed and not bound by a SecurityTokenReference (CXF). Default true. */
  readonly acceptUnbound: boolean;
  /** Accepts offered sequences for replies. Default true. */
  readonly acceptOffers: boolean;
  /** The longest lifetime that is granted; 0: as long as is asked for. Default 0. */
  readonly maxExpires: number;
  /** Open sequences of one identity. Default 100. */
  readonly maxSequencesPerPeer: number;
  /** Open sequences in all. Default 10,000. */
  readonly maxSequences: number;
  /** Replies of one session that are kept unacknowledged before it takes no more requests. Default 256. */
  readonly maxKeptReplies: number;
  /** How long a request is kept open for its reply, before it is only acknowledged. Default 30,000. */
  readonly replyWait: number;
  /** Deliveries of one message whose writes, or whose one-way handler, fail, before it is given up. Default 10. */
  readonly maxDeliveries: number;
  /** When a failed delivery is repeated. Only intervals and jitter count. */
  readonly redelivery: RetransmissionConfig;
  readonly destination: DestinationConfig;
  /** The version of WS-RM. Default 1.1, which 1.2 is on the wire too. */
  readonly codec: RmCodec;
}

export const defaultReliableHandlerConfig: ReliableHandlerConfig = {
  dangerouslyUnsecured: false,
  acceptUnbound: true,
  acceptOffers: true,
  maxExpires: 0,
  maxSequencesPerPeer: 100,
  maxSequences: 10_000,
  maxKeptReplies: 256,
  replyWait: 30_000,
  maxDeliveries: 10,
  redelivery: { ...defaultRetransmissionConfig, interval: 200, maxInterval: 30_000 },
  destination: defaultDestinationConfig,
  codec: wsrm11,
};

/** @throws UsageError `invalid-option` */
export function assertReliableHandlerConfig(config: ReliableHandlerConfig): void {
  assertDestinationConfig(config.destination);
  atLeast('maxExpires', config.maxExpires, 0);
  atLeast('maxSequencesPerPeer', config.maxSequencesPerPeer, 1);
  atLeast('maxSequences', config.maxSequences, 1);
  atLeast('maxKeptReplies', config.maxKeptReplies, 1);
  atLeast('replyWait', config.replyWait, 0);
  atLeast('maxDeliveries', config.maxDeliveries, 1);
  if (!config.acceptUnbound && config.dangerouslyUnsecured) {
    throw new UsageError(
      'invalid-option',
      'The options acceptUnbound: false and dangerouslyUnsecured: true contradict each other.',
    );
  }
}
