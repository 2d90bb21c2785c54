import type { ReliableExchangeConfig } from '@holdfast/ws-rm';
import { defaultRetransmissionConfig, defaultSourceConfig } from '@holdfast/ws-rm';
import { type Conversation, connect, HoldfastError, ProtocolError } from 'holdfast';
import { printEvent } from './events.js';
import { type TestKeys, testKeys } from './keys.js';
import { losingWire, loss } from './loss.js';
import { CommandLineError, dropped, type Options } from './options.js';
import { actionOf, faultInReply, type Operation, rejectedReason, requestBody } from './orders.js';
import { type Recorder, recorder } from './recorder.js';
import { isOverTls, log, openStore, type PeerStore, recordSecret, securityOptions } from './setup.js';

/** The initiator: calls Orders as the options say. @returns how many calls failed */
export async function callPeer(options: Options): Promise<number> {
  if (options.url === '') throw new CommandLineError('--url is needed');
  if (options.sc !== 'none') testKeys(options.keys);
  const store = await openStore(options);
  const record = recorder(options.record);
  const conversation = await converse(options, store, record);
  const began = performance.now();
  const failed = await callAll(conversation, options, Number(options.count));
  await pause(Number(options.linger));
  printEvent('done', { count: Number(options.count), failed, millis: Math.round(performance.now() - began) });
  const context = options.record === '' ? undefined : await contextOf(conversation, options);
  if (context !== undefined) await recordSecret(record, conversation.sct, context);
  let unfinished = 0;
  try {
    if (options.close === 'yes') {
      await conversation.close();
      printEvent('closed');
    } else {
      await conversation.suspend();
    }
  } catch (error) {
    printEvent('failed', { operation: 'close', error: describe(error) });
    unfinished = 1;
  }
  await store.close();
  return failed + unfinished;
}

/** Begins the conversation that the options describe. */
export function converse(options: Options, store: PeerStore, record: Recorder): Promise<Conversation> {
  const keys = options.sc === 'none' ? undefined : testKeys(options.keys);
  const isLost = loss(dropped(options), (number) => printEvent('dropped', { number }));
  return connect(options.url, {
    ...securityOptions(options),
    ...(keys === undefined
      ? {}
      : { ...partyOf(options, keys), renewUnder: options['renew-under'] as 'context' | 'bootstrap' }),
    ...(keys !== undefined && isOverTls(options) ? { http: { tls: { ca: keys.trust } } } : {}),
    soap: options.soap as '1.1' | '1.2',
    store,
    reliability: options.rm === 'none' ? 'none' : reliability(options),
    log,
    aroundWire: (wire) => losingWire(record.wire(wire), isLost),
  });
}

/** Who alice or joe is, and whom they talk to: what each bootstrap asks for. */
function partyOf(options: Options, keys: TestKeys) {
  const identity = keys.identity('alice');
  const user = { name: options.user, password: options.password };
  const whom = { recipient: keys.certificate('bob'), trust: keys.trust };
  switch (options.bootstrap) {
    case 'anonymous':
      return whom;
    case 'username':
      return { ...whom, user };
    case 'username-tls':
      return { user };
    case 'x509-tls':
      return { identity };
    default:
      return { ...whom, identity };
  }
}

function reliability(options: Options): Partial<ReliableExchangeConfig> {
  return {
    ...(options.sc === 'none' ? {} : { binding: options.str === 'yes' ? ('token' as const) : ('identity' as const) }),
    source: { ...defaultSourceConfig, retransmission: { ...defaultRetransmissionConfig, interval: 1_500 } },
    // Without security the peer of the matrix is gSOAP, which acknowledges only what it is asked to.
    ...(options.sc === 'none' ? { requestAcknowledgements: 'always' as const } : {}),
  };
}

/** Calls `count` times, `concurrency` at a time. @returns how many calls failed */
export async function callAll(conversation: Conversation, options: Options, count: number): Promise<number> {
  const first = Number(options.first);
  const filler = 'x'.repeat(Number(options.size));
  let next = first;
  let failed = 0;
  const caller = async (): Promise<void> => {
    while (next < first + count) {
      const i = next;
      next += 1;
      const operation = operationOf(options.operation, i);
      try {
        await call(conversation, operation, i, filler);
        if (count <= 1000) printEvent('called', { operation, number: i });
      } catch (error) {
        failed += 1;
        printEvent('failed', { operation, number: i, error: describe(error) });
      }
      await pause(Number(options.pause));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(options.concurrency)) }, caller));
  return failed;
}

function operationOf(option: string, i: number): Operation {
  return option === 'mixed' ? ((['placeOrder', 'notify', 'echo'] as const)[i % 3] ?? 'echo') : (option as Operation);
}

async function call(conversation: Conversation, operation: Operation, i: number, filler: string): Promise<void> {
  const body = requestBody(operation, i, filler);
  if (operation === 'notify') {
    await conversation.send(actionOf(operation), body);
    return;
  }
  if (operation === 'reject') {
    const fault = await conversation.request(actionOf(operation), body).then(
      () => undefined,
      (error: unknown) =>
        error instanceof ProtocolError && error.code === 'fault-received' ? error.fault : Promise.reject(error),
    );
    const reason = fault && rejectedReason(fault.detail);
    if (reason !== `reason-${i}`) throw new Error(fault === undefined ? 'no fault' : `wrong fault detail: ${reason}`);
    return;
  }
  const reply = await conversation.request(actionOf(operation), body);
  const wrong = faultInReply(operation, i, filler, reply.body);
  if (wrong !== undefined) throw new Error(wrong);
}

async function contextOf(conversation: Conversation, options: Options): Promise<string | undefined> {
  return conversation.status()?.securityContext ?? conversation.sct?.getUuid(options.url);
}

function describe(error: unknown): string {
  return error instanceof HoldfastError ? `${error.name} ${error.code}: ${error.message}` : String(error);
}

function pause(millis: number): Promise<void> {
  return millis === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, millis));
}
