import {
  ANONYMOUS,
  type Exchange,
  elements,
  endpointReference,
  httpWire,
  type IncomingMessage,
  type OutgoingMessage,
  ProtocolError,
  plainExchange,
  readFault,
  type Scheduler,
  StoreError,
  silent,
  systemClock,
  systemScheduler,
  UsageError,
  type WireExchange,
} from '@holdfast/soap';
import {
  type InitiatorCollaborators,
  type ReliableExchange,
  type ReliableExchangeConfig,
  type ReplyHandler,
  reliableExchange,
  resumeExchanges,
  type SequenceStore,
  systemRandom,
} from '@holdfast/ws-rm';
import {
  type SctApi,
  type SecureExchange,
  secureExchange,
  systemRandom as systemRandomOctets,
} from '@holdfast/ws-secconv';
import { replayCache } from '@holdfast/ws-security';
import { assertAction } from './action.js';
import { type Body, bodyContent } from './body.js';
import { type ConnectOptions, checkConnectOptions } from './connect-options.js';
import type { Conversation, Reply, RequestOptions, Sent } from './conversation.js';
import { initiatorSecurity } from './initiator-security.js';
import { initiatorReliability } from './reliability-options.js';

/**
 * Begins a conversation, or takes up the one with this address that an earlier process left in the store.
 * @param address the URL of the service
 * @throws UsageError for options that cannot be; StoreError when the store cannot be read
 */
export async function connect<Transaction = unknown>(
  address: string,
  options: ConnectOptions<Transaction>,
): Promise<Conversation<Transaction>> {
  const { layers, begin, takeUp, earlier } = prepare(address, options);
  const session = await orRelease(layers, async () => (await takeUp()) ?? begin());
  return conversation(address, options, layers, session, earlier);
}

/**
 * Takes up the conversation with this address that an earlier process left in the store: the same sequence, the same
 * security context.
 * @throws StoreError `not-found` when there is none
 */
export async function resume<Transaction = unknown>(
  address: string,
  options: ConnectOptions<Transaction>,
): Promise<Conversation<Transaction>> {
  const { layers, takeUp, earlier } = prepare(address, options);
  const session = await orRelease(layers, async () => {
    const resumed = await takeUp();
    if (resumed !== undefined) return resumed;
    throw new StoreError('not-found', `The store holds no conversation with ${address}; begin one with connect().`);
  });
  return conversation(address, options, layers, session, earlier);
}

/** What stands between the conversation and the network. */
interface Layers {
  readonly exchange: Exchange;
  readonly secure: SecureExchange | undefined;
  readonly wire: WireExchange & AsyncDisposable;
}

async function release({ secure, wire }: Layers): Promise<void> {
  secure?.close();
  await wire[Symbol.asyncDispose]();
}

/** What comes to nothing leaves nothing open. */
async function orRelease<Result>(layers: Layers, begin: () => Promise<Result>): Promise<Result> {
  try {
    return await begin();
  } catch (error) {
    await release(layers);
    throw error;
  }
}

/** Timers that keep no process alive: a conversation that nobody uses is none. */
const unhurriedScheduler: Scheduler = {
  after(millis, callback) {
    const timer = setTimeout(callback, millis).unref();
    return () => clearTimeout(timer);
  },
};

/** A token that the store has beside a session is there with the keys that it has now. */
async function keepRenewed<Transaction>(
  uuid: string,
  store: SequenceStore<Transaction> | undefined,
  sct: SctApi | undefined,
): Promise<void> {
  if (store === undefined || sct === undefined) return;
  const kept = await store.token(uuid);
  if (kept === undefined) return;
  kept.fill(0);
  const bytes = await sct.serialize(uuid);
  try {
    await store.commit([{ kind: 'put-token', uuid, bytes }]);
  } finally {
    bytes.fill(0);
  }
}

interface Prepared<Transaction> {
  readonly layers: Layers;
  readonly begin: () => ReliableExchange<Transaction> | undefined;
  readonly takeUp: () => Promise<ReliableExchange<Transaction> | undefined>;
  /** Sessions that were taken up to be ended; they fill when one is taken up. */
  readonly earlier: readonly ReliableExchange<Transaction>[];
}

function prepare<Transaction>(address: string, options: ConnectOptions<Transaction>): Prepared<Transaction> {
  checkAddress(address);
  checkConnectOptions(options);
  const log = options.log ?? silent;
  const soap = options.soap ?? '1.2';
  const wire = httpWire({ ...options.http, url: options.http?.url ?? address });
  const around = options.aroundWire?.(wire) ?? wire;
  const security =
    options.security === 'dangerouslyNone' ? undefined : initiatorSecurity(options, soap, options.http?.url ?? address);
  const secure: SecureExchange | undefined =
    security &&
    secureExchange(around, security.config, {
      clock: systemClock,
      random: systemRandomOctets,
      replayCache: replayCache(),
      ...(options.replayStore === undefined ? {} : { replayStore: options.replayStore }),
      scheduler: unhurriedScheduler,
      log,
      renewed: (uuid) => keepRenewed(uuid, options.store, secure?.sct),
    });
  const exchange = secure?.exchange ?? plainExchange(around);
  const layers: Layers = { exchange, secure, wire };
  // One that is taken up has its security context already, and needs no certificate any more.
  const assertCertificates = (): void => {
    security?.assertUsable(new Date(systemClock.now()));
  };
  if (options.reliability === 'none') {
    const begin = (): undefined => {
      assertCertificates();
    };
    return { layers, begin, takeUp: () => Promise.resolve(undefined), earlier: [] };
  }
  if (options.store === undefined) {
    throw new UsageError(
      'invalid-option',
      'store: reliable messaging needs one; memoryStore() forgets with the process, sqliteStore() survives it.',
    );
  }
  const config: ReliableExchangeConfig = {
    ...(secure === undefined ? { binding: 'dangerouslyNone' as const } : {}),
    ...initiatorReliability(options.reliability ?? {}),
    address,
    soap,
  };
  const collaborators: InitiatorCollaborators<Transaction> = {
    store: options.store,
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    log,
    ...(secure === undefined ? {} : { sct: secure.sct }),
  };
  const earlier: ReliableExchange<Transaction>[] = [];
  return {
    layers,
    earlier,
    begin() {
      assertCertificates();
      return reliableExchange(exchange, config, collaborators);
    },
    async takeUp() {
      const { replies } = options;
      const late: ReplyHandler<Transaction> | undefined =
        replies &&
        ((reply, delivery) =>
          replies({ ...replyOf(reply), fault: readFault(reply.envelope), request: delivery.request, delivery }));
      // Without anybody who takes them, replies to callers of an earlier process stay in the store.
      const sessions = await resumeExchanges(
        exchange,
        config,
        collaborators,
        late === undefined ? {} : { replies: late },
      );
      const last = sessions.at(-1);
      // Only one takes new messages; what the others owe is still sent, and then they end.
      for (const other of sessions) {
        if (other === last) continue;
        earlier.push(other);
        other.close().catch((error: unknown) => log({ level: 'warning', event: 'earlier-session-not-closed', error }));
      }
      return last;
    },
  };
}

function conversation<Transaction>(
  address: string,
  options: ConnectOptions<Transaction>,
  layers: Layers,
  session: ReliableExchange<Transaction> | undefined,
  earlier: readonly ReliableExchange<Transaction>[],
): Conversation<Transaction> {
  const { exchange, secure } = layers;
  const soap = options.soap ?? '1.2';
  let ended: Promise<void> | undefined;

  const message = (action: string, body: Body, twoWay: boolean): OutgoingMessage => ({
    envelope: { version: soap, headers: [], body: bodyContent(body) },
    addressing: {
      action,
      to: address,
      messageId: `urn:uuid:${systemRandom.uuid()}`,
      ...(twoWay ? { replyTo: endpointReference(ANONYMOUS) } : {}),
    },
  });

  const assertOpen = (): void => {
    if (ended !== undefined)
      throw new UsageError('closed', 'The conversation is closed. Begin another one with connect().');
  };

  const suspend = (): void => {
    session?.suspend();
    for (const each of earlier) each.suspend();
  };

  /** Everything is through by now; a context that the other end is not told of ends by itself. */
  const cancel = async (context: string, signal: AbortSignal | undefined): Promise<void> => {
    try {
      await secure?.cancel(context, signal);
    } catch (error) {
      options.log?.({ level: 'warning', event: 'context-not-cancelled', error, details: { context } });
    }
  };

  const end = async (signal: AbortSignal | undefined): Promise<void> => {
    try {
      const before = session?.status().securityContext;
      await session?.close(signal === undefined ? {} : { signal });
      // It may have been established only while the end was waited for; none is established for that.
      const context = before ?? secure?.contextWith(address);
      if (context !== undefined) await cancel(context, signal);
    } finally {
      suspend();
      await release(layers);
    }
  };

  const self: Conversation<Transaction> = {
    address,
    sct: secure?.sct,
    status: () => session?.status(),
    async send(action, body): Promise<Sent> {
      assertOpen();
      assertAction(action);
      const outgoing = message(action, body, false);
      if (session !== undefined) return session.send(outgoing);
      const answer = await exchange(outgoing);
      if (answer !== undefined) throwFault(answer);
      return { messageNumber: undefined, acknowledged: Promise.resolve() };
    },
    async request(action, body, { signal, inTransaction }: RequestOptions<Transaction> = {}): Promise<Reply> {
      assertOpen();
      assertAction(action);
      const outgoing = message(action, body, true);
      if (session === undefined) {
        if (inTransaction !== undefined) {
          throw new UsageError('invalid-option', 'inTransaction: there is no transaction without reliable messaging.');
        }
        const answer = await exchange(outgoing, signal);
        if (answer === undefined)
          throw new ProtocolError('unexpected-message', 'The service answered a request with nothing.');
        throwFault(answer);
        return replyOf(answer);
      }
      const answer = await session.request(outgoing, {
        ...(signal === undefined ? {} : { signal }),
        ...(inTransaction === undefined
          ? {}
          : {
              inTransaction: (reply: IncomingMessage, transaction: Transaction) =>
                inTransaction(replyOf(reply), transaction),
            }),
      });
      throwFault(answer);
      return replyOf(answer);
    },
    close({ signal } = {}) {
      ended ??= end(signal);
      return ended;
    },
    suspend() {
      suspend();
      // What became of the end, close() has said.
      ended ??= release(layers);
      return ended.catch(() => {});
    },
    [Symbol.asyncDispose]: () => self.close(),
  };
  return self;
}

function replyOf(message: IncomingMessage): Reply {
  return { action: message.addressing.action, body: elements(message.envelope.bodyElement)[0], message };
}

function throwFault(answer: IncomingMessage): void {
  const fault = readFault(answer.envelope);
  if (fault === undefined) return;
  const proven = answer.proof.signers(answer.envelope.bodyElement).length > 0;
  throw new ProtocolError(
    'fault-received',
    `The service answered with the fault "${fault.reason}"${proven ? '' : ' (unsigned)'}.`,
    {
      fault,
    },
  );
}

function checkAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(
      'invalid-argument',
      `The address of the service must be an http or https URL, not "${address}".`,
    );
  }
}
