import type { SoapVersion } from '@holdfast/soap';
import type { Binding } from './binding.js';
import { type DestinationState, noDestination } from './destination-state.js';
import type { Instant } from './instant.js';
import { contains } from './ranges.js';
import { createdSource, noSource, type SourceState } from './source-state.js';

/** A reply that the recipient keeps until it is acknowledged (MS-WSRVCRR §3.2.5.1). */
export interface KeptReply {
  /** The number of the request. */
  readonly request: bigint;
  /** Its own number; where no sequence for replies was offered, that of the request again. */
  readonly reply: bigint;
  /** Whether it travels in a sequence of its own. */
  readonly sequenced: boolean;
}

/**
 * A reliable session: the sequence of the requests, the sequence of the replies where one was offered, and what ties
 * them together. The initiator is the source of the first and the destination of the second; the recipient the reverse.
 */
export interface Session {
  readonly role: 'initiator' | 'recipient';
  readonly soap: SoapVersion;
  /** Where the initiator sends; at the recipient, the destination that CreateSequence was addressed to. */
  readonly address: string;
  /** What everything about the session must prove; undefined: the initiator has no token yet. */
  readonly binding: Binding | undefined;
  /** The wsa:MessageID of the CreateSequence. */
  readonly createId: string;
  /** The wsrm:Identifier of the offered sequence. */
  readonly offer?: string;
  /** The lifetime that was granted, in milliseconds. */
  readonly expires?: number;
  readonly source: SourceState;
  readonly destination: DestinationState;
  /** The recipient's replies that are not acknowledged yet, by ascending request. */
  readonly replies: readonly KeptReply[];
  /** When the initiator's acknowledgement of replies leaves on its own, if nothing takes it along before. Not stored. */
  readonly acknowledgeAt?: Instant;
}

/** An initiator's session that was just begun; its first input is `create` for the source. */
export function initiatorSession(
  options: Pick<Session, 'soap' | 'address' | 'createId'> & { readonly binding?: Binding; readonly offer?: string },
): Session {
  const { soap, address, createId, binding, offer } = options;
  return {
    role: 'initiator',
    soap,
    address,
    createId,
    binding,
    source: noSource,
    destination: noDestination,
    replies: [],
    ...(offer === undefined ? {} : { offer }),
  };
}

/** A recipient's session; its first input is `create` for the destination. */
export function recipientSession(
  options: Pick<Session, 'soap' | 'address' | 'createId'> & {
    readonly binding: Binding;
    /** Only if it is accepted. */
    readonly offer?: string;
    readonly expires?: number;
  },
  now: Instant,
): Session {
  const { soap, address, createId, binding, offer, expires } = options;
  return {
    role: 'recipient',
    soap,
    address,
    createId,
    binding,
    source: offer === undefined ? noSource : createdSource(offer, now),
    destination: noDestination,
    replies: [],
    ...(offer === undefined ? {} : { offer }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** The wsrm:Identifiers of both sequences, as far as they are known. */
export function identifiersOf(state: Session): readonly string[] {
  const { source, destination, offer } = state;
  const found = new Set<string>();
  if (source.kind !== 'none' && source.kind !== 'creating') found.add(source.identifier);
  if (destination.kind !== 'none') found.add(destination.identifier);
  if (offer !== undefined) found.add(offer);
  return [...found];
}

/** Whether both sequences are over and nothing waits for the application. */
export function isOver(state: Session): boolean {
  const { role, source, destination } = state;
  const leading = role === 'initiator' ? source : destination;
  if (leading.kind !== 'none' || leading.ended === undefined) return false;
  return source.kind === 'none' && destination.kind === 'none' && destination.draining === undefined;
}

/** What the recipient answers to a request that it has seen (WCF-M-6, WCF-M-7). */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: KeptReply }
  | { readonly kind: 'acknowledgement' }
  /** The application is not through with it yet. */
  | { readonly kind: 'later' };

export function answerTo(state: Session, request: bigint): Answer {
  const reply = state.replies.find((kept) => kept.request === request);
  if (reply !== undefined) return { kind: 'reply', reply };
  const reception = state.destination.kind === 'none' ? state.destination.draining : state.destination;
  const isWaiting = reception !== undefined && !contains(reception.delivered, request);
  return { kind: isWaiting ? 'later' : 'acknowledgement' };
}
