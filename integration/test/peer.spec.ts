import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';

const peer = fileURLToPath(new URL('../bin/peer', import.meta.url));

interface Ended {
  readonly code: number;
  readonly errors: string;
  readonly events: readonly (Readonly<Record<string, unknown>> & { readonly event: string })[];
}

/** Runs the command line until it ends; its input is at its end. */
function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [peer, ...args], { timeout: 30_000 }, (error, stdout, errors) => {
      const events = stdout.split('\n').filter((line) => line.startsWith('{'));
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, errors, events: events.map((line) => JSON.parse(line) as Ended['events'][number]) });
    });
    child.stdin?.end();
  });
}

const URL_OF_NOBODY = 'http://127.0.0.1:9/orders';

describe('the command line of the peer', () => {
  const refused: readonly (readonly string[])[] = [
    ['serve', '--drop', 'x'],
    ['serve', '--drop', '3,,5'],
    ['serve', '--drop', '0'],
    ['serve', '--port', '99999'],
    ['serve', '--port', '-1'],
    ['call'],
    ['call', '--url', 'x'],
    ['call', '--url', 'ftp://host/'],
    ['call', '--url'],
    ['call', '--url', URL_OF_NOBODY, '--keys', '/nonexistent'],
    ['serve', '--keys', '/nonexistent'],
    ['serve', '--user', 'joe'],
    ['call', '--url', URL_OF_NOBODY, '--password', 'joespassword'],
    ['serve', '--str', 'maybe'],
    ['serve', '--bootstrap', 'kerberos'],
  ];
  for (const args of refused) {
    it(`refuses ${args.join(' ')} with one sentence and exit code 2`, async () => {
      const { code, errors, events } = await run(...args);
      expect(code, errors).to.equal(2);
      expect(errors).to.match(/^peer: [^\n]+\n$/);
      expect(events).to.deep.equal([]);
    });
  }

  it('refuses a folder of keys where one is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-peer-'));
    try {
      writeFileSync(join(folder, 'ca.cert.pem'), certificateAuthority('Test CA').certificate);
      const { code, errors } = await run('serve', '--keys', folder, '--store', join(folder, 'store'));
      expect(code, errors).to.equal(2);
      expect(errors).to.match(/^peer: [^\n]*bob\.cert\.pem[^\n]*\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('serve --str yes lets a sequence begin with the reference to its token, and not without', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-peer-'));
    const authority = certificateAuthority('Test CA');
    writeFileSync(join(folder, 'ca.cert.pem'), authority.certificate);
    for (const name of ['alice', 'bob']) {
      const { certificate, privateKey } = authority.issue({ name });
      writeFileSync(join(folder, `${name}.cert.pem`), certificate);
      writeFileSync(join(folder, `${name}.key.pem`), privateKey);
    }
    const server = spawn(process.execPath, [peer, 'serve', '--keys', folder, '--str', 'yes'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const exited = once(server, 'exit');
    try {
      const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
      const { url } = JSON.parse(line) as { readonly url: string };
      const call = (str: string): Promise<Ended> => run('call', '--keys', folder, '--url', url, '--str', str);
      expect((await call('yes')).code).to.equal(0);
      const { code, events } = await call('no');
      expect(code).to.equal(1);
      expect(events.map(({ event }) => event)).to.not.include('called');
    } finally {
      server.stdin.end();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
