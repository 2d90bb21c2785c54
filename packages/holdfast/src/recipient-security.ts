import { UsageError } from '@holdfast/soap';
import {
  anonymousRecipient,
  defaultSecureHandlerConfig,
  endorsedX509Recipient,
  mutualX509Recipient,
  type RecipientBootstrap,
  type SecureHandlerConfig,
  usernameOverTlsRecipient,
  usernameRecipient,
  x509OverTlsRecipient,
} from '@holdfast/ws-secconv';
import type { Credential, TrustConfig } from '@holdfast/ws-security';
import { assertNeeded, type BootstrapName, isOverTls } from './bootstrap-name.js';
import { assertCurrent, credentialOf, type Identity, trustOf } from './credentials.js';
import { type Protections, positive, protections, type SecurityOptions } from './security-options.js';

/** What the recipient of secure conversations is told: who it is, whom it believes, how long and how many contexts. */
export interface RecipientSecurityOptions extends SecurityOptions {
  /** Who we are. Over TLS our TLS certificate says it. */
  readonly identity?: Identity | Credential;
  /** The authorities whose certificates are believed: a PEM bundle, or a full trust configuration. */
  readonly trust?: string | TrustConfig;
  /** A user's password, for a bootstrap by password; `undefined`: there is no such user. Must answer at once. */
  readonly passwords?: (username: string) => string | undefined;
  /** How long a security context lives if the initiator does not ask for less, milliseconds. Default 10 hours, and up to 24 for who asks. */
  readonly contextLifetime?: number;
  /** Security contexts of one identity at a time; of all that are anonymous together. Default 1,000. */
  readonly maxContextsPerIdentity?: number;
  /**
   * Whether an initiator may cancel a context by what it began with, without the context's secret. CXF's clients need it.
   * Default false.
   */
  readonly bootstrapMayCancel?: boolean;
  /** The same for renewing it. CXF's clients need it. Default false. */
  readonly bootstrapMayRenew?: boolean;
}

/** How a recipient converses. */
export interface RecipientSecurity {
  readonly config: SecureHandlerConfig;
  /** @throws UsageError `invalid-option` when our own certificate is out of date: nobody would believe it */
  assertUsable(now: Date): void;
}

/**
 * @param hasTls whether the server has TLS
 * @throws UsageError `invalid-option`, `invalid-key`
 */
export function recipientSecurity(options: RecipientSecurityOptions, hasTls: boolean): RecipientSecurity {
  const agreed = protections(options);
  const { name } = agreed;
  assertNeeded(name, NEEDS, options);
  if (isOverTls(name) && !hasTls) {
    throw new UsageError('invalid-option', `bootstrap: "${name}" needs http.tls: { cert, key }.`);
  }
  const { issuer } = defaultSecureHandlerConfig;
  const lifetime = positive('contextLifetime', options.contextLifetime ?? issuer.lifetime.default);
  const credential = options.identity === undefined ? undefined : credentialOf(options.identity);
  return {
    assertUsable(now) {
      if (credential !== undefined) assertCurrent(credential.certificate, now);
    },
    config: {
      ...defaultSecureHandlerConfig,
      version: agreed.version,
      application: agreed.application,
      issuer: {
        keySize: { ...issuer.keySize, default: agreed.keySize },
        lifetime: { default: lifetime, maximum: options.contextLifetime ?? issuer.lifetime.maximum },
      },
      maxContextsPerIdentity: positive(
        'maxContextsPerIdentity',
        options.maxContextsPerIdentity ?? defaultSecureHandlerConfig.maxContextsPerIdentity,
      ),
      bootstrapMayRenew: options.bootstrapMayRenew ?? defaultSecureHandlerConfig.bootstrapMayRenew,
      bootstrapMayCancel: options.bootstrapMayCancel ?? defaultSecureHandlerConfig.bootstrapMayCancel,
      bootstrap: bootstrapOf(options, credential, agreed),
    },
  };
}

const NEEDS = {
  x509: ['identity', 'trust'],
  anonymous: ['identity'],
  username: ['identity', 'passwords'],
  'x509-endorsing': ['identity', 'trust'],
  'username-tls': ['passwords'],
  'x509-tls': ['trust'],
} as const satisfies Record<BootstrapName, readonly (keyof RecipientSecurityOptions)[]>;

function bootstrapOf(
  { trust, passwords }: RecipientSecurityOptions,
  known: Credential | undefined,
  { name, bootstrap: protection }: Protections,
): RecipientBootstrap {
  const ours = (): Credential => known ?? credentialOf(undefined);
  const password = (username: string): string | undefined => passwords?.(username);
  switch (name) {
    case 'x509':
      return mutualX509Recipient({ credential: ours(), trust: trustOf(trust), protection });
    case 'x509-endorsing':
      return endorsedX509Recipient({ credential: ours(), trust: trustOf(trust), protection });
    case 'anonymous':
      return anonymousRecipient({ credential: ours(), protection });
    case 'username':
      return usernameRecipient({ credential: ours(), password, protection });
    case 'username-tls':
      return usernameOverTlsRecipient({ password, protection });
    case 'x509-tls':
      return x509OverTlsRecipient({ trust: trustOf(trust), protection });
    default:
      return name satisfies never;
  }
}
