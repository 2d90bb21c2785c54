import {
  elements,
  faultAddressing,
  faultEnvelope,
  type Handler,
  type HttpServer,
  httpServer,
  type IncomingMessage,
  type Log,
  type Name,
  type OutgoingMessage,
  plainHandler,
  replyAddressing,
  silent,
  systemClock,
  systemScheduler,
  TransportError,
  UsageError,
  WSA,
  WSSE,
  type XmlElement,
} from '@holdfast/soap';
import {
  type Delivery,
  FaultError,
  type ReliableHandler,
  type ReliableHandlerConfig,
  reliableHandler,
  systemRandom,
  WSRM_11,
} from '@holdfast/ws-rm';
import {
  type ContextStore,
  type SctApi,
  type SecureHandler,
  secureHandler,
  systemRandom as systemRandomOctets,
} from '@holdfast/ws-secconv';
import { replayCache } from '@holdfast/ws-security';
import { assertAction } from './action.js';
import { type Body, bodyContent } from './body.js';
import { recipientSecurity } from './recipient-security.js';
import { recipientReliability } from './reliability-options.js';
import { checkServeOptions, type ServeOptions } from './serve-options.js';

/** What the service is asked. */
export interface ServiceRequest<Transaction = unknown> {
  /** wsa:Action. */
  readonly action: string;
  /** The element in soap:Body; `undefined` when it is empty. */
  readonly body: XmlElement | undefined;
  /** Who asks, as proven: `x509:<SHA-256 fingerprint>`, `user:<name>`, `anonymous:<context>`. `undefined` without security. */
  readonly identity: string | undefined;
  /** The whole message, with what is proven about it. */
  readonly message: IncomingMessage;
  /** Its place in the sequence, and the transaction that marks it delivered. `undefined` without reliable messaging. */
  readonly delivery: Delivery<Transaction> | undefined;
}

/** What the service says: a body, or a body with an action of its own. `undefined`: nothing, for a one-way message. */
export type ServiceReply = Body | { readonly action?: string; readonly body: Body };

/** The service. Throw a {@link FaultError} to answer with a fault; anything else that is thrown says nothing to the peer. */
export type Service<Transaction = unknown> = (
  request: ServiceRequest<Transaction>,
) => Promise<ServiceReply> | ServiceReply;

/** A service that listens. */
export interface RunningService extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** How many sequences were taken up from the store at the start. */
  readonly resumed: number;
  /** The security context tokens of its conversations; `undefined` without security. */
  readonly sct: SctApi | undefined;
  /** Stops listening; conversations stay in the store. */
  close(): Promise<void>;
}

/**
 * Serves conversations over HTTP, and takes up those that an earlier process left in the store.
 * @throws UsageError for options that cannot be; TransportError `port-in-use`; StoreError when the store cannot be read
 */
export async function serve<Transaction = unknown>(
  service: Service<Transaction>,
  options: ServeOptions<Transaction>,
): Promise<RunningService> {
  checkServeOptions(options);
  if (typeof service !== 'function') {
    throw new UsageError('invalid-argument', 'The service must be a function that takes requests.');
  }
  const log = options.log ?? silent;
  const understood = (name: Name): boolean =>
    name.namespace === WSA ||
    name.namespace === WSSE ||
    name.namespace === WSRM_11 ||
    options.understood?.(name) === true;

  let reliable: ReliableHandler | undefined;
  const handler: Handler = (message) =>
    reliable === undefined ? unreliable(service, message) : reliable.handle(message);
  const secure =
    options.security === 'dangerouslyNone'
      ? undefined
      : secured(handler, options, log, understood, async (uuid) => reliable?.endContext(uuid));
  if (options.reliability !== 'none') reliable = reliably(service, options, secure?.sct, log);

  const wire = secure?.handler ?? plainHandler(handler, { log, understood });
  const outermost = options.aroundWire?.(wire) ?? wire;
  const start = startSignal();
  let server: HttpServer | undefined;
  let resumed: number;
  try {
    // The port first: whoever is second there must not deliver what another process is delivering.
    server = await httpServer(
      {
        ...options.http,
        ...(options.port === undefined ? {} : { port: options.port }),
        ...(options.host === undefined ? {} : { host: options.host }),
        ...(options.path === undefined ? {} : { path: options.path }),
      },
      async (document, info) => {
        await start.given;
        return outermost(document, info);
      },
      { log },
    );
    await secure?.resume();
    resumed = (await reliable?.resume()) ?? 0;
    start.give();
  } catch (error) {
    reliable?.stop();
    secure?.close();
    start.refuse();
    await server?.close();
    throw error;
  }
  const running = server;
  const close = async (): Promise<void> => {
    await running.close();
    reliable?.stop();
    secure?.close();
  };
  return { url: running.url, port: running.port, resumed, sct: secure?.sct, close, [Symbol.asyncDispose]: close };
}

/** What holds requests back until everything is ready for them. */
function startSignal(): { readonly given: Promise<void>; give(): void; refuse(): void } {
  let give = (): void => {};
  let refuse = (): void => {};
  const given = new Promise<void>((resolve, reject) => {
    give = resolve;
    refuse = () => reject(new TransportError('connection-lost', 'The service did not start.'));
  });
  given.catch(() => {});
  return { given, give, refuse };
}

function secured<Transaction>(
  handler: Handler,
  options: ServeOptions<Transaction>,
  log: Log,
  understood: (name: Name) => boolean,
  cancelled: (uuid: string) => Promise<void>,
): SecureHandler {
  const { store } = options;
  const contexts = isContextStore(store) ? store : undefined;
  const { config, assertUsable } = recipientSecurity(options, options.http?.tls !== undefined);
  assertUsable(new Date(systemClock.now()));
  return secureHandler(handler, config, {
    clock: systemClock,
    random: systemRandomOctets,
    replayCache: replayCache(),
    ...(options.replayStore === undefined ? {} : { replayStore: options.replayStore }),
    log,
    understood,
    cancelled,
    ...(contexts === undefined ? {} : { store: contexts }),
    ...(options.authorize === undefined ? {} : { authorize: options.authorize }),
  });
}

function reliably<Transaction>(
  service: Service<Transaction>,
  options: ServeOptions<Transaction>,
  sct: SctApi | undefined,
  log: Log,
): ReliableHandler {
  if (options.store === undefined) {
    throw new UsageError(
      'invalid-option',
      'store: reliable messaging needs one; memoryStore() forgets with the process, sqliteStore() survives it.',
    );
  }
  const config: ReliableHandlerConfig = {
    ...recipientReliability({
      ...(sct === undefined ? { dangerouslyUnsecured: true } : {}),
      ...(options.reliability === 'none' ? {} : options.reliability),
    }),
  };
  return reliableHandler((message, delivery) => answerTo(service, message, delivery), config, {
    store: options.store,
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    log,
    ...(sct === undefined ? {} : { sct }),
  });
}

/** Without reliable messaging a fault of the application is answered here. */
async function unreliable<Transaction>(
  service: Service<Transaction>,
  message: IncomingMessage,
): Promise<OutgoingMessage | undefined> {
  try {
    return await answerTo(service, message, undefined);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return {
      envelope: faultEnvelope(error.fault, message.envelope.version),
      addressing: faultAddressing(message.addressing, error.fault),
    };
  }
}

async function answerTo<Transaction>(
  service: Service<Transaction>,
  message: IncomingMessage,
  delivery: Delivery<Transaction> | undefined,
): Promise<OutgoingMessage | undefined> {
  const [signer] = message.proof.signers(message.envelope.bodyElement);
  const answer = await service({
    action: message.addressing.action,
    body: elements(message.envelope.bodyElement)[0],
    identity: delivery?.identity ?? signer?.identity,
    message,
    delivery,
  });
  if (answer === undefined) return undefined;
  const { action, body } = isBody(answer) ? { action: undefined, body: answer } : answer;
  if (action !== undefined) assertAction(action);
  return {
    envelope: { version: message.envelope.version, headers: [], body: bodyContent(body) },
    addressing: replyAddressing(
      message.addressing,
      action ?? `${message.addressing.action}Response`,
      `urn:uuid:${systemRandom.uuid()}`,
    ),
  };
}

function isBody(answer: Exclude<ServiceReply, undefined>): answer is Exclude<Body, undefined> {
  return typeof answer === 'string' || 'kind' in answer;
}

function isContextStore(store: Partial<ContextStore> | undefined): store is ContextStore {
  return store?.put !== undefined && store.get !== undefined && store.remove !== undefined;
}
