import { ProtocolError, type XmlElement } from '@holdfast/soap';
import { readSecurityContextToken, type SecureConversationVersion, sctType } from '@holdfast/ws-security';
import {
  type IssueOptions,
  type IssueRequest,
  issueRequest,
  processIssueResponse,
  type RandomOctets,
  renewRequest,
} from '@holdfast/ws-trust';
import { renewed, type SecurityContext } from './context.js';
import { contextReference } from './reference.js';

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
  const asked = issueRequest(issueOptions(options, now), random);
  return { options, asked, body: asked.body };
}

function issueOptions(options: EstablishOptions, now: Date): IssueOptions {
  return {
    version: options.version,
    tokenType: sctType(options.version),
    keySize: options.keySize,
    appliesTo: options.peer,
    ...(options.lifetime === undefined
      ? {}
      : { lifetime: { created: now, expires: new Date(now.getTime() + options.lifetime) } }),
  };
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
    created: now.getTime(),
    earlier: [],
    expires:
      expiryOf(issued.lifetime?.created, issued.lifetime?.expires, now) ?? now.getTime() + options.assumedLifetime,
  };
}

/** Asks for new keys of a context (WS-SecureConversation 1.3 §5). */
export function renewalRequest(
  options: EstablishOptions,
  context: SecurityContext,
  now: Date,
  random: RandomOctets,
): Establishing {
  const asked = renewRequest(issueOptions(options, now), contextReference(context), random);
  return { options, asked, body: asked.body };
}

/**
 * Makes the renewed context of the answer.
 * @param rollover how long the keys that it had are kept, milliseconds
 * @throws ProtocolError `trust-refused` when it is not the same context with other keys (SC13-5-5)
 */
export function processRenewalResponse(
  renewing: Establishing,
  context: SecurityContext,
  body: XmlElement,
  now: Date,
  rollover: number,
): SecurityContext {
  const { identifier, instance, secret, created, expires } = processEstablishResponse(renewing, body, now);
  const known = [context, ...context.earlier];
  const isSame = identifier === context.identifier;
  if (!isSame || instance === undefined || known.some((keys) => keys.instance === instance)) {
    secret.fill(0);
    const why = isSame ? 'without an Instance of its own' : 'as another context';
    throw new ProtocolError('trust-refused', `The security context ${context.identifier} was renewed ${why}.`);
  }
  return renewed(context, { instance, secret, created, expires }, rollover);
}

/** An absolute URI (WS-SecureConversation 1.3 §2), of a length that every message can bear. */
const IDENTIFIER = /^[A-Za-z][A-Za-z0-9+.-]*:\S{1,1000}$/;

/** By our own clock: what counts is how long it lives, not what the other clock says. */
function expiryOf(created: Date | undefined, expires: Date | undefined, now: Date): number | undefined {
  if (expires === undefined) return undefined;
  return created === undefined ? expires.getTime() : now.getTime() + (expires.getTime() - created.getTime());
}
