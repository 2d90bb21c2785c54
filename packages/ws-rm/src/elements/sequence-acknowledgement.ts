import { attribute, childrenNamed, element, type XmlElement } from '@holdfast/soap';
import { type AcknowledgementRange, normalize, type Ranges } from '../ranges.js';
import { invalid, parseNumber, type RmNames, readIdentifier, readNumber, writeIdentifier } from './parts.js';

/** wsrm:SequenceAcknowledgement, a header block (WS-RM 1.2 §3.9), as it was written: ranges in any order. */
export interface SequenceAcknowledgement {
  readonly identifier: string;
  /** Empty: None, or nothing but Nacks. */
  readonly ranges: readonly AcknowledgementRange[];
  /** The sequence is closed, and the ranges will not change any more. */
  readonly final: boolean;
  /** Numbers of messages that were not received; only without ranges. */
  readonly nacks: readonly bigint[];
}

/**
 * Reads what peers write: Upper before Lower (gSOAP), None beside ranges (CXF: the ranges count), Final in any place
 * (gSOAP), ranges in any order, the range 0–0 for nothing (WCF). What contradicts itself is for
 * {@link acknowledgedRanges} to say, because it is answered with a fault of its own.
 * @throws InvalidMessageError `invalid-element` when a part is missing or is no number
 */
export function readSequenceAcknowledgement(of: XmlElement, names: RmNames): SequenceAcknowledgement {
  const written = childrenNamed(of, names('AcknowledgementRange')).map(readRange);
  const nacks = childrenNamed(of, names('Nack')).map(readNumber);
  const none = childrenNamed(of, names('None')).length > 0;
  if (written.length === 0 && nacks.length === 0 && !none) {
    invalid('A wsrm:SequenceAcknowledgement has neither a range nor None nor Nack.');
  }
  return {
    identifier: readIdentifier(of, names),
    ranges: written.filter(({ upper }) => upper !== 0n),
    final: childrenNamed(of, names('Final')).length > 0,
    nacks,
  };
}

/** Ranges, or None when there are none; Final after them; or Nacks alone. */
export function writeSequenceAcknowledgement(value: SequenceAcknowledgement, names: RmNames): XmlElement {
  const { identifier, ranges, final, nacks } = value;
  const content =
    nacks.length > 0
      ? nacks.map((number) => element(names('Nack'), [], String(number)))
      : ranges.length === 0
        ? [element(names('None'))]
        : ranges.map(({ lower, upper }) =>
            element(names('AcknowledgementRange'), [
              ['Lower', String(lower)],
              ['Upper', String(upper)],
            ]),
          );
  return element(
    names('SequenceAcknowledgement'),
    [],
    writeIdentifier(identifier, names),
    ...content,
    final && nacks.length === 0 ? element(names('Final')) : undefined,
  );
}

/**
 * The acknowledged numbers as a set; undefined when the acknowledgement contradicts itself: a range whose lower is
 * above its upper or is 0, ranges that overlap, Nack together with ranges or Final (WS-RM 1.2 §3.9, §4.4).
 */
export function acknowledgedRanges(acknowledgement: SequenceAcknowledgement): Ranges | undefined {
  const { ranges, final, nacks } = acknowledgement;
  if (nacks.length > 0 && (ranges.length > 0 || final)) return undefined;
  const sorted = [...ranges].sort((a, b) => (a.lower < b.lower ? -1 : a.lower > b.lower ? 1 : 0));
  let last = 0n;
  for (const { lower, upper } of sorted) {
    if (lower <= last || lower > upper) return undefined;
    last = upper;
  }
  return normalize(sorted);
}

function readRange(of: XmlElement): AcknowledgementRange {
  const bound = (name: string): bigint => {
    const value = attribute(of, name);
    if (value === undefined) invalid(`A wsrm:AcknowledgementRange has no ${name}.`);
    return parseNumber(value, 0n);
  };
  return { lower: bound('Lower'), upper: bound('Upper') };
}
