import { expect } from 'chai';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { parse } from '#src/xml/parse.js';
import { text } from '#src/xml/tree.js';
import { thrown } from '../samples.js';

const run = 'QUJD'.repeat(100);

describe('parse: long runs of plain text', () => {
  for (const [what, document, expected] of [
    ['behind an opening tag', `<a>${run}</a>`, run],
    ['behind a closing tag', `<a><b/>${run}</a>`, run],
    ['behind a sign that ends no tag', `<a>x > y>${run}</a>`, `x > y>${run}`],
    ['behind text and a reference', `<a>x&gt;${run}&amp;>${run}<b/></a>`, `x>${run}&>${run}`],
    ['in a CDATA section', `<a><![CDATA[<b>${run}</b>]]>${run}</a>`, `<b>${run}</b>${run}`],
    ['in several elements', `<a><b>${run}</b>${run}<c>${run}</c></a>`, run.repeat(3)],
    ['that something else follows', `<a>${run}\u00e4${run}</a>`, `${run}\u00e4${run}`],
    [
      'that ends where a piece for the parser ends',
      `<a>${'x'.repeat(65_536 - 4)}<b/>${run}</a>`,
      `${'x'.repeat(65_532)}${run}`,
    ],
  ] as const) {
    it(`keeps one ${what}`, () => expect(text(parse(document).root)).to.equal(expected));
  }

  it('takes one in a comment for what it is', () => {
    const { root } = parse(`<a><!-- > -->x<!--<b>${run}</b>--></a>`);
    expect(root.children).to.deep.equal([
      { kind: 'comment', text: ' > ' },
      'x',
      { kind: 'comment', text: `<b>${run}</b>` },
    ]);
  });

  for (const [what, document] of [
    ['in an attribute value', `<a b="x>${run}<c/>"/>`],
    ['behind the root', `<a/>${run}<b/>`],
    ['before the root', `<?xml version="1.0"?>${run}<a/>`],
    ['behind "]]>"', `<a>]]>${run}</a>`],
  ] as const) {
    it(`refuses one ${what}`, () => thrown(() => parse(document), 'malformed-xml'));
  }

  it('reads any text as the parser alone would', () => {
    const part = fc.oneof(
      { weight: 4, arbitrary: fc.stringMatching(/^[ a-zA-Z0-9+/=>'";?!\t\n]{0,60}$/) },
      fc.constantFrom(
        '&amp;',
        '&#13;',
        ']',
        ']]',
        '\r',
        '\r\n',
        '\u00a0',
        '\ufffd',
        '\u{1F600}',
        '<!-->-->',
        '<b c=">"/>',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const content = parts.join('').replace(/]+>/g, '>');
        const seen: string[] = [];
        const parser = new SaxesParser();
        parser.on('text', (value) => seen.push(value));
        parser.write(`<a>${content}</a>`).close();
        expect(text(parse(`<a>${content}</a>`).root)).to.equal(seen.join(''));
      }),
      { numRuns: 2_000 },
    );
  });
});
