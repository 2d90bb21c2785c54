import { createServer, type IncomingMessage as HttpRequest, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Scheduler, systemScheduler } from '../clock.js';
import { TransportError } from '../errors.js';
import { type Log, silent } from '../log.js';
import type { WireHandler } from '../wire.js';
import { type HttpServerConfig, type HttpServerTlsConfig, httpServerConfig } from './http-server-config.js';
import { errorCode } from './network-error.js';
import { pemOf, pemsOf } from './pem.js';
import { answerTo, type HttpReply, refusal } from './serve-request.js';

/** What an HTTP server works with. */
export interface HttpServerCollaborators {
  /** Hears of requests that were refused or failed. Default: nobody. */
  readonly log?: Log;
  /** Runs the time-out of `close`. */
  readonly scheduler?: Scheduler;
}

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  /** Where clients on this machine reach it. */
  readonly url: string;
  readonly port: number;
  /** Stops listening, lets the requests under way finish for `closeTimeoutMillis`, then ends them. */
  close(): Promise<void>;
}

/**
 * Listens for SOAP requests over HTTP or HTTPS and has the handler answer them (SOAP 1.2 Part 2 §7, SOAP 1.1 §6).
 * Nothing to say is 202; a fault is 500, in SOAP 1.2 from the Sender 400. Resolves when it listens.
 * @throws UsageError `invalid-option`
 * @throws TransportError `port-in-use`, `permission-denied` or `unreachable` when it cannot listen
 */
export async function httpServer(
  given: Partial<HttpServerConfig>,
  handler: WireHandler,
  { log = silent, scheduler = systemScheduler }: HttpServerCollaborators = {},
): Promise<HttpServer> {
  const config = httpServerConfig(given);
  let underWay = 0;
  let closing = false;

  const serve = async (request: HttpRequest, response: ServerResponse): Promise<void> => {
    const free = underWay < config.maxConcurrentRequests;
    underWay += 1;
    try {
      const reply = free ? await answerTo(request, config, handler, log) : refusal('busy', config);
      if (reply === undefined) response.destroy();
      else send(request, response, reply);
    } finally {
      underWay -= 1;
    }
  };
  const send = (request: HttpRequest, response: ServerResponse, { status, headers, body }: HttpReply): void => {
    response.writeHead(status, {
      ...headers,
      'Content-Length': Buffer.byteLength(body),
      ...(closing ? { Connection: 'close' } : {}),
    });
    response.end(body);
    if (!request.complete) discard(request, Math.max(config.maxBodyBytes, 1_000_000));
  };

  const server = listener(config, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      log({ level: 'error', event: 'request-failed', error });
      response.destroy();
    });
  });
  server.maxConnections = config.maxConnections;
  server.on('drop', () =>
    log({ level: 'warning', event: 'connection-refused', details: { most: config.maxConnections } }),
  );
  const port = await listen(server, config);
  server.on('error', (error) => log({ level: 'error', event: 'server-failed', error }));

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      closing = true;
      const cancel = scheduler.after(config.closeTimeoutMillis, () => server.closeAllConnections());
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
    return closed;
  };
  return { url: urlOf(config, port), port, close, [Symbol.asyncDispose]: close };
}

function listener(config: HttpServerConfig, serve: (request: HttpRequest, response: ServerResponse) => void): Server {
  const options = {
    headersTimeout: config.headersTimeoutMillis,
    requestTimeout: config.requestTimeoutMillis,
    // How late a time-out may be noticed.
    connectionsCheckingInterval: Math.min(config.headersTimeoutMillis, 10_000),
    keepAliveTimeout: config.keepAliveMillis,
    maxHeaderSize: config.maxHeaderBytes,
    noDelay: true,
  };
  // There is no `upgrade` listener: an offer of HTTP/2 (h2c) is then no more than a header, and the request is served.
  return config.tls === undefined
    ? createServer(options, serve)
    : createSecureServer({ ...options, ...tlsOptions(config.tls, config.headersTimeoutMillis) }, serve);
}

function tlsOptions({ cert, key, passphrase, clientCa }: HttpServerTlsConfig, handshakeTimeout: number): object {
  return {
    minVersion: 'TLSv1.2',
    handshakeTimeout,
    cert: pemOf(cert),
    key: pemOf(key),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(clientCa === undefined ? {} : { ca: pemsOf(clientCa), requestCert: true, rejectUnauthorized: true }),
  };
}

function listen(server: Server, { host, port }: HttpServerConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(listenError(cause, host, port));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(cause: Error, host: string, port: number): TransportError {
  const code = errorCode(cause);
  switch (code) {
    case 'EADDRINUSE':
      return new TransportError(
        'port-in-use',
        `Port ${port} of ${host} is taken by another program. End that one, or choose another port (0 takes any free one).`,
        { cause, retryable: false },
      );
    case 'EACCES':
      return new TransportError(
        'permission-denied',
        `This process may not listen at port ${port} of ${host}. Choose one above 1023.`,
        { cause, retryable: false },
      );
    default:
      return new TransportError(
        'unreachable',
        `Cannot listen at ${host}, port ${port} (${code}). The option "host" must be an address of this machine.`,
        { cause, retryable: false },
      );
  }
}

function urlOf({ host, path, tls }: HttpServerConfig, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${reachable}:${port}${path ?? '/'}`;
}

/** Reads past a body that nobody wants, so that the client gets to see the answer; only so far. */
function discard(request: HttpRequest, most: number): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) request.destroy();
  });
  request.resume();
}
