import { type Check, configured, MAX_MILLIS, millis, string, wholeNumber } from '../config.js';
import { UsageError } from '../errors.js';
import type { XmlLimits } from '../xml/parse.js';
import { checkKeyPair, type Pem } from './pem.js';

/** TLS of a server (`node:tls`), TLS 1.2 and newer. */
export interface HttpServerTlsConfig {
  /** The certificate chain of the server. */
  readonly cert: Pem;
  readonly key: Pem;
  /** Opens `key` when it is encrypted. */
  readonly passphrase?: string;
  /** Asks clients for a certificate that one of these issued, and refuses those without. */
  readonly clientCa?: Pem | readonly Pem[];
}

/** Where a server listens, and how much it takes from its clients. */
export interface HttpServerConfig {
  /** The address to listen at. Default 127.0.0.1: this machine alone; 0.0.0.0 or :: for every network. */
  readonly host: string;
  /** 0: any that is free. Default 0. */
  readonly port: number;
  /** The one path that is served; others are answered with 404. Default: none; every path is. */
  readonly path: string | undefined;
  /** Default: none, plain HTTP. */
  readonly tls: HttpServerTlsConfig | undefined;
  /** Answers GET …?wsdl. Default: none. */
  readonly wsdl: string | undefined;
  /** Bytes of one request, before and after inflating. Default 10,000,000; as many may be held per request under way. */
  readonly maxBodyBytes: number;
  /** Bytes of the headers of one request. Default 16,384. */
  readonly maxHeaderBytes: number;
  /** Limits on the XML of a request; what is absent is as `defaultXmlLimits`. Default: nothing else. */
  readonly xmlLimits: Partial<XmlLimits>;
  /** Milliseconds that a client may take for the headers of a request. Default 10,000; not more than for the whole. */
  readonly headersTimeoutMillis: number;
  /** Milliseconds that a client may take for a whole request. Default 60,000. */
  readonly requestTimeoutMillis: number;
  /**
   * Milliseconds that an idle connection is kept for the next request. Default 65,000: longer than clients keep theirs,
   * so that it is they who close it.
   */
  readonly keepAliveMillis: number;
  /** Connections at a time; more are closed at once. Default 1,000. */
  readonly maxConnections: number;
  /** Requests that are read or worked on at a time; more are answered with 503. Default 256. */
  readonly maxConcurrentRequests: number;
  /** The Retry-After of such a 503, in seconds. Default 1. */
  readonly retryAfterSeconds: number;
  /** Milliseconds that `close` waits for requests under way before it ends them. Default 10,000. */
  readonly closeTimeoutMillis: number;
}

/** What an HTTP server takes where its options say nothing. */
export const defaultHttpServerConfig: HttpServerConfig = {
  host: '127.0.0.1',
  port: 0,
  path: undefined,
  tls: undefined,
  wsdl: undefined,
  maxBodyBytes: 10_000_000,
  maxHeaderBytes: 16_384,
  xmlLimits: {},
  headersTimeoutMillis: 10_000,
  requestTimeoutMillis: 60_000,
  keepAliveMillis: 65_000,
  maxConnections: 1_000,
  maxConcurrentRequests: 256,
  retryAfterSeconds: 1,
  closeTimeoutMillis: 10_000,
};

/** @throws UsageError `invalid-option` */
export function httpServerConfig(given: Partial<HttpServerConfig>): HttpServerConfig {
  const config = configured('httpServer', defaultHttpServerConfig, given, {
    host: string,
    port: wholeNumber(0, 65_535),
    path: absolutePath,
    wsdl: string,
    maxBodyBytes: wholeNumber(1),
    maxHeaderBytes: wholeNumber(1024),
    headersTimeoutMillis: millis,
    requestTimeoutMillis: millis,
    keepAliveMillis: millis,
    maxConnections: wholeNumber(1),
    maxConcurrentRequests: wholeNumber(1),
    retryAfterSeconds: wholeNumber(0),
    closeTimeoutMillis: wholeNumber(0, MAX_MILLIS),
  });
  if (config.headersTimeoutMillis > config.requestTimeoutMillis) {
    throw new UsageError(
      'invalid-option',
      'The option "headersTimeoutMillis" of httpServer must not be more than "requestTimeoutMillis".',
    );
  }
  if (config.tls !== undefined) checkTls(config.tls);
  return config;
}

const absolutePath: Check = (value) =>
  typeof value === 'string' && /^\/[^?#\s]*$/.test(value) ? undefined : 'a path that begins with "/", without query';

const tlsOptions: ReadonlySet<string> = new Set<keyof HttpServerTlsConfig>(['cert', 'key', 'passphrase', 'clientCa']);

function checkTls(tls: HttpServerTlsConfig): void {
  for (const name of Object.keys(tls)) {
    if (!tlsOptions.has(name)) {
      const known = [...tlsOptions].sort().join(', ');
      throw new UsageError('invalid-option', `httpServer has no option "tls.${name}". There are: ${known}.`);
    }
  }
  if (tls.cert === undefined || tls.key === undefined) {
    throw new UsageError('invalid-option', 'The options "tls.cert" and "tls.key" of httpServer are both needed.');
  }
  checkKeyPair('httpServer', tls);
}
