import { SecurityError } from '@holdfast/soap';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  type ExternalX509ReferenceForm,
  noKeys,
  type ProtectionDescription,
  type ProtectionKeys,
  type SupportingKeys,
  type SupportingToken,
  type Unprotected,
} from '@holdfast/ws-security';
import {
  type BootstrapProtection,
  defaultBootstrapProtection,
  type InitiatorBootstrap,
  type RecipientBootstrap,
} from './bootstrap.js';

/** What an initiator is told that protects its request by a fresh key for the recipient's certificate. */
export interface ForCertificateInitiator {
  /** Only who has its private key can answer. */
  readonly recipient: Certificate;
  /** How our requests name the recipient's certificate. Default `thumbprint`. */
  readonly recipientReference?: ExternalX509ReferenceForm;
  /** What makes the recipient's certificate believable at the time of use. */
  readonly trust: CertificateTrust;
  readonly protection?: BootstrapProtection;
}

/** What a recipient is told whose initiators protect their requests by a fresh key for its certificate. */
export interface ForCertificateRecipient {
  /** Who we are: requests are encrypted for this certificate. */
  readonly credential: Credential;
  readonly protection?: BootstrapProtection;
}

/**
 * A fresh key for the recipient's certificate protects the request and its answer (symmetric binding, WSS 1.1
 * EncryptedKey). It says nothing about who the initiator is: that is what a supporting token is for.
 */
export function forCertificateInitiator(
  options: ForCertificateInitiator,
  supporting?: { readonly rule: SupportingToken; readonly keys: SupportingKeys },
): InitiatorBootstrap {
  const { recipient, recipientReference = 'thumbprint', trust, protection } = options;
  const rules = supporting === undefined ? [] : [supporting.rule];
  const keys: ProtectionKeys = {
    kind: 'EncryptedKey',
    recipient,
    recipientReference,
    ...(supporting === undefined ? {} : { supporting: [supporting.keys] }),
  };
  return {
    request: described(protection, rules),
    answer: described(protection, []),
    lookup: noKeys,
    keys(now) {
      trust.check(recipient, now, ['keyEncipherment']);
      return keys;
    },
    recipientAt: () => `x509:${recipient.fingerprint}`,
    // It is under the key of its request, which nobody else could decrypt.
    judge: () => undefined,
  };
}

/** The recipient's side of {@link forCertificateInitiator}. */
export function forCertificateRecipient(
  { credential, protection }: ForCertificateRecipient,
  initiator?: {
    readonly rule: SupportingToken;
    readonly lookup: Partial<RecipientBootstrap['lookup']>;
  },
): RecipientBootstrap {
  return {
    request: described(protection, initiator === undefined ? [] : [initiator.rule]),
    answer: described(protection, []),
    lookup: { ...noKeys, ...initiator?.lookup, credentials: [credential] },
    initiatorOf: initiator === undefined ? () => undefined : (request) => supporter(request, initiator.rule.token),
    answerKeys({ receipt: { encryptedKey } }) {
      if (encryptedKey === undefined) {
        throw new SecurityError('wrong-token', 'A bootstrap request has no key to answer with.');
      }
      return { kind: 'EncryptedKey', key: encryptedKey };
    },
  };
}

/** Whose the token is that supports a request. */
export function supporter({ proof }: Unprotected, kind: SupportingToken['token']): string {
  const token = proof.tokens.find((each) => each.kind === kind);
  if (token === undefined) throw new SecurityError('wrong-token', `A bootstrap request proves no ${kind}.`);
  return token.identity;
}

function described(
  protection: BootstrapProtection = {},
  supportingTokens: readonly SupportingToken[],
): ProtectionDescription {
  return { ...defaultBootstrapProtection, ...protection, token: 'EncryptedKey', supportingTokens };
}
