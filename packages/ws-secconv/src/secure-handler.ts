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
import { contextRequest, readRequestSecurityToken, responseAction, TrustFault } from '@holdfast/ws-trust';
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
import { answerIssue, cancelResponse, cancelTarget } from './token-service.js';
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
      const context = table.current(identifier, instance);
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

  const underContext = async (
    message: OutgoingMessage,
    context: SecurityContext,
    { receipt }: Unprotected,
  ): Promise<WireResponse | undefined> => {
    // It may have ended while the answer was made, and the zeros that are left of its secret protect from nobody.
    if (table.get(context.identifier) !== context) {
      throw new SecurityError('context-unknown', `The security context ${context.identifier} has ended.`);
    }
    return respond(message, application.answer, application.answerKeys(context), receipt);
  };

  const underBootstrap = async (message: OutgoingMessage, request: Unprotected): Promise<WireResponse | undefined> =>
    respond(message, bootstrap.answer, bootstrap.answerKeys(request), request.receipt);

  const reply = (request: IncomingMessage, action: string, body: XmlElement): OutgoingMessage => ({
    envelope: { version: request.envelope.version, headers: [], body: [body] },
    addressing: replyAddressing(request.addressing, action, uuidUrn(random)),
  });

  const issue = async (document: XmlDocument): Promise<WireResponse | undefined> => {
    const opened = await openBootstrap(document);
    assertUnprotectedOptional(opened);
    const message = received(opened);
    const identifier = uuidUrn(random);
    const identity = bootstrap.initiatorOf(opened) ?? anonymousIdentity(identifier);
    if (collaborators.authorize !== undefined && !collaborators.authorize(identity)) {
      throw new SecurityError('not-authorized', `${identity} is not allowed to have a security context.`);
    }
    const request = readRequestSecurityToken(onlyElement(message));
    if (request.version !== version)
      throw new TrustFault('BadRequest', `WS-Trust ${request.version} is not spoken here.`);
    const roomMade = contexts.makeRoom(identity);
    const issued = answerIssue(request, identity, config.issuer, new Date(clock.now()), identifier, random);
    await contexts.add(issued.context);
    await roomMade;
    log({ level: 'info', event: 'context-issued', details: { context: issued.context.identifier, identity } });
    return underBootstrap(reply(message, responseAction(version, 'issue'), issued.body), opened);
  };

  const cancel = async (document: XmlDocument, namesContext: boolean): Promise<WireResponse | undefined> => {
    if (!namesContext && !config.bootstrapMayCancel) {
      throw new SecurityError('wrong-token', 'A Cancel must be protected by the context that it ends.');
    }
    const opened = await (namesContext ? openApplication(document) : openBootstrap(document));
    assertUnprotectedOptional(opened);
    const message = received(opened);
    const request = readRequestSecurityToken(onlyElement(message));
    const target = cancelTarget(request);
    if (!namesContext) await contexts.load(target);
    const context = table.get(target);
    const proven = namesContext
      ? speaker(opened).id === target
      : context !== undefined && bootstrap.initiatorOf(opened) === context.identity;
    if (context === undefined || !proven) {
      throw new SecurityError('not-authorized', 'A Cancel does not prove that the context belongs to who sent it.');
    }
    if (ending.has(target)) throw new SecurityError('context-unknown', `The security context ${target} is ending.`);
    ending.add(target);
    try {
      await collaborators.cancelled?.(target);
      const answer = reply(message, responseAction(version, 'cancel'), cancelResponse(request));
      // The answer is made before the secret is gone.
      const response = await (namesContext ? underContext(answer, context, opened) : underBootstrap(answer, opened));
      await contexts.end(target);
      log({ level: 'info', event: 'context-cancelled', details: { context: target } });
      return response;
    } finally {
      ending.delete(target);
    }
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
    return underContext(answer, context, opened);
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
