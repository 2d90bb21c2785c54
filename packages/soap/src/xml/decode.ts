import { InvalidMessageError } from '../errors.js';

/**
 * The text of an XML entity: UTF-8, or UTF-16 by its byte order mark (XML 1.0 §4.3.3; WS-I BP R1012 asks for no more).
 * @throws InvalidMessageError `unsupported-encoding` when the bytes are not valid in that encoding
 */
export function decodeXml(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xfe && second === 0xff ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return decoders[encoding].decode(bytes);
  } catch (cause) {
    throw new InvalidMessageError('unsupported-encoding', `The message is not valid ${encoding.toUpperCase()}.`, {
      cause,
    });
  }
}

const decoders = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true }),
};
