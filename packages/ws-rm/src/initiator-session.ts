import type { Exchange, IncomingMessage, OutgoingMessage } from '@holdfast/soap';
import { assertBound, commonSigner, securityContextOf } from './binding.js';
import type { Style } from './compose.js';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import type { ReliableExchangeConfig } from './initiator-config.js';
import type { LiveSession } from './live-session.js';
import { type RmContent, rmBlocks } from './read-content.js';
import type { InitiatorCollaborators, RequestOptions } from './reliable-exchange.js';
import type { SessionRunner } from './session-runner.js';

/** Tells initiators' sessions from recipients' without decoding them. */
export const INITIATOR_KEY_PREFIX = 'initiator:';

/** A caller that waits for a reply. */
export interface Call<Transaction> {
  readonly resolve: (reply: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
  readonly inTransaction: RequestOptions<Transaction>['inTransaction'];
}

/** What lives beside an initiator's session and dies with the process. */
export interface InitiatorExtra<Transaction> {
  readonly outbound: Map<bigint, OutgoingMessage>;
  readonly inbound: Map<bigint, { readonly message: IncomingMessage; readonly request: bigint }>;
  readonly calls: Map<bigint, Call<Transaction>>;
  /** Replies that their callers have, and that the store may still take for undelivered. */
  readonly given: Set<bigint>;
  readonly acknowledgements: Map<bigint, { readonly resolve: () => void; readonly reject: (error: unknown) => void }>;
  /** Replies outside of any sequence, until their step is committed. */
  readonly unsequenced: Map<bigint, IncomingMessage>;
  /** Faults outside of the sequence that may pass, by request. */
  readonly strikes: Map<bigint, number>;
}

export function initiatorExtra<Transaction>(): InitiatorExtra<Transaction> {
  return {
    outbound: new Map(),
    inbound: new Map(),
    calls: new Map(),
    given: new Set(),
    acknowledgements: new Map(),
    unsequenced: new Map(),
    strikes: new Map(),
  };
}

export type InitiatorLive<Transaction> = LiveSession<Transaction, InitiatorExtra<Transaction>>;

/** What the parts of an initiator share. */
export interface InitiatorContext<Transaction> {
  readonly config: ReliableExchangeConfig;
  readonly collaborators: InitiatorCollaborators<Transaction>;
  readonly kind: 'token' | 'identity' | 'dangerouslyNone';
  readonly runner: SessionRunner<Transaction, InitiatorExtra<Transaction>>;
  readonly exchange: Exchange;
  /** Aborted when the session is suspended. */
  readonly signal: AbortSignal;
  /** What last stood in the way, for those whose messages fail for it; undefined since the peer has answered. */
  failure: unknown;
}

/** Faults of a peer that may pass count as its last word after this many. */
export const MAX_STRIKES = 3;

export function freshUrn<Transaction>({ collaborators }: InitiatorContext<Transaction>): string {
  return `urn:uuid:${collaborators.random.uuid()}`;
}

export function initiatorStyle<Transaction>(
  { config }: InitiatorContext<Transaction>,
  { session }: InitiatorLive<Transaction>,
): Style {
  return { codec: config.codec, soap: session.soap, securityContext: securityContextOf(session.binding) };
}

/** The acknowledgement of replies as it is committed, for whatever message leaves next. */
export function acknowledgementOfReplies<Transaction>(
  { committed }: InitiatorLive<Transaction>,
  final: boolean,
): { readonly acknowledgement?: SequenceAcknowledgement } {
  const { destination } = committed;
  if (destination.kind === 'none' || (destination.received.length === 0 && !final)) return {};
  const { identifier, received } = destination;
  return { acknowledgement: { identifier, ranges: received, final, nacks: [] } };
}

/** Whether the message is protected as the session's binding demands; what is not has no effect. */
export function isProven<Transaction>(
  { collaborators }: InitiatorContext<Transaction>,
  live: InitiatorLive<Transaction>,
  message: IncomingMessage,
  content: RmContent,
): boolean {
  const { binding } = live.session;
  const blocks = rmBlocks(content.headers);
  // Before the first answer an identity is not known yet, and whoever signed all of it will be it.
  if (binding === undefined) return commonSigner(message, blocks) !== undefined;
  try {
    assertBound(message, binding, blocks);
    return true;
  } catch (error) {
    collaborators.log({
      level: 'warning',
      event: content.fault === undefined ? 'binding-violated' : 'fault-not-proven',
      error,
      details: {
        session: live.key,
        action: message.addressing.action,
        ...(content.fault === undefined ? {} : { reason: content.fault.reason.slice(0, 200) }),
      },
    });
    return false;
  }
}
