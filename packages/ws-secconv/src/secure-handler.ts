import {
  assertUnderstood,
  type Clock,
  elements,
  faultAddressing,
  faultEnvelope,
  faultOf,
  type Handler,
  type IncomingMessage,
  InvalidMessageError,
  isForUs,
  type Log,
  mustUnderstand,
  mustUnderstandFault,
  type Name,
  type OutgoingMessage,
  optionalAddressing,
  ProtocolError,
  type ProvenToken,
  readAddressing,
  readEnvelope,
  replyAddressing,
  SecurityError,
  type SoapFault,
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
  readSecurityContextToken,
  securityFault,
  securityHeader,
  type Unprotected,
  unprotect,
  versionOf,
  wsse,
} from '@holdfast/ws-security';
import { contextRequest, readRequestSecurityToken, responseAction, TrustFault, trustFault } from '@holdfast/ws-trust';
import type { SecureHandlerConfig } from './config.js';
import type { SecurityContext } from './context.js';
import type { ContextStore } from './context-store.js';
import { ContextTable } from './context-table.js';
import { conversationFault } from './faults.js';
import type { Random } from './random.js';
import { referencedContext } from './reference.js';
import { type ReplayMemories, unrepeated } from './replay.js';
import { type SctApi, sctApi } from './sct-api.js';
import { decodeContext, encodeContext } from './serialized-context.js';
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
  const { clock, random, log, store } = collaborators;
  const { bootstrap, application, version } = config;
  const table = new ContextTable();

  const loading = new Map<string, Promise<void>>();
  /** Contexts that are being cancelled. */
  const ending = new Set<string>();
  let swept = clock.now();

  const keep = async (kept: ContextStore, context: SecurityContext): Promise<void> => {
    const bytes = encodeContext(context);
    try {
      await kept.put(context.identifier, bytes);
    } finally {
      bytes.fill(0);
    }
  };

  /** Ends the contexts that have expired, at once in the table; resolves when the store has let go of them too. */
  const sweep = async (): Promise<void> => {
    swept = clock.now();
    const ended = table.sweep(swept);
    if (store === undefined) return;
    for (const result of await Promise.allSettled(ended.map((identifier) => store.remove(identifier)))) {
      if (result.status === 'rejected') log({ level: 'warning', event: 'context-not-removed', error: result.reason });
    }
  };

  const resume = async (): Promise<number> => {
    for (const uuid of (await store?.uuids?.()) ?? []) {
      try {
        await load(uuid);
      } catch (error) {
        log({ level: 'warning', event: 'context-unreadable', error, details: { context: uuid } });
      }
    }
    await sweep();
    return table.size;
  };

  /** Brings a context from the store, so that it is found while a message is opened. */
  const load = (identifier: string): Promise<void> => {
    if (store === undefined || table.get(identifier) !== undefined) return Promise.resolve();
    const found = loading.get(identifier);
    if (found !== undefined) return found;
    const begun = store
      .get(identifier)
      .then((bytes) => {
        if (bytes === undefined) return;
        try {
          if (table.get(identifier) === undefined) table.put(decodeContext(bytes));
        } finally {
          bytes.fill(0);
        }
      })
      .finally(() => loading.delete(identifier));
    loading.set(identifier, begun);
    return begun;
  };

  /** Ends a context for good. */
  const end = async (identifier: string): Promise<void> => {
    await store?.remove(identifier);
    // Who has read it already would bring it back.
    await loading.get(identifier)?.catch(() => undefined);
    table.end(identifier);
  };

  /** Whether a message names a context; those that it names are loaded. */
  const loadNamed = async (document: XmlDocument): Promise<boolean> => {
    const header = securityHeader(document.root);
    const identifiers = header === undefined ? [] : contextsNamed(header);
    for (const identifier of identifiers) await load(identifier);
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

  const openBootstrap = (document: XmlDocument): Promise<Unprotected> =>
    open(document, bootstrap.description, {
      ...noKeys,
      credentials: [bootstrap.credential],
      certificates: bootstrap.certificates,
      trust: bootstrap.trust,
    });

  const openApplication = (document: XmlDocument): Promise<Unprotected> => open(document, application, keys);

  const respond = async (
    message: OutgoingMessage,
    description: ProtectionDescription,
    protection: ProtectionKeys,
  ): Promise<WireResponse | undefined> => {
    const response = wireResponse(message);
    if (response === undefined) return undefined;
    const now = new Date(clock.now());
    const { envelope } = await unrepeated(collaborators, now, (replayCache) =>
      protect(response.root, description, protection, { now, random, replayCache }),
    );
    return { ...response, root: envelope };
  };

  const underContext = async (
    message: OutgoingMessage,
    context: SecurityContext,
  ): Promise<WireResponse | undefined> => {
    // It may have ended while the answer was made, and the zeros that are left of its secret protect from nobody.
    if (table.get(context.identifier) !== context) {
      throw new SecurityError('context-unknown', `The security context ${context.identifier} has ended.`);
    }
    return respond(message, application, { kind: 'SecurityContextToken', context, includeToken: false });
  };

  const underBootstrap = async (
    message: OutgoingMessage,
    { certificate }: Unprotected,
  ): Promise<WireResponse | undefined> => {
    if (certificate === undefined)
      throw new SecurityError('wrong-token', 'A bootstrap request has no certificate to answer to.');
    return respond(message, bootstrap.description, {
      kind: 'X509',
      signer: bootstrap.credential,
      signerReference: bootstrap.signerReference,
      recipient: certificate,
      recipientReference: bootstrap.initiatorReference,
    });
  };

  const reply = (request: IncomingMessage, action: string, body: XmlElement): OutgoingMessage => ({
    envelope: { version: request.envelope.version, headers: [], body: [body] },
    addressing: replyAddressing(request.addressing, action, uuidUrn(random)),
  });

  const issue = async (document: XmlDocument): Promise<WireResponse | undefined> => {
    const opened = await openBootstrap(document);
    assertUnprotectedOptional(opened);
    const message = received(opened);
    const { identity } = speaker(opened);
    if (collaborators.authorize !== undefined && !collaborators.authorize(identity)) {
      throw new SecurityError('not-authorized', `${identity} is not allowed to have a security context.`);
    }
    const request = readRequestSecurityToken(onlyElement(message));
    if (request.version !== version)
      throw new TrustFault('BadRequest', `WS-Trust ${request.version} is not spoken here.`);
    const roomMade = makeRoom(identity);
    const issued = answerIssue(request, identity, config.issuer, new Date(clock.now()), uuidUrn(random), random);
    // It counts against the limits at once; nobody knows it before it is durable.
    table.put(issued.context);
    try {
      if (store !== undefined) await keep(store, issued.context);
    } catch (error) {
      table.end(issued.context.identifier);
      throw error;
    }
    await roomMade;
    log({ level: 'info', event: 'context-issued', details: { context: issued.context.identifier, identity } });
    return underBootstrap(reply(message, responseAction(version, 'issue'), issued.body), opened);
  };

  /** @returns when what made room is gone from the store too */
  const makeRoom = (identity: string): Promise<void> => {
    const full = (): boolean =>
      table.size >= config.maxContexts || table.countOf(identity) >= config.maxContextsPerIdentity;
    const roomMade = full() || clock.now() - swept >= SWEEP_INTERVAL ? sweep() : Promise.resolve();
    if (full())
      throw new TrustFault(
        'RequestFailed',
        `There are as many security contexts as are allowed, in all or for ${identity}.`,
      );
    return roomMade;
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
    if (!namesContext) await load(target);
    const context = table.get(target);
    const token = speaker(opened);
    const proven = namesContext ? token.id === target : token.identity === context?.identity;
    if (context === undefined || !proven) {
      throw new SecurityError('not-authorized', 'A Cancel does not prove that the context belongs to who sent it.');
    }
    if (ending.has(target)) throw new SecurityError('context-unknown', `The security context ${target} is ending.`);
    ending.add(target);
    try {
      await collaborators.cancelled?.(target);
      const answer = reply(message, responseAction(version, 'cancel'), cancelResponse(request));
      // The answer is made before the secret is gone.
      const response = await (namesContext ? underContext(answer, context) : underBootstrap(answer, opened));
      await end(target);
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
    return underContext(answer, context);
  };

  const wire: WireHandler = async (document) => {
    const unverified = optionalAddressing(readEnvelope(document));
    const asked = contextRequest(unverified.action);
    try {
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
        if (store !== undefined && context.expires > clock.now()) await keep(store, context);
      },
      forgotten: end,
    }),
    resume,
    close: () => table.clear(),
  };
}

/** Contexts that have expired are let go of when another is issued, so often at most: milliseconds. */
const SWEEP_INTERVAL = 60_000;

/** The message as it is proven: its addressing is read from what was signed. */
function received({ envelope, proof }: Unprotected): IncomingMessage {
  return { envelope, addressing: readAddressing(envelope), proof };
}

function onlyElement(message: IncomingMessage): XmlElement {
  const [only, ...others] = elements(message.envelope.bodyElement);
  if (only === undefined || others.length > 0) throw new TrustFault('InvalidRequest', 'The body is not one request.');
  return only;
}

/** A block that must be understood and that nobody signed cannot be relied on, so it cannot be understood. */
/** Who says what the message says. */
function speaker({ token }: Unprotected): ProvenToken {
  if (token === undefined) throw new SecurityError('wrong-token', 'Nobody stands behind the message.');
  return token;
}

function assertUnprotectedOptional({ unprotectedHeaders, envelope: { version } }: Unprotected): void {
  const mandatory = unprotectedHeaders.find((block) => isForUs(block, version) && mustUnderstand(block, version));
  if (mandatory !== undefined) {
    throw new InvalidMessageError(
      'not-understood',
      `The header block ${mandatory.local} must be understood, and is not signed.`,
      { fault: mustUnderstandFault([mandatory]) },
    );
  }
}

function faultReply(request: IncomingMessage, fault: SoapFault): OutgoingMessage {
  return {
    envelope: faultEnvelope(fault, request.envelope.version),
    addressing: faultAddressing(request.addressing, fault),
  };
}

/** What a peer is told of a refusal. Only that a context is not known is told apart: the peer can mend that. */
function refusal(error: unknown, version: SecureHandlerConfig['version']): SoapFault | undefined {
  if (error instanceof TrustFault) return trustFault(version, error.fault);
  if (!(error instanceof SecurityError)) return undefined;
  return error.code === 'context-unknown' || error.code === 'context-expired'
    ? conversationFault(version, 'BadContextToken')
    : securityFault(error);
}

function inClear(document: XmlDocument, fault: SoapFault): WireResponse | undefined {
  const envelope = readEnvelope(document);
  return wireResponse({
    envelope: faultEnvelope(fault, envelope.version),
    addressing: faultAddressing(optionalAddressing(envelope), fault),
  });
}

/** A message is protected by one context. What nobody has signed yet must not make us look for a thousand. */
const MAX_CONTEXTS_NAMED = 4;

/**
 * The contexts that a Security header names: by a token in it, or as the source of a derived key. Nothing is verified.
 * @throws SecurityError `security-header-invalid` when they are too many
 */
function contextsNamed(header: XmlElement): readonly string[] {
  const result = new Set<string>();
  for (const part of elements(header)) {
    if (versionOf(part.namespace) === undefined) continue;
    if (part.local === 'SecurityContextToken') result.add(readSecurityContextToken(part).identifier);
    else if (part.local === 'DerivedKeyToken') {
      for (const inner of elements(part)) {
        if (inner.local !== 'SecurityTokenReference' || inner.namespace !== wsse('').namespace) continue;
        const identifier = referencedContext(inner);
        if (identifier !== undefined) result.add(identifier);
      }
    }
  }
  if (result.size > MAX_CONTEXTS_NAMED) {
    throw new SecurityError(
      'security-header-invalid',
      `The Security header names more than ${MAX_CONTEXTS_NAMED} security contexts.`,
    );
  }
  return [...result];
}
