import {
  elements,
  type IncomingMessage,
  isFault,
  type OutgoingMessage,
  optionalAddressing,
  ProtocolError,
  readEnvelope,
  readFault,
  readMessage,
  UNSPECIFIED,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { type Receipt, securityHeader, type Unprotected, versionOf } from '@holdfast/ws-security';
import { trustVersionOf } from '@holdfast/ws-trust';

/** A message that was sent, and the document that came back. */
export interface SentMessage {
  readonly receipt: Receipt;
  readonly document: XmlDocument | undefined;
}

/** The only child of Body of an answer to a request of ours. */
export async function answerBody(
  { document, receipt }: SentMessage,
  request: OutgoingMessage,
  open: (document: XmlDocument, receipt: Receipt) => Promise<Unprotected>,
  failure: string,
  advice = '',
): Promise<XmlElement> {
  if (document === undefined) throw new ProtocolError('trust-refused', `${failure}: the peer's answer was empty.`);
  const message = faultInClear(document) ?? verified(await open(document, receipt), request);
  const fault = readFault(message.envelope);
  if (fault !== undefined) {
    const text = `${failure}: the peer answered with the fault "${fault.reason}".${advice}`;
    throw new ProtocolError('trust-refused', text, { fault });
  }
  const [only, ...others] = elements(message.envelope.bodyElement);
  if (only === undefined || others.length > 0)
    throw new ProtocolError('trust-refused', `${failure}: the answer is not one element.`);
  return only;
}

function verified(opened: Unprotected, request: OutgoingMessage): IncomingMessage {
  return related(
    { envelope: opened.envelope, addressing: optionalAddressing(opened.envelope), proof: opened.proof },
    request,
  );
}

/** A fault that the peer could not, or would not, protect. Anything else in clear is refused when it is opened. */
export function faultInClear(document: XmlDocument): IncomingMessage | undefined {
  if (securityHeader(document.root) !== undefined || !isFault(readEnvelope(document))) return undefined;
  return readMessage(document, '');
}

/** Whether the recipient says that it no longer has the context. Nobody can prove to say so. */
export function saysUnknownContext(answer: IncomingMessage | undefined): boolean {
  const [subcode] = (answer && readFault(answer.envelope)?.subcodes) ?? [];
  if (subcode === undefined || (subcode.local !== 'BadContextToken' && subcode.local !== 'RenewNeeded')) return false;
  return versionOf(subcode.namespace) !== undefined || trustVersionOf(subcode.namespace) !== undefined;
}

/** An answer says to which message it is the answer; one that names another was moved here. */
export function related(answer: IncomingMessage, { addressing: { messageId } }: OutgoingMessage): IncomingMessage {
  const relations = answer.addressing.relatesTo ?? [];
  const fits =
    relations.length === 0 ||
    relations.some((relation) => relation.messageId === messageId || relation.messageId === UNSPECIFIED);
  if (!fits) throw new ProtocolError('unexpected-message', 'The answer relates to another message than the one sent.');
  return answer;
}
