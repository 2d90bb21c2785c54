import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { decodeContent, parseBody } from '#src/http/body.js';
import { rejected, thrown } from '../samples.js';

const XML = '<a>\u00e9</a>';
const utf16 = (littleEndian: boolean, mark: boolean): Buffer => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${XML}`, 'utf16le');
  return littleEndian ? bytes : bytes.swap16();
};

describe('parseBody', () => {
  const good: readonly (readonly [string, Uint8Array, string])[] = [
    ['UTF-8', Buffer.from(XML), 'text/xml; charset=utf-8'],
    ['UTF-8 by default', Buffer.from(XML), 'application/soap+xml'],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${XML}`), 'text/xml'],
    ['UTF-16 with a mark', utf16(true, true), 'text/xml; charset=utf-16'],
    ['UTF-16 with a mark of the other order', utf16(false, true), 'text/xml; charset="UTF-16"'],
    ['UTF-16 without a mark', utf16(true, false), 'text/xml; charset=utf-16'],
    ['big-endian UTF-16 without a mark', utf16(false, false), 'text/xml; charset=utf-16'],
    ['UTF-16LE', utf16(true, false), 'application/xml; charset=utf-16le'],
    ['UTF-16BE', utf16(false, false), 'application/xml; charset=UTF-16BE'],
  ];
  for (const [name, bytes, contentType] of good) {
    it(`reads ${name}`, () => {
      expect(parseBody(bytes, contentType, {}).root.children).to.deep.equal(['\u00e9']);
    });
  }

  const broken: readonly (readonly [string, Uint8Array, string | undefined, string])[] = [
    ['no Content-Type', Buffer.from(XML), undefined, 'unsupported-media-type'],
    ['an unreadable Content-Type', Buffer.from(XML), 'xml', 'unsupported-media-type'],
    ['HTML', Buffer.from(XML), 'text/html', 'unsupported-media-type'],
    ['attachments', Buffer.from(XML), 'multipart/related; type="application/xop+xml"', 'unsupported-media-type'],
    ['another charset', Buffer.from(XML), 'text/xml; charset=iso-8859-1', 'unsupported-encoding'],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0xff]), 'text/xml', 'unsupported-encoding'],
    [
      'half a character of UTF-16',
      utf16(true, false).subarray(0, 5),
      'text/xml; charset=utf-16',
      'unsupported-encoding',
    ],
    ['XML that is not well-formed', Buffer.from('<a>'), 'text/xml', 'malformed-xml'],
    ['a DOCTYPE', Buffer.from('<!DOCTYPE a><a/>'), 'text/xml', 'forbidden-xml'],
  ];
  for (const [name, bytes, contentType, code] of broken) {
    it(`refuses ${name}`, () => {
      thrown(() => parseBody(bytes, contentType, {}), code);
    });
  }
});

describe('decodeContent', () => {
  const plain = Buffer.from(XML.repeat(100));
  const good: readonly (readonly [string | undefined, Uint8Array])[] = [
    [undefined, plain],
    ['identity', plain],
    ['gzip', gzipSync(plain)],
    [' GZIP ', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['deflate', deflateRawSync(plain)],
  ];
  for (const [encoding, bytes] of good) {
    it(`undoes ${encoding ?? 'nothing'} (${bytes.length} bytes)`, async () => {
      expect(Buffer.from(await decodeContent(bytes, encoding, 10_000)).equals(plain)).to.equal(true);
    });
  }

  it('stops at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    await rejected(decodeContent(bomb, 'gzip', 10_000), 'message-too-large');
    await rejected(decodeContent(deflateSync(Buffer.alloc(1_000_000)), 'deflate', 10_000), 'message-too-large');
  });

  it('refuses what is not in the encoding, or cut off', async () => {
    await rejected(decodeContent(plain, 'gzip', 10_000), 'unsupported-encoding');
    await rejected(decodeContent(gzipSync(plain).subarray(0, 20), 'gzip', 10_000), 'unsupported-encoding');
    await rejected(decodeContent(plain, 'deflate', 10_000), 'unsupported-encoding');
  });

  it('refuses encodings that it does not know', async () => {
    await rejected(decodeContent(plain, 'br', 10_000), 'unsupported-encoding');
    await rejected(decodeContent(plain, 'gzip, gzip', 10_000), 'unsupported-encoding');
  });
});
