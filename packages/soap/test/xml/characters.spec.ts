import { expect } from 'chai';
import { endOfName, endOfSpace, isChar, isChars } from '#src/xml/characters.js';

/** NameStartChar and NameChar as XML 1.0 §2.3 [4] and [4a] write them, the latter without the former. */
const starts = ranges(
  ': A-Z _ a-z C0-D6 D8-F6 F8-2FF 370-37D 37F-1FFF 200C-200D 2070-218F 2C00-2FEF 3001-D7FF F900-FDCF FDF0-FFFD 10000-EFFFF',
);
const others = ranges('- . 0-9 B7 300-36F 203F-2040');

describe('characters', () => {
  it('begin and continue names as XML 1.0 §2.3 says, all 1,112,064 of them', () => {
    const wrong: string[] = [];
    for (const code of characters()) {
      const character = String.fromCodePoint(code);
      const start = within(starts, code);
      const inside = start || within(others, code);
      const { length } = character;
      if (endOfName(`<${character}`, 1) !== (start ? 1 + length : 1)) wrong.push(`start ${code.toString(16)}`);
      if (endOfName(`a${character}a`, 0) !== (inside ? length + 2 : 1)) wrong.push(`inside ${code.toString(16)}`);
    }
    expect(wrong).to.deep.equal([]);
  }).timeout(20_000);

  it('are those of XML 1.0 §2.2', () => {
    const wrong: string[] = [];
    for (const code of characters()) {
      const allowed = code >= 0x20 ? code !== 0xfffe && code !== 0xffff : [0x09, 0x0a, 0x0d].includes(code);
      if (isChar(code) !== allowed || isChars(`a${String.fromCodePoint(code)}`) !== allowed) {
        wrong.push(code.toString(16));
      }
    }
    expect(wrong).to.deep.equal([]);
    for (const code of [-1, 0.5, 0xd800, 0xdfff, 0x110000, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(isChar(code) && Number.isInteger(code), String(code)).to.equal(false);
    }
  });

  it('are white space when they are one of four', () => {
    for (const code of characters()) {
      const character = String.fromCodePoint(code);
      const end = endOfSpace(character, 0);
      if (end > 0 !== ' \t\r\n'.includes(character)) expect.fail(code.toString(16));
    }
    expect(endOfSpace('a \r\n\t b', 1)).to.equal(6);
    expect(endOfSpace('a ', 2)).to.equal(2);
  });
});

function* characters(): Generator<number> {
  for (let code = 0; code <= 0x10ffff; code++) if (code < 0xd800 || code > 0xdfff) yield code;
}

type Range = readonly [from: number, to: number];

function ranges(written: string): readonly Range[] {
  const code = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : Number.parseInt(text, 16));
  return written.split(' ').map((range): Range => {
    const [from, to] = range === '-' ? ['-'] : range.split('-');
    return [code(from as string), code(to ?? (from as string))];
  });
}

function within(all: readonly Range[], code: number): boolean {
  return all.some(([from, to]) => from <= code && code <= to);
}
