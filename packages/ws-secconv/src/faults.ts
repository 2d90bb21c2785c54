import type { SoapFault } from '@holdfast/soap';
import { type SecureConversationVersion, wsc } from '@holdfast/ws-security';

/** The faults of WS-SecureConversation 1.3 §9 by their local names, with their texts. */
export const CONVERSATION_FAULTS = {
  BadContextToken: 'The requested context elements are insufficient or unsupported',
  UnsupportedContextToken: 'Not all of the values associated with the SCT are supported',
  UnknownDerivationSource: 'The specified source for the derivation is unknown',
  RenewNeeded: 'The provided context token has expired',
  UnableToRenew: 'The specified context token could not be renewed',
} as const;

/** The local name of one of {@link CONVERSATION_FAULTS}. */
export type ConversationFaultName = keyof typeof CONVERSATION_FAULTS;

/** One of these faults, in the namespace of a version; the Sender is to blame for all of them. */
export function conversationFault(version: SecureConversationVersion, name: ConversationFaultName): SoapFault {
  return { code: 'Sender', subcodes: [wsc(version)(name)], reason: CONVERSATION_FAULTS[name], detail: [] };
}
