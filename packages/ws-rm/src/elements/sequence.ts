import { element, type SoapVersion, soapNames, type XmlElement } from '@holdfast/soap';
import { type RmNames, readIdentifier, readNumber, requiredChild, writeIdentifier } from './parts.js';

/** wsrm:Sequence, a header block (WS-RM 1.2 §3.7). */
export interface Sequence {
  readonly identifier: string;
  readonly messageNumber: bigint;
}

/** Peers that leave mustUnderstand out (gSOAP) are read all the same. */
export function readSequence(of: XmlElement, names: RmNames): Sequence {
  return {
    identifier: readIdentifier(of, names),
    messageNumber: readNumber(requiredChild(of, names('MessageNumber'))),
  };
}

export function writeSequence(value: Sequence, names: RmNames, soap: SoapVersion): XmlElement {
  return element(
    names('Sequence'),
    [[soapNames(soap)('mustUnderstand'), '1']],
    writeIdentifier(value.identifier, names),
    element(names('MessageNumber'), [], String(value.messageNumber)),
  );
}
