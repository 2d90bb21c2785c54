import { InvalidMessageError, TransportError } from '../errors.js';
import { versionOfNamespace } from '../soap-version.js';
import type { XmlLimits } from '../xml/parse.js';
import type { XmlDocument } from '../xml/tree.js';
import { decodeContent, parseBody, versionOfMediaType } from './body.js';
import { readMediaType } from './media-type.js';
import { type HttpAnswer, responseTooLarge } from './post.js';

/** What an answer may cost. */
export interface AnswerLimits {
  readonly maxResponseBytes: number;
  readonly xmlLimits: Partial<XmlLimits>;
}

/**
 * The document of an answer; undefined when it is empty. A SOAP envelope is one whatever the status: peers send faults
 * with 200, 400, 500 and others.
 * @throws TransportError `http-status` for any other answer that says it failed
 * @throws InvalidMessageError for one that says it succeeded and cannot be read
 */
export async function readAnswer(
  answer: HttpAnswer,
  url: URL,
  { maxResponseBytes, xmlLimits }: AnswerLimits,
): Promise<XmlDocument | undefined> {
  const { status, headers } = answer;
  const succeeded = status >= 200 && status < 300;
  if (status >= 300 && status < 400) throw redirected(status, headers.location, url);
  const body = await decoded(answer, url, maxResponseBytes);
  if (body.length === 0) {
    if (succeeded) return undefined;
    throw failed(status, url, '');
  }
  const limits = { maxBytes: maxResponseBytes, ...xmlLimits };
  const contentType = headers['content-type'] ?? (firstCharacter(body) === '<' ? 'application/xml' : undefined);
  const isXml = versionOfMediaType(readMediaType(contentType)?.type) !== undefined;
  // 202 says that nothing is to be read; what some servers add is for people.
  if (status === 202 && !isXml) return undefined;
  if (succeeded) return parseBody(body, contentType, limits);
  const document = isXml ? readable(() => parseBody(body, contentType, limits)) : undefined;
  if (document?.root.local === 'Envelope' && versionOfNamespace(document.root.namespace) !== undefined) return document;
  throw failed(status, url, excerpt(body, contentType));
}

async function decoded(answer: HttpAnswer, url: URL, limit: number): Promise<Uint8Array> {
  if (answer.body.length === 0) return answer.body;
  try {
    return await decodeContent(answer.body, answer.headers['content-encoding'], limit);
  } catch (cause) {
    if (cause instanceof InvalidMessageError && cause.code === 'message-too-large') throw responseTooLarge(url, limit);
    throw new TransportError('unreadable-response', `The answer of ${url.host} cannot be inflated.`, {
      cause,
      status: answer.status,
    });
  }
}

function redirected(status: number, location: string | undefined, url: URL): TransportError {
  const where = location === undefined ? '' : ` to ${printable(location)}`;
  return new TransportError(
    'http-status',
    `${url.host} redirects${where} (HTTP ${status}). Redirects are not followed: use that address if you trust it.`,
    { retryable: false, status },
  );
}

function failed(status: number, url: URL, said: string): TransportError {
  return new TransportError(
    'http-status',
    `${url.host} answered HTTP ${status} to ${url.pathname}${said === '' ? '' : `: ${said}`}. ${advice(status)}`,
    { retryable: status >= 500 || status === 429 || status === 408, status },
  );
}

function advice(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return 'Check the credentials (option headers, or the client certificate).';
    case 404:
    case 405:
      return 'Check the path of the address.';
    case 415:
      return 'Check the version of SOAP that the peer speaks.';
    case 429:
    case 503:
      return 'The peer is busy; try again later.';
    default:
      return 'The log of the peer says more.';
  }
}

function readable(read: () => XmlDocument): XmlDocument | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidMessageError) return undefined;
    throw error;
  }
}

function excerpt(body: Uint8Array, contentType: string | undefined): string {
  const type = readMediaType(contentType)?.type ?? '';
  if (!/^text\/|[/+](xml|json)$/.test(type)) return '';
  return printable(new TextDecoder().decode(body.subarray(0, 800)));
}

function printable(value: string): string {
  const line = value.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 200)}…`;
}

function firstCharacter(body: Uint8Array): string {
  return new TextDecoder().decode(body.subarray(0, 64)).trimStart().charAt(0);
}
