import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { type Clock, type Scheduler, systemClock, systemScheduler } from '../clock.js';
import { TransportError, UsageError } from '../errors.js';
import type { Exchange } from '../message.js';
import { plainExchange, type WireExchange, type WireRequest } from '../wire.js';
import { serializeOctets } from '../xml/serialize.js';
import { readAnswer } from './answer.js';
import { CookieJar } from './cookies.js';
import {
  type HttpExchangeConfig,
  type HttpTlsConfig,
  httpExchangeConfig,
  readHttpUrl,
} from './http-exchange-config.js';
import { quotable } from './media-type.js';
import { pemOf, pemsOf } from './pem.js';
import { type HttpAnswer, post } from './post.js';

/** What an HTTP exchange works with. Default: those of the system. */
export interface HttpExchangeCollaborators {
  /** Tells when cookies expire. */
  readonly clock?: Clock;
  /** Runs the time-outs. */
  readonly scheduler?: Scheduler;
}

/**
 * Posts unsecured messages over HTTP or HTTPS and reads what comes back.
 * @throws UsageError `invalid-option`
 */
export function httpExchange(
  config: Partial<HttpExchangeConfig> = {},
  collaborators: HttpExchangeCollaborators = {},
): Exchange & AsyncDisposable {
  const wire = httpWire(config, collaborators);
  return Object.assign(plainExchange(wire), { [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose]() });
}

/**
 * Posts documents over HTTP or HTTPS with connections that are kept, and reads what comes back (SOAP 1.2 Part 2 §7,
 * SOAP 1.1 §6). To dispose of it ends its requests and closes its connections.
 * @throws UsageError `invalid-option`
 */
export function httpWire(
  given: Partial<HttpExchangeConfig> = {},
  { clock = systemClock, scheduler = systemScheduler }: HttpExchangeCollaborators = {},
): WireExchange & AsyncDisposable {
  const config = httpExchangeConfig(given);
  const pool = { keepAlive: true, maxSockets: config.maxConnections, timeout: config.keepAliveMillis };
  const agents = { 'http:': new HttpAgent(pool), 'https:': new HttpsAgent(pool) };
  const tls = tlsOptions(config.tls);
  const jar = new CookieJar();
  const closing = new AbortController();

  const send = async (request: WireRequest, signal?: AbortSignal): Promise<HttpAnswer & { readonly url: URL }> => {
    const url = targetOf(request, config.url);
    const body = serializeOctets(request.root);
    const cookie = config.cookies ? jar.header(url, clock.now()) : undefined;
    const answer = await post({
      url,
      headers: {
        ...requestHeaders(request, body),
        ...config.headers,
        ...(cookie === undefined ? {} : { Cookie: cookie }),
      },
      body,
      agent: agents[url.protocol as keyof typeof agents],
      tls,
      connectTimeoutMillis: config.connectTimeoutMillis,
      responseTimeoutMillis: config.responseTimeoutMillis,
      maxResponseBytes: config.maxResponseBytes,
      aborts: [{ signal: closing.signal, error: closed }, ...(signal === undefined ? [] : [abort(signal)])],
      scheduler,
    });
    if (config.cookies) jar.store(url, answer.headers['set-cookie'] ?? [], clock.now());
    return { ...answer, url };
  };

  return Object.assign(
    async (request: WireRequest, signal?: AbortSignal) => {
      const answer = await send(request, signal);
      return await readAnswer(answer, answer.url, config);
    },
    {
      async [Symbol.asyncDispose](): Promise<void> {
        closing.abort();
        agents['http:'].destroy();
        agents['https:'].destroy();
      },
    },
  );
}

function targetOf(request: WireRequest, fixed: string | undefined): URL {
  const url = readHttpUrl(fixed ?? request.url);
  if (typeof url !== 'string') return url;
  throw new UsageError(
    'invalid-argument',
    `The message goes to "${request.url}", which must be ${url}. Give it such a wsa:To, or set the option "url".`,
  );
}

/** WS-Addressing 1.0 SOAP Binding §4: the action is in the HTTP headers too, where gateways look for it. */
function requestHeaders({ version, action }: WireRequest, body: Uint8Array): Record<string, string | number> {
  const said = quotable(action);
  return {
    ...(version === '1.1'
      ? { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: `"${said}"` }
      : { 'Content-Type': `application/soap+xml; charset=utf-8${said === '' ? '' : `; action="${said}"`}` }),
    'Content-Length': body.length,
    Accept: 'application/soap+xml, text/xml',
    'Accept-Encoding': 'gzip, deflate',
    'User-Agent': 'Holdfast',
  };
}

function tlsOptions(tls: HttpTlsConfig): ConnectionOptions {
  const { ca, cert, key, passphrase, servername, dangerouslyAcceptAnyCertificate } = tls;
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: dangerouslyAcceptAnyCertificate !== true,
    ...(ca === undefined ? {} : { ca: pemsOf(ca) }),
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function closed(): UsageError {
  return new UsageError('closed', 'This HTTP exchange is closed. Make another one.');
}

function abort(signal: AbortSignal): { readonly signal: AbortSignal; readonly error: () => TransportError } {
  return {
    signal,
    error: () => new TransportError('aborted', 'The request was aborted by its caller.', { cause: signal.reason }),
  };
}
