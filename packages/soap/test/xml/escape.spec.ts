import { expect } from 'chai';
import fc from 'fast-check';
import { UsageError } from '#src/errors.js';
import { escapeAttribute, escapeText } from '#src/xml/escape.js';
import { parse } from '#src/xml/parse.js';
import { attribute, text } from '#src/xml/tree.js';
import { thrown } from '../samples.js';

describe('escapeText (Canonical XML 1.0 §2.3)', () => {
  for (const [value, expected] of [
    ['', ''],
    ['plain', 'plain'],
    ['a & b', 'a &amp; b'],
    ['<a>', '&lt;a&gt;'],
    [']]>', ']]&gt;'],
    ['\r\n', '&#xD;\n'],
    ['\t\n', '\t\n'],
    [`"'`, `"'`],
    ['&amp;', '&amp;amp;'],
    ['é\u0085\u2028\ufeff😀\ufffd', 'é\u0085\u2028\ufeff😀\ufffd'],
    ['😀&', '😀&amp;'],
  ] as const) {
    it(`writes ${JSON.stringify(value)} as ${JSON.stringify(expected)}`, () => {
      expect(escapeText(value)).to.equal(expected);
    });
  }
});

describe('escapeAttribute (Canonical XML 1.0 §2.3)', () => {
  for (const [value, expected] of [
    ['', ''],
    ['plain', 'plain'],
    ['a & b', 'a &amp; b'],
    ['<a>', '&lt;a>'],
    [`"'`, `&quot;'`],
    ['\t\n\r', '&#x9;&#xA;&#xD;'],
    ['é\u0085😀', 'é\u0085😀'],
  ] as const) {
    it(`writes ${JSON.stringify(value)} as ${JSON.stringify(expected)}`, () => {
      expect(escapeAttribute(value)).to.equal(expected);
    });
  }
});

describe('characters that XML cannot hold', () => {
  const forbidden: readonly (readonly [string, string])[] = [
    ...[0x00, 0x01, 0x08, 0x0b, 0x0c, 0x0e, 0x1f, 0xfffe, 0xffff].map(
      (code) => [code.toString(16).toUpperCase().padStart(4, '0'), String.fromCharCode(code)] as const,
    ),
    ['D800', '\ud800'],
    ['DBFF', '\udbff'],
    ['DC00', '\udc00'],
    ['DFFF', '\udfff'],
  ];

  for (const [code, character] of forbidden) {
    for (const escaped of [escapeText, escapeAttribute]) {
      it(`${escaped.name} refuses U+${code}, saying which and where`, () => {
        const error = thrown(() => escaped(`ab${character}c`), 'invalid-argument');
        expect(error).to.be.instanceOf(UsageError);
        expect(error.message).to.include(`U+${code}`).and.include('position 2');
        thrown(() => escaped(character), 'invalid-argument');
        thrown(() => escaped(`&${character}`), 'invalid-argument');
      });
    }
  }

  it('refuses surrogates in the wrong order', () => {
    thrown(() => escapeText('\udc00\ud800'), 'invalid-argument');
    thrown(() => escapeText('😀\ud83d'), 'invalid-argument');
  });

  it('does not repeat the text, which may be secret', () => {
    expect(thrown(() => escapeText('secret\0'), 'invalid-argument').message).to.not.include('secret');
  });
});

describe('what was escaped', () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  const characters = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...'&<>"\'\t\n\r]-;#'),
      fc
        .integer({ min: 0x20, max: 0x10ffff })
        .filter(isCharacter)
        .map((code) => String.fromCodePoint(code)),
    ),
  });

  it(`is read again as it was (seed ${seed})`, () => {
    fc.assert(
      fc.property(characters, (value) => {
        const { root } = parse(Buffer.from(`<a b="${escapeAttribute(value)}">${escapeText(value)}</a>`));
        expect(text(root)).to.equal(value);
        expect(attribute(root, 'b')).to.equal(value);
      }),
      { seed, numRuns: 300 },
    );
  });

  it(`is refused, or what the parser accepts: both draw the same line (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (code) => {
        const character = String.fromCharCode(code);
        const written = outcome(() => escapeText(character));
        const read = outcome(() => parse(`<a><![CDATA[${character}]]></a>`));
        expect(written, code.toString(16)).to.equal(read);
      }),
      { seed, numRuns: 2000 },
    );
  });
});

function isCharacter(code: number): boolean {
  return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

function outcome(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
