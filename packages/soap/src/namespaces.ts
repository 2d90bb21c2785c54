import { vocabulary } from './xml/tree.js';

/** Envelopes of SOAP 1.1. */
export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
/** Envelopes of SOAP 1.2. */
export const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
/** WS-Addressing 1.0. */
export const WSA = 'http://www.w3.org/2005/08/addressing';
/** WS-Security: the Security header and what stands in it. */
export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
/** WS-Security utilities: Id and Timestamp. */
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
/** XML Signature. */
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
/** XML Encryption. */
export const XENC = 'http://www.w3.org/2001/04/xmlenc#';

/** Names of WS-Addressing. */
export const wsa = vocabulary('wsa', WSA);
/** Names of the WS-Security utilities. */
export const wsu = vocabulary('wsu', WSU);
/** Names that begin with `xml:`. */
export const xml = vocabulary('xml', 'http://www.w3.org/XML/1998/namespace');
