import {
  elements,
  type IncomingMessage,
  InvalidMessageError,
  isForUs,
  mustUnderstand,
  mustUnderstandFault,
  type ProvenToken,
  readAddressing,
  SecurityError,
  type XmlElement,
} from '@holdfast/soap';
import type { Unprotected } from '@holdfast/ws-security';
import { TrustFault } from '@holdfast/ws-trust';

/** The message as it is proven: its addressing is read from what was signed. */
export function received({ envelope, proof }: Unprotected): IncomingMessage {
  return { envelope, addressing: readAddressing(envelope), proof };
}

/** The one element that the Body holds. @throws TrustFault InvalidRequest when it is not one */
export function onlyElement(message: IncomingMessage): XmlElement {
  const [only, ...others] = elements(message.envelope.bodyElement);
  if (only === undefined || others.length > 0) throw new TrustFault('InvalidRequest', 'The body is not one request.');
  return only;
}

/** Who says what the message says. @throws SecurityError `wrong-token` when nobody does */
export function speaker({ token }: Unprotected): ProvenToken {
  if (token === undefined) throw new SecurityError('wrong-token', 'Nobody stands behind the message.');
  return token;
}

/**
 * A block that must be understood and that nobody signed cannot be relied on, so it cannot be understood.
 * @throws InvalidMessageError `not-understood`
 */
export function assertUnprotectedOptional({ unprotectedHeaders, envelope: { version } }: Unprotected): void {
  const mandatory = unprotectedHeaders.find((block) => isForUs(block, version) && mustUnderstand(block, version));
  if (mandatory !== undefined) {
    throw new InvalidMessageError(
      'not-understood',
      `The header block ${mandatory.local} must be understood, and is not signed.`,
      { fault: mustUnderstandFault([mandatory]) },
    );
  }
}
