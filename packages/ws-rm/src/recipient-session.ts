import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingMessage } from '@holdfast/soap';
import { type Binding, securityContextOf } from './binding.js';
import type { Style } from './compose.js';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import { HeldBytes } from './held-bytes.js';
import type { LiveSession } from './live-session.js';
import type { Ranges } from './ranges.js';
import type { ReliableHandlerConfig } from './recipient-config.js';
import type { RecipientCollaborators } from './reliable-handler.js';
import type { SessionRunner } from './session-runner.js';
import type { Session } from './session-state.js';

/** Tells recipients' sessions from initiators' without decoding them. */
export const RECIPIENT_KEY_PREFIX = 'recipient:';

/** What lives beside a recipient's session and dies with the process. */
export interface RecipientExtra {
  /** How memory and the store find the session by its CreateSequence. */
  readonly creation: string;
  readonly inbound: Map<bigint, IncomingMessage>;
  readonly held: HeldBytes;
  readonly outbound: Map<bigint, OutgoingMessage>;
  /** Requests that are kept open until the application is through with them. */
  readonly waiting: Map<bigint, () => void>;
}

export type RecipientLive<Transaction> = LiveSession<Transaction, RecipientExtra>;

/** What the parts of a recipient share. */
export interface RecipientContext<Transaction> {
  readonly config: ReliableHandlerConfig;
  readonly collaborators: RecipientCollaborators<Transaction>;
  readonly runner: SessionRunner<Transaction, RecipientExtra>;
}

export function recipientExtra(session: Session): RecipientExtra {
  return {
    creation: creationKey(session.binding, session.createId),
    inbound: new Map(),
    held: new HeldBytes(),
    outbound: new Map(),
    waiting: new Map(),
  };
}

/** Hashed, because a peer may choose a MessageID of any length; with the identity, so that peers cannot meet in one. */
export function creationKey(binding: Binding | undefined, messageId: string): string {
  return `create:${createHash('sha256')
    .update(`${identityOf(binding)}\n${messageId}`)
    .digest('base64url')}`;
}

/** Whose the session is; '' when nobody has proven anything. */
export function identityOf(binding: Binding | undefined): string {
  return binding === undefined || binding.kind === 'none' ? '' : (binding.identity ?? '');
}

export function recipientStyle<Transaction>(
  { config }: RecipientContext<Transaction>,
  { session }: RecipientLive<Transaction>,
): Style {
  return { codec: config.codec, soap: session.soap, securityContext: securityContextOf(session.binding) };
}

/** The acknowledgement of what is committed; none when the sequence is over. */
export function acknowledgementOf<Transaction>({ committed }: RecipientLive<Transaction>): {
  readonly acknowledgement?: SequenceAcknowledgement;
} {
  const { destination } = committed;
  if (destination.kind === 'none') return {};
  const { identifier, received, kind } = destination;
  return { acknowledgement: { identifier, ranges: received, final: kind === 'closed', nacks: [] } };
}

export function receivedOf({ destination }: Session): Ranges {
  return destination.kind === 'none' ? (destination.draining?.received ?? []) : destination.received;
}
