import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INVALID_MESSAGE_CODES, SECURITY_CODES } from '@holdfast/soap';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

/** The rows of the table below a heading, cell by cell. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Every string literal of the sources of a package, as one text. */
function sourcesOf(name: string): string {
  const folder = join(root, 'packages', name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'errors.ts')
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

describe('docs/errors.md', () => {
  const tables = [
    ['SecurityError', SECURITY_CODES],
    ['InvalidMessageError', INVALID_MESSAGE_CODES],
  ] as const;
  for (const [name, codes] of tables) {
    it(`has every code of ${name} once, in their order, and no other`, () => {
      expect(rowsBelow(name).map(([code]) => code)).to.deep.equal(codes.map((code) => `\`${code}\``));
    });

    it(`says of every code of ${name} what causes it, what the peer sees, and what to do`, () => {
      for (const row of rowsBelow(name)) {
        expect(row, row[0]).to.have.length(4);
        for (const cell of row) expect(cell, row[0]).to.not.equal('');
      }
    });
  }

  it('has no code that nothing is refused with', () => {
    const sources = ['soap', 'ws-security', 'ws-trust', 'ws-secconv', 'ws-rm'].map(sourcesOf).join('\n');
    const unused = [...SECURITY_CODES, ...INVALID_MESSAGE_CODES].filter((code) => !sources.includes(`'${code}'`));
    expect(unused).to.deep.equal([]);
  });

  it('names no option or function that there is not', () => {
    const sources = ['soap', 'ws-security', 'ws-secconv', 'ws-rm', 'holdfast'].map(sourcesOf).join('\n');
    const named = [...page.matchAll(/`([a-z]+[A-Z][A-Za-z0-9]*)`/g)].map(([, name = '']) => name);
    expect(named).to.not.deep.equal([]);
    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).to.deep.equal([]);
  });
});
