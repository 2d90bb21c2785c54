import type { XmlElement } from './xml/tree.js';

/** WS-Addressing 1.0 Core §2: where and how to reach an endpoint. */
export interface EndpointReference {
  readonly address: string;
  /** Header blocks, as they are to be copied into messages to this endpoint. */
  readonly referenceParameters: readonly XmlElement[];
  /** `wsa:Metadata` and extensions, kept as they came. */
  readonly extensions: readonly XmlElement[];
}

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

export const ANONYMOUS = 'http://www.w3.org/2005/08/addressing/anonymous';
export const NONE = 'http://www.w3.org/2005/08/addressing/none';
export const UNSPECIFIED = 'http://www.w3.org/2005/08/addressing/unspecified';
export const REPLY = 'http://www.w3.org/2005/08/addressing/reply';
/** Actions of faults (SOAP Binding §6): those of WS-Addressing itself, and all other SOAP faults. */
export const ADDRESSING_FAULT_ACTION = 'http://www.w3.org/2005/08/addressing/fault';
export const SOAP_FAULT_ACTION = 'http://www.w3.org/2005/08/addressing/soap/fault';

/** An EPR that is only an address. */
export function endpointReference(address: string): EndpointReference {
  return { address, referenceParameters: [], extensions: [] };
}
