import type { XmlElement } from './xml/tree.js';

/** WS-Addressing 1.0 Core §2: where and how to reach an endpoint. */
export interface EndpointReference {
  readonly address: string;
  /** Header blocks, as they are to be copied into messages to this endpoint. */
  readonly referenceParameters: readonly XmlElement[];
  /** `wsa:Metadata` and extensions, kept as they came. */
  readonly extensions: readonly XmlElement[];
}

/** wsa:RelatesTo: the message that this one belongs to, and how; a reply has the relationship {@link REPLY}. */
export interface RelatesTo {
  readonly messageId: string;
  readonly relationshipType: string;
}

/** The message addressing properties (WS-Addressing 1.0 Core §3). What is absent was not in the message. */
export interface Addressing {
  readonly action: string;
  readonly to?: string;
  readonly messageId?: string;
  readonly relatesTo?: readonly RelatesTo[];
  readonly from?: EndpointReference;
  readonly replyTo?: EndpointReference;
  readonly faultTo?: EndpointReference;
  /** Header blocks marked `wsa:IsReferenceParameter`: copied from the EPR that the message is sent to. */
  readonly referenceParameters?: readonly XmlElement[];
}

/** The address that means the connection on which the request came (WS-Addressing 1.0 SOAP Binding §5). */
export const ANONYMOUS = 'http://www.w3.org/2005/08/addressing/anonymous';
/** The address of nobody: what is sent there is discarded (WS-Addressing 1.0 Core). */
export const NONE = 'http://www.w3.org/2005/08/addressing/none';
/** What RelatesTo names when the MessageID of the related message is not known. */
export const UNSPECIFIED = 'http://www.w3.org/2005/08/addressing/unspecified';
/** The relationship of a reply to its request (WS-Addressing 1.0 Core §3), which is meant when none is named. */
export const REPLY = 'http://www.w3.org/2005/08/addressing/reply';
/** Actions of faults (SOAP Binding §6): those of WS-Addressing itself, and all other SOAP faults. */
export const ADDRESSING_FAULT_ACTION = 'http://www.w3.org/2005/08/addressing/fault';
/** The action of every fault that neither WS-Addressing nor another specification names one for. */
export const SOAP_FAULT_ACTION = 'http://www.w3.org/2005/08/addressing/soap/fault';

/** An EPR that is only an address. */
export function endpointReference(address: string): EndpointReference {
  return { address, referenceParameters: [], extensions: [] };
}
