import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fileIn, testKey } from './stores.js';

export interface Writer {
  readonly child: ChildProcess;
  /** What it has reported as durable, until its output ends. */
  readonly numbers: AsyncIterable<number>;
  /** Resolves with its exit code and signal, and what it wrote to its error output. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly errors: string }>;
}

/** Starts test/sqlite/children/writer.ts in a process of its own. */
export function startWriter(folder: string, session: string, most: number): Writer {
  const program = fileURLToPath(new URL('../sqlite/children/writer.js', import.meta.url));
  const child = spawn(process.execPath, [program, fileIn(folder), session, `${most}`], {
    env: { ...process.env, HOLDFAST_TEST_KEY: Buffer.from(testKey()).toString('base64') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, errors }));
  return { child, numbers: numbersOf(child), ended };
}

async function* numbersOf(child: ChildProcess): AsyncIterable<number> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      yield Number(line);
    }
  }
}
