import { HoldfastError } from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import { type Markup, markup } from './markup.js';
import { mutated } from './mutations.js';

/** A receiver, and messages that it accepts. */
export interface FuzzTarget {
  readonly name: string;
  /** Two or more, so that they can be mixed. */
  readonly messages: readonly string[];
  /**
   * Opens a message as the receiver does.
   * @returns everything that the application would see and believe of it, as a text to be compared
   * @throws HoldfastError when it is refused
   */
  judge(message: Uint8Array): string;
}

/** A mutated message that was neither refused nor meant what an original means. */
export interface FuzzFailure {
  readonly target: string;
  /** With the seed, it makes the message again: see {@link mutantOf}. */
  readonly round: number;
  readonly how: string;
  readonly message: string;
  /** The error that was none of ours, or what was seen instead. */
  readonly why: string;
}

export interface FuzzReport {
  readonly seed: number;
  readonly rounds: number;
  /** Mutants that mean what an original means: a change where nothing is protected, or none at all. */
  readonly harmless: number;
  /** How many were refused for what, by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly failures: readonly FuzzFailure[];
}

/**
 * Mutates the messages in turn and has each judged: *refused, or accepted with exactly the proven content, headers and
 * identities of an original*. Anything else is a failure; so is an error that is not a {@link HoldfastError}.
 * @param from the first round, to go on where another run ended
 * @throws Error when a target refuses its own messages
 */
export function fuzz(targets: readonly FuzzTarget[], seed: number, rounds: number, from = 0): FuzzReport {
  const prepared = targets.map((target) => ({
    target,
    messages: target.messages.map(markup),
    originals: new Set(target.messages.map((message) => target.judge(Buffer.from(message)))),
  }));
  const refused: Record<string, number> = {};
  const failures: FuzzFailure[] = [];
  let harmless = 0;
  for (let round = from; round < from + rounds; round++) {
    const at = prepared[round % prepared.length];
    if (at === undefined) break;
    const { how, octets } = mutant(at.messages, seed, round);
    const fail = (why: string): void => {
      failures.push({ target: at.target.name, round, how, message: octets.toString('utf8'), why });
    };
    try {
      const seen = at.target.judge(octets);
      if (at.originals.has(seen)) harmless++;
      else fail(seen);
    } catch (error) {
      if (error instanceof HoldfastError) refused[error.code] = (refused[error.code] ?? 0) + 1;
      else fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  return { seed, rounds, harmless, refused, failures };
}

/** The message of one round, made again. */
export function mutantOf(
  target: FuzzTarget,
  seed: number,
  round: number,
): { readonly how: string; readonly octets: Buffer } {
  return mutant(target.messages.map(markup), seed, round);
}

function mutant(
  messages: readonly Markup[],
  seed: number,
  round: number,
): { readonly how: string; readonly octets: Buffer } {
  // Each round has numbers of its own, so that one can be made again without those before it.
  const random = seededRandom((Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b)) >>> 0);
  const first = Math.floor(random() * messages.length);
  const second = (first + 1 + Math.floor(random() * Math.max(messages.length - 1, 1))) % messages.length;
  return mutated(messages[first] as Markup, messages[second] as Markup, random);
}
