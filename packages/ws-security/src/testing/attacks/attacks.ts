import { HoldfastError } from '@holdfast/soap';
import { algorithms } from './algorithms.js';
import { assertions, confirmations } from './assertions.js';
import type { Attack, AttackFamily, AttackOptions } from './attack.js';
import { ciphertext } from './ciphertext.js';
import { confusion } from './confusion.js';
import { decoys } from './decoys.js';
import { derivedKeys } from './derived-keys.js';
import { keyInfos } from './key-infos.js';
import { mixing, replay } from './mixing.js';
import { parsing } from './parsing.js';
import { plaintexts } from './plaintexts.js';
import { references } from './references.js';
import { resources } from './resources.js';
import { SecuredMessage, text } from './secured-message.js';
import { splitting } from './splitting.js';
import { roles, stripping } from './stripping.js';
import { time } from './time.js';
import { transforms } from './transforms.js';
import { truncation } from './truncation.js';
import { usernames } from './usernames.js';
import { wrapping } from './wrapping.js';

const FAMILIES: readonly AttackFamily[] = [
  wrapping,
  stripping,
  roles,
  confusion,
  decoys,
  keyInfos,
  algorithms,
  truncation,
  transforms,
  references,
  splitting,
  ciphertext,
  plaintexts,
  derivedKeys,
  time,
  usernames,
  assertions,
  confirmations,
  mixing,
  replay,
  resources,
  parsing,
];

/**
 * Every known attack on a message, one after the other; those that do not apply to it are skipped. A receiver that is
 * right refuses all of them, those that say `replay` only after it has accepted the message itself.
 * @param message a secured envelope that the receiver accepts
 * @throws UsageError `invalid-argument` when the message, or `options.other`, has no Security header
 */
export function* attacks(message: string, options: AttackOptions = {}): Iterable<Attack> {
  const target = new SecuredMessage(message);
  for (const family of FAMILIES) {
    const names = new Map<string, number>();
    for (const { name, about, result, replay: again = false } of family(target, options)) {
      const sent = typeof result === 'string' ? result : written(result);
      if (sent === undefined || (sent === message && !again)) continue;
      const count = (names.get(name) ?? 0) + 1;
      names.set(name, count);
      yield { name: count === 1 ? name : `${name}-${count}`, about, message: sent, replay: again };
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
