import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('README', () => {
  it('has an example that works when pasted', async () => {
    const code = /```js\n([\s\S]+?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-readme-'));
    try {
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'example.mjs'), code ?? '');
      const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: folder, timeout: 30_000 });
      expect(stdout).to.match(/^world in urn:uuid:[0-9a-f-]+\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
