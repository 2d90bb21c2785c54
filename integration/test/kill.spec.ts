import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSession, securityContextOf } from '@holdfast/ws-rm';
import { decodeContext } from '@holdfast/ws-secconv';
import { expect } from 'chai';
import { storeOf } from '#src/demo/parties.js';

const demo = fileURLToPath(new URL('../bin/demo.mjs', import.meta.url));
const ORDERS = 60;
const SECRET_TEXT = 'confidential remark';

describe('the demonstration, with processes that get SIGKILL', function () {
  this.timeout(120_000);
  let folder: string;
  let orders: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'));
    orders = join(folder, 'orders.csv');
    const lines = Array.from({ length: ORDERS }, (_, at) => `order-${at + 1},${at + 1},${SECRET_TEXT} ${at + 1}`);
    writeFileSync(orders, ['orderId,quantity,note', ...lines, ''].join('\n'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('delivers every order once, in order, under one token', async () => {
    const { code, stdout, stderr } = await run(['--orders', orders, '--kills', '3', '--seed', '11', '--json']);
    expect(code, stderr + stdout).to.equal(0);
    expectAllIsWell(stdout);
  });

  it('leaves stores whose files show neither a body nor the secret of the token', async () => {
    const store = join(folder, 'store');
    const running = run(['--orders', orders, '--kills', '3', '--seed', '12', '--json', '--store', store]);
    const secret = await secretDuring(running, store, folder);
    const { code, stdout, stderr } = await running;
    expect(code, stderr + stdout).to.equal(0);
    expectAllIsWell(stdout);
    expectNothingShown(join(folder, 'copy'), secret);
    expectNothingShown(store, secret);
  });

  it('refuses an option that it does not have with exit code 2, and says which there are', async () => {
    const { code, stderr } = await run(['--kils', '3']);
    expect(code).to.equal(2);
    expect(stderr).to.contain('--kils').and.contain('--kills N');
  });

  it('refuses a number that is none with exit code 2', async () => {
    const { code, stderr } = await run(['--seed', 'seven']);
    expect(code).to.equal(2);
    expect(stderr).to.contain('--seed takes a whole number, not "seven"');
  });

  it('refuses an input file that is not there with exit code 2, and names it', async () => {
    const { code, stderr } = await run(['--orders', join(folder, 'nowhere.csv')]);
    expect(code).to.equal(2);
    expect(stderr).to.contain('nowhere.csv').and.not.contain('    at ');
  });

  it('refuses a folder that has the stores of an earlier run with exit code 2', async () => {
    const used = join(folder, 'used');
    mkdirSync(join(used, 'recipient'), { recursive: true });
    const { code, stderr } = await run(['--orders', orders, '--store', used]);
    expect(code).to.equal(2);
    expect(stderr).to.contain('Name another folder');
  });
});

function expectAllIsWell(stdout: string): void {
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, number>;
  const { seconds, ...counts } = last;
  expect(counts).to.deep.equal({
    sent: ORDERS,
    delivered: ORDERS,
    lost: 0,
    repeated: 0,
    outOfOrder: 0,
    kills: 6,
    securityContexts: 1,
  });
  expect(seconds).to.be.above(0);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [demo, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The secret of the conversation's token while a body is in the store, from copies of the initiator's files that are made while it is under way. */
async function secretDuring(running: Promise<Ended>, store: string, folder: string): Promise<Buffer> {
  let over = false;
  running.finally(() => {
    over = true;
  });
  const copy = join(folder, 'copy');
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!existsSync(join(store, 'initiator', 'store.key'))) continue;
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(join(copy, 'initiator'), { recursive: true });
    for (const file of ['holdfast.db', 'holdfast.db-wal', 'store.key']) {
      const from = join(store, 'initiator', file);
      if (existsSync(from)) copyFileSync(from, join(copy, 'initiator', file));
    }
    const secret = await secretIn(copy).catch(() => undefined);
    if (secret !== undefined) return secret;
  }
  throw new Error('The demonstration was over before its token could be looked up.');
}

async function secretIn(folder: string): Promise<Buffer | undefined> {
  const before = readdirSync(join(folder, 'initiator')).map((file) => join(folder, 'initiator', file));
  const contents = before.map((file) => readFileSync(file));
  const store = await storeOf(folder, 'initiator');
  try {
    for await (const { key, state } of store.sessions()) {
      const uuid = securityContextOf(decodeSession(state).binding);
      const bytes = uuid === undefined ? undefined : await store.token(uuid);
      const [body] = await store.messages(key, 'outbound', 0n, 1);
      if (bytes !== undefined && body !== undefined) return decodeContext(bytes).secret;
    }
    return undefined;
  } finally {
    await store.close();
    // As the killed process would have left them: with its journal file.
    for (const [at, file] of before.entries()) writeFileSync(file, contents[at] as Buffer);
  }
}

function expectNothingShown(folder: string, secret: Buffer): void {
  const forbidden = [...shapes('token secret', secret), ...shapes('body', Buffer.from(SECRET_TEXT))];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).to.include('holdfast.db');
  for (const { parentPath, name } of files) {
    const content = readFileSync(join(parentPath, name));
    for (const [what, shape] of forbidden) expect(content.includes(shape), `${what} in ${name}`).to.equal(false);
  }
}

/** Some octets as they are, in hexadecimal, and in Base64, wherever in a longer text they begin. */
function shapes(what: string, octets: Buffer): readonly (readonly [string, Buffer])[] {
  const hex = octets.toString('hex');
  const base64 = [0, 1, 2].flatMap((offset) => {
    // The first and the last characters depend on the neighbours too.
    const inner = Buffer.concat([Buffer.alloc(offset), octets])
      .toString('base64')
      .slice(4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    [what, octets],
    ...[hex, hex.toUpperCase()].map((text) => [`${what} in hexadecimal`, Buffer.from(text)] as const),
    ...base64.map((text) => [`${what} in Base64`, Buffer.from(text)] as const),
  ];
}
