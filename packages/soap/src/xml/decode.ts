import { isUtf8 } from 'node:buffer';
import { InvalidMessageError } from '../errors.js';

/**
 * The text of an XML entity: UTF-8, or UTF-16 by its byte order mark (XML 1.0 §4.3.3; WS-I BP R1012 asks for no more).
 * @throws InvalidMessageError `unsupported-encoding` when the bytes are not valid in that encoding
 */
export function decodeXml(bytes: Uint8Array): string {
  const [first, second] = bytes;
  return decode(
    bytes,
    first === 0xfe && second === 0xff ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8',
  );
}

/**
 * Text that is no entity of its own, and so has no byte order mark: U+FEFF at its start is a character like any other.
 * @throws InvalidMessageError `unsupported-encoding` when the bytes are not valid UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return decode(bytes, 'utf-8 without mark');
}

/**
 * {@link decodeUtf8} for bytes that may be anything: what is not UTF-8 is read an octet a character, which is no slower and
 * means nothing.
 */
export function decodeUtf8OrNot(bytes: Uint8Array): { readonly text: string; readonly valid: boolean } {
  const valid = isUtf8(bytes);
  const text = valid
    ? decoders['utf-8 without mark'].decode(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return { text, valid };
}

function decode(bytes: Uint8Array, encoding: keyof typeof decoders): string {
  const decoder = decoders[encoding];
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new InvalidMessageError(
      'unsupported-encoding',
      `The message is not valid ${decoder.encoding.toUpperCase()}.`,
      {
        cause,
      },
    );
  }
}

const decoders = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  'utf-8 without mark': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true }),
};
