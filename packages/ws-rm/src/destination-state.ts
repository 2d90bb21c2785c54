import type { Instant } from './instant.js';
import { noRanges, type Ranges } from './ranges.js';
import type { EndReason, Repeated } from './source-state.js';

/** How the receiving of messages stands. Bodies that wait for delivery are in the store, under their numbers. */
export interface Reception {
  /** Every number that was accepted, delivered or not; what acknowledgements say. */
  readonly received: Ranges;
  /** The numbers that the application has dealt with. */
  readonly delivered: Ranges;
  /** The numbers that the application has in hand. Not kept across a restart. */
  readonly delivering: Ranges;
}

/** What is left of a sequence that is over: accepted messages that are still to be delivered. */
export interface Draining extends Reception {
  /** The wsrm:Identifier that the sequence had. */
  readonly identifier: string;
}

interface Established extends Reception {
  /** The wsrm:Identifier. */
  readonly identifier: string;
  readonly heardAt: Instant;
  readonly expiresAt?: Instant;
}

/** The states of an RM Destination (WS-RM 1.2 appendix; one for each column of its state table). */
export type DestinationState =
  | { readonly kind: 'none'; readonly ended?: EndReason; readonly draining?: Draining }
  | (Established & { readonly kind: 'created' })
  /** `lastMessageNumber`: what CloseSequence said it was; absent also when this side closed. */
  | (Established & { readonly kind: 'closed'; readonly lastMessageNumber?: bigint })
  | (Established & Repeated & { readonly kind: 'terminating' });

export type LivingDestination = Exclude<DestinationState, { readonly kind: 'none' }>;

export const noDestination: DestinationState = { kind: 'none' };

/** A destination whose sequence was just created. */
export function createdDestination(identifier: string, now: Instant, expiresAt?: Instant): DestinationState {
  return {
    kind: 'created',
    identifier,
    received: noRanges,
    delivered: noRanges,
    delivering: noRanges,
    heardAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
