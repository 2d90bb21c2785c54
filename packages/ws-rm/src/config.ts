import { UsageError } from '@holdfast/soap';
import { MAX_MESSAGE_NUMBER } from './elements/parts.js';

/** When and how often a message is sent again. Times are milliseconds. */
export interface RetransmissionConfig {
  /** Until the first repetition. Default 2,000. */
  readonly interval: number;
  /** The interval doubles up to this. Default 60,000. */
  readonly maxInterval: number;
  /** Each interval is varied by up to this share of it, so that peers do not beat in time. Default 0.2. */
  readonly jitter: number;
  /** Transmissions of one message before the sequence is given up as broken. Default 200: some three hours. */
  readonly maxAttempts: number;
}

export const defaultRetransmissionConfig: RetransmissionConfig = {
  interval: 2_000,
  maxInterval: 60_000,
  jitter: 0.2,
  maxAttempts: 200,
};

/** The RM Source: the side of a sequence that sends. Times are milliseconds. */
export interface SourceConfig {
  /**
   * `active`: messages leave when they are submitted and are repeated by the clock. `onRequest`: they leave only as
   * answers to repeated requests, over the back channel; nothing is timed. A recipient's replies are sent so.
   */
  readonly transmission: 'active' | 'onRequest';
  /** Messages that may be on the way at a time; the others wait in the store. Default 64. */
  readonly window: number;
  readonly retransmission: RetransmissionConfig;
  /**
   * CreateSequence is sent this often before the session is suspended: it stays in the store with its messages, to be
   * resumed. Default 200.
   */
  readonly maxCreateAttempts: number;
  /** TerminateSequence is sent this often before the peer's answer does not matter any more. Default 8. */
  readonly maxTerminateAttempts: number;
  /** A sequence from whose peer nothing was heard for so long is dropped; 0: never. Default 24 hours. */
  readonly inactivityTimeout: number;
  /** No number above this is assigned. Default 2^63 - 1 (WS-RM 1.2 §3.7). */
  readonly maxMessageNumber: bigint;
  /**
   * Close although messages are unacknowledged, once each was sent this often: for peers that acknowledge one-way
   * messages only when the sequence is closed (gSOAP). Default 0: never.
   */
  readonly closeAfterAttempts: number;
}

export const defaultSourceConfig: SourceConfig = {
  transmission: 'active',
  window: 64,
  retransmission: defaultRetransmissionConfig,
  maxCreateAttempts: 200,
  maxTerminateAttempts: 8,
  inactivityTimeout: 24 * 3_600_000,
  maxMessageNumber: MAX_MESSAGE_NUMBER,
  closeAfterAttempts: 0,
};

/** What the application is promised about delivery (WS-RM 1.2 §2.4). */
export type Assurance = 'exactlyOnce' | 'atLeastOnce' | 'atMostOnce';

/** The RM Destination: the side of a sequence that receives. Times are milliseconds. */
export interface DestinationConfig {
  /** `inOrder`: a message is delivered when all lower numbers have been. Default inOrder. */
  readonly order: 'inOrder' | 'any';
  /**
   * `exactlyOnce` and `atLeastOnce` mark a message delivered after the application took it, `atMostOnce` before.
   * Default exactlyOnce, which is exact up to the application when its writes commit with the delivery.
   */
  readonly assurance: Assurance;
  /** A number this far above the contiguous ones is refused with MessageNumberRollover. Default 10,000. */
  readonly maxGap: bigint;
  /** Received messages that may wait for delivery; others are left to be repeated. Default 1,000. */
  readonly maxHeld: number;
  /** Bytes of received messages that may wait for delivery; a message beyond is left to be repeated. Default 64 MB. */
  readonly maxHeldBytes: number;
  /** Ranges that one acknowledgement may have; a message that would make more is left to be repeated. Default 256. */
  readonly maxRanges: number;
  /** A sequence from whose peer nothing was heard for so long is dropped; 0: never. Default 24 hours. */
  readonly inactivityTimeout: number;
  /** Higher numbers are refused with MessageNumberRollover. Default 2^63 - 1. */
  readonly maxMessageNumber: bigint;
}

export const defaultDestinationConfig: DestinationConfig = {
  order: 'inOrder',
  assurance: 'exactlyOnce',
  maxGap: 10_000n,
  maxHeld: 1_000,
  maxHeldBytes: 64 * 1_048_576,
  maxRanges: 256,
  inactivityTimeout: 24 * 3_600_000,
  maxMessageNumber: MAX_MESSAGE_NUMBER,
};

/** @throws UsageError `invalid-option` naming the option that cannot be */
export function assertSourceConfig(config: SourceConfig): void {
  atLeast('source.window', config.window, 1);
  atLeast('source.maxCreateAttempts', config.maxCreateAttempts, 1);
  atLeast('source.maxTerminateAttempts', config.maxTerminateAttempts, 1);
  atLeast('source.inactivityTimeout', config.inactivityTimeout, 0);
  atLeast('source.closeAfterAttempts', config.closeAfterAttempts, 0);
  const { interval, maxInterval, jitter, maxAttempts } = config.retransmission;
  atLeast('retransmission.interval', interval, 1);
  atLeast('retransmission.maxInterval', maxInterval, interval);
  atLeast('retransmission.maxAttempts', maxAttempts, 1);
  if (!(jitter >= 0 && jitter < 1)) invalidOption('retransmission.jitter', 'at least 0 and below 1');
  messageNumber('source.maxMessageNumber', config.maxMessageNumber);
}

/** @throws UsageError `invalid-option` naming the option that cannot be */
export function assertDestinationConfig(config: DestinationConfig): void {
  atLeast('destination.maxHeld', config.maxHeld, 1);
  atLeast('destination.maxHeldBytes', config.maxHeldBytes, 1);
  atLeast('destination.maxRanges', config.maxRanges, 1);
  atLeast('destination.inactivityTimeout', config.inactivityTimeout, 0);
  messageNumber('destination.maxGap', config.maxGap);
  messageNumber('destination.maxMessageNumber', config.maxMessageNumber);
}

export function atLeast(option: string, value: number, least: number): void {
  if (!Number.isFinite(value) || value < least) invalidOption(option, `a number, at least ${least}`);
}

function messageNumber(option: string, value: bigint): void {
  if (value < 1n || value > MAX_MESSAGE_NUMBER) invalidOption(option, 'between 1 and 2^63 - 1');
}

function invalidOption(option: string, expected: string): never {
  throw new UsageError('invalid-option', `The option ${option} must be ${expected}.`);
}
