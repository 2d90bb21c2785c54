import { optionalAddressing, readAddressing } from './addressing-headers.js';
import { readEnvelope } from './envelope.js';
import { isFault } from './fault-body.js';
import type { IncomingMessage } from './message.js';
import { unproven } from './proof.js';
import type { XmlDocument } from './xml/tree.js';

/**
 * Reads a document as a message that nobody protected.
 *
 * Not every message has WS-Addressing: the fault of a server that could not read the request, or any message of a plain
 * SOAP peer. A fault without wsa:Action always has the action ''. Any other message without it takes `fallbackAction`:
 * '' for an answer, whose request says what it is about, or the action that HTTP named. Without one it is refused.
 * @throws InvalidMessageError when it is not an envelope or its addressing cannot be read
 */
export function readMessage(document: XmlDocument, fallbackAction?: string): IncomingMessage {
  const envelope = readEnvelope(document);
  if (fallbackAction === undefined && !isFault(envelope)) {
    return { envelope, addressing: readAddressing(envelope), proof: unproven };
  }
  const addressing = optionalAddressing(envelope);
  return {
    envelope,
    addressing: addressing.action === '' ? { ...addressing, action: fallbackAction ?? '' } : addressing,
    proof: unproven,
  };
}
