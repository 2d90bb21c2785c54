import { element, text, type XmlElement } from '@holdfast/soap';
import { readDuration, writeDuration } from '../duration.js';
import { optionalChild, type RmNames } from './parts.js';

/** wsrm:Expires in milliseconds; undefined when absent or PT0S, which both mean never (WS-RM 1.2 §3.4). */
export function readExpires(parent: XmlElement, names: RmNames): number | undefined {
  const found = optionalChild(parent, names('Expires'));
  if (found === undefined) return undefined;
  const milliseconds = readDuration(text(found));
  return milliseconds === 0 ? undefined : milliseconds;
}

export function writeExpires(milliseconds: number | undefined, names: RmNames): XmlElement | undefined {
  return milliseconds === undefined ? undefined : element(names('Expires'), [], writeDuration(milliseconds));
}
