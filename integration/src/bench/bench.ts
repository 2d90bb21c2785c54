import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measurePosts } from './http-post.js';
import { runSecurityBench } from './security-bench.js';

const USAGE = `npm run bench -- [--peers yes|no] [--seconds N] [--json]
npm run bench -- security [--rounds N] [--json]

Messages a second, secured + reliable + durable, 5,000 characters each, beside the same bytes by node:http alone and
beside other stacks (secured + reliable, nothing durable), one after the other on this machine.

  --peers no     leaves the other stacks out (they need Java and ../shared)
  --seconds N    warm-up of each (default 20; the other stacks need it)
  --json         the figures as one JSON object in the last line
`;

interface Figure {
  readonly what: string;
  readonly operation: 'request/reply' | 'one-way';
  readonly atATime: number;
  readonly perSecond: number;
  readonly cpuMillisPerCall: number | undefined;
}

const SIZE = 5_000;
/** What a secured message weighs on the wire with a body of that size, and what comes back to it. */
const BYTES = { request: 14_000, reply: 7_100, acknowledgement: 5_800 } as const;
const OPERATIONS = { 'request/reply': 'placeOrder', 'one-way': 'notify' } as const;

/** Measures everything. @returns the exit code */
export async function runBench(args: readonly string[]): Promise<number> {
  if (args[0] === 'security') return runSecurityBench(args.slice(1));
  let values: { peers?: string; seconds?: string; json?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { peers: { type: 'string' }, seconds: { type: 'string' }, json: { type: 'boolean' } },
    }));
    if (values.peers !== undefined && values.peers !== 'yes' && values.peers !== 'no')
      throw new Error('--peers takes yes or no.');
    if (values.seconds !== undefined && !/^\d{1,3}$/.test(values.seconds))
      throw new Error('--seconds takes a whole number.');
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const seconds = Number(values.seconds ?? 20);
  const figures: Figure[] = [];
  const add = (figure: Figure | undefined): void => {
    if (figure === undefined) return;
    figures.push(figure);
    process.stderr.write(`${row(figure)}\n`);
  };
  for (const operation of ['request/reply', 'one-way'] as const) {
    for (const atATime of [1, 16]) {
      const response = operation === 'one-way' ? BYTES.acknowledgement : BYTES.reply;
      const { perSecond } = await measurePosts({ request: BYTES.request, response }, atATime, 20_000);
      add({ what: 'node:http POST of the same bytes', operation, atATime, perSecond, cpuMillisPerCall: undefined });
      add(await holdfast(operation, atATime, Math.min(seconds, 10)));
    }
  }
  if (values.peers !== 'no') {
    for (const stack of ['cxf', 'metro'] as const) {
      for (const atATime of [1, 16]) {
        add(await javaStack(stack, 'request/reply', atATime, seconds));
        // Metro's client never ends with one-way messages.
        if (stack === 'cxf' && atATime === 16) add(await javaStack(stack, 'one-way', atATime, seconds));
      }
    }
  }
  process.stdout.write(`${table(figures)}\n`);
  if (values.json === true)
    process.stdout.write(`${JSON.stringify({ cores: cpus().length, node: process.version, figures })}\n`);
  return 0;
}

async function holdfast(operation: Figure['operation'], atATime: number, seconds: number): Promise<Figure> {
  const store = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  try {
    const peer = fileURLToPath(new URL('../../bin/peer', import.meta.url));
    const options = { ...common(operation, atATime, seconds), str: 'yes', store, count: atATime === 1 ? 1_000 : 4_000 };
    return {
      ...(await bench(peer, ['bench'], options)),
      what: 'Holdfast, secured + reliable + durable',
      operation,
      atATime,
    };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

async function javaStack(
  stack: 'cxf' | 'metro',
  operation: Figure['operation'],
  atATime: number,
  seconds: number,
): Promise<Figure | undefined> {
  const peer = fileURLToPath(new URL('../../../../shared/peers/peer', import.meta.url));
  if (!existsSync(peer)) return undefined;
  const options = {
    ...common(operation, atATime, seconds),
    assurance: 'exactly-once',
    count: atATime === 1 ? 500 : 1_500,
  };
  const figure = await bench(peer, [stack, 'bench'], options);
  return { ...figure, what: `${stack === 'cxf' ? 'CXF' : 'Metro'}, secured + reliable`, operation, atATime };
}

function common(operation: Figure['operation'], atATime: number, seconds: number) {
  return {
    sc: '1.3',
    rm: '1.1',
    operation: OPERATIONS[operation],
    concurrency: atATime,
    size: SIZE,
    'warm-up': seconds,
  };
}

function bench(
  command: string,
  words: readonly string[],
  options: Readonly<Record<string, string | number>>,
): Promise<Pick<Figure, 'perSecond' | 'cpuMillisPerCall'>> {
  const args = [...words, ...Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', () => {
      const line = output.split('\n').find((candidate) => candidate.includes('"event":"bench"'));
      if (line === undefined)
        return reject(new Error(`${command} ${args.join(' ')} gave no figure:\n${output.slice(-500)}`));
      const event = JSON.parse(line) as { perSecond: number; cpuMillisPerCall?: number };
      resolve({ perSecond: event.perSecond, cpuMillisPerCall: event.cpuMillisPerCall });
    });
  });
}

function row({ what, operation, atATime, perSecond, cpuMillisPerCall }: Figure): string {
  const cpu = cpuMillisPerCall === undefined ? '' : cpuMillisPerCall.toFixed(2);
  return `| ${what} | ${operation} | ${atATime} | ${Math.round(perSecond)} | ${cpu} |`;
}

function table(figures: readonly Figure[]): string {
  const lines = figures.map((figure) => {
    const ours = figures.find(
      (other) =>
        other.what.startsWith('Holdfast') && other.operation === figure.operation && other.atATime === figure.atATime,
    );
    const ratio = ours === undefined ? '' : (ours.perSecond / figure.perSecond).toFixed(2);
    return `${row(figure)} ${ratio} |`;
  });
  return [
    '| | operation | at a time | a second | CPU ms a message | Holdfast ÷ this |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
