import { element, type XmlElement } from '@holdfast/soap';
import { type RmNames, readIdentifier, readOptionalNumber, writeIdentifier } from './parts.js';

/** wsrm:CloseSequence and wsrm:TerminateSequence, in the Body (WS-RM 1.2 §3.5, §3.6). */
export interface EndingRequest {
  readonly identifier: string;
  /** The highest number that was sent; absent when nothing was. */
  readonly lastMessageNumber?: bigint;
}

/** wsrm:CloseSequenceResponse and wsrm:TerminateSequenceResponse, in the Body. */
export interface EndingResponse {
  readonly identifier: string;
}

export function readCloseSequence(of: XmlElement, names: RmNames): EndingRequest {
  return readRequest(of, names);
}

export function writeCloseSequence(value: EndingRequest, names: RmNames): XmlElement {
  return writeRequest('CloseSequence', value, names);
}

export function readTerminateSequence(of: XmlElement, names: RmNames): EndingRequest {
  return readRequest(of, names);
}

export function writeTerminateSequence(value: EndingRequest, names: RmNames): XmlElement {
  return writeRequest('TerminateSequence', value, names);
}

export function readCloseSequenceResponse(of: XmlElement, names: RmNames): EndingResponse {
  return { identifier: readIdentifier(of, names) };
}

export function writeCloseSequenceResponse(value: EndingResponse, names: RmNames): XmlElement {
  return element(names('CloseSequenceResponse'), [], writeIdentifier(value.identifier, names));
}

export function readTerminateSequenceResponse(of: XmlElement, names: RmNames): EndingResponse {
  return { identifier: readIdentifier(of, names) };
}

export function writeTerminateSequenceResponse(value: EndingResponse, names: RmNames): XmlElement {
  return element(names('TerminateSequenceResponse'), [], writeIdentifier(value.identifier, names));
}

function readRequest(of: XmlElement, names: RmNames): EndingRequest {
  const lastMessageNumber = readOptionalNumber(of, names('LastMsgNumber'));
  return { identifier: readIdentifier(of, names), ...(lastMessageNumber === undefined ? {} : { lastMessageNumber }) };
}

function writeRequest(local: string, value: EndingRequest, names: RmNames): XmlElement {
  const { identifier, lastMessageNumber } = value;
  return element(
    names(local),
    [],
    writeIdentifier(identifier, names),
    lastMessageNumber === undefined ? undefined : element(names('LastMsgNumber'), [], String(lastMessageNumber)),
  );
}
