import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type SecurityWork, securityWork } from './security-message.js';

const USAGE = `npm run bench -- security [--rounds N] [--json]

What it costs to protect and to unprotect a message of 1, 5, 50 and 1,000 KB: six signed parts, an encrypted Body, keys
derived of a security context (Basic256). Beside it the bare cost (one parse with saxes, and the same hashes, HMAC and
cipher over the same octets) and what xml-crypto takes to verify the same signature.

  --rounds N     (default 60) all candidates take turns in each round; medians count, and of ratios those within a round
  --json         the figures as one JSON object in the last line
`;

const SIZES = [1_000, 5_000, 50_000, 1_000_000] as const;
/** How long each candidate runs before anything counts, milliseconds: the compiler has to see it often. */
const WARM_UP = 1_000;
/** About what one turn of a candidate takes, milliseconds: much more than a clock tick, much less than a time slice. */
const TURN = 4;

interface Candidate {
  readonly name: keyof Pick<SecurityWork, 'protect' | 'bareProtect' | 'unprotect' | 'bareUnprotect' | 'xmlCrypto'>;
  readonly size: number;
  readonly work: () => void;
  /** How often in one turn, and in which rounds. */
  times: number;
  readonly every: number;
  /** Microseconds for one, by round. */
  readonly wall: (number | undefined)[];
  readonly cpu: (number | undefined)[];
}

interface Row {
  readonly size: number;
  readonly what: string;
  readonly micros: number;
  readonly cpuMicros: number;
}

/** Measures message security. @returns the exit code */
export function runSecurityBench(args: readonly string[]): number {
  let values: { rounds?: string; json?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: { rounds: { type: 'string' }, json: { type: 'boolean' } } }));
    if (values.rounds !== undefined && !/^[1-9]\d{0,3}$/.test(values.rounds))
      throw new Error('--rounds takes a whole number.');
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const works = SIZES.map(securityWork);
  const candidates = works.flatMap(candidatesOf);
  const rounds = Number(values.rounds ?? 60);
  for (const candidate of candidates) warmUp(candidate);
  for (let round = 0; round < rounds; round++) playRound(candidates, round);
  const rows = candidates.map(rowOf);
  const goals = goalsOf(candidates);
  process.stdout.write(`${table(works, rows)}\n\n${goals.map(({ text }) => text).join('\n')}\n`);
  process.stdout.write(`\nNode ${process.version}, ${cpus().length} cores, load average ${loadavg()[0]?.toFixed(1)}\n`);
  if (values.json === true) {
    const figures = Object.fromEntries(goals.map(({ name, ratio }) => [name, ratio]));
    process.stdout.write(`${JSON.stringify({ node: process.version, cores: cpus().length, rows, ...figures })}\n`);
  }
  return 0;
}

function candidatesOf(work: SecurityWork): readonly Candidate[] {
  const { size } = work;
  const candidate = (name: Candidate['name'], every: number): Candidate => ({
    name,
    size,
    work: () => work[name](),
    times: 1,
    every,
    wall: [],
    cpu: [],
  });
  return [
    candidate('bareUnprotect', 1),
    candidate('unprotect', 1),
    candidate('bareProtect', 1),
    candidate('protect', 1),
    // It needs seconds for the largest.
    candidate('xmlCrypto', size > 100_000 ? 1_000_000 : size > 10_000 ? 10 : 1),
  ];
}

function playRound(candidates: readonly Candidate[], round: number): void {
  // In turn forwards and backwards, so that none always follows the same other.
  for (const candidate of round % 2 === 0 ? candidates : candidates.toReversed()) {
    if (round % candidate.every !== 0) continue;
    const cpu = process.cpuUsage();
    const begin = process.hrtime.bigint();
    for (let time = 0; time < candidate.times; time++) candidate.work();
    const micros = Number(process.hrtime.bigint() - begin) / 1_000;
    const used = process.cpuUsage(cpu);
    candidate.wall[round] = micros / candidate.times;
    candidate.cpu[round] = (used.user + used.system) / candidate.times;
  }
}

/** From what it takes then one knows how often it fits into a turn. */
function warmUp(candidate: Candidate): void {
  const begin = performance.now();
  let took = Number.POSITIVE_INFINITY;
  while (performance.now() - begin < WARM_UP) {
    const before = performance.now();
    candidate.work();
    took = Math.min(took, performance.now() - before);
  }
  candidate.times = Math.max(1, Math.round(TURN / took));
}

function rowOf({ name, size, wall, cpu }: Candidate): Row {
  return { size, what: name, micros: median(wall), cpuMicros: mean(cpu) };
}

function median(values: readonly (number | undefined)[]): number {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function mean(values: readonly (number | undefined)[]): number {
  const there = values.filter((value) => value !== undefined);
  return there.reduce((sum, value) => sum + value, 0) / there.length;
}

/** How many times as much one took as the other: the median of the ratios within a round. */
function ratio(one: Candidate, other: Candidate, what: 'wall' | 'cpu'): number {
  return median(one[what].map((value, round) => quotient(value, other[what][round])));
}

function quotient(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function goalsOf(candidates: readonly Candidate[]): readonly { name: string; ratio: number; text: string }[] {
  const of = (name: Candidate['name'], size: number): Candidate =>
    candidates.find((candidate) => candidate.name === name && candidate.size === size) as Candidate;
  const goal = (name: string, what: string, one: Candidate, other: Candidate, bound: string) => {
    const [wall, cpu] = [ratio(one, other, 'wall'), ratio(one, other, 'cpu')];
    return { name, ratio: wall, text: `${what}: ${wall.toFixed(2)}, of CPU ${cpu.toFixed(2)} (goal ${bound})` };
  };
  return [
    goal('overBare', 'unprotect 5 KB ÷ bare', of('unprotect', 5_000), of('bareUnprotect', 5_000), '≤ 2.5'),
    goal('overXmlCrypto', 'xml-crypto ÷ unprotect 5 KB', of('xmlCrypto', 5_000), of('unprotect', 5_000), '≥ 40'),
    goal('linear', 'unprotect 1,000 KB ÷ 5 KB', of('unprotect', 1_000_000), of('unprotect', 5_000), '≤ 220'),
    goal('protectLinear', 'protect 1,000 KB ÷ 5 KB', of('protect', 1_000_000), of('protect', 5_000), '≤ 220'),
  ];
}

const WHAT: Record<Candidate['name'], string> = {
  bareUnprotect: 'bare: saxes, hashes, HMAC, decryption',
  unprotect: 'unprotect',
  bareProtect: 'bare: hashes, HMAC, encryption',
  protect: 'protect',
  xmlCrypto: 'xml-crypto, verification alone',
};

function table(works: readonly SecurityWork[], rows: readonly Row[]): string {
  const number = (value: number): string =>
    Number.isNaN(value) ? '' : value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
  const lines = works.flatMap(({ size, wire }) => {
    const own = rows.filter((row) => row.size === size);
    const of = (what: Candidate['name']): number => own.find((row) => row.what === what)?.micros ?? Number.NaN;
    return own
      .filter(({ micros }) => !Number.isNaN(micros))
      .map(({ what, micros, cpuMicros }) => {
        const bare = of(what === 'protect' || what === 'bareProtect' ? 'bareProtect' : 'bareUnprotect');
        const name = WHAT[what as Candidate['name']];
        return `| ${size / 1_000} KB (${number(wire)} octets) | ${name} | ${number(micros)} | ${number(cpuMicros)} | ${(micros / bare).toFixed(2)} |`;
      });
  });
  return ['| message | | µs | CPU µs | ÷ bare |', '|---|---|---|---|---|', ...lines].join('\n');
}
