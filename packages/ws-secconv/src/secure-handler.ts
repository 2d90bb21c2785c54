import {
  assertUnderstood,
  type Clock,
  faultOf,
  type Handler,
  type IncomingMessage,
  type Log,
  type Name,
  type OutgoingMessage,
  optionalAddressing,
  ProtocolError,
  readEnvelope,
  replyAddressing,
  SecurityError,
  type WireHandler,
  type WireResponse,
  wireResponse,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import {
  type KeyLookup,
  noKeys,
  type ProtectionDescription,
  type ProtectionKeys,
  protect,
  type Receipt,
  securityHeader,
  type Unprotected,
  unprotect,
} from '@holdfast/ws-security';
import {
  contextRequest,
  type RequestSecurityToken,
  readRequestSecurityToken,
  responseAction,
  TrustFault,
} from '@holdfast/ws-trust';
import type { SecureHandlerConfig } from './config.js';
import { anonymousIdentity, type SecurityContext } from './context.js';
import { contextProtection } from './context-protection.js';
import type { ContextStore } from './context-store.js';
import { contextsNamed } from './contexts-named.js';
import { conversationFault } from './faults.js';
import { KeptContexts } from './kept-contexts.js';
import type { Random } from './random.js';
import { assertUnprotectedOptional, onlyElement, received, speaker } from './received.js';
import { faultReply, inClear, refusal } from './refusal.js';
import { type ReplayMemories, unrepeated } from './replay.js';
import { type SctApi, sctApi } from './sct-api.js';
import { answerIssue, answerRenew, cancelResponse, targetOf } from './token-service.js';
import { uuidUrn } from './uuid.js';

/** What the recipient's side works with. */
export interface SecureHandlerCollaborators extends ReplayMemories {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where contexts are kept over a restart, if they are. */
  readonly store?: ContextStore;
  /** Whether a header block is processed by the handler; mandatory ones that are not are refused. Default: not asked. */
  readonly understood?: (name: Name) => boolean;
  /** Who may have a context, beyond being trusted. Default: everybody whose certificate is. */
  readonly authorize?: (identity: string) => boolean;
  /** Called when an initiator has cancelled its context, before it is told so. */
  readonly cancelled?: (uuid: string) => Promise<void>;
}

/** The recipient's side of secure conversations. */
export interface SecureHandler {
  /** To be served: answers requests for contexts itself, and hands on the application's messages with their proof. */
  readonly handler: WireHandler;
  readonly sct: SctApi;
  /**
   * Takes up the contexts that an earlier process left in the store, so that they count against the limits; those that
   * have expired are removed. To be called before the first message; one that cannot be read is left, and logged.
   * @returns how many are in use
   * @throws StoreError when the store cannot be read
   */
  resume(): Promise<number>;
  /** Forgets every context and zeroes its secret; those in the store stay there. */
  close(): void;
}

/** Puts secure conversations before a handler, as their recipient. Whatever is not secured as described is refused. */
export function secureHandler(
  handler: Handler,
  config: SecureHandlerConfig,
  collaborators: SecureHandlerCollaborators,
): SecureHandler {
  const { clock, random, log } = collaborators;
  const { bootstrap, version } = config;
  const application = contextProtection(config.application);
  const contexts = new KeptContexts(config, collaborators);
  const { table } = contexts;
  /** Contexts that are being cancelled. */
  const ending = new Set<string>();

  /** Whether a message names a context; those that it names are loaded. */
  const loadNamed = async (document: XmlDocument): Promise<boolean> => {
    const header = securityHeader(document.root);
    const identifiers = header === undefined ? [] : contextsNamed(header);
    for (const identifier of identifiers) await contexts.load(identifier);
    return identifiers.length > 0;
  };

  const keys: KeyLookup = {
    ...noKeys,
    securityContext(identifier, instance) {
      const context = table.keys(identifier, instance, clock.now());
      if (context !== undefined && context.expires <= clock.now()) {
        throw new SecurityError(
          'context-expired',
          `The security context ${identifier} expired at ${new Date(context.expires).toISOString()}.`,
        );
      }
      return context;
    },
  };

  const open = (document: XmlDocument, description: ProtectionDescription, lookup: KeyLookup): Promise<Unprotected> => {
    const now = new Date(clock.now());
    return unrepeated(collaborators, now, (replayCache) =>
      unprotect(document, description, lookup, { now, replayCache }),
    );
  };

  /** Nothing but TLS protects what is described so. */
  const assertTransport = (secure: boolean): void => {
    const overTls = bootstrap.request.token === 'transport' || application.request.token === 'transport';
    if (overTls && !secure) throw new SecurityError('part-not-encrypted', 'The message did not come over TLS.');
  };

  const openBootstrap = (document: XmlDocument): Promise<Unprotected> =>
    open(document, bootstrap.request, bootstrap.lookup);

  const openApplication = async (document: XmlDocument): Promise<Unprotected> => {
    const opened = await open(document, application.request, keys);
    return { ...opened, proof: application.requestProof(opened) };
  };

  const respond = async (
    message: OutgoingMessage,
    description: ProtectionDescription,
    protection: ProtectionKeys,
    request: Receipt,
  ): Promise<WireResponse | undefined> => {
    const response = wireResponse(message);
    if (response === undefined) return undefined;
    const now = new Date(clock.now());
    const { envelope } = await unrepeated(collaborators, now, (replayCache) =>
      protect(response.root, description, protection, { now, random, replayCache, request }),
    );
    return { ...response, root: envelope };
  };

  const underContext = async (message: OutgoingMessage, request: Unprotected): Promise<WireResponse | undefined> => {
    const { id, instance } = speaker(request);
    // It may have ended while the answer was made, and the zeros that are left of its secret protect from nobody. Who has
    // asked with the keys that it had before may not know of others.
    const context = table.keys(id, instance, clock.now());
    if (context === undefined) throw new SecurityError('context-unknown', `The security context ${id} has ended.`);
    return respond(message, application.answer, application.answerKeys(context), request.receipt);
  };

  const underBootstrap = async (message: OutgoingMessage, request: Unprotected): Promise<WireResponse | undefined> =>
    respond(message, bootstrap.answer, bootstrap.answerKeys(request), request.receipt);

  const reply = (request: IncomingMessage, action: string, body: XmlElement): OutgoingMessage => ({
    envelope: { version: request.envelope.version, headers: [], body: [body] },
    addressing: replyAddressing(request.addressing, action, uuidUrn(random)),
  });

  const assertAuthorized = (identity: string): void => {
    if (collaborators.authorize === undefined || collaborators.authorize(identity)) return;
    throw new SecurityError('not-authorized', `${identity} is not allowed to have a security context.`);
  };

  const assertVersion = (request: RequestSecurityToken): void => {
    if (request.version === version) return;
    throw new TrustFault('BadRequest', `WS-Trust ${request.version} is not spoken here.`);
  };

  const issue = async (document: XmlDocument): Promise<WireResponse | undefined> => {
    const opened = await openBootstrap(document);
    assertUnprotectedOptional(opened);
    const message = received(opened);
    const identifier = uuidUrn(random);
    const identity = bootstrap.initiatorOf(opened) ?? anonymousIdentity(identifier);
    assertAuthorized(identity);
    const request = readRequestSecurityToken(onlyElement(message));
    assertVersion(request);
    const roomMade = contexts.makeRoom(identity);
    const issued = answerIssue(request, identity, config.issuer, new Date(clock.now()), identifier, random);
    await contexts.add(issued.context);
    await roomMade;
    log({ level: 'info', event: 'context-issued', details: { context: issued.context.identifier, identity } });
    return underBootstrap(reply(message, responseAction(version, 'issue'), issued.body), opened);
  };

  /** A request about a context, by whom it belongs to. */
  const managed = async (
    document: XmlDocument,
    operation: 'Cancel' | 'Renew',
    namesContext: boolean,
    bootstrapMay: boolean,
  ): Promise<ManagedRequest> => {
    if (!namesContext && !bootstrapMay) {
      throw new SecurityError('wrong-token', `A ${operation} must be protected by the context that it is about.`);
    }
    const opened = await (namesContext ? openApplication(document) : openBootstrap(document));
    assertUnprotectedOptional(opened);
    const message = received(opened);
    const request = readRequestSecurityToken(onlyElement(message));
    assertVersion(request);
    const target = targetOf(request, operation);
    if (!namesContext) await contexts.load(target);
    const context = table.get(target);
    const proven = namesContext
      ? speaker(opened).id === target
      : context !== undefined && bootstrap.initiatorOf(opened) === context.identity;
    if (context === undefined || !proven) {
      throw new SecurityError(
        'not-authorized',
        `A ${operation} does not prove that the context belongs to who sent it.`,
      );
    }
    const answer = (action: string, body: XmlElement): Promise<WireResponse | undefined> => {
      const made = reply(message, action, body);
      return namesContext ? underContext(made, opened) : underBootstrap(made, opened);
    };
    return { request, identifier: target, answer };
  };

  /** The context as it is now: it may have ended while the request about it was read. */
  const live = (identifier: string): SecurityContext => {
    const context = table.get(identifier);
    if (context !== undefined && !ending.has(identifier)) return context;
    throw new SecurityError('context-unknown', `The security context ${identifier} is ending, or has ended.`);
  };

  const cancel = async (document: XmlDocument, namesContext: boolean): Promise<WireResponse | undefined> => {
    const { request, identifier, answer } = await managed(document, 'Cancel', namesContext, config.bootstrapMayCancel);
    live(identifier);
    ending.add(identifier);
    try {
      await collaborators.cancelled?.(identifier);
      // The answer is made before the secret is gone.
      const response = await answer(responseAction(version, 'cancel'), cancelResponse(request));
      await contexts.end(identifier);
      log({ level: 'info', event: 'context-cancelled', details: { context: identifier } });
      return response;
    } finally {
      ending.delete(identifier);
    }
  };

  const renew = async (document: XmlDocument, namesContext: boolean): Promise<WireResponse | undefined> => {
    const { request, identifier, answer } = await managed(document, 'Renew', namesContext, config.bootstrapMayRenew);
    const context = live(identifier);
    assertAuthorized(context.identity);
    const now = new Date(clock.now());
    const next = answerRenew(request, context, config.issuer, now, uuidUrn(random), config.rollover, random);
    await contexts.replace(context, next.context);
    log({ level: 'info', event: 'context-renewed', details: { context: identifier } });
    return answer(responseAction(version, 'renew'), next.body);
  };

  const applicationMessage = async (document: XmlDocument): Promise<WireResponse | undefined> => {
    const opened = await openApplication(document);
    const message = received(opened);
    const { id } = speaker(opened);
    const context = table.get(id);
    if (context === undefined) throw new SecurityError('context-unknown', `The security context ${id} has ended.`);
    let answer: OutgoingMessage | undefined;
    try {
      assertUnprotectedOptional(opened);
      if (collaborators.understood !== undefined) assertUnderstood(opened.envelope, collaborators.understood);
      answer = await handler(message);
    } catch (error) {
      log({ level: 'error', event: 'handler-failed', error });
      answer = faultReply(message, faultOf(error));
    }
    if (answer === undefined) return undefined;
    if (answer.securityContext !== undefined && answer.securityContext !== context.identifier) {
      throw new ProtocolError(
        'binding-violation',
        'An answer was to be protected by another context than its request.',
      );
    }
    return underContext(answer, opened);
  };

  const wire: WireHandler = async (document, { secure }) => {
    const unverified = optionalAddressing(readEnvelope(document));
    const asked = contextRequest(unverified.action);
    try {
      assertTransport(secure);
      const namesContext = await loadNamed(document);
      switch (asked?.operation) {
        case undefined:
          return await applicationMessage(document);
        case 'issue':
          return await issue(document);
        case 'cancel':
          return await cancel(document, namesContext);
        case 'renew':
          return await renew(document, namesContext);
        case 'amend':
          await openApplication(document);
          return inClear(document, conversationFault(version, 'UnableToRenew'));
        default:
          return asked?.operation satisfies undefined;
      }
    } catch (error) {
      const fault = refusal(error, version);
      if (fault === undefined) throw error;
      log({ level: 'warning', event: 'message-refused', error, details: { action: unverified.action } });
      return inClear(document, fault);
    }
  };

  return {
    handler: wire,
    sct: sctApi(table, undefined, {
      restored: async (context) => {
        if (context.expires > clock.now()) await contexts.keep(context);
      },
      forgotten: (uuid) => contexts.end(uuid),
    }),
    resume: () => contexts.resume(),
    close: () => table.clear(),
  };
}

/** A request about a context that was found to be by whom the context belongs to. */
interface ManagedRequest {
  readonly request: RequestSecurityToken;
  readonly identifier: string;
  /** Protects an answer as the request was. */
  answer(action: string, body: XmlElement): Promise<WireResponse | undefined>;
}
