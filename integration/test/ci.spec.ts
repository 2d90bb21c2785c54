import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const script = fileURLToPath(new URL('../../.ci/run', import.meta.url));

/** A copy of the script in a folder of its own, where `npm` is a stand-in that fails at one step. */
describe('.ci/run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-ci-'));
    for (const each of ['repository/.ci', 'tools']) mkdirSync(join(folder, each), { recursive: true });
    copyFileSync(script, join(folder, 'repository/.ci/run'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (npm: string): Promise<{ readonly code: number; readonly lines: readonly string[] }> => {
    for (const [tool, text] of Object.entries({ npm, 'g++': '', make: '', python3: '' })) {
      const file = join(folder, 'tools', tool);
      writeFileSync(file, `#!/bin/sh\n${text}\n`);
      chmodSync(file, 0o755);
    }
    const env = { ...process.env, PATH: `${join(folder, 'tools')}:${process.env['PATH']}`, HOLDFAST_TEST_TOTALS: '' };
    return new Promise((resolve) => {
      execFile('bash', [join(folder, 'repository/.ci/run')], { env, timeout: 20_000 }, (error, stdout) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), lines: stdout.trimEnd().split('\n') }),
      );
    });
  };

  const PASSING = 'case "$*" in test*) echo "7 0 2" >> "$HOLDFAST_TEST_TOTALS";; esac';

  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('ends with the totals, and 0 when all is well', async () => {
    expect(await run(PASSING)).to.deep.equal({ code: 0, lines: ['7 passed, 0 failed, 2 skipped'] });
  });

  for (const step of ['ci', 'run --silent lint', 'run --silent build']) {
    it(`ends with the totals and a failure when npm ${step} fails`, async () => {
      const { code, lines } = await run(`case "$*" in "${step}"*) exit 1;; esac\n${PASSING}`);
      expect(code).to.equal(1);
      expect(lines).to.deep.equal(['0 passed, 1 failed, 0 skipped']);
    });
  }

  it('counts a failure when the tests fail without a count', async () => {
    const { code, lines } = await run(`${PASSING}\ncase "$*" in test*) exit 1;; esac`);
    expect({ code, lines }).to.deep.equal({ code: 1, lines: ['7 passed, 1 failed, 2 skipped'] });
  });

  it('counts a failure when no test was run', async () => {
    expect(await run('')).to.deep.equal({ code: 1, lines: ['0 passed, 1 failed, 0 skipped'] });
  });
});
