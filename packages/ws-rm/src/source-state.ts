import type { Instant } from './instant.js';
import { noRanges, type Ranges } from './ranges.js';

/** A message on the way: it has a place in the window and is not settled yet. */
export interface InFlight {
  readonly number: bigint;
  /** A reply is expected; the message is settled by that alone, not by its acknowledgement. */
  readonly request: boolean;
  /** Transmissions so far. */
  readonly attempts: number;
  /** When it is sent again. */
  readonly dueAt: Instant;
  readonly acknowledged: boolean;
}

/** How the sending of messages stands. Bodies are in the store, under their numbers. */
export interface Transfer {
  /** What the next message gets (WS-RM 1.2 §2.3). */
  readonly nextNumber: bigint;
  /** The lowest number that has not been in the window; it and all above wait in the store. */
  readonly unsent: bigint;
  readonly acknowledged: Ranges;
  /** Ascending; as long as the window at most. */
  readonly window: readonly InFlight[];
  /** The next messages are being fetched from the store. Not kept across a restart. */
  readonly loading: boolean;
}

/** Something that is repeated until it is answered. */
export interface Repeated {
  readonly attempts: number;
  readonly dueAt: Instant;
}

interface Living extends Transfer {
  /** When the peer was last heard. */
  readonly heardAt: Instant;
}

interface Established extends Living {
  /** The wsrm:Identifier. */
  readonly identifier: string;
  readonly expiresAt?: Instant;
  /** When a sign of life was last asked for. */
  readonly askedAt?: Instant;
}

/** Why a sequence is no more. */
export type EndReason =
  /** Terminated as planned. */
  | 'terminated'
  /** CreateSequence was refused. */
  | 'refused'
  /** The peer terminated it. */
  | 'terminated-by-peer'
  /** The peer does not know it (any more). */
  | 'unknown-to-peer'
  /** Its wsrm:Expires is over. */
  | 'expired'
  /** The peer was not heard for too long. */
  | 'inactive'
  /** A message, or the CreateSequence, was sent as often as it may be. */
  | 'exhausted'
  /** The peer broke the protocol. */
  | 'violated';

/** The states of an RM Source (WS-RM 1.2 appendix; one for each column of its state table). */
export type SourceState =
  | { readonly kind: 'none'; readonly ended?: EndReason }
  /** `closeWanted`: no new message is taken, and CloseSequence follows when all are settled. */
  | (Living & Repeated & { readonly kind: 'creating'; readonly closeWanted: boolean })
  | (Established & { readonly kind: 'created'; readonly closeWanted: boolean })
  /** As created, but no number is left to be assigned. */
  | (Established & { readonly kind: 'rollover'; readonly closeWanted: boolean })
  | (Established & Repeated & { readonly kind: 'closing' })
  | (Established & { readonly kind: 'closed' })
  | (Established & Repeated & { readonly kind: 'terminating' });

export type LivingSource = Exclude<SourceState, { readonly kind: 'none' }>;
export type EstablishedSource = Exclude<LivingSource, { readonly kind: 'creating' }>;

export const noSource: SourceState = { kind: 'none' };

export const emptyTransfer: Transfer = {
  nextNumber: 1n,
  unsent: 1n,
  acknowledged: noRanges,
  window: [],
  loading: false,
};

/** A source whose sequence exists already: the one that a peer offered. */
export function createdSource(identifier: string, now: Instant, expiresAt?: Instant): SourceState {
  return {
    kind: 'created',
    ...emptyTransfer,
    identifier,
    heardAt: now,
    closeWanted: false,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** The highest number assigned, as LastMsgNumber says it; undefined when there is none. */
export function lastMessageNumber(state: Transfer): bigint | undefined {
  return state.nextNumber === 1n ? undefined : state.nextNumber - 1n;
}

/** Whether nothing is left to be sent, acknowledged or answered. */
export function isSettled(state: Transfer): boolean {
  return state.window.length === 0 && state.unsent === state.nextNumber;
}

/** The numbers that are assigned and not settled. */
export function unsettled(state: Transfer): Ranges {
  const waiting = state.window.map(({ number }) => ({ lower: number, upper: number }));
  return state.unsent < state.nextNumber
    ? [...waiting, { lower: state.unsent, upper: state.nextNumber - 1n }]
    : waiting;
}
