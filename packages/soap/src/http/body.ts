import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { InvalidMessageError } from '../errors.js';
import type { SoapVersion } from '../message.js';
import { parse, type XmlLimits } from '../xml/parse.js';
import type { XmlDocument } from '../xml/tree.js';
import { type MediaType, readMediaType } from './media-type.js';

/** The version of SOAP that a media type stands for; 'any' for XML that does not say. */
export function versionOfMediaType(type: string | undefined): SoapVersion | 'any' | undefined {
  switch (type) {
    case 'application/soap+xml':
      return '1.2';
    case 'text/xml':
      return '1.1';
    case 'application/xml':
      return 'any';
    default:
      return undefined;
  }
}

/**
 * Parses the body of a request or an answer as its Content-Type says.
 * @throws InvalidMessageError `unsupported-media-type`, `unsupported-encoding`, and what {@link parse} throws
 */
export function parseBody(bytes: Uint8Array, contentType: string | undefined, limits: Partial<XmlLimits>): XmlDocument {
  const media = readMediaType(contentType);
  if (versionOfMediaType(media?.type) === undefined) {
    throw new InvalidMessageError('unsupported-media-type', unsupported(contentType, media));
  }
  const charset = media?.parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  switch (charset) {
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
      return parse(bytes, limits);
    case 'utf-16':
    case 'utf-16le':
    case 'utf-16be':
      return parse(decodeUtf16(bytes, charset), limits);
    default:
      throw new InvalidMessageError(
        'unsupported-encoding',
        `The message is in "${charset.slice(0, 40)}"; UTF-8 and UTF-16 are understood.`,
      );
  }
}

/**
 * Undoes a Content-Encoding.
 * @param limit how many bytes may come out
 * @throws InvalidMessageError `message-too-large` beyond the limit, `unsupported-encoding` when it cannot be undone
 */
export async function decodeContent(
  bytes: Uint8Array,
  encoding: string | undefined,
  limit: number,
): Promise<Uint8Array> {
  const coding = encoding?.trim().toLowerCase() ?? '';
  try {
    switch (coding) {
      case '':
      case 'identity':
        return bytes;
      case 'gzip':
      case 'x-gzip':
        return await promisify(gunzip)(bytes, { maxOutputLength: limit });
      case 'deflate':
        // RFC 9110 §8.4.1.2: some send the bare deflate data, without the zlib wrapper.
        return await promisify(isZlib(bytes) ? inflate : inflateRaw)(bytes, { maxOutputLength: limit });
      default:
        throw new InvalidMessageError(
          'unsupported-encoding',
          `The message has the Content-Encoding "${coding.slice(0, 40)}"; gzip and deflate are understood.`,
        );
    }
  } catch (cause) {
    if (cause instanceof InvalidMessageError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new InvalidMessageError('message-too-large', `The message inflates to more than ${limit} bytes.`, {
        cause,
      });
    }
    throw new InvalidMessageError('unsupported-encoding', `The message is not valid ${coding}.`, { cause });
  }
}

function isZlib(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function decodeUtf16(bytes: Uint8Array, charset: 'utf-16' | 'utf-16le' | 'utf-16be'): Uint8Array | string {
  const [first, second] = bytes;
  const hasMark = (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe);
  if (charset === 'utf-16' && hasMark) return bytes;
  const encoding = charset === 'utf-16le' || (charset === 'utf-16' && second === 0) ? 'utf-16le' : 'utf-16be';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidMessageError('unsupported-encoding', 'The message is not valid UTF-16.', { cause });
  }
}

function unsupported(contentType: string | undefined, media: MediaType | undefined): string {
  if (media === undefined) {
    return contentType === undefined
      ? 'The message has no Content-Type; text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2) is expected.'
      : 'The Content-Type of the message cannot be read.';
  }
  const hint = media.type.startsWith('multipart/')
    ? ' Attachments (MTOM, SwA) are not supported; switch them off.'
    : '';
  return `The message is "${media.type.slice(0, 80)}"; text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2) is expected.${hint}`;
}
