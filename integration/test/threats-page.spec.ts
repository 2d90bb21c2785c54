import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rows = readFileSync(join(root, 'docs/threats.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Threat'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/threats.md', () => {
  it('names for every threat a test that there is', () => {
    expect(rows.length).to.be.greaterThan(30);
    for (const [, threat = '', , tests = ''] of rows) {
      if (tests === 'the tests of each element') continue;
      expect(tests, threat).to.contain('.spec.ts');
      for (const test of tests.split(', ')) {
        const [, of = 'ws-security', file = ''] = /^(?:([\w-]+): )?(\S+)$/.exec(test) ?? [];
        expect(existsSync(join(root, 'packages', of, 'test', file)), test).to.equal(true);
      }
    }
  });
});
