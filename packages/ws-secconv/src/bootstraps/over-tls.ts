import {
  noKeys,
  type ProtectionDescription,
  type ProtectionKeys,
  type SupportingKeys,
  type SupportingToken,
} from '@holdfast/ws-security';
import {
  type BootstrapProtection,
  defaultBootstrapProtection,
  type InitiatorBootstrap,
  type RecipientBootstrap,
  tlsIdentity,
} from './bootstrap.js';
import { supporter } from './for-certificate.js';

/**
 * TLS protects the request and its answer, and a supporting token says who the initiator is (transport binding). Who the
 * recipient is, its TLS certificate has said; the answer holds no more than a Timestamp.
 */
export function overTlsInitiator(
  protection: BootstrapProtection | undefined,
  rule: SupportingToken,
  keys: SupportingKeys,
): InitiatorBootstrap {
  const protectionKeys: ProtectionKeys = { kind: 'transport', supporting: [keys] };
  return {
    request: described(protection, [rule]),
    answer: described(protection, []),
    lookup: noKeys,
    keys: () => protectionKeys,
    recipientAt: tlsIdentity,
    judge: () => undefined,
  };
}

/** The recipient's side of {@link overTlsInitiator}. */
export function overTlsRecipient(
  protection: BootstrapProtection | undefined,
  rule: SupportingToken,
  lookup: Partial<RecipientBootstrap['lookup']>,
): RecipientBootstrap {
  return {
    request: described(protection, [rule]),
    answer: described(protection, []),
    lookup: { ...noKeys, ...lookup },
    initiatorOf: (request) => supporter(request, rule.token),
    answerKeys: () => ({ kind: 'transport' }),
  };
}

function described(
  protection: BootstrapProtection = {},
  supportingTokens: readonly SupportingToken[],
): ProtectionDescription {
  return { ...defaultBootstrapProtection, ...protection, token: 'transport', supportingTokens };
}
