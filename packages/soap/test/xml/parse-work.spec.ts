import { expect } from 'chai';
import { defaultXmlLimits, parse } from '#src/xml/parse.js';
import { thrown } from '../samples.js';

interface Work {
  /** Characters that were looked at, as often as they were. */
  readonly steps: number;
  /** How far into a text of the source's length anything was looked for or at. */
  readonly reached: number;
}

describe('parse: the work that a hostile message makes', () => {
  const long = 3_000_000;
  const rest = `${'<b/>'.repeat(100_000)}</a>`;

  for (const [what, code, document] of [
    ['an undeclared prefix', 'malformed-xml', `<a><p:b/>${rest}`],
    ['an undeclared entity', 'malformed-xml', `<a>&b;${rest}`],
    ['an entity that does not end', 'malformed-xml', `<a>&b${rest}`],
    ['a control character', 'malformed-xml', `<a>\x01${rest}`],
    ['a control character in a long text', 'malformed-xml', `<a>\x01${'x'.repeat(long)}</a>`],
    ['a control character in a long value', 'malformed-xml', `<a b="\x01${'x'.repeat(long)}"/>`],
    ['a < in a long value', 'malformed-xml', `<a b="x<${'x'.repeat(long)}"/>`],
    ['an end tag that ends nothing', 'malformed-xml', `<a></a></a>${rest}`],
    ['an attribute twice', 'malformed-xml', `<a b="" b="" ${attributes(300_000)}>`],
    ['something after the root', 'malformed-xml', `<a/>x${rest}`],
    ['a processing instruction', 'forbidden-xml', `<a><?b?>${rest}`],
    ['a long processing instruction', 'forbidden-xml', `<a><?b ${rest}?>`],
    ['XML 1.1', 'forbidden-xml', `<?xml version="1.1"?><a>${rest}`],
    ['an Id twice', 'duplicate-id', `<a xml:id="x"><b xml:id="x"/>${rest}`],
    ['elements too deep', 'xml-limit-exceeded', `${'<a>'.repeat(defaultXmlLimits.maxDepth + 1)}${rest}`],
    ['a tag with too many attributes', 'xml-limit-exceeded', `<a ${attributes(300_000)}>`],
    ['a tag with too many declarations', 'xml-limit-exceeded', `<a ${attributes(300_000, 'xmlns:')}>`],
    ['an internal subset of megabytes', 'forbidden-xml', `<!DOCTYPE a [${'<!ENTITY a "b">'.repeat(200_000)}]><a/>`],
  ] as const) {
    it(`reads no further after ${what}`, () => {
      expect(document.length).to.be.above(100_000);
      const { reached } = workOf(document.length, () => thrown(() => parse(document), code));
      expect(reached).to.be.below(4_000);
    });
  }

  for (const [what, document] of Object.entries({
    'a comment of megabytes': `<!--${'-<!DOCTYPE'.repeat(300_000)}--><!DOCTYPE a><a/>`,
    'many comments': `${'<!----> '.repeat(300_000)}<!DOCTYPE a><a/>`,
    'white space of megabytes': `${' '.repeat(long)}<!DOCTYPE a><a/>`,
  })) {
    it(`reads ${what} once before a DOCTYPE`, () => {
      const { steps } = workOf(document.length, () => thrown(() => parse(Buffer.from(document)), 'forbidden-xml'));
      expect(steps).to.be.below(6 * document.length);
    });
  }

  it('does not begin to read what is too large', () => {
    const { steps } = workOf(1001, () =>
      thrown(() => parse(Buffer.from(' '.repeat(1001)), { maxBytes: 1000 }), 'message-too-large'),
    );
    expect(steps).to.be.below(1000);
  });

  for (const [what, unit] of Object.entries({
    text: 'x',
    'character references': '&#65;',
    'references among text': 'xxxx&lt;',
    'CDATA sections': '<![CDATA[x]]>',
    'empty CDATA sections': '<![CDATA[]]>',
    brackets: ']',
    'ends of lines': '\r\n',
    comments: '<!-- - -->',
    elements: '<b/>',
    'elements with an end tag': '<b></b >',
    'elements with long names': `<${'b'.repeat(400)}/>`,
    'elements with a scope of their own': '<b xmlns:p="urn:p" xml:lang="en"><p:c/></b>',
    'elements with attributes': '<b c="&lt;" d=""/>',
    'elements with many attributes': `<b ${attributes(150)}/>`,
    'elements with long values': `<b c='${'"'.repeat(1_000)}' d="${'\t'.repeat(1_000)}"/>`,
  })) {
    it(`looks at each character of ${what} a few times at most, however many there are`, () => {
      for (const size of [long / 100, long / 10]) {
        const document = `<a>${unit.repeat(Math.ceil(size / unit.length))}</a>`;
        const { steps } = workOf(document.length, () => parse(Buffer.from(document)));
        expect(steps).to.be.below(12 * document.length);
      }
    });
  }
});

function attributes(count: number, prefix = ''): string {
  return Array.from({ length: count }, (_, at) => `${prefix}b${at}="c"`).join(' ');
}

/** What the given call asks of texts and regular expressions, without which a text cannot be read. */
function workOf(length: number, call: () => unknown): Work {
  const { test } = RegExp.prototype;
  const { charCodeAt, includes, indexOf, replace, startsWith } = String.prototype;
  let steps = 0;
  let reached = 0;
  const looked = (text: string, from: number, to: number): void => {
    steps += 1 + Math.max(0, to - from);
    if (text.length === length) reached = Math.max(reached, Math.min(to, length));
  };
  RegExp.prototype.test = function (text) {
    const from = this.lastIndex;
    const found = test.call(this, text);
    if (this.sticky) looked(text, from, this.lastIndex);
    return found;
  };
  String.prototype.charCodeAt = function (at) {
    looked(this as string, at, at + 1);
    return charCodeAt.call(this, at);
  };
  String.prototype.includes = function (wanted, from) {
    looked(this as string, 0, this.length);
    return includes.call(this, wanted, from);
  };
  String.prototype.indexOf = function (wanted, from = 0) {
    const found = indexOf.call(this, wanted, from);
    looked(this as string, from, found < 0 ? this.length : found + wanted.length);
    return found;
  };
  String.prototype.replace = function (this: string, ...given: [never, never]) {
    looked(this as string, 0, this.length);
    return replace.apply(this, given);
  } as typeof replace;
  String.prototype.startsWith = function (wanted, from = 0) {
    looked(this as string, from, from + wanted.length);
    return startsWith.call(this, wanted, from);
  };
  try {
    call();
  } finally {
    RegExp.prototype.test = test;
    Object.assign(String.prototype, { charCodeAt, includes, indexOf, replace, startsWith });
  }
  return { steps, reached };
}
