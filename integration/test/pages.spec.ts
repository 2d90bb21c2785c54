import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

/**
 * The examples of the pages. A block whose fence says `run` is a program: compiled if it is `ts`, run, and held to the block
 * of `text` that follows it, if one does. Those that say `setup` come before every program that follows on their page.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

interface Example {
  readonly name: string;
  readonly language: 'ts' | 'js';
  readonly code: string;
  /** Absent: whatever it prints is right. */
  readonly prints: string | undefined;
}

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((page) => `docs/${page}`),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
].filter((page) => page.endsWith('.md') && existsSync(join(root, page)));
const examples = pages.map((page) => ({ page, found: examplesOf(readFileSync(join(root, page), 'utf8')) }));

describe('the examples of', () => {
  let folder: string;
  let compiled: Promise<unknown>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-pages-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { page, found } of examples) {
      for (const { name, language, code } of found) {
        mkdirSync(join(folder, fileOf(page)), { recursive: true });
        writeFileSync(join(folder, fileOf(page), `${name}.${language === 'ts' ? 'mts' : 'mjs'}`), code);
      }
    }
    // Not every program uses all that is set up for it.
    const without = { composite: false, declaration: false, declarationMap: false, noUnusedLocals: false };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.base.json'),
        compilerOptions: { ...without, rootDir: folder, types: ['node'] },
        include: ['**/*.mts'],
      }),
    );
    // One compilation for all: what it says of each is looked for by the test of each.
    compiled = execute(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder, timeout: 120_000 }).catch(
      (error: unknown) => error,
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { page, found } of examples) {
    for (const { name, prints } of found) {
      it(`${page} work: ${name}`, async () => {
        const file = join(fileOf(page), name);
        const complaints = messagesOf(await compiled).filter((line) => line.startsWith(`${file}.`));
        expect(complaints).to.deep.equal([]);
        const { stdout } = await execute(process.execPath, [`${file}.mjs`], { cwd: folder, timeout: 30_000 });
        if (prints !== undefined) expect(stdout).to.match(patternOf(prints));
      });
    }
  }

  it('README.md are there, and those of message security', () => {
    const counted = Object.fromEntries(examples.map(({ page, found }) => [page, found.length]));
    expect(counted['README.md']).to.equal(1);
    expect(counted['packages/ws-security/README.md']).to.equal(1);
    expect(counted['docs/message-security.md']).to.be.greaterThan(5);
  });
});

function fileOf(page: string): string {
  return page.replace(/\.md$/, '').replaceAll('/', '-');
}

/** Where a page writes an ellipsis, anything may stand within the line. */
function patternOf(prints: string): RegExp {
  const parts = prints.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^\\n]+')}$`);
}

function messagesOf(result: unknown): readonly string[] {
  const { stdout, stderr } = result as { readonly stdout: string; readonly stderr: string };
  return `${stdout}\n${stderr}`.split('\n');
}

function examplesOf(page: string): readonly Example[] {
  const found: Example[] = [];
  let heading = 'example';
  let setup = '';
  for (const [, title, fence = '', code = '', output] of page.matchAll(
    /^#+ (.+)$|^```(\S[^\n]*)\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm,
  )) {
    if (title !== undefined) {
      heading = title;
      continue;
    }
    const [language, role] = fence.split(' ');
    if (role === 'setup') setup += code;
    if (role !== 'run' || (language !== 'ts' && language !== 'js')) continue;
    const name = `${found.length + 1}-${heading.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
    found.push({ name, language, code: `${setup}${code}`, prints: output });
  }
  return found;
}
