import {
  addressingFault,
  type IncomingMessage,
  InvalidMessageError,
  readFault,
  type SoapFault,
  wsa,
  type XmlElement,
} from '@holdfast/soap';
import { type ReceivedRmFault, readRmFault } from './faults.js';
import type { RmBody, RmCodec, RmHeaders } from './rm-codec.js';

/** Everything that a message says about reliable messaging, read once. */
export interface RmContent {
  readonly headers: RmHeaders;
  readonly body: RmBody | undefined;
  /** The SOAP fault that it carries, of whatever kind. */
  readonly fault: SoapFault | undefined;
  readonly rmFault: ReceivedRmFault | undefined;
}

/**
 * @throws InvalidMessageError `invalid-element` when a part of WS-RM is malformed, `invalid-addressing-header` when the
 *   action is not that of the protocol element in the Body
 */
export function readContent(message: IncomingMessage, codec: RmCodec): RmContent {
  const { envelope, addressing } = message;
  const headers = codec.readHeaders(envelope);
  const body = codec.readBody(envelope);
  if (body !== undefined && addressing.action !== codec.actions[body.kind]) {
    throw new InvalidMessageError(
      'invalid-addressing-header',
      `The message carries ${body.kind} and has the action "${addressing.action}".`,
      { fault: addressingFault('InvalidAddressingHeader', { subsubcode: 'ActionMismatch', header: wsa('Action') }) },
    );
  }
  const fault = readFault(envelope);
  return {
    headers,
    body,
    fault,
    rmFault: fault === undefined ? undefined : readRmFault(fault, headers.fault, codec),
  };
}

/** The header blocks of WS-RM in the message, each of which its sequence's token must have signed. */
export function rmBlocks({ sequence, acknowledgements, ackRequests, fault, usesSequenceStr }: RmHeaders): XmlElement[] {
  const blocks = [...acknowledgements, ...ackRequests].map(({ element }) => element);
  if (sequence !== undefined) blocks.push(sequence.element);
  if (fault !== undefined) blocks.push(fault.element);
  if (usesSequenceStr !== undefined) blocks.push(usesSequenceStr);
  return blocks;
}

/** Every wsrm:Identifier of an existing sequence that the message speaks of. */
export function identifiersIn({ headers, body, rmFault }: RmContent): readonly string[] {
  const found = new Set<string>();
  if (headers.sequence !== undefined) found.add(headers.sequence.value.identifier);
  for (const { value } of [...headers.acknowledgements, ...headers.ackRequests]) found.add(value.identifier);
  if (body !== undefined && body.kind !== 'create-sequence' && body.kind !== 'create-sequence-response') {
    found.add(body.value.identifier);
  }
  if (rmFault?.identifier !== undefined) found.add(rmFault.identifier);
  return [...found];
}
