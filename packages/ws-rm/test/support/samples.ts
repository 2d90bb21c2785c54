import {
  type Addressing,
  type EndpointReference,
  endpointReference,
  type IncomingMessage,
  parse,
  readMessage,
  type SoapVersion,
  serialize,
  unproven,
  writeEnvelope,
  type XmlElement,
  type XmlNode,
} from '@holdfast/soap';
import { WSRM_11 } from '#src/namespaces.js';

export const ANONYMOUS_EPR: EndpointReference = endpointReference('http://www.w3.org/2005/08/addressing/anonymous');

/** An element of WS-RM 1.1 by its text, in which `r:` is WS-RM, `a:` WS-Addressing, `w:` WSS. */
export function rm(text: string): XmlElement {
  const namespaces = [
    `xmlns:r="${WSRM_11}"`,
    'xmlns:a="http://www.w3.org/2005/08/addressing"',
    'xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"',
  ].join(' ');
  return parse(text.replace(/^<([\w:]+)/, `<$1 ${namespaces}`)).root;
}

/** The element as it arrives: written and read again. */
export function transferred(element: XmlElement): XmlElement {
  return parse(serialize(element)).root;
}

/** A message as it arrives. */
export function incoming(
  parts: {
    readonly headers?: readonly XmlElement[];
    readonly body?: readonly XmlNode[];
    readonly addressing?: Addressing;
    readonly soap?: SoapVersion;
  } = {},
): IncomingMessage {
  const { headers = [], body = [], addressing = { action: 'urn:test:action' }, soap = '1.2' } = parts;
  const root = writeEnvelope({ version: soap, headers, body }, { addressing });
  return { ...readMessage(parse(serialize(root)), ''), proof: unproven };
}

/** What a call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** What a promise is rejected with. */
export async function rejected(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was not rejected.');
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
