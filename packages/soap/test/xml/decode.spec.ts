import { expect } from 'chai';
import { decodeUtf8, decodeXml } from '#src/xml/decode.js';
import { thrown } from '../samples.js';

const little = (content: string): Buffer => Buffer.from(content, 'utf16le');
const big = (content: string): Buffer => little(content).swap16();

describe('decodeXml', () => {
  it('takes bytes for UTF-8', () => {
    expect(decodeXml(Buffer.from('<a>é€😀</a>'))).to.equal('<a>é€😀</a>');
    expect(decodeXml(new Uint8Array())).to.equal('');
  });

  it('takes away the byte order mark of UTF-8', () => {
    expect(decodeXml(Buffer.from('\ufeff<a/>'))).to.equal('<a/>');
  });

  it('reads UTF-16 of either order by its byte order mark', () => {
    expect(decodeXml(little('\ufeff<a>é😀</a>'))).to.equal('<a>é😀</a>');
    expect(decodeXml(big('\ufeff<a>é😀</a>'))).to.equal('<a>é😀</a>');
  });

  it('reads part of a larger buffer', () => {
    expect(decodeXml(Buffer.from('xx<a/>yy').subarray(2, 6))).to.equal('<a/>');
  });

  for (const [encoding, bytes] of [
    ['UTF-8', Uint8Array.of(0x3c, 0xff)],
    ['UTF-8', Uint8Array.of(0xe2, 0x82)],
    ['UTF-8', Uint8Array.of(0xc1, 0x81)],
    ['UTF-16LE', Uint8Array.of(0xff, 0xfe, 0x3c)],
    ['UTF-16LE', little('\ufeff\ud800x')],
    ['UTF-16BE', big('\ufeff\udc00')],
  ] as const) {
    it(`refuses ${Buffer.from(bytes).toString('hex')}, which is not ${encoding}`, () => {
      expect(thrown(() => decodeXml(bytes), 'unsupported-encoding').message).to.include(`not valid ${encoding}.`);
    });
  }

  it('begins anew after a refusal', () => {
    thrown(() => decodeXml(Uint8Array.of(0xe2)), 'unsupported-encoding');
    expect(decodeXml(Uint8Array.of(0x61))).to.equal('a');
  });
});

describe('decodeUtf8', () => {
  it('knows no byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeffa'))).to.equal('\ufeffa');
    thrown(() => decodeUtf8(little('\ufeffa')), 'unsupported-encoding');
  });

  it('refuses what is not UTF-8', () => {
    thrown(() => decodeUtf8(Uint8Array.of(0x80)), 'unsupported-encoding');
  });
});
