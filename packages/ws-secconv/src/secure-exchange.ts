import {
  ANONYMOUS,
  type Clock,
  type Exchange,
  endpointReference,
  type IncomingMessage,
  type Log,
  type OutgoingMessage,
  optionalAddressing,
  ProtocolError,
  type Scheduler,
  SecurityError,
  silent,
  UsageError,
  type WireExchange,
  wireRequest,
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
  type Unprotected,
  unprotect,
} from '@holdfast/ws-security';
import { readRequestSecurityTokenResponse, requestAction, writeRequestSecurityToken } from '@holdfast/ws-trust';
import { answerBody, faultInClear, related, type SentMessage, saysUnknownContext } from './answers.js';
import type { SecureExchangeConfig } from './config.js';
import type { SecurityContext } from './context.js';
import { contextProtection } from './context-protection.js';
import { ContextTable } from './context-table.js';
import {
  type EstablishOptions,
  establishRequest,
  processEstablishResponse,
  processRenewalResponse,
  renewalRequest,
} from './establish.js';
import type { Random } from './random.js';
import { contextReference } from './reference.js';
import { renewer } from './renewer.js';
import { type ReplayMemories, unrepeated } from './replay.js';
import { type SctApi, sctApi } from './sct-api.js';
import { uuidUrn } from './uuid.js';

/** What the initiator's side works with. */
export interface SecureExchangeCollaborators extends ReplayMemories {
  readonly clock: Clock;
  readonly random: Random;
  /** Renews contexts in time. Default: they are renewed when they are used, if their time has come. */
  readonly scheduler?: Scheduler;
  /** Hears of what happens to contexts. Default: nobody. */
  readonly log?: Log;
  /**
   * Called when a context has new keys: whoever keeps it serialized should do so anew. Until then the kept form has keys
   * that the recipient accepts for its roll-over window only.
   */
  readonly renewed?: (uuid: string) => Promise<void>;
}

/** The initiator's side of secure conversations over a wire. */
export interface SecureExchange extends AsyncDisposable {
  /**
   * Sends a message under the context that it names, or the one in use with its peer. An answer is proven to come from
   * the other end of that context, except a fault in clear, which has the empty proof: it may explain a failure, and
   * must not be believed otherwise.
   */
  readonly exchange: Exchange;
  readonly sct: SctApi;
  /**
   * Tells the recipient that a context is at its end (WS-SecureConversation 1.3 §6), and forgets it. It is forgotten
   * also when that fails.
   */
  cancel(uuid: string, signal?: AbortSignal): Promise<void>;
  /**
   * Gives a context new keys now, whatever the time (§5). Its UUID stays.
   * @throws ProtocolError `trust-refused`, SecurityError, TransportError when the recipient does not
   */
  renew(uuid: string): Promise<void>;
  /** The UUID of the context in use with a peer; none is established for this question. */
  contextWith(peer: string): string | undefined;
  /** Forgets every context and zeroes its secret, without a word to the peers. */
  close(): void;
}

/** Puts secure conversations over a wire, as their initiator. */
export function secureExchange(
  wire: WireExchange,
  config: SecureExchangeConfig,
  { clock, random, scheduler, log = silent, renewed, ...memories }: SecureExchangeCollaborators,
): SecureExchange {
  const table = new ContextTable();
  const establishing = new Map<string, Promise<SecurityContext>>();
  const { bootstrap, version } = config;
  const application = contextProtection(config.application);
  // The answer to a Cancel holds nothing secret, and CXF signs it with the secret itself.
  const confirmation: ProtectionDescription = {
    ...application.answer,
    encryptBody: false,
    encryptSignature: false,
    acceptUnderivedKeys: true,
  };
  let closed = false;

  const send = async (
    message: OutgoingMessage,
    description: ProtectionDescription,
    keys: ProtectionKeys,
    signal: AbortSignal | undefined,
  ): Promise<SentMessage> => {
    const request = wireRequest(message);
    const now = new Date(clock.now());
    const { envelope, receipt } = await unrepeated(memories, now, (replayCache) =>
      protect(request.root, description, keys, { now, random, replayCache }),
    );
    return { receipt, document: await wire({ ...request, root: envelope }, signal) };
  };

  const open = (
    document: XmlDocument,
    request: Receipt,
    description: ProtectionDescription,
    keys: KeyLookup,
  ): Promise<Unprotected> => {
    const now = new Date(clock.now());
    return unrepeated(memories, now, (replayCache) =>
      unprotect(document, description, keys, { now, replayCache, request }),
    );
  };

  const openBootstrap = async (document: XmlDocument, receipt: Receipt): Promise<Unprotected> => {
    const opened = await open(document, receipt, bootstrap.answer, bootstrap.lookup);
    bootstrap.judge(opened);
    return opened;
  };

  const openUnder = (
    document: XmlDocument,
    receipt: Receipt,
    context: SecurityContext,
    description: ProtectionDescription,
  ): Promise<Unprotected> =>
    open(document, receipt, description, {
      ...noKeys,
      securityContext: (identifier, instance) =>
        // Who does not name an Instance answers with the keys that it was asked with.
        identifier === context.identifier
          ? table.keys(identifier, instance ?? context.instance, clock.now())
          : undefined,
    });

  /** It may have ended while its turn came, or have new keys: the zeros that are left of a secret protect from nobody. */
  const present = ({ identifier }: SecurityContext): SecurityContext => {
    const context = table.get(identifier);
    if (context === undefined) throw unknown(identifier);
    return context;
  };

  const request = (peer: string, action: string, body: XmlElement): OutgoingMessage => ({
    envelope: { version: config.soapVersion, headers: [], body: [body] },
    addressing: { action, to: peer, messageId: uuidUrn(random), replyTo: endpointReference(ANONYMOUS) },
  });

  const optionsFor = (peer: string): EstablishOptions => ({
    version,
    peer,
    identity: bootstrap.recipientAt(peer),
    keySize: config.keySize,
    lifetime: config.lifetime,
    assumedLifetime: config.assumedLifetime,
  });

  const establish = async (peer: string): Promise<SecurityContext> => {
    const asked = establishRequest(optionsFor(peer), new Date(clock.now()), random);
    const message = request(peer, requestAction(version, 'issue'), asked.body);
    const sent = await send(message, bootstrap.request, bootstrap.keys(new Date(clock.now())), undefined);
    const body = await answerBody(sent, message, openBootstrap, 'No security context was obtained', CHECK);
    const context = processEstablishResponse(asked, body, new Date(clock.now()));
    if (closed) {
      context.secret.fill(0);
      throw new UsageError('closed', 'The conversation was closed while its security context was being established.');
    }
    table.put(context);
    renewals.watch(context);
    return context;
  };

  const renewContext = async (context: SecurityContext): Promise<SecurityContext> => {
    const asked = renewalRequest(optionsFor(context.peer), context, new Date(clock.now()), random);
    const message = request(context.peer, requestAction(version, 'renew'), asked.body);
    const underBootstrap = config.renewUnder === 'bootstrap';
    const sent = underBootstrap
      ? await send(message, bootstrap.request, bootstrap.keys(new Date(clock.now())), undefined)
      : await send(message, application.request, application.requestKeys(context), undefined);
    const openAnswer = (answer: XmlDocument, receipt: Receipt): Promise<Unprotected> =>
      underBootstrap ? openBootstrap(answer, receipt) : openUnder(answer, receipt, context, application.answer);
    const body = await answerBody(sent, message, openAnswer, 'The security context was not renewed');
    // Meanwhile it may have ended, or somebody else has renewed it.
    const known = present(context);
    if (known.secret !== context.secret) throw unknown(context.identifier);
    const next = processRenewalResponse(asked, known, body, new Date(clock.now()), config.rollover);
    table.put(next);
    table.sweepEarlier(clock.now());
    log({ level: 'info', event: 'context-renewed', details: { context: next.identifier } });
    await renewed?.(next.identifier).catch((error: unknown) => {
      log({ level: 'warning', event: 'context-not-kept', error, details: { context: next.identifier } });
    });
    return next;
  };

  const renewals = renewer(
    config.renewal,
    { clock, random, log, ...(scheduler === undefined ? {} : { scheduler }) },
    (identifier) => table.get(identifier),
    renewContext,
  );

  /** The context in use with a peer; concurrent callers share one establishment. */
  const current = (peer: string, signal: AbortSignal | undefined): Promise<SecurityContext> => {
    if (closed) return Promise.reject(new UsageError('closed', 'The conversation is closed.'));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const known = table.forPeer(peer, clock.now() + config.expiryMargin);
    if (known !== undefined) return Promise.resolve(known);
    let shared = establishing.get(peer);
    if (shared === undefined) {
      shared = establish(peer).finally(() => establishing.delete(peer));
      establishing.set(peer, shared);
    }
    return untilAborted(shared, signal);
  };

  const named = (uuid: string): SecurityContext => {
    const context = table.get(uuid);
    if (context === undefined) throw unknown(uuid);
    if (context.expires <= clock.now()) {
      throw new SecurityError(
        'context-expired',
        `The security context ${uuid} expired at ${new Date(context.expires).toISOString()}.`,
      );
    }
    return context;
  };

  const exchange: Exchange = async (message, signal) => {
    if (message.securityContext !== undefined) return exchangeUnder(named(message.securityContext), message, signal);
    const peer = message.addressing.to ?? ANONYMOUS;
    const context = await current(peer, signal);
    const answer = await exchangeUnder(context, message, signal);
    if (config.unknownContext === 'tell' || !saysUnknownContext(answer)) return answer;
    log({ level: 'warning', event: 'context-replaced', details: { context: context.identifier } });
    table.retire(context.identifier);
    const { addressing } = message;
    const again = addressing.messageId === undefined ? addressing : { ...addressing, messageId: uuidUrn(random) };
    return exchangeUnder(await current(peer, signal), { ...message, addressing: again }, signal);
  };

  const exchangeUnder = async (
    context: SecurityContext,
    message: OutgoingMessage,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage | undefined> => {
    renewals.used(context);
    const used = present(context);
    const { document, receipt } = await send(message, application.request, application.requestKeys(used), signal);
    if (document === undefined) return undefined;
    const clear = faultInClear(document);
    if (clear !== undefined) return clear;
    const opened = await openUnder(document, receipt, used, application.answer);
    const proof = application.answerProof(opened, used);
    return related({ envelope: opened.envelope, addressing: optionalAddressing(opened.envelope), proof }, message);
  };

  const cancel = async (uuid: string, signal?: AbortSignal): Promise<void> => {
    const context = named(uuid);
    try {
      const body = writeRequestSecurityToken({ version, requestType: 'Cancel', target: contextReference(context) });
      const message = request(context.peer, requestAction(version, 'cancel'), body);
      const sent = await send(message, application.request, application.requestKeys(context), signal);
      const openAnswer = (answer: XmlDocument, receipt: Receipt): Promise<Unprotected> =>
        openUnder(answer, receipt, context, confirmation);
      const answer = await answerBody(sent, message, openAnswer, 'The security context was not cancelled');
      if (readRequestSecurityTokenResponse(answer).cancelled !== true) {
        throw new ProtocolError(
          'trust-refused',
          'The recipient did not confirm that the security context is cancelled.',
        );
      }
    } finally {
      renewals.forget(uuid);
      table.end(uuid);
    }
  };

  const close = (): void => {
    closed = true;
    renewals.stop();
    table.clear();
  };

  return {
    exchange,
    sct: sctApi(table, current, {
      restored: async (context) => renewals.watch(context),
      forgotten: async (uuid) => renewals.forget(uuid),
    }),
    cancel,
    renew: async (uuid) => {
      renewals.watch(await renewContext(named(uuid)));
    },
    contextWith: (peer) => table.forPeer(peer, clock.now())?.identifier,
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/** A peer tells nobody why it does not trust them. */
const CHECK = ' The reason is in its log. Check that the certificates, and whom each side trusts, fit together.';

function unknown(uuid: string): SecurityError {
  return new SecurityError('context-unknown', `The security context ${uuid} is not in use here.`);
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
