import {
  type EndpointReference,
  element,
  readEndpointReference,
  writeEndpointReference,
  type XmlElement,
} from '@holdfast/soap';
import { wsse } from '../namespaces.js';
import { readExpires, writeExpires } from './expires.js';
import {
  type IncompleteSequenceBehavior,
  readIncompleteSequenceBehavior,
  writeIncompleteSequenceBehavior,
} from './incomplete-sequence-behavior.js';
import { optionalChild, type RmNames, readIdentifier, requiredChild, writeIdentifier } from './parts.js';

/** A sequence for the converse direction, offered with CreateSequence (WS-RM 1.2 §3.4). */
export interface Offer {
  readonly identifier: string;
  /** Where lifecycle messages, acknowledgement requests and faults of the offered sequence go. */
  readonly endpoint: EndpointReference;
  /** Milliseconds; absent: never. */
  readonly expires?: number;
  readonly incompleteSequenceBehavior?: IncompleteSequenceBehavior;
}

/** wsrm:CreateSequence, in the Body (WS-RM 1.2 §3.4). */
export interface CreateSequence {
  readonly acksTo: EndpointReference;
  /** Milliseconds; absent: never. */
  readonly expires?: number;
  readonly offer?: Offer;
  /** The wsse:SecurityTokenReference that the sequence is bound to (WS-RM 1.2 §6.1). */
  readonly securityTokenReference?: XmlElement;
}

export function readCreateSequence(of: XmlElement, names: RmNames): CreateSequence {
  const acksTo = readEndpointReference(requiredChild(of, names('AcksTo')));
  const expires = readExpires(of, names);
  const offered = optionalChild(of, names('Offer'));
  const securityTokenReference = optionalChild(of, wsse('SecurityTokenReference'));
  return {
    acksTo,
    ...(expires === undefined ? {} : { expires }),
    ...(offered === undefined ? {} : { offer: readOffer(offered, names) }),
    ...(securityTokenReference === undefined ? {} : { securityTokenReference }),
  };
}

/** The reference to the token comes after the Offer, where every peer that binds sequences looks for it. */
export function writeCreateSequence(value: CreateSequence, names: RmNames): XmlElement {
  const { acksTo, expires, offer, securityTokenReference } = value;
  return element(
    names('CreateSequence'),
    [],
    writeEndpointReference(names('AcksTo'), acksTo),
    writeExpires(expires, names),
    offer === undefined ? undefined : writeOffer(offer, names),
    securityTokenReference,
  );
}

function readOffer(of: XmlElement, names: RmNames): Offer {
  const expires = readExpires(of, names);
  const incompleteSequenceBehavior = readIncompleteSequenceBehavior(of, names);
  return {
    identifier: readIdentifier(of, names),
    endpoint: readEndpointReference(requiredChild(of, names('Endpoint'))),
    ...(expires === undefined ? {} : { expires }),
    ...(incompleteSequenceBehavior === undefined ? {} : { incompleteSequenceBehavior }),
  };
}

function writeOffer(value: Offer, names: RmNames): XmlElement {
  return element(
    names('Offer'),
    [],
    writeIdentifier(value.identifier, names),
    writeEndpointReference(names('Endpoint'), value.endpoint),
    writeExpires(value.expires, names),
    writeIncompleteSequenceBehavior(value.incompleteSequenceBehavior, names),
  );
}
