import { ProtocolError, type XmlElement } from '@holdfast/soap';
import { readSecurityContextToken, type SecureConversationVersion, sctType } from '@holdfast/ws-security';
import { type IssueRequest, issueRequest, processIssueResponse, type RandomOctets } from '@holdfast/ws-trust';
import type { SecurityContext } from './context.js';

/** What context an initiator asks for, and of whom. */
export interface EstablishOptions {
  readonly version: SecureConversationVersion;
  /** The address that the context is for. */
  readonly peer: string;
  /** Who must be at the other end. */
  readonly identity: string;
  /** Bits. */
  readonly keySize: number;
  /** Milliseconds to ask for; absent: the recipient decides. */
  readonly lifetime: number | undefined;
  /** Milliseconds that a context is taken to live whose recipient does not say. */
  readonly assumedLifetime: number;
}

/** A request for a context under way. */
export interface Establishing {
  readonly options: EstablishOptions;
  readonly asked: IssueRequest;
  /** The body of the request, to be sent under the bootstrap protection. */
  readonly body: XmlElement;
}

/** Asks for a security context (WS-SecureConversation 1.3 §3). */
export function establishRequest(options: EstablishOptions, now: Date, random: RandomOctets): Establishing {
  const asked = issueRequest(
    {
      version: options.version,
      tokenType: sctType(options.version),
      keySize: options.keySize,
      appliesTo: options.peer,
      ...(options.lifetime === undefined
        ? {}
        : { lifetime: { created: now, expires: new Date(now.getTime() + options.lifetime) } }),
    },
    random,
  );
  return { options, asked, body: asked.body };
}

/**
 * Makes the context of the answer.
 * @param body the child of soap:Body, proven to come from the recipient
 * @throws ProtocolError `trust-refused`
 */
export function processEstablishResponse(
  { options, asked }: Establishing,
  body: XmlElement,
  now: Date,
): SecurityContext {
  const issued = processIssueResponse(asked, body);
  const token = readSecurityContextToken(issued.token);
  if (token.version !== options.version) {
    throw new ProtocolError('trust-refused', 'A security context of another version was issued.');
  }
  if (!IDENTIFIER.test(token.identifier)) {
    throw new ProtocolError('trust-refused', 'A security context was issued whose Identifier is not an absolute URI.');
  }
  return {
    version: token.version,
    identifier: token.identifier,
    instance: token.instance,
    secret: issued.secret,
    identity: options.identity,
    role: 'initiator',
    peer: options.peer,
    expires:
      expiryOf(issued.lifetime?.created, issued.lifetime?.expires, now) ?? now.getTime() + options.assumedLifetime,
  };
}

/** An absolute URI (WS-SecureConversation 1.3 §2), of a length that every message can bear. */
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9+.-]*:\S{1,1000}$/;

/** By our own clock: what counts is how long it lives, not what the other clock says. */
function expiryOf(created: Date | undefined, expires: Date | undefined, now: Date): number | undefined {
  if (expires === undefined) return undefined;
  return created === undefined ? expires.getTime() : now.getTime() + (expires.getTime() - created.getTime());
}
