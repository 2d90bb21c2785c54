import { HoldfastError, parse } from '@holdfast/soap';
import { type Receipt, type ReplayCache, replayCache, type Unprotected, unprotect } from '@holdfast/ws-security';
import { type KeyFolder, lookupFor } from './keys.js';
import { type AttackEntry, type Corpus, type Entry, messageOf, type ValidEntry } from './manifest.js';
import { type Policy, policyOfAttack, policyOfValid } from './policy.js';
import { lacking, missing } from './stated-parts.js';

/** What became of one entry. */
export interface Verdict {
  readonly accepted: boolean;
  /** Code and message of the refusal, or what was wrong with what was accepted. */
  readonly why: string;
  /** The code of the error that it was refused with. */
  readonly code: string | undefined;
}

/** A valid message: accepted means opened, with every stated part signed and encrypted. */
export function judgeValid(entry: ValidEntry, corpus: Corpus, keys: KeyFolder): Verdict {
  return verdict(() => {
    const why = lacking(entry, open(entry, policyOfValid(entry), corpus, keys));
    return why === undefined ? ACCEPTED : { accepted: false, why, code: undefined };
  });
}

/**
 * An attack: accepted means opened. One that repeats a valid message is judged after that was accepted.
 * @throws CorpusError when its base is unknown
 */
export function judgeAttack(entry: AttackEntry, corpus: Corpus, keys: KeyFolder): Verdict {
  const cache = replayCache();
  const policy = policyOfAttack(entry, corpus);
  if (entry.after !== undefined) {
    // A replay of a message that is not among the valid ones is that very message.
    const before = corpus.valid.find(({ name }) => name === entry.after);
    const first = verdict(() => {
      open(before ?? entry, before === undefined ? policy : policyOfValid(before), corpus, keys, cache);
      return ACCEPTED;
    });
    // Refused before it could be repeated: that says nothing about the repetition.
    if (!first.accepted)
      return { accepted: true, why: `${entry.after}, which comes before: ${first.why}`, code: undefined };
  }
  return verdict(() => {
    const why = missing(entry, open(entry, policy, corpus, keys, cache));
    return why === undefined ? ACCEPTED : { accepted: false, why, code: undefined };
  });
}

const ACCEPTED: Verdict = { accepted: true, why: 'accepted', code: undefined };

function verdict(call: () => Verdict): Verdict {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { accepted: false, why: `${error.code}: ${error.message}`, code: error.code };
  }
}

function open(entry: Entry, policy: Policy, corpus: Corpus, keys: KeyFolder, cache?: ReplayCache): Unprotected {
  const message = messageOf(corpus, entry);
  const lookup = lookupFor(entry, message, policy, corpus, keys);
  const request = requestOf(entry, policy);
  return unprotect(parse(message), policy.description, lookup, {
    now: corpus.now,
    ...(cache === undefined ? {} : { replayCache: cache }),
    ...(request === undefined ? {} : { request }),
  });
}

/** What is known of the request, when the message is a response. */
function requestOf({ secrets = {} }: Entry, { confirms, usesKeyOfRequest }: Policy): Receipt | undefined {
  if (confirms === undefined && !usesKeyOfRequest) return undefined;
  const [sha1, secret] = Object.entries(secrets).find(([name]) => /^[\w+/]{27}=$/.test(name)) ?? [];
  return {
    signatures: (confirms ?? []).map((value) => Buffer.from(value, 'base64')),
    encryptedKey:
      usesKeyOfRequest && sha1 !== undefined && secret !== undefined
        ? { sha1, secret: Buffer.from(secret, 'base64') }
        : undefined,
  };
}
