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
  /** Milliseconds since the epoch. */
  readonly expires: number;
}
