import { expect } from 'chai';
import { SaxesParser } from 'saxes';
import { defaultXmlLimits, parse } from '#src/xml/parse.js';
import { thrown } from '../samples.js';

const CHUNK = 65_536;

/** What of saxes is counted; its declarations do not tell of the reading of one character. */
interface Reader {
  write(this: unknown, chunk: string | null): unknown;
  getCode10(this: unknown): number;
}

describe('parse: the work that a hostile message makes', () => {
  const reader = SaxesParser.prototype as unknown as Reader;
  const { write, getCode10 } = reader;
  let given = 0;
  let steps = 0;

  before(() => {
    reader.write = function (chunk) {
      given += chunk?.length ?? 0;
      return write.call(this, chunk);
    };
    reader.getCode10 = function () {
      steps += 1;
      return getCode10.call(this);
    };
  });

  beforeEach(() => {
    given = 0;
    steps = 0;
  });

  after(() => {
    reader.write = write;
    reader.getCode10 = getCode10;
  });

  const long = 3_000_000;
  const rest = `${'<b/>'.repeat(100_000)}</a>`;

  for (const [what, code, document] of [
    ['an undeclared prefix', 'malformed-xml', `<a><p:b/>${rest}`],
    ['an undeclared entity', 'malformed-xml', `<a>&b;${rest}`],
    ['a control character', 'malformed-xml', `<a>\x01${rest}`],
    ['a processing instruction', 'forbidden-xml', `<a><?b?>${rest}`],
    ['XML 1.1', 'forbidden-xml', `<?xml version="1.1"?><a>${rest}`],
    ['an Id twice', 'duplicate-id', `<a xml:id="x"><b xml:id="x"/>${rest}`],
    ['elements too deep', 'xml-limit-exceeded', `${'<a>'.repeat(defaultXmlLimits.maxDepth + 1)}${rest}`],
    ['a tag with too many attributes', 'xml-limit-exceeded', `<a ${attributes(300_000)}>`],
    ['a tag with too many declarations', 'xml-limit-exceeded', `<a ${attributes(300_000, 'xmlns:')}>`],
  ] as const) {
    it(`reads no more than a chunk after ${what}`, () => {
      expect(document.length).to.be.above(4 * CHUNK);
      thrown(() => parse(document), code);
      expect(given).to.equal(CHUNK);
    });
  }

  for (const [what, document] of Object.entries({
    'an internal subset of megabytes': `<!DOCTYPE a [${'<!ENTITY a "b">'.repeat(200_000)}]><a/>`,
    'a DOCTYPE after a comment of megabytes': `<!--${'-<!DOCTYPE'.repeat(300_000)}--><!DOCTYPE a><a/>`,
    'a DOCTYPE after many comments': `${'<!----> '.repeat(300_000)}<!DOCTYPE a><a/>`,
  })) {
    it(`does not begin to read a document with ${what}`, () => {
      thrown(() => parse(document), 'forbidden-xml');
      expect(given).to.equal(0);
    });
  }

  it('does not begin to read what is too large', () => {
    thrown(() => parse(' '.repeat(1001), { maxBytes: 1000 }), 'message-too-large');
    expect(given).to.equal(0);
  });

  for (const [what, unit] of Object.entries({
    text: 'x',
    'character references': '&#65;',
    'CDATA sections': '<![CDATA[x]]>',
    'empty CDATA sections': '<![CDATA[]]>',
    brackets: ']',
    'ends of lines': '\r\n',
    comments: '<!-- - -->',
    elements: '<b/>',
    'elements with a scope of their own': '<b xmlns:p="urn:p" xml:lang="en"><p:c/></b>',
    'elements with attributes': '<b c="&lt;" d=""/>',
  })) {
    it(`takes at most two steps for each character of ${what}, however many there are`, () => {
      for (const size of [long / 100, long / 10]) {
        const document = `<a>${unit.repeat(Math.ceil(size / unit.length))}</a>`;
        steps = 0;
        parse(document);
        expect(steps).to.be.below(2 * document.length);
      }
    });
  }
});

function attributes(count: number, prefix = ''): string {
  return Array.from({ length: count }, (_, at) => `${prefix}b${at}="c"`).join(' ');
}
