import {
  faultAddressing,
  faultEnvelope,
  type IncomingMessage,
  type OutgoingMessage,
  optionalAddressing,
  readEnvelope,
  SecurityError,
  type SoapFault,
  type WireResponse,
  wireResponse,
  type XmlDocument,
} from '@holdfast/soap';
import { type SecureConversationVersion, securityFault } from '@holdfast/ws-security';
import { TrustFault, trustFault } from '@holdfast/ws-trust';
import { conversationFault } from './faults.js';

/** The answer that is a fault. */
export function faultReply(request: IncomingMessage, fault: SoapFault): OutgoingMessage {
  return {
    envelope: faultEnvelope(fault, request.envelope.version),
    addressing: faultAddressing(request.addressing, fault),
  };
}

/** What a peer is told of a refusal. Only that a context is not known is told apart: the peer can mend that. */
export function refusal(error: unknown, version: SecureConversationVersion): SoapFault | undefined {
  if (error instanceof TrustFault) return trustFault(version, error.fault);
  if (!(error instanceof SecurityError)) return undefined;
  return error.code === 'context-unknown' || error.code === 'context-expired'
    ? conversationFault(version, 'BadContextToken')
    : securityFault(error);
}

/** A fault that nobody protects: there is no token to protect it with. */
export function inClear(document: XmlDocument, fault: SoapFault): WireResponse | undefined {
  const envelope = readEnvelope(document);
  return wireResponse({
    envelope: faultEnvelope(fault, envelope.version),
    addressing: faultAddressing(optionalAddressing(envelope), fault),
  });
}
