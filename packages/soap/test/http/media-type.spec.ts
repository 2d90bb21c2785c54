import { expect } from 'chai';
import fc from 'fast-check';
import { quotable, readMediaType } from '#src/http/media-type.js';

const read = (header: string | undefined) => {
  const media = readMediaType(header);
  return media && { type: media.type, ...Object.fromEntries(media.parameters) };
};

describe('readMediaType', () => {
  const rows: readonly (readonly [string | undefined, unknown])[] = [
    [undefined, undefined],
    ['', undefined],
    ['xml', undefined],
    ['text/xml', { type: 'text/xml' }],
    ['Text/XML; Charset=UTF-8', { type: 'text/xml', charset: 'UTF-8' }],
    ['text/xml;charset="utf-8"', { type: 'text/xml', charset: 'utf-8' }],
    [
      'application/soap+xml; charset=utf-8;action="urn:a;b=c"',
      { type: 'application/soap+xml', charset: 'utf-8', action: 'urn:a;b=c' },
    ],
    [
      'application/soap+xml; action="say \\"hi\\""; charset=utf-8',
      { type: 'application/soap+xml', action: 'say "hi"', charset: 'utf-8' },
    ],
    ['text/xml; nonsense', { type: 'text/xml' }],
    ['text/xml ;  a = b', { type: 'text/xml', a: 'b' }],
  ];
  for (const [header, expected] of rows) {
    it(`reads ${JSON.stringify(header)}`, () => {
      expect(read(header)).to.deep.equal(expected);
    });
  }

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        readMediaType(header);
        readMediaType(`text/xml;${header}`);
      }),
    );
  });
});

describe('quotable', () => {
  it('percent-encodes what is not printable ASCII, quotation marks and backslashes', () => {
    expect(quotable('urn:a"b\\c\r\nd\u00e9')).to.equal('urn:a%22b%5Cc%0D%0Ad%C3%A9');
  });
});
