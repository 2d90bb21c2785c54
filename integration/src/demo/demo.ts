import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Order, readOrders } from './orders-file.js';
import { prepareParties } from './parties.js';
import { type SupervisedParty, superviseParty } from './party-process.js';
import { distinct, seeded } from './random.js';
import { type Report, readReport } from './report.js';
import { makeStoreFolder } from './store-folder.js';

const USAGE = `npm start -- [--seed N] [--kills N] [--orders FILE.csv] [--store DIR] [--json]

  --seed N       draws the moments of the kills; the same seed draws the same (default: random, printed)
  --kills N      SIGKILLs for each of the two processes (default 5)
  --orders FILE  the input (default examples/orders.csv)
  --store DIR    keeps both stores there, in a new folder (default: a temporary folder, removed at the end)
  --json         prints the result as one JSON object in the last line
`;

interface DemoOptions {
  readonly seed: number;
  readonly kills: number;
  readonly orders: string;
  readonly store: string | undefined;
  readonly json: boolean;
}

/** The demonstration. @returns the exit code: 0 all is well, 1 something was lost, repeated or out of order, 2 usage */
export async function runDemo(args: readonly string[]): Promise<number> {
  let options: DemoOptions;
  let orders: readonly Order[];
  let folder: string;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  try {
    orders = readOrders(options.orders);
    folder =
      options.store === undefined ? mkdtempSync(join(tmpdir(), 'holdfast-demo-')) : makeStoreFolder(options.store);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  try {
    return await demonstrate(options, orders, folder);
  } finally {
    if (options.store === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function demonstrate(options: DemoOptions, orders: readonly Order[], folder: string): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/orders`;
  say(`Holdfast: ${orders.length} orders from an initiator to a recipient at ${url}`);
  say(`Both processes get SIGKILL ${options.kills} times, at moments drawn from --seed ${options.seed}.\n`);
  prepareParties(folder);

  const random = seeded(options.seed);
  const draw = (): readonly number[] => distinct(random, options.kills, 3, Math.max(3, orders.length - 5));
  const progress = progressLine(orders.length);
  const began = performance.now();
  let delivered = 0;
  let confirmed = 0;
  const recipient: SupervisedParty = superviseParty(['recipient', folder, String(port)], ({ event }) => {
    if (event === 'delivered') delivered += 1;
    if (event === 'delivered' && killNow(recipientMoments, delivered)) killSoon(recipient, 'recipient');
    progress.show(delivered, confirmed, recipient.kills, initiator?.kills ?? 0);
  });
  const recipientMoments = [...draw()];
  const initiatorMoments = [...draw()];
  const initiator: SupervisedParty = superviseParty(['initiator', folder, url, options.orders], ({ event }) => {
    if (event === 'confirmed') confirmed += 1;
    if (event === 'confirmed' && killNow(initiatorMoments, confirmed)) killSoon(initiator, 'initiator');
    progress.show(delivered, confirmed, recipient.kills, initiator.kills);
  });
  const killSoon = (party: SupervisedParty, name: string): void => {
    setTimeout(
      () => {
        progress.line(`  SIGKILL to the ${name}, with ${delivered} orders delivered and ${confirmed} confirmed`);
        party.kill();
      },
      Math.floor(random() * 30),
    );
  };

  await initiator.ended;
  await recipient.stop();
  progress.end();
  const seconds = (performance.now() - began) / 1000;
  const report = await readReport(folder, orders);
  const kills = initiator.kills + recipient.kills;
  say(table(report, { initiator: initiator.kills, recipient: recipient.kills }, seconds));
  if (options.store !== undefined) say(`The stores are kept in ${folder}.`);
  const { sent, lost, repeated, outOfOrder, securityContexts } = report;
  if (options.json) {
    say(
      JSON.stringify({
        sent,
        delivered: report.delivered,
        lost,
        repeated,
        outOfOrder,
        kills,
        securityContexts,
        seconds: Number(seconds.toFixed(1)),
      }),
    );
  }
  return lost === 0 && repeated === 0 && outOfOrder === 0 && report.confirmed === sent ? 0 : 1;
}

/** Takes the moment off the list when the count has reached it. */
function killNow(moments: number[], count: number): boolean {
  if (moments[0] === undefined || count < moments[0]) return false;
  moments.shift();
  return true;
}

function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      kills: { type: 'string' },
      orders: { type: 'string' },
      store: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const number = (option: string, value: string | undefined, byDefault: number): number => {
    if (value === undefined) return byDefault;
    if (!/^\d{1,9}$/.test(value)) throw new Error(`--${option} takes a whole number, not "${value}".`);
    return Number(value);
  };
  if (values.store !== undefined && existsSync(join(values.store, 'recipient'))) {
    throw new Error(`--store ${values.store} has the stores of an earlier run. Name another folder.`);
  }
  return {
    seed: number('seed', values.seed, randomInt(1_000_000)),
    kills: number('kills', values.kills, 5),
    orders: resolve(values.orders ?? fileURLToPath(new URL('../../../examples/orders.csv', import.meta.url))),
    store: values.store,
    json: values.json ?? false,
  };
}

interface ProgressLine {
  show(delivered: number, confirmed: number, recipientKills: number, initiatorKills: number): void;
  /** A line that stays. */
  line(text: string): void;
  end(): void;
}

/** One line that is written over and over on a terminal; elsewhere only the lines that stay. */
function progressLine(total: number): ProgressLine {
  const terminal = process.stdout.isTTY === true;
  const clear = terminal ? '\r\u001b[2K' : '';
  return {
    show(delivered, confirmed, recipientKills, initiatorKills) {
      if (!terminal) return;
      const width = 30;
      const full = Math.round((width * Math.min(delivered, total)) / total);
      const bar = '#'.repeat(full) + '.'.repeat(width - full);
      process.stdout.write(
        `${clear}  [${bar}] delivered ${delivered}/${total}  confirmed ${confirmed}  kills ${initiatorKills}+${recipientKills}`,
      );
    },
    line: (text) => void process.stdout.write(`${clear}${text}\n`),
    end: () => void process.stdout.write(clear === '' ? '' : clear),
  };
}

function table(report: Report, kills: Readonly<Record<'initiator' | 'recipient', number>>, seconds: number): string {
  const rows: readonly (readonly [string, number | string, string])[] = [
    ['orders sent', report.sent, ''],
    ['orders delivered', report.delivered, report.delivered === report.sent ? 'every one' : 'NOT ALL'],
    ['confirmed to the initiator', report.confirmed, report.confirmed === report.sent ? 'every one' : 'NOT ALL'],
    ['lost', report.lost, report.lost === 0 ? '' : 'LOST'],
    ['repeated', report.repeated, report.repeated === 0 ? 'each once' : 'REPEATED'],
    ['out of order', report.outOfOrder, report.outOfOrder === 0 ? 'in order' : 'OUT OF ORDER'],
    ['security contexts', report.securityContexts, report.securityContexts === 1 ? 'the same token throughout' : ''],
    ['sequences', report.sequences, report.sequences === 1 ? 'the same sequence throughout' : ''],
    ['SIGKILLs to the initiator', kills.initiator, ''],
    ['SIGKILLs to the recipient', kills.recipient, ''],
    ['seconds', seconds.toFixed(1), ''],
  ];
  const first = Math.max(...rows.map(([label]) => label.length));
  const second = Math.max(...rows.map(([, value]) => String(value).length));
  return `\n${rows.map(([label, value, note]) => `  ${label.padEnd(first)}  ${String(value).padStart(second)}  ${note}`.trimEnd()).join('\n')}\n`;
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
