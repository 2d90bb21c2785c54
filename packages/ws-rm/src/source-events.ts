import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import type { RmFault } from './faults.js';
import type { Ranges } from './ranges.js';
import type { EndReason, SourceState } from './source-state.js';

/**
 * What happens to an RM Source. `jitter`, where a delay is computed: a random number in [0, 1); absent counts as 0.5,
 * which varies nothing.
 */
export type SourceInput =
  /** A sequence is wanted. */
  | { readonly kind: 'create'; readonly jitter?: number }
  /** CreateSequenceResponse; `expires` in milliseconds. */
  | { readonly kind: 'created'; readonly identifier: string; readonly expires?: number; readonly jitter?: number }
  /** CreateSequenceRefused, or another fault that refuses for good. */
  | { readonly kind: 'refused' }
  /** The application submits a message, which gets `nextNumber`. */
  | { readonly kind: 'submit'; readonly request: boolean; readonly jitter?: number }
  /** The answer to the effect `load`, ascending; fewer than asked for when there are no more. */
  | {
      readonly kind: 'loaded';
      readonly messages: readonly { readonly number: bigint; readonly request: boolean }[];
      readonly jitter?: number;
    }
  | {
      readonly kind: 'acknowledgement';
      readonly acknowledgement: SequenceAcknowledgement;
      readonly jitter?: number;
    }
  /** The reply to a request came. */
  | { readonly kind: 'answered'; readonly number: bigint }
  /** MessageNumberRollover, SequenceClosed, SequenceTerminated or UnknownSequence about this sequence. */
  | { readonly kind: 'fault'; readonly code: 'rollover' | 'closed' | 'terminated' | 'unknown' }
  /** The application wants no more; CloseSequence follows when all is settled. */
  | { readonly kind: 'close'; readonly jitter?: number }
  /** CloseSequence from the RM Destination. */
  | { readonly kind: 'close-by-destination' }
  /** CloseSequenceResponse. */
  | { readonly kind: 'close-response'; readonly jitter?: number }
  /** The sequence is to end now. */
  | { readonly kind: 'terminate'; readonly jitter?: number }
  /** TerminateSequence from the RM Destination. */
  | { readonly kind: 'terminate-by-destination' }
  /** TerminateSequenceResponse. */
  | { readonly kind: 'terminate-response' }
  /** The sequence ends with the one that it is paired with. */
  | { readonly kind: 'end'; readonly reason: EndReason }
  /** A message of the peer came, whatever it was. */
  | { readonly kind: 'heard' }
  /** The time that {@link sourceTimeout} said has come; harmless at any other time. */
  | { readonly kind: 'timeout'; readonly jitter?: number }
  /** The process starts again with this state. */
  | { readonly kind: 'resume' };

/** What is to be done, after the state is committed. Numbers stand for messages, whose bodies are in the store. */
export type SourceEffect =
  | { readonly kind: 'send-create' }
  /** CreateSequence was sent as often as it may be in this life; nothing is lost, and a resumed session goes on. */
  | { readonly kind: 'create-given-up' }
  | { readonly kind: 'transmit'; readonly number: bigint; readonly attempt: number }
  | { readonly kind: 'load'; readonly lower: bigint; readonly limit: number }
  | { readonly kind: 'send-close'; readonly lastMessageNumber?: bigint }
  | { readonly kind: 'send-terminate'; readonly lastMessageNumber?: bigint }
  | { readonly kind: 'send-ack-requested' }
  /** Answer CloseSequence or TerminateSequence of the RM Destination. */
  | { readonly kind: 'respond'; readonly to: 'close' | 'terminate'; readonly identifier: string }
  | { readonly kind: 'fault'; readonly fault: RmFault }
  /** Numbers that were acknowledged now for the first time. */
  | { readonly kind: 'acknowledged'; readonly ranges: Ranges }
  /** The bodies are not needed any more; part of the same commit. */
  | { readonly kind: 'discard'; readonly ranges: Ranges }
  /** The messages will not arrive, or their replies will not come. */
  | { readonly kind: 'failed'; readonly ranges: Ranges }
  /** The message was not taken. */
  | { readonly kind: 'not-taken'; readonly because: 'rollover' | 'closed' | 'ended' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'ended'; readonly reason: EndReason };

export interface SourceStep {
  readonly state: SourceState;
  readonly effects: readonly SourceEffect[];
}
