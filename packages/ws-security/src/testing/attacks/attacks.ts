import { HoldfastError } from '@holdfast/soap';
import { algorithms } from './algorithms.js';
import { assertions, confirmations } from './assertions.js';
import type { Attack, AttackFamily, AttackFamilyName, AttackOptions } from './attack.js';
import { bareCiphertext, reboundPrefixes } from './bare-ciphertext.js';
import { ciphertext } from './ciphertext.js';
import { confusion } from './confusion.js';
import { decoys } from './decoys.js';
import { derivedKeys } from './derived-keys.js';
import { keyInfos } from './key-infos.js';
import { mixing, replay } from './mixing.js';
import { parsing } from './parsing.js';
import { parties } from './parties.js';
import { plaintexts } from './plaintexts.js';
import { references } from './references.js';
import { reflection } from './reflection.js';
import { resources } from './resources.js';
import { SecuredMessage, text } from './secured-message.js';
import { splitting } from './splitting.js';
import { roles, stripping } from './stripping.js';
import { time } from './time.js';
import { transforms } from './transforms.js';
import { truncation } from './truncation.js';
import { usernames } from './usernames.js';
import { wrapping } from './wrapping.js';

/** Who makes which attacks. */
const MAKERS: readonly (readonly [AttackFamily, ...AttackFamilyName[]])[] = [
  [wrapping, 'wrapping'],
  [stripping, 'stripping'],
  [roles, 'stripping'],
  [confusion, 'confusion'],
  [decoys, 'confusion'],
  [keyInfos, 'confusion'],
  [algorithms, 'algorithms', 'truncation'],
  [truncation, 'truncation'],
  [transforms, 'transforms'],
  [references, 'references'],
  [splitting, 'splitting'],
  [ciphertext, 'ciphertext'],
  [bareCiphertext, 'ciphertext'],
  [reboundPrefixes, 'ciphertext'],
  [plaintexts, 'plaintexts'],
  [derivedKeys, 'derived-keys'],
  [time, 'time'],
  [usernames, 'usernames'],
  [assertions, 'assertions'],
  [confirmations, 'confirmations'],
  [mixing, 'mixing'],
  [parties, 'parties'],
  [replay, 'replay'],
  [reflection, 'reflection'],
  [resources, 'resources'],
  [parsing, 'parsing'],
];

/**
 * Every known attack on a message, one after the other; those that do not apply to it are skipped. A receiver that is
 * right refuses all of them; those that say `replay` after it has accepted the message itself, those that say `reflected`
 * when it sent the message and is given it as the response.
 * @param message a secured envelope that the receiver accepts
 * @throws UsageError `invalid-argument` when the message, or `options.other`, has no Security header
 */
export function* attacks(message: string, options: AttackOptions = {}): Iterable<Attack> {
  const target = new SecuredMessage(message);
  const isWanted = (family: string): boolean => options.families?.some((each) => each === family) ?? true;
  for (const [make, ...families] of MAKERS) {
    if (!families.some(isWanted)) continue;
    const names = new Map<string, number>();
    for (const { name, about, result, replay: again = false, reflected = false } of make(target, options)) {
      if (!isWanted(name.slice(0, name.indexOf('/')))) continue;
      const sent = typeof result === 'string' ? result : written(result);
      if (sent === undefined || (sent === message && !again && !reflected)) continue;
      const count = (names.get(name) ?? 0) + 1;
      names.set(name, count);
      yield { name: count === 1 ? name : `${name}-${count}`, about, message: sent, replay: again, reflected };
    }
  }
}

/** Absent where the attack cannot be written down for this message: two meanings of one prefix in one element. */
function written(result: Parameters<typeof text>[0]): string | undefined {
  try {
    return text(result);
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
