import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sharedPath } from '../shared.js';

export type PeerOptions = Readonly<Record<string, string | number>>;
export type PeerEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A peer that runs as a process of its own: Holdfast or another stack, behind the same command line. */
export interface PeerProcess {
  readonly events: readonly PeerEvent[];
  /** The first event that fits, also one that came before. @throws when the process ends without one */
  until(fits: (event: PeerEvent) => boolean): Promise<PeerEvent>;
  /** Where it listens. */
  url(): Promise<string>;
  /** Waits until it ends by itself. */
  ended(): Promise<number>;
  /** Ends its input, as a server is asked to stop, and waits. */
  stop(): Promise<void>;
  /** What it wrote to standard error, its last part. */
  errors(): string;
}

const holdfast = fileURLToPath(new URL('../../bin/peer', import.meta.url));

export type Stack = 'holdfast' | 'cxf' | 'metro' | 'gsoap';

export function startPeer(
  stack: Stack,
  role: 'serve' | 'call' | 'bench',
  options: PeerOptions,
  env: NodeJS.ProcessEnv = process.env,
): PeerProcess {
  const words = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const [command, first] = stack === 'holdfast' ? [holdfast, []] : [sharedPath('peers/peer'), [stack]];
  const child: ChildProcess = spawn(command, [...first, role, ...words], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const events: PeerEvent[] = [];
  const waiting: {
    fits: (event: PeerEvent) => boolean;
    resolve: (event: PeerEvent) => void;
    reject: (error: Error) => void;
  }[] = [];
  let errors = '';
  let code: number | undefined;
  const failure = (): Error =>
    new Error(
      `${stack} ${role} ended with ${code}; its last words:\n${errors.slice(-2000)}\n${events
        .slice(-5)
        .map((e) => JSON.stringify(e))
        .join('\n')}`,
    );
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-20_000);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as PeerEvent;
    events.push(event);
    for (const one of waiting.filter(({ fits }) => fits(event))) {
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve(event);
    }
  });
  const closed = once(lines, 'close');
  const exited = once(child, 'exit').then(async ([status]) => {
    code = (status as number | null) ?? -1;
    await closed;
    for (const { reject } of waiting.splice(0)) reject(failure());
    return code;
  });
  const until = (fits: (event: PeerEvent) => boolean): Promise<PeerEvent> => {
    const known = events.find(fits);
    if (known !== undefined) return Promise.resolve(known);
    if (code !== undefined) return Promise.reject(failure());
    return new Promise((resolve, reject) => waiting.push({ fits, resolve, reject }));
  };
  return {
    events,
    until,
    url: async () => String((await until(({ event }) => event === 'ready'))['url']),
    ended: () => exited,
    async stop() {
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      if (stack !== 'holdfast' || role !== 'serve') child.kill('SIGTERM');
      await exited;
      clearTimeout(late);
    },
    errors: () => errors,
  };
}
