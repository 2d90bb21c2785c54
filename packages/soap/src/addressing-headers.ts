import { type Addressing, ANONYMOUS, type EndpointReference, NONE, REPLY, type RelatesTo } from './addressing.js';
import { addressingFault, faultAction, type InvalidAddressingHeaderSubsubcode } from './addressing-faults.js';
import { InvalidMessageError, UsageError } from './errors.js';
import type { SoapFault } from './fault.js';
import { isForUs } from './header-block.js';
import type { ReadEnvelope, SoapVersion } from './message.js';
import { SOAP_11, SOAP_12, WSA, WSSE, wsa } from './namespaces.js';
import { soapNames } from './soap-version.js';
import { detached } from './xml/detach.js';
import {
  attribute,
  element,
  elements,
  isElement,
  isNamed,
  type Name,
  type QualifiedName,
  text,
  withAttribute,
  type XmlElement,
} from './xml/tree.js';

/**
 * Reads the message addressing properties (WS-Addressing 1.0 Core §3.2, SOAP Binding §3). Only header blocks for the
 * ultimate receiver count.
 * @throws InvalidMessageError `invalid-addressing-header`, with the fault to answer with, when Action is missing, a
 *   property is there twice, or an endpoint reference or an IRI cannot be read
 */
export function readAddressing(envelope: ReadEnvelope): Addressing {
  const action = optionalAddressing(envelope);
  if (action.action === '') {
    throw new InvalidMessageError(
      'invalid-addressing-header',
      'The message has no wsa:Action. Does the peer use WS-Addressing 1.0?',
      { fault: addressingFault('MessageAddressingHeaderRequired', { header: wsa('Action') }) },
    );
  }
  return action;
}

/** {@link readAddressing} for a message that may lack WS-Addressing: its `action` is then ''. */
export function optionalAddressing(envelope: ReadEnvelope): Addressing {
  const found = new Map<string, XmlElement>();
  const relatesTo: RelatesTo[] = [];
  const referenceParameters: XmlElement[] = [];
  for (const block of envelope.headers) {
    if (!isForUs(block, envelope.version)) continue;
    if (isReferenceParameter(block)) referenceParameters.push(block);
    if (block.namespace !== WSA) continue;
    if (block.local === 'RelatesTo') relatesTo.push(readRelatesTo(block));
    else if (found.has(block.local) && singular.has(block.local)) refuse('InvalidCardinality', block, 'is there twice');
    else found.set(block.local, block);
  }
  const iri = (local: string): string | undefined => {
    const block = found.get(local);
    return block === undefined ? undefined : readIri(block, block);
  };
  const epr = (local: string): EndpointReference | undefined => {
    const block = found.get(local);
    return block === undefined ? undefined : readEndpointReference(block);
  };
  return withoutAbsent({
    action: iri('Action') ?? '',
    to: iri('To'),
    messageId: iri('MessageID'),
    relatesTo: relatesTo.length === 0 ? undefined : relatesTo,
    from: epr('From'),
    replyTo: epr('ReplyTo'),
    faultTo: epr('FaultTo'),
    referenceParameters: referenceParameters.length === 0 ? undefined : referenceParameters,
  });
}

/**
 * The header blocks of these properties: Action, MessageID, RelatesTo, ReplyTo, FaultTo, From, To, then the reference
 * parameters. Action and To must be understood. An Action of '' stands for a message without WS-Addressing: no blocks.
 * @throws UsageError `invalid-argument` for a reference parameter that would pass for a header block of ours
 */
export function writeAddressing(addressing: Addressing, version: SoapVersion): readonly XmlElement[] {
  const { action, to, messageId, relatesTo, from, replyTo, faultTo, referenceParameters } = addressing;
  if (action === '') return [];
  const mandatory = soapNames(version)('mustUnderstand');
  return [
    element(wsa('Action'), [[mandatory, '1']], action),
    ...(messageId === undefined ? [] : [element(wsa('MessageID'), [], messageId)]),
    ...(relatesTo ?? []).map(writeRelatesTo),
    ...(replyTo === undefined ? [] : [writeEndpointReference(wsa('ReplyTo'), replyTo)]),
    ...(faultTo === undefined ? [] : [writeEndpointReference(wsa('FaultTo'), faultTo)]),
    ...(from === undefined ? [] : [writeEndpointReference(wsa('From'), from)]),
    ...(to === undefined ? [] : [element(wsa('To'), [[mandatory, '1']], to)]),
    ...(referenceParameters ?? []).map(writeReferenceParameter),
  ];
}

/**
 * Reads an endpoint reference, whatever the element is called (WS-Addressing 1.0 Core §2.2).
 * @throws InvalidMessageError `invalid-addressing-header` when it has no Address or not one, or when one of its
 *   reference parameters would pass for a header block of SOAP, WS-Addressing or WS-Security when it is copied
 */
export function readEndpointReference(of: XmlElement): EndpointReference {
  let address: string | undefined;
  let referenceParameters: readonly XmlElement[] | undefined;
  const extensions: XmlElement[] = [];
  for (const part of elements(of)) {
    if (isNamed(part, wsa('Address'))) {
      if (address !== undefined) refuse('InvalidEPR', of, 'has two addresses');
      address = readIri(part, of);
    } else if (isNamed(part, wsa('ReferenceParameters'))) {
      if (referenceParameters !== undefined) refuse('InvalidEPR', of, 'has wsa:ReferenceParameters twice');
      referenceParameters = elements(part);
      if (!referenceParameters.every(isHarmless)) {
        refuse('InvalidEPR', of, 'has a reference parameter that cannot be a header block beside ours');
      }
    } else {
      extensions.push(part);
    }
  }
  if (address === undefined) refuse('MissingAddressInEPR', of, 'has no wsa:Address');
  return { address, referenceParameters: referenceParameters ?? [], extensions };
}

/** Writes an endpoint reference as an element of this name. */
export function writeEndpointReference(name: QualifiedName, reference: EndpointReference): XmlElement {
  const { address, referenceParameters, extensions } = reference;
  return element(
    name,
    [],
    element(wsa('Address'), [], address),
    referenceParameters.length === 0
      ? undefined
      : element(wsa('ReferenceParameters'), [], ...referenceParameters.map(detached)),
    ...extensions.map(detached),
  );
}

/** Whether replies to this endpoint go on the back channel; an absent one does (Core §3.2.1, SOAP Binding §5.1). */
export function isAnonymous(reference: EndpointReference | undefined): boolean {
  return reference === undefined || reference.address === ANONYMOUS;
}

/** Whether nothing must be sent to this endpoint (Core §2.1). */
export function isNone(reference: EndpointReference | undefined): boolean {
  return reference?.address === NONE;
}

/**
 * The properties of a reply (WS-Addressing 1.0 Core §3.4): it goes to ReplyTo, anonymous when absent, and relates to the
 * request. Ask {@link isNone} first whether one is wanted.
 */
export function replyAddressing(request: Addressing, action: string, messageId?: string): Addressing {
  return answerAddressing(request, request.replyTo, action, messageId);
}

/** The properties of a fault: as of a reply, to FaultTo where there is one. */
export function faultAddressing(
  request: Addressing,
  fault: SoapFault,
  { action = faultAction(fault), messageId }: { readonly action?: string; readonly messageId?: string } = {},
): Addressing {
  return answerAddressing(request, request.faultTo ?? request.replyTo, action, messageId);
}

const singular: ReadonlySet<string> = new Set(['To', 'From', 'ReplyTo', 'FaultTo', 'Action', 'MessageID']);
const reserved: ReadonlySet<string> = new Set(['', SOAP_11, SOAP_12, WSA, WSSE]);

function answerAddressing(
  request: Addressing,
  destination: EndpointReference | undefined,
  action: string,
  messageId: string | undefined,
): Addressing {
  const parameters = destination?.referenceParameters ?? [];
  return withoutAbsent({
    action,
    to: destination?.address ?? ANONYMOUS,
    messageId,
    relatesTo:
      request.messageId === undefined ? undefined : [{ messageId: request.messageId, relationshipType: REPLY }],
    referenceParameters: parameters.length === 0 ? undefined : parameters,
  });
}

/** A peer chooses the reference parameters of its endpoints; none may become what we say or prove about a message. */
function isHarmless(parameter: XmlElement): boolean {
  return !reserved.has(parameter.namespace);
}

function writeReferenceParameter(parameter: XmlElement): XmlElement {
  if (!isHarmless(parameter)) {
    throw new UsageError(
      'invalid-argument',
      `"${parameter.local}" cannot be a reference parameter: it is in no namespace, or in one of SOAP, WS-Addressing or WS-Security.`,
    );
  }
  return withAttribute(detached(parameter), wsa('IsReferenceParameter'), 'true');
}

function isReferenceParameter(block: XmlElement): boolean {
  const value = attribute(block, wsa('IsReferenceParameter'))?.trim();
  return value === 'true' || value === '1';
}

function readRelatesTo(block: XmlElement): RelatesTo {
  return {
    messageId: readIri(block, block),
    relationshipType: collapse(attribute(block, 'RelationshipType') ?? REPLY),
  };
}

function writeRelatesTo({ messageId, relationshipType }: RelatesTo): XmlElement {
  const type = relationshipType === REPLY ? undefined : relationshipType;
  return element(wsa('RelatesTo'), [['RelationshipType', type]], messageId);
}

function readIri(of: XmlElement, header: XmlElement): string {
  if (of.children.some(isElement)) refuse('InvalidAddress', header, 'has elements where an IRI is expected');
  const value = collapse(text(of));
  if (value === '') refuse('InvalidAddress', header, 'is empty');
  return value;
}

/** White space as xs:anyURI has it (`whiteSpace` is collapse). */
function collapse(value: string): string {
  return value.trim().replace(/[ \t\r\n]+/g, ' ');
}

function refuse(subsubcode: InvalidAddressingHeaderSubsubcode, header: Name, what: string): never {
  throw new InvalidMessageError('invalid-addressing-header', `The header block "${header.local}" ${what}.`, {
    fault: addressingFault('InvalidAddressingHeader', { subsubcode, header }),
  });
}

function withoutAbsent(
  properties: {
    readonly [K in keyof Addressing]: K extends 'action' ? string : Addressing[K] | undefined;
  },
): Addressing {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as {
    action: string;
  };
}
