import { fileURLToPath } from 'node:url';
import { judgeAttack, judgeValid, type Verdict } from './judge.js';
import { readKeys } from './keys.js';
import { CorpusError, readCorpus } from './manifest.js';

const USAGE = 'usage: corpus DIR [--keys DIR]';

/** What a corpus showed: names of what should have been otherwise. */
export interface CorpusReport {
  readonly valid: { readonly accepted: number; readonly refused: readonly string[] };
  readonly attacks: { readonly refused: number; readonly accepted: readonly string[] };
}

/**
 * Judges every message of a corpus: one line for each that should have been judged otherwise, then the report as JSON.
 * @returns the exit code: 0 all as it should be, 1 not so, 2 nothing was judged
 */
export function main(args: readonly string[], print: (line: string) => void, complain: (line: string) => void): number {
  try {
    const { folder, keys } = parseArguments(args);
    const report = judgeCorpus(folder, keys, print);
    print(JSON.stringify(report));
    return report.valid.refused.length + report.attacks.accepted.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error;
    complain(`corpus: ${error.message}`);
    return 2;
  }
}

/** @throws CorpusError when the folder is not a corpus */
export function judgeCorpus(folder: string, keyFolder: string, print: (line: string) => void): CorpusReport {
  const corpus = readCorpus(folder);
  const keys = readKeys(keyFolder);
  const refused: string[] = [];
  const accepted: string[] = [];
  let acceptedCount = 0;
  let refusedCount = 0;
  for (const entry of corpus.valid) {
    const { accepted: good, why } = withoutCrash(() => judgeValid(entry, corpus, keys), false);
    if (good) acceptedCount++;
    else {
      refused.push(entry.name);
      print(`valid ${entry.name}: ${why}`);
    }
  }
  for (const entry of corpus.attacks) {
    const { accepted: fooled, why } = withoutCrash(() => judgeAttack(entry, corpus, keys), true);
    if (!fooled) refusedCount++;
    else if (entry.expected !== 'either') {
      accepted.push(entry.name);
      print(`attack ${entry.name}: ${why}${entry.reason === undefined ? '' : ` (${entry.reason})`}`);
    }
  }
  return { valid: { accepted: acceptedCount, refused }, attacks: { refused: refusedCount, accepted } };
}

/** A crash is a failure of either kind of entry. */
function withoutCrash(call: () => Verdict, accepted: boolean): Verdict {
  try {
    return call();
  } catch (error) {
    if (error instanceof CorpusError) throw error;
    const { stack, message } = error as Error;
    return { accepted, why: `crashed: ${stack ?? message}`, code: undefined };
  }
}

function parseArguments(args: readonly string[]): { readonly folder: string; readonly keys: string } {
  const rest: string[] = [];
  let keys = fileURLToPath(new URL('../../../../shared/peers/keys', import.meta.url));
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--keys') {
      const value = args[++at];
      if (value === undefined) throw new CorpusError(`--keys needs a folder; ${USAGE}`);
      keys = value;
    } else if (arg.startsWith('-')) throw new CorpusError(`${arg} is not an option; ${USAGE}`);
    else rest.push(arg);
  }
  const [folder, ...more] = rest;
  if (folder === undefined || more.length > 0) throw new CorpusError(`one folder is needed; ${USAGE}`);
  return { folder, keys };
}
