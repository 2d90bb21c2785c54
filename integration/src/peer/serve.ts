import type { LogEntry, XmlElement } from '@holdfast/soap';
import { defaultDestinationConfig } from '@holdfast/ws-rm';
import { FaultError, type RunningService, serve } from 'holdfast';
import { printEvent } from './events.js';
import { type TestKeys, testKeys } from './keys.js';
import { losingHandler, loss } from './loss.js';
import { dropped, type Options } from './options.js';
import { readRequest, wrapped } from './orders.js';
import { recorder } from './recorder.js';
import { isOverTls, log, openStore, recordSecret, securityOptions } from './setup.js';

/** The recipient: serves Orders until its standard input ends or SIGTERM comes. */
export async function servePeer(options: Options): Promise<void> {
  const service = await startService(options);
  printEvent('ready', { url: service.url });
  await asked();
  await service.close();
  printEvent('stopped');
}

/** @returns the service, listening; closing it closes its store too */
export async function startService(options: Options): Promise<{ readonly url: string; close(): Promise<void> }> {
  const keys = options.sc === 'none' ? undefined : testKeys(options.keys);
  const store = await openStore(options);
  const record = recorder(options.record);
  const isLost = loss(dropped(options), (number) => printEvent('dropped', { number }));
  let service: RunningService | undefined;
  const hear = (entry: LogEntry): void => {
    log(entry);
    const context = entry.event === 'context-issued' ? entry.details?.['context'] : undefined;
    if (typeof context === 'string' && options.record !== '') {
      recordSecret(record, service?.sct, context).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
  };
  try {
    service = await serve(orders(), {
      ...securityOptions(options),
      // CXF's clients cancel a context with their certificate.
      ...(keys === undefined ? {} : { ...partyOf(options, keys), bootstrapMayCancel: true, bootstrapMayRenew: true }),
      ...(keys !== undefined && isOverTls(options) ? { http: { tls: tlsOf(keys) } } : {}),
      host: 'localhost',
      port: Number(options.port),
      path: '/orders',
      store,
      reliability:
        options.rm === 'none'
          ? 'none'
          : {
              destination: { ...destinationOf(options) },
              acceptUnbound: options.sc === 'none' || options.str === 'no',
            },
      log: hear,
      aroundWire: (handler) => losingHandler(record.handler(handler), isLost),
    });
  } catch (error) {
    await store.close();
    throw error;
  }
  const running = service;
  return {
    url: running.url,
    async close() {
      await running.close();
      await store.close();
    },
  };
}

/** Who bob is, and whom he believes: what each bootstrap asks for. */
function partyOf(options: Options, keys: TestKeys) {
  const identity = keys.identity('bob');
  const passwords = (username: string): string | undefined =>
    username === options.user ? options.password : undefined;
  switch (options.bootstrap) {
    case 'anonymous':
      return { identity };
    case 'username':
      return { identity, passwords };
    case 'username-tls':
      return { passwords };
    case 'x509-tls':
      return { trust: keys.trust };
    default:
      return { identity, trust: keys.trust };
  }
}

function tlsOf(keys: TestKeys) {
  const { certificate, privateKey } = keys.identity('localhost');
  return { cert: certificate, key: privateKey };
}

function destinationOf(options: Options): typeof defaultDestinationConfig {
  return { ...defaultDestinationConfig, order: options.assurance === 'exactly-once' ? 'any' : 'inOrder' };
}

/** The Orders service; an event for each message that is given to it. */
function orders(): (request: { readonly body: XmlElement | undefined }) => Promise<XmlElement | undefined> {
  let position = 0;
  return async ({ body }) => {
    const request = readRequest(body);
    if (request === undefined) {
      throw new FaultError({ code: 'Sender', subcodes: [], reason: 'No such operation.', detail: [] });
    }
    const { operation, field } = request;
    position += 1;
    switch (operation) {
      case 'placeOrder': {
        const orderId = field('orderId');
        printEvent('delivered', {
          operation,
          orderId,
          quantity: Number(field('quantity')),
          noteLength: field('note').length,
          position,
        });
        return wrapped('placeOrderResponse', { confirmation: `confirmed:${orderId}` });
      }
      case 'echo':
        printEvent('delivered', { operation, length: field('text').length, position });
        return wrapped('echoResponse', { text: field('text') });
      case 'notify':
        printEvent('delivered', { operation, id: Number(field('id')), length: field('text').length, position });
        return undefined;
      case 'reject': {
        const reason = field('reason');
        printEvent('delivered', { operation, reason, position });
        const detail = [wrapped('rejected', { reason })];
        throw new FaultError({ code: 'Receiver', subcodes: [], reason: 'rejected', detail });
      }
      default:
        return operation satisfies never;
    }
  };
}

function asked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.stdin.once('end', () => resolve()).once('error', () => resolve());
    process.stdin.resume();
  });
}
