import type { SecureConversationVersion, SecurityContextKey } from '@holdfast/ws-security';

/** Who has a context that nobody stands for: only its own identity is known of its initiator. */
export function anonymousIdentity(identifier: string): string {
  return `${ANONYMOUS}${identifier}`;
}

/** Whose contexts those of an identity are counted with: all that nobody stands for count together. */
export function countedAs(identity: string): string {
  return identity.startsWith(ANONYMOUS) ? ANONYMOUS : identity;
}

const ANONYMOUS = 'anonymous:';

/** A security context (WS-SecureConversation 1.3 §2): the secret that two parties share, and whose it is. */
export interface SecurityContext extends SecurityContextKey {
  readonly version: SecureConversationVersion;
  /** wsc:Identifier: the UUID of the SCT API. */
  readonly identifier: string;
  /** wsc:Instance of a renewed context. */
  readonly instance: string | undefined;
  /** Zeroed when the context ends. */
  readonly secret: Buffer;
  /** Who is at the other end. */
  readonly identity: string;
  /** On which side of the conversation we are. */
  readonly role: 'initiator' | 'recipient';
  /** The initiator's: the address that it is used for. */
  readonly peer: string;
  /** When these keys came into use, by our clock: milliseconds since the epoch. */
  readonly created: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** The keys that it had before it was renewed, newest first: for messages under way (§5). */
  readonly earlier: readonly EarlierKeys[];
}

/** Keys that others have taken the place of. Nothing new is said under them. */
export interface EarlierKeys {
  readonly instance: string | undefined;
  /** Zeroed when they end. */
  readonly secret: Buffer;
  /** Until when messages under them are accepted: milliseconds since the epoch. */
  readonly until: number;
}

/** So many sets of keys beside the present ones: who renews faster than messages travel loses the oldest. */
const MAX_EARLIER = 3;

/**
 * The context with new keys (WS-SecureConversation 1.3 §5): the Identifier stays, and the keys that it had are kept for a while.
 * @param rollover how long, milliseconds; never beyond their own end
 */
export function renewed(
  context: SecurityContext,
  keys: Pick<SecurityContext, 'instance' | 'secret' | 'created' | 'expires'>,
  rollover: number,
): SecurityContext {
  const { instance, secret, expires, earlier } = context;
  const kept = [{ instance, secret, until: Math.min(expires, keys.created + rollover) }, ...earlier];
  for (const { secret: old } of kept.slice(MAX_EARLIER)) old.fill(0);
  return { ...context, ...keys, earlier: kept.slice(0, MAX_EARLIER) };
}

/** Zeroes all of its keys. */
export function zero({ secret, earlier }: SecurityContext): void {
  secret.fill(0);
  for (const keys of earlier) keys.secret.fill(0);
}
