import {
  type EndpointReference,
  element,
  readEndpointReference,
  writeEndpointReference,
  type XmlElement,
} from '@holdfast/soap';
import { readExpires, writeExpires } from './expires.js';
import {
  type IncompleteSequenceBehavior,
  readIncompleteSequenceBehavior,
  writeIncompleteSequenceBehavior,
} from './incomplete-sequence-behavior.js';
import { optionalChild, type RmNames, readIdentifier, requiredChild, writeIdentifier } from './parts.js';

/** wsrm:CreateSequenceResponse, in the Body (WS-RM 1.2 §3.4). */
export interface CreateSequenceResponse {
  readonly identifier: string;
  /** Milliseconds; absent: never. */
  readonly expires?: number;
  readonly incompleteSequenceBehavior?: IncompleteSequenceBehavior;
  /** Present exactly when the offered sequence is taken. */
  readonly accept?: { readonly acksTo: EndpointReference };
}

export function readCreateSequenceResponse(of: XmlElement, names: RmNames): CreateSequenceResponse {
  const expires = readExpires(of, names);
  const incompleteSequenceBehavior = readIncompleteSequenceBehavior(of, names);
  const accept = optionalChild(of, names('Accept'));
  return {
    identifier: readIdentifier(of, names),
    ...(expires === undefined ? {} : { expires }),
    ...(incompleteSequenceBehavior === undefined ? {} : { incompleteSequenceBehavior }),
    ...(accept === undefined
      ? {}
      : { accept: { acksTo: readEndpointReference(requiredChild(accept, names('AcksTo'))) } }),
  };
}

export function writeCreateSequenceResponse(value: CreateSequenceResponse, names: RmNames): XmlElement {
  const { identifier, expires, incompleteSequenceBehavior, accept } = value;
  return element(
    names('CreateSequenceResponse'),
    [],
    writeIdentifier(identifier, names),
    writeExpires(expires, names),
    writeIncompleteSequenceBehavior(incompleteSequenceBehavior, names),
    accept === undefined
      ? undefined
      : element(names('Accept'), [], writeEndpointReference(names('AcksTo'), accept.acksTo)),
  );
}
