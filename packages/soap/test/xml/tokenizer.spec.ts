import { expect } from 'chai';
import { InvalidMessageError } from '#src/errors.js';
import { parse } from '#src/xml/parse.js';
import { Tokenizer, type Tokens } from '#src/xml/tokenizer.js';
import { text } from '#src/xml/tree.js';
import { thrown } from '../samples.js';

/** What is told of, in order, each as its name and what it is told with. */
function told(source: string, kind: 'document' | 'content' = 'document'): readonly (readonly unknown[])[] {
  const log: (readonly unknown[])[] = [];
  const listener: Tokens = {
    declaration: (...given) => log.push(['declaration', ...given]),
    attribute: (...given) => log.push(['attribute', ...given]),
    start: (...given) => log.push(['start', ...given]),
    end: () => log.push(['end']),
    text: (...given) => log.push(['text', ...given]),
    comment: (...given) => log.push(['comment', ...given]),
  };
  new Tokenizer(source, listener)[kind]();
  return log;
}

describe('Tokenizer', () => {
  it('tells of everything in order, of attributes before the start of their element', () => {
    const document =
      '<?xml version="1.0" encoding="utf-8"?>\n<!--1--><p:a b="c" xmlns:p=\'u\'>x<![CDATA[y]]>&lt;<d/></p:a >\n';
    expect(told(document)).to.deep.equal([
      ['declaration', '1.0', 'utf-8'],
      ['text', '\n'],
      ['comment', '1'],
      ['attribute', 'b', 'c'],
      ['attribute', 'xmlns:p', 'u'],
      ['start', 'p:a'],
      ['text', 'x'],
      ['text', 'y'],
      ['text', '<'],
      ['start', 'd'],
      ['end'],
      ['end'],
      ['text', '\n'],
    ]);
  });

  it('tells of content without anything around it', () => {
    expect(told('x<a/>y<b></b>', 'content')).to.deep.equal([
      ['text', 'x'],
      ['start', 'a'],
      ['end'],
      ['text', 'y'],
      ['start', 'b'],
      ['end'],
    ]);
    expect(told('', 'content')).to.deep.equal([]);
  });

  it('tells of what comes before a fault, and of nothing behind it', () => {
    const started: string[] = [];
    const nothing = (): void => undefined;
    const tokens: Tokens = {
      declaration: nothing,
      attribute: nothing,
      start: (name) => started.push(name),
      end: nothing,
      text: nothing,
      comment: nothing,
    };
    thrown(() => new Tokenizer('<a><b/>&c;<d/></a>', tokens).document(), 'malformed-xml');
    expect(started).to.deep.equal(['a', 'b']);
  });

  for (const [what, document, position] of [
    ['the fault in a tag', '<a><b c=d></a>', 8],
    ['the tag that a listener refuses', '<a><b><b><c></a>', 9],
    ['the end of the text with the fault', '<a>x&y;z</a>', 8],
  ] as const) {
    it(`has read up to ${what}`, () => {
      const nothing = (): void => undefined;
      const start = (name: string): void => {
        if (name === 'c') throw new InvalidMessageError('malformed-xml', 'c');
      };
      const tokens = { declaration: nothing, attribute: nothing, start, end: nothing, text: nothing, comment: nothing };
      const tokenizer = new Tokenizer(document, tokens);
      thrown(() => tokenizer.document(), 'malformed-xml');
      expect(tokenizer.position).to.equal(position);
    });
  }

  it('stops when its listener throws', () => {
    let starts = 0;
    const nothing = (): void => undefined;
    const start = (): void => {
      if (++starts === 2) throw new RangeError('enough');
    };
    const tokens = { declaration: nothing, attribute: nothing, start, end: nothing, text: nothing, comment: nothing };
    expect(() => new Tokenizer('<a><b/><c/></a>', tokens).document()).to.throw(RangeError, 'enough');
    expect(starts).to.equal(2);
  });

  it('takes a byte order mark for what it is not: part of the text', () => {
    thrown(() => told('\ufeff<a/>'), 'malformed-xml');
    thrown(() => parse(Buffer.from('\ufeff\ufeff<a/>')), 'malformed-xml');
    thrown(() => parse('\ufeff\ufeff<a/>'), 'malformed-xml');
  });

  for (const [what, document, message] of [
    ['a tag that is not finished', '<a><b c="d" ', 'a tag is not finished (at character 4)'],
    ['a value that is not finished', '<a b="c', 'an attribute value is not finished (at character 7)'],
    ['an element that does not end', '<a><b></b>', '"a" does not end (at character 11)'],
    ['the end of another element', '<a><b></a>', '"b" is not what ends here (at character 7)'],
    ['a second root', '<a/><b/>', 'something follows the root (at character 5)'],
    ['no root', ' \n', 'there is no root here (at character 3)'],
    ['an attribute twice', '<a b="" b=""/>', 'the attribute "b" is there twice (at character 9)'],
    ['a character that XML does not have', '<a>b\x01</a>', 'a character that XML does not have (at character 5)'],
    ['"--" in a comment', '<a><!-- -- --></a>', '"--" in a comment (at character 9)'],
  ] as const) {
    it(`says of ${what} what it is and where`, () => {
      expect(thrown(() => told(document), 'malformed-xml').message).to.equal(`The XML is not well-formed: ${message}.`);
    });
  }

  it('tells two attributes of the same name from many that are not', () => {
    const many = Array.from({ length: 40 }, (_, at) => `b${at}`);
    const tag = (names: readonly string[]): string => `<a ${names.map((name) => `${name}=""`).join(' ')}/>`;
    expect(told(tag(many))).to.have.length(42);
    for (const name of many) thrown(() => told(tag([...many, name])), 'malformed-xml');
    expect(told(`<r>${tag(many)}${tag(many)}</r>`)).to.have.length(86);
  });

  it('tells names of the same length and the same end apart', () => {
    const names = ['aaa', 'baa', 'aba', 'p:a', 'q:a', 'aaa'];
    const document = `<r>${names.map((name) => `<${name}/>`).join('')}</r>`;
    const started = told(document).flatMap(([what, name]) => (what === 'start' ? [name] : []));
    expect(started).to.deep.equal(['r', ...names]);
  });
});

const run = 'QUJD'.repeat(20_000);

describe('Tokenizer: long runs of plain text', () => {
  for (const [what, document, expected] of [
    ['behind an opening tag', `<a>${run}</a>`, run],
    ['behind a closing tag', `<a><b/>${run}</a>`, run],
    ['behind a sign that ends no tag', `<a>x > y>${run}</a>`, `x > y>${run}`],
    ['behind text and a reference', `<a>x&gt;${run}&amp;>${run}<b/></a>`, `x>${run}&>${run}`],
    ['in a CDATA section', `<a><![CDATA[<b>${run}</b>]]>${run}</a>`, `<b>${run}</b>${run}`],
    ['in several elements', `<a><b>${run}</b>${run}<c>${run}</c></a>`, run.repeat(3)],
    ['that something else follows', `<a>${run}\u00e4${run}</a>`, `${run}\u00e4${run}`],
  ] as const) {
    it(`keeps one ${what}`, () => expect(text(parse(document).root) === expected).to.equal(true));
  }

  for (const [what, document] of [
    ['in an attribute value, with a tag', `<a b="x>${run}<c/>"/>`],
    ['behind the root', `<a/>${run}<b/>`],
    ['before the root', `<?xml version="1.0"?>${run}<a/>`],
    ['behind "]]>"', `<a>]]>${run}</a>`],
    ['before a control character', `<a>${run}\x02</a>`],
    ['before an "&" that begins nothing', `<a>${run}&</a>`],
    ['before the end of everything', `<a>${run}`],
  ] as const) {
    it(`refuses one ${what}`, () => thrown(() => parse(document), 'malformed-xml'));
  }

  it('reads a name, a value and a number of megabytes as what they are', () => {
    const long = 2_000_000;
    thrown(() => told(`<${'a'.repeat(long)}`), 'malformed-xml');
    expect(told(`<${'é'.repeat(long)}/>`)).to.have.length(2);
    expect(told(`<a b="${'é'.repeat(long)}"/>`)).to.have.length(3);
    expect(told(`<a>&#x${'0'.repeat(long)}41;</a>`)[1]).to.deep.equal(['text', 'A']);
    thrown(() => told(`<a>&#${'9'.repeat(long)};</a>`), 'malformed-xml');
  });
});
