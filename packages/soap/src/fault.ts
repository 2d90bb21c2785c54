import type { Name, QualifiedName, XmlElement } from './xml/tree.js';

/** SOAP 1.2 Part 1 §5.4.6; in SOAP 1.1 `Sender` is written Client and `Receiver` Server. */
export type FaultCode = 'VersionMismatch' | 'MustUnderstand' | 'DataEncodingUnknown' | 'Sender' | 'Receiver';

/** A SOAP fault as data, for both versions. */
export interface SoapFault {
  readonly code: FaultCode;
  /** From the general to the special. SOAP 1.1 writes the last one as faultcode. */
  readonly subcodes: readonly (Name | QualifiedName)[];
  readonly reason: string;
  readonly detail: readonly XmlElement[];
  /** SOAP 1.1 faultactor, SOAP 1.2 Role. */
  readonly role?: string;
  /**
   * Header blocks to be sent with the fault (NotUnderstood, Upgrade). Those in a namespace of the other version of SOAP
   * are left out when the fault is written. A fault that was read has none: its header blocks are the envelope's.
   */
  readonly headers?: readonly XmlElement[];
}
