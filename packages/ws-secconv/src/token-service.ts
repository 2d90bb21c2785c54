import { elements, isNamed, type XmlElement } from '@holdfast/soap';
import {
  readSecurityContextToken,
  sctType,
  versionOf,
  writeSecurityContextToken,
  writeTokenReference,
  wsse,
} from '@holdfast/ws-security';
import {
  decideIssue,
  type IssueDecision,
  type IssuerPolicy,
  issueResponse,
  type RandomOctets,
  type RequestSecurityToken,
  TrustFault,
  writeRequestSecurityTokenResponse,
} from '@holdfast/ws-trust';
import { renewed, type SecurityContext } from './context.js';
import { contextReference, referencedContext } from './reference.js';

/** A context that was issued, and the body of the answer. */
export interface Issued {
  readonly context: SecurityContext;
  readonly body: XmlElement;
}

/**
 * Issues a context to a proven identity (WS-SecureConversation 1.3 §3).
 * @param uuid a fresh UUID, with or without `urn:uuid:` before it
 * @throws TrustFault when the request asks for something else
 */
export function answerIssue(
  request: RequestSecurityToken,
  identity: string,
  policy: IssuerPolicy,
  now: Date,
  uuid: string,
  random: RandomOctets,
): Issued {
  const { version } = request;
  if (request.requestType !== 'Issue')
    throw new TrustFault('InvalidRequest', `RequestType ${request.requestType} in an Issue request.`);
  if (request.tokenType !== undefined && request.tokenType !== sctType(version)) {
    throw new TrustFault('InvalidRequest', `A token of type "${request.tokenType}" was asked for.`);
  }
  const decision = decideIssue(request, policy, now, random);
  const context: SecurityContext = {
    version,
    identifier: uuid.startsWith('urn:') ? uuid : `urn:uuid:${uuid}`,
    instance: undefined,
    secret: decision.secret,
    identity,
    role: 'recipient',
    peer: '',
    created: decision.created.getTime(),
    expires: decision.expires.getTime(),
    earlier: [],
  };
  return { context, body: contextResponse(request, decision, context, random) };
}

/**
 * Gives a context new keys (WS-SecureConversation 1.3 §5).
 * @param instance a name that the context's keys have not had
 * @param rollover how long the keys that it had are kept, milliseconds
 * @throws TrustFault when the request asks for something that is not to be had
 */
export function answerRenew(
  request: RequestSecurityToken,
  context: SecurityContext,
  policy: IssuerPolicy,
  now: Date,
  instance: string,
  rollover: number,
  random: RandomOctets,
): Issued {
  if (request.tokenType !== undefined && request.tokenType !== sctType(context.version)) {
    throw new TrustFault('InvalidRequest', `A token of type "${request.tokenType}" was asked for.`);
  }
  const decision = decideIssue(request, policy, now, random);
  const keys = {
    instance,
    secret: decision.secret,
    created: decision.created.getTime(),
    expires: decision.expires.getTime(),
  };
  const next = renewed(context, keys, rollover);
  return { context: next, body: contextResponse(request, decision, next, random) };
}

function contextResponse(
  request: RequestSecurityToken,
  decision: IssueDecision,
  context: SecurityContext,
  random: RandomOctets,
): XmlElement {
  const { version } = context;
  const id = `_sct-${Buffer.from(random(8)).toString('hex')}`;
  return issueResponse(request, decision, {
    tokenType: sctType(version),
    token: writeSecurityContextToken(context, id),
    attachedReference: writeTokenReference({ kind: 'direct', uri: `#${id}`, valueType: sctType(version) }),
    unattachedReference: contextReference(context),
  });
}

/**
 * The Identifier of the context that a Cancel or Renew request is about: named by reference, or shown itself.
 * @throws TrustFault InvalidRequest when it names none
 */
export function targetOf(request: RequestSecurityToken, operation: 'Cancel' | 'Renew'): string {
  const { target, requestType } = request;
  if (requestType === operation && target !== undefined) {
    if (isNamed(target, wsse('SecurityTokenReference'))) {
      const identifier = referencedContext(target) ?? embedded(target);
      if (identifier !== undefined) return identifier;
    } else if (target.local === 'SecurityContextToken' && versionOf(target.namespace) !== undefined) {
      return readSecurityContextToken(target).identifier;
    }
  }
  throw new TrustFault(
    'InvalidRequest',
    `The request does not say which security context it is about: a ${operation} needs a ${operation}Target.`,
  );
}

function embedded(reference: XmlElement): string | undefined {
  const [first] = elements(reference);
  const token = first !== undefined && isNamed(first, wsse('Embedded')) ? elements(first)[0] : undefined;
  return token?.local === 'SecurityContextToken' ? readSecurityContextToken(token).identifier : undefined;
}

/** The body of the answer to a Cancel request (§6). */
export function cancelResponse(request: RequestSecurityToken): XmlElement {
  return writeRequestSecurityTokenResponse({
    version: request.version,
    ...(request.context === undefined ? {} : { context: request.context }),
    cancelled: true,
  });
}
