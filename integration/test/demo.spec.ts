import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const demo = fileURLToPath(new URL('../bin/demo.mjs', import.meta.url));

function run(...args: readonly string[]): Promise<{ readonly code: number | string; readonly errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [demo, ...args], { timeout: 20_000 }, (error, _, errors) =>
      resolve({ code: error === null ? 0 : (error.code ?? String(error.signal)), errors }),
    );
  });
}

describe('the command line of the demonstration', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-test-'));
    writeFileSync(join(folder, 'file'), 'a,b\n1,2\n');
    writeFileSync(join(folder, 'ragged'), 'orderId,b\n1,2,3\n');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const refused: readonly (readonly [what: string, option: string, value: () => string])[] = [
    ['a store that is a file', '--store', () => join(folder, 'file')],
    ['a store below a file', '--store', () => join(folder, 'file', 'one', 'two')],
    ['a store where nothing can be made', '--store', () => '/proc/none'],
    ['orders that are not there', '--orders', () => join(folder, 'nothing.csv')],
    ['orders that are a folder', '--orders', () => folder],
    ['orders without orderId', '--orders', () => join(folder, 'file')],
    ['orders that are not CSV', '--orders', () => join(folder, 'ragged')],
  ];
  for (const [what, option, value] of refused) {
    it(`refuses ${what} with one line and exit code 2`, async () => {
      const { code, errors } = await run(option, value());
      expect(code, errors).to.equal(2);
      expect(errors).to.match(/^[^\n]+\.\n$/);
      expect(errors).to.contain(value());
    });
  }

  it('refuses an option that there is not, and shows those that there are', async () => {
    const { code, errors } = await run('--what');
    expect(code).to.equal(2);
    expect(errors).to.contain('--orders FILE');
    expect(errors).to.not.match(/^\s+at /m);
  });
});
