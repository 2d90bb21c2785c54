import { element, trimmedText, type XmlElement } from '@holdfast/soap';
import { invalid, optionalChild, type RmNames } from './parts.js';

/** What becomes of the messages of a sequence that ends with a gap (WS-RM 1.2 §3.4). Absent on the wire: NoDiscard. */
export type IncompleteSequenceBehavior = 'DiscardEntireSequence' | 'DiscardFollowingFirstGap' | 'NoDiscard';

const behaviors: ReadonlySet<string> = new Set<IncompleteSequenceBehavior>([
  'DiscardEntireSequence',
  'DiscardFollowingFirstGap',
  'NoDiscard',
]);

/** @throws InvalidMessageError `invalid-element` for a value that WS-RM does not have */
export function readIncompleteSequenceBehavior(
  parent: XmlElement,
  names: RmNames,
): IncompleteSequenceBehavior | undefined {
  const found = optionalChild(parent, names('IncompleteSequenceBehavior'));
  if (found === undefined) return undefined;
  const value = trimmedText(found);
  if (!behaviors.has(value)) invalid('A wsrm:IncompleteSequenceBehavior has a value that WS-RM does not know.');
  return value as IncompleteSequenceBehavior;
}

export function writeIncompleteSequenceBehavior(
  behavior: IncompleteSequenceBehavior | undefined,
  names: RmNames,
): XmlElement | undefined {
  return behavior === undefined ? undefined : element(names('IncompleteSequenceBehavior'), [], behavior);
}
