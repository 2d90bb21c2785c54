import type { IncomingMessage as HttpRequest } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { writeEnvelope } from '../envelope.js';
import { InvalidMessageError, StoreError, TransportError } from '../errors.js';
import type { SoapFault } from '../fault.js';
import { faultEnvelope } from '../fault-body.js';
import type { Log } from '../log.js';
import type { SoapVersion } from '../message.js';
import { versionOfNamespace } from '../soap-version.js';
import { faultOf, type WireHandler, type WireInfo, type WireResponse } from '../wire.js';
import { serializeOctets } from '../xml/serialize.js';
import type { XmlDocument } from '../xml/tree.js';
import { decodeContent, parseBody, versionOfMediaType } from './body.js';
import type { HttpServerConfig } from './http-server-config.js';
import { type MediaType, readMediaType } from './media-type.js';

/** An HTTP response as data. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Requests that HTTP answers without SOAP. */
export type Refusal = 'not-found' | 'method' | 'media-type' | 'encoding' | 'too-large' | 'busy';

/** The answer to a request that is refused. */
export function refusal(why: Refusal, config: HttpServerConfig): HttpReply {
  switch (why) {
    case 'not-found':
      return plain(404, `Nothing is served here; the service is at ${config.path ?? '/'}.`);
    case 'method':
      return plain(405, 'Only POST is served here.', { Allow: 'POST' });
    case 'media-type':
      return plain(415, 'text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2) is expected.');
    case 'encoding':
      return plain(415, 'XML in UTF-8 or UTF-16 is expected, as it is or compressed by gzip or deflate.', {
        'Accept-Encoding': 'gzip, deflate',
      });
    case 'too-large':
      return plain(413, `At most ${config.maxBodyBytes} bytes are accepted.`);
    case 'busy':
      return plain(503, 'The service is busy; try again later.', { 'Retry-After': String(config.retryAfterSeconds) });
    default:
      return why satisfies never;
  }
}

/** Reads a request, has it handled, and says what to answer; undefined when the connection is lost, or is to be. */
export async function answerTo(
  request: HttpRequest,
  config: HttpServerConfig,
  handler: WireHandler,
  log: Log,
): Promise<HttpReply | undefined> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (config.path !== undefined && path !== config.path) return refusal('not-found', config);
  if (request.method === 'GET' && config.wsdl !== undefined && query.toLowerCase() === 'wsdl') {
    return { status: 200, headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body: config.wsdl };
  }
  if (request.method !== 'POST') return refusal('method', config);
  const media = readMediaType(request.headers['content-type']);
  const mediaVersion = versionOfMediaType(media?.type);
  if (mediaVersion === undefined) return refusal('media-type', config);
  const body = await bodyOf(request, config.maxBodyBytes);
  if (body === 'lost') return undefined;
  if (body === 'too-large') return refusal('too-large', config);

  const version = mediaVersion === 'any' ? '1.2' : mediaVersion;
  const document = await documentOf(body, request, config).catch((error: unknown) => {
    log({ level: 'warning', event: 'request-refused', error });
    return unreadable(error, version, config);
  });
  if (!('root' in document)) return document;
  try {
    const response = await handler(document, infoOf(request, media));
    return response === undefined ? { status: 202, headers: {}, body: '' } : soapReply(response);
  } catch (error) {
    log({ level: error instanceof InvalidMessageError ? 'warning' : 'error', event: 'request-failed', error });
    if (error instanceof TransportError && error.code === 'connection-lost') return undefined;
    if (isPassing(error)) return refusal('busy', config);
    return faultReply(faultOf(error), versionOfNamespace(document.root.namespace) ?? version);
  }
}

/** What may be gone when the client tries again: a locked store, something behind us that does not answer. */
function isPassing(error: unknown): boolean {
  return (error instanceof TransportError || error instanceof StoreError) && error.retryable;
}

/** The whole body, or why there is none. */
function bodyOf(request: HttpRequest, limit: number): Promise<Uint8Array | 'too-large' | 'lost'> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const collect = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
      } else {
        request.off('data', collect);
        resolve('too-large');
      }
    };
    request.on('data', collect);
    request.on('end', () => resolve(Buffer.concat(chunks, size)));
    request.on('error', () => resolve('lost'));
    request.on('close', () => resolve('lost'));
  });
}

async function documentOf(body: Uint8Array, request: HttpRequest, config: HttpServerConfig): Promise<XmlDocument> {
  const inflated = await decodeContent(body, request.headers['content-encoding'], config.maxBodyBytes);
  const limits = { maxBytes: config.maxBodyBytes, ...config.xmlLimits };
  return parseBody(inflated, request.headers['content-type'], limits);
}

function infoOf(request: HttpRequest, media: MediaType | undefined): WireInfo {
  const { soapaction } = request.headers;
  const action = media?.parameters.get('action') ?? (typeof soapaction === 'string' ? unquoted(soapaction) : undefined);
  const { remoteAddress } = request.socket;
  return {
    secure: (request.socket as Partial<TLSSocket>).encrypted === true,
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(action === undefined ? {} : { action }),
  };
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  return trimmed.startsWith('"') && trimmed.endsWith('"') && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}

function unreadable(error: unknown, version: SoapVersion, config: HttpServerConfig): HttpReply {
  if (!(error instanceof InvalidMessageError)) return faultReply(faultOf(error), version);
  switch (error.code) {
    case 'message-too-large':
      return refusal('too-large', config);
    case 'unsupported-media-type':
    case 'unsupported-encoding':
      return refusal('encoding', config);
    default:
      return { ...faultReply(faultOf(error), version), status: 400 };
  }
}

function faultReply(fault: SoapFault, version: SoapVersion): HttpReply {
  return soapReply({ version, root: writeEnvelope(faultEnvelope(fault, version)), fault: fault.code });
}

/** SOAP 1.1 §6.2; SOAP 1.2 Part 2 table 20. */
function soapReply({ version, root, fault }: WireResponse): HttpReply {
  return {
    status: fault === undefined ? 200 : version === '1.2' && fault === 'Sender' ? 400 : 500,
    headers: { 'Content-Type': `${version === '1.1' ? 'text/xml' : 'application/soap+xml'}; charset=utf-8` },
    body: serializeOctets(root),
  };
}

function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, body: `${text}\n` };
}
