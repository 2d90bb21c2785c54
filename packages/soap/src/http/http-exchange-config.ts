import { boolean, type Check, configured, millis, string, wholeNumber } from '../config.js';
import { UsageError } from '../errors.js';
import type { XmlLimits } from '../xml/parse.js';
import { checkKeyPair, type Pem } from './pem.js';

/** TLS of a client (`node:tls`). TLS 1.2 and newer; the host name must be the certificate's. */
export interface HttpTlsConfig {
  /** Certificates to trust instead of those that come with Node.js. */
  readonly ca?: Pem | readonly Pem[];
  /** The client's own certificate chain, for a server that asks for one; with `key`. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** Opens `key` when it is encrypted. */
  readonly passphrase?: string;
  /** The name to ask for and to check, when it is not the URL's. */
  readonly servername?: string;
  /**
   * Accepts whatever certificate is shown: anyone on the way can read and change everything that messages do not
   * protect themselves. For experiments. Default false.
   */
  readonly dangerouslyAcceptAnyCertificate?: boolean;
}

/** Where messages are posted, how long that may take, and how much may come back. */
export interface HttpExchangeConfig {
  /**
   * The URL that every message is posted to, whatever its wsa:To says: a gateway, or a peer that names itself
   * otherwise than we reach it. Default: none; each message goes to its wsa:To.
   */
  readonly url: string | undefined;
  /** Milliseconds that a new connection, TLS included, may take. Default 10,000. */
  readonly connectTimeoutMillis: number;
  /**
   * Milliseconds from the connection being there to the last byte of the answer. Default 60,000. Shorter finds dead peers
   * earlier, and gives up on slow ones.
   */
  readonly responseTimeoutMillis: number;
  /** Bytes of one answer, before and after inflating. Default 10,000,000. */
  readonly maxResponseBytes: number;
  /** Limits on the XML of an answer; what is absent is as `defaultXmlLimits`. Default: nothing else. */
  readonly xmlLimits: Partial<XmlLimits>;
  /** Connections to one host at a time; more messages wait for one. Default 64. */
  readonly maxConnections: number;
  /** Milliseconds that a connection is kept for the next message. Default 30,000; the peer may ask for less. */
  readonly keepAliveMillis: number;
  /** Whether cookies of the peer come back to it, so that a load balancer finds the same server. Default true. */
  readonly cookies: boolean;
  /** Headers of every request, Authorization for instance. Default: none. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default: as Node.js has it. Used for https URLs alone. */
  readonly tls: HttpTlsConfig;
}

/** What an HTTP exchange takes where its options say nothing. */
export const defaultHttpExchangeConfig: HttpExchangeConfig = {
  url: undefined,
  connectTimeoutMillis: 10_000,
  responseTimeoutMillis: 60_000,
  maxResponseBytes: 10_000_000,
  xmlLimits: {},
  maxConnections: 64,
  keepAliveMillis: 30_000,
  cookies: true,
  headers: {},
  tls: {},
};

/** @throws UsageError `invalid-option` */
export function httpExchangeConfig(given: Partial<HttpExchangeConfig>): HttpExchangeConfig {
  const config = configured('httpExchange', defaultHttpExchangeConfig, given, {
    url: httpUrl,
    connectTimeoutMillis: millis,
    responseTimeoutMillis: millis,
    maxResponseBytes: wholeNumber(1),
    maxConnections: wholeNumber(1),
    keepAliveMillis: millis,
    cookies: boolean,
    headers: extraHeaders,
  });
  checkTls('httpExchange', config.tls);
  return config;
}

/** The URL of an HTTP endpoint; the text says what is wrong with it. */
export function readHttpUrl(value: string): URL | string {
  if (!URL.canParse(value)) return 'an absolute http or https URL';
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'an http or https URL';
  if (url.username !== '' || url.password !== '') {
    return 'a URL without user name and password; give them in the Authorization header (option headers)';
  }
  return url;
}

const reservedHeaders: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'soapaction',
  'transfer-encoding',
  'upgrade',
]);

const httpUrl: Check = (value) => {
  if (typeof value !== 'string') return string(value);
  const url = readHttpUrl(value);
  return typeof url === 'string' ? url : undefined;
};

const extraHeaders: Check = (value) => {
  if (typeof value !== 'object' || value === null) return 'an object of header names and values';
  for (const [name, content] of Object.entries(value)) {
    if (reservedHeaders.has(name.toLowerCase())) return `without "${name}", which the exchange sets itself`;
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return 'an object whose names are HTTP header names';
    if (typeof content !== 'string' || !/^[\t\x20-\x7e]*$/.test(content)) {
      return `an object of one-line ASCII texts; "${name}" is something else`;
    }
  }
  return undefined;
};

const tlsOptions: ReadonlySet<string> = new Set<keyof HttpTlsConfig>([
  'ca',
  'cert',
  'key',
  'passphrase',
  'servername',
  'dangerouslyAcceptAnyCertificate',
]);

function checkTls(role: string, tls: HttpTlsConfig): void {
  for (const name of Object.keys(tls)) {
    if (!tlsOptions.has(name)) {
      const known = [...tlsOptions].sort().join(', ');
      throw new UsageError('invalid-option', `${role} has no option "tls.${name}". There are: ${known}.`);
    }
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new UsageError('invalid-option', `The options "tls.cert" and "tls.key" of ${role} go together.`);
  }
  if (tls.dangerouslyAcceptAnyCertificate === true && tls.ca !== undefined) {
    throw new UsageError(
      'invalid-option',
      `The options "tls.ca" and "tls.dangerouslyAcceptAnyCertificate" of ${role} exclude each other.`,
    );
  }
  checkKeyPair(role, tls);
}
