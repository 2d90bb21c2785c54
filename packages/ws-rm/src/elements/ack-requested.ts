import { element, type XmlElement } from '@holdfast/soap';
import { type RmNames, readIdentifier, writeIdentifier } from './parts.js';

/** wsrm:AckRequested, a header block (WS-RM 1.2 §3.8); never marked mustUnderstand (WS-I RSP R0540). */
export interface AckRequested {
  readonly identifier: string;
}

export function readAckRequested(of: XmlElement, names: RmNames): AckRequested {
  return { identifier: readIdentifier(of, names) };
}

export function writeAckRequested(value: AckRequested, names: RmNames): XmlElement {
  return element(names('AckRequested'), [], writeIdentifier(value.identifier, names));
}
