import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The rows of the page: the rules, and the first test file that is named. */
const rows = readFileSync(here('../../../../docs/conformance.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?:WSS|SC|SP|R\d)/.test(line))
  .map((line) => {
    const [, rules = '', , where = ''] = line.split('|').map((cell) => cell.trim());
    return { rules: rules.split(', '), file: /^`([\w./-]+\.spec\.ts)`/.exec(where)?.[1], where };
  });

describe('the table of conformance', () => {
  it('has each rule once', () => {
    const all = rows.flatMap(({ rules }) => rules);
    expect(all.length).to.be.above(180);
    expect(all.filter((rule, at) => all.indexOf(rule) !== at)).to.deep.equal([]);
  });

  it('gives a test or a reason for each', () => {
    for (const { rules, file, where } of rows) {
      if (file === undefined) expect(where.length, rules.join()).to.be.above(15);
    }
  });

  it('names tests whose titles name the rule', () => {
    for (const { rules, file } of rows) {
      if (file === undefined) continue;
      const text = readFileSync(here(`../../test/${file}`), 'utf8');
      const titles = [...text.matchAll(/(?:\b(?:it|describe)\(\s*|^\s*)(['"`])(.*?)\1(?=,|:)/gm)].map(
        ([, , title]) => title ?? '',
      );
      for (const rule of rules) {
        const named = titles.some((title) => title.split(/[^\w.-]+/).some((word) => word.replace(/\.$/, '') === rule));
        expect(named, `${rule} in ${file}`).to.equal(true);
      }
    }
  });
});
