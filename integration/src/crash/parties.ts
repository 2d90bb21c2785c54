import type { Handler, WireExchange } from '@holdfast/soap';
import {
  defaultSecureExchangeConfig,
  defaultSecureHandlerConfig,
  mutualX509Initiator,
  mutualX509Recipient,
  type SecureExchange,
  type SecureExchangeCollaborators,
  type SecureHandler,
  type SecureHandlerCollaborators,
  secureExchange,
  secureHandler,
} from '@holdfast/ws-secconv';
import { type CertificateTrust, type Credential, certificateTrust, credential } from '@holdfast/ws-security';
import { certificateAuthority } from '@holdfast/ws-security/testing';

/** Who converses, for any number of runs: keys take longer to make than a run takes. */
export interface Parties {
  readonly initiator: Credential;
  readonly recipient: Credential;
  readonly trust: CertificateTrust;
}

/** @param now the beginning of the runs' time */
export function conversingParties(now: Date): Parties {
  const authority = certificateAuthority('Crash test', now);
  const issue = (name: string): Credential => {
    const { certificate, privateKey } = authority.issue({ name });
    return credential(certificate, privateKey);
  };
  return {
    initiator: issue('initiator'),
    recipient: issue('recipient'),
    trust: certificateTrust({ anchors: authority.certificate }),
  };
}

export function securedExchange(
  { initiator, recipient, trust }: Parties,
  wire: WireExchange,
  collaborators: SecureExchangeCollaborators,
): SecureExchange {
  const bootstrap = mutualX509Initiator({ signer: initiator, recipient: recipient.certificate, trust });
  return secureExchange(wire, { ...defaultSecureExchangeConfig, bootstrap }, collaborators);
}

export function securedHandler(
  { recipient, trust }: Parties,
  handler: Handler,
  collaborators: SecureHandlerCollaborators,
): SecureHandler {
  const bootstrap = mutualX509Recipient({ credential: recipient, trust });
  return secureHandler(handler, { ...defaultSecureHandlerConfig, bootstrap }, collaborators);
}
