import { ADDRESSING_FAULT_ACTION, SOAP_FAULT_ACTION } from './addressing.js';
import type { FaultCode, SoapFault } from './fault.js';
import { WSA, wsa } from './namespaces.js';
import { element, type Name, type XmlElement } from './xml/tree.js';

/** One of the faults that WS-Addressing 1.0 SOAP Binding §6.4 predefines. */
export interface PredefinedAddressingFault {
  readonly code: FaultCode;
  readonly reason: string;
  /** What may stand below it, as a third level. */
  readonly subsubcodes: readonly string[];
}

/** The predefined faults by the local name of their subcode (WS-Addressing 1.0 SOAP Binding §6.4.1 to §6.4.5). */
export const addressingFaults = {
  InvalidAddressingHeader: {
    code: 'Sender',
    reason: 'A header representing a Message Addressing Property is not valid and the message cannot be processed',
    subsubcodes: [
      'InvalidAddress',
      'InvalidEPR',
      'InvalidCardinality',
      'MissingAddressInEPR',
      'DuplicateMessageID',
      'ActionMismatch',
      'OnlyAnonymousAddressSupported',
      'OnlyNonAnonymousAddressSupported',
    ],
  },
  MessageAddressingHeaderRequired: {
    code: 'Sender',
    reason: 'A required header representing a Message Addressing Property is not present',
    subsubcodes: [],
  },
  DestinationUnreachable: {
    code: 'Sender',
    reason: 'No route can be determined to reach [destination]',
    subsubcodes: [],
  },
  ActionNotSupported: {
    code: 'Sender',
    reason: 'The [action] cannot be processed at the receiver',
    subsubcodes: [],
  },
  EndpointUnavailable: {
    code: 'Receiver',
    reason: 'The endpoint is unable to process the message at this time',
    subsubcodes: [],
  },
} as const satisfies Record<string, PredefinedAddressingFault>;

/** The local name of a fault of WS-Addressing. */
export type AddressingFaultName = keyof typeof addressingFaults;
/** The local name of what is wrong with an addressing header, where the specification names it. */
export type InvalidAddressingHeaderSubsubcode =
  (typeof addressingFaults)['InvalidAddressingHeader']['subsubcodes'][number];

/** What the fault is about; each present field becomes one element of the detail. */
export interface AddressingProblem {
  /** Only with InvalidAddressingHeader. */
  readonly subsubcode?: InvalidAddressingHeaderSubsubcode;
  /** wsa:ProblemHeaderQName. */
  readonly header?: Name;
  /** wsa:ProblemIRI. */
  readonly iri?: string;
  /** wsa:ProblemAction. */
  readonly action?: string;
  /** wsa:RetryAfter, in milliseconds. */
  readonly retryAfterMillis?: number;
}

/** A predefined fault of WS-Addressing with its detail. SOAP 1.1 writes the detail as the header block wsa:FaultDetail. */
export function addressingFault(name: AddressingFaultName, problem: AddressingProblem = {}): SoapFault {
  const { code, reason } = addressingFaults[name];
  const { subsubcode } = problem;
  return {
    code,
    subcodes: subsubcode === undefined ? [wsa(name)] : [wsa(name), wsa(subsubcode)],
    reason,
    detail: detail(problem),
  };
}

/** Whether the fault is one of WS-Addressing: its detail is about header blocks, not about the Body. */
export function isAddressingFault(fault: SoapFault): boolean {
  return fault.subcodes[0]?.namespace === WSA;
}

/** The wsa:Action of a message that carries this fault, where its specification gives no other (SOAP Binding §6). */
export function faultAction(fault: SoapFault): string {
  return isAddressingFault(fault) ? ADDRESSING_FAULT_ACTION : SOAP_FAULT_ACTION;
}

/** Subcode and subsubcode for one QName out of a SOAP 1.1 faultcode, which has room for the last one alone. */
export function predefinedSubcodes(
  name: Name,
): { readonly code: FaultCode; readonly subcodes: readonly Name[] } | undefined {
  if (name.namespace !== WSA) return undefined;
  for (const [local, { code, subsubcodes }] of Object.entries<PredefinedAddressingFault>(addressingFaults)) {
    if (local === name.local) return { code, subcodes: [name] };
    if (subsubcodes.includes(name.local)) return { code, subcodes: [wsa(local), name] };
  }
  return undefined;
}

function detail({ header, iri, action, retryAfterMillis }: AddressingProblem): readonly XmlElement[] {
  const result: XmlElement[] = [];
  if (header !== undefined) result.push(problemHeader(header));
  if (action !== undefined) result.push(element(wsa('ProblemAction'), [], element(wsa('Action'), [], action)));
  if (retryAfterMillis !== undefined) {
    result.push(element(wsa('RetryAfter'), [], String(Math.max(0, Math.ceil(retryAfterMillis)))));
  }
  if (iri !== undefined) result.push(element(wsa('ProblemIRI'), [], iri));
  return result;
}

function problemHeader({ namespace, local }: Name): XmlElement {
  if (namespace === WSA) return element(wsa('ProblemHeaderQName'), [], `wsa:${local}`);
  const problem = element(wsa('ProblemHeaderQName'), [], namespace === '' ? local : `p:${local}`);
  return namespace === '' ? problem : { ...problem, declarations: [{ prefix: 'p', namespace }] };
}
