import type { SoapFault } from './fault.js';
import { SOAP_11, SOAP_12 } from './namespaces.js';
import { soapNames } from './soap-version.js';
import { element, type Name, type XmlElement } from './xml/tree.js';

/** The faults of SOAP itself, with the header blocks that go with them in SOAP 1.2. */

/** The Envelope is of an unknown version. SOAP 1.2 names the known ones in Upgrade (Part 1 §5.4.7). */
export const versionMismatchFault: SoapFault = {
  code: 'VersionMismatch',
  subcodes: [],
  reason: 'The version of SOAP is not supported.',
  detail: [],
  headers: [element(soapNames('1.2')('Upgrade'), [], supported('1.2', SOAP_12), supported('1.1', SOAP_11))],
};

/** Mandatory header blocks that were not understood; SOAP 1.2 names them in NotUnderstood (Part 1 §5.4.8). */
export function mustUnderstandFault(names: readonly Name[]): SoapFault {
  return {
    code: 'MustUnderstand',
    subcodes: [],
    reason: 'One or more mandatory header blocks are not understood.',
    detail: [],
    headers: names.map(({ namespace, local }) =>
      qnameAttribute(element(soapNames('1.2')('NotUnderstood'), [['qname', `n:${local}`]]), 'n', namespace),
    ),
  };
}

/** Our own fault: what went wrong is in our log and not for the peer. */
export const receiverFault: SoapFault = {
  code: 'Receiver',
  subcodes: [],
  reason: 'The message could not be processed.',
  detail: [],
};

/** The peer's fault, in a way that SOAP has no name for. */
export const senderFault: SoapFault = {
  code: 'Sender',
  subcodes: [],
  reason: 'The message could not be read.',
  detail: [],
};

function supported(version: '1.1' | '1.2', namespace: string): XmlElement {
  const prefix = version === '1.1' ? 's11' : 's12';
  const names = soapNames('1.2');
  return qnameAttribute(element(names('SupportedEnvelope'), [['qname', `${prefix}:Envelope`]]), prefix, namespace);
}

function qnameAttribute(of: XmlElement, prefix: string, namespace: string): XmlElement {
  return { ...of, declarations: [{ prefix, namespace }] };
}
