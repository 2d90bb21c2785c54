import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/demo-party.mjs', import.meta.url));

export type PartyEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** A party that is started again whenever it is killed, until it ends by itself. */
export interface SupervisedParty {
  readonly kills: number;
  /** SIGKILL: nothing is flushed, nothing is said. */
  kill(): void;
  /** Resolves when it ends by itself with exit code 0; rejects when it ends otherwise. */
  readonly ended: Promise<void>;
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
}

/** @param hear is told of each event, and of `killed` */
export function superviseParty(args: readonly string[], hear: (event: PartyEvent) => void): SupervisedParty {
  let kills = 0;
  let killed = false;
  let stopping = false;
  /** Kills that came while there was no process; the next one gets them as soon as it shows a sign of life. */
  let owed = 0;
  let child: ChildProcess;
  let resolve: () => void;
  let reject: (error: Error) => void;
  const ended = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const start = (): void => {
    killed = false;
    child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4_000);
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.startsWith('{')) hear(JSON.parse(line) as PartyEvent);
      if (owed > 0 && !killed) {
        owed -= 1;
        kill();
      }
    });
    child.once('close', (code) => {
      if (killed && stopping) resolve();
      else if (killed) {
        start();
        hear({ event: 'restarted' });
      } else if (code === 0) resolve();
      else reject(new Error(`The ${args[0]} ended with ${code}.\n${errors}`));
    });
  };
  const kill = (): void => {
    if (stopping || child.exitCode !== null) return;
    if (killed) {
      owed += 1;
      return;
    }
    killed = true;
    kills += 1;
    child.kill('SIGKILL');
  };
  start();
  return {
    get kills() {
      return kills;
    },
    kill,
    ended,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}
