import { child } from '@holdfast/soap';
import { ds } from '../../namespaces.js';
import type { AttackFamily } from './attack.js';
import { content } from './edit.js';
import { octetsIn, resealed } from './reseal.js';

/** Values that are cut short, emptied, lengthened, or no Base64. */
export const truncation: AttackFamily = function* (message, options) {
  const { signature, signed } = message;
  const value = signature && child(signature, ds('SignatureValue'));
  if (value !== undefined) {
    for (const [what, text] of shortened(octetsIn(value))) {
      yield {
        name: `truncation/signature-value-${what}`,
        about: `The SignatureValue is ${what}.`,
        result: message.with([value, content(text)]),
      };
    }
  }
  for (const { element, reference } of signed.slice(0, 2)) {
    const digest = child(reference, ds('DigestValue'));
    if (digest === undefined) continue;
    for (const [what, text] of shortened(octetsIn(digest))) {
      yield {
        name: `truncation/digest-value-${what}:${element.local}`,
        about: `The DigestValue of the ${element.local} is ${what}, and the signature is good.`,
        result: resealed(message.with([digest, content(text)]), options, 'all'),
      };
    }
  }
};

function shortened(octets: Buffer): readonly (readonly [string, string])[] {
  const base64 = octets.toString('base64');
  return [
    ['empty', ''],
    ['white-space', ' \n '],
    ['one-octet', octets.subarray(0, 1).toString('base64')],
    ['half', octets.subarray(0, octets.length / 2).toString('base64')],
    ['one-octet-short', octets.subarray(0, -1).toString('base64')],
    ['one-octet-long', Buffer.concat([octets, Buffer.alloc(1)]).toString('base64')],
    ['preceded-by-zero', Buffer.concat([Buffer.alloc(1), octets]).toString('base64')],
    ['flipped', flipped(octets, 0).toString('base64')],
    ['flipped-at-the-end', flipped(octets, octets.length - 1).toString('base64')],
    ['zeroes', Buffer.alloc(octets.length).toString('base64')],
    ['hexadecimal', octets.toString('hex')],
    ['not-base64', `!${base64.slice(1)}`],
    ['doubled', `${base64}${base64}`],
  ];
}

export function flipped(octets: Buffer, at: number, bit = 1): Buffer {
  const result = Buffer.from(octets);
  if (result.length > 0) result[at] = (result[at] as number) ^ bit;
  return result;
}
