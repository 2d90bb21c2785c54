import { type SoapVersion, UsageError } from '@holdfast/soap';
import {
  anonymousInitiator,
  defaultSecureExchangeConfig,
  endorsedX509Initiator,
  type InitiatorBootstrap,
  mutualX509Initiator,
  type SecureExchangeConfig,
  usernameInitiator,
  usernameOverTlsInitiator,
  x509OverTlsInitiator,
} from '@holdfast/ws-secconv';
import type { Certificate, Credential, TrustConfig } from '@holdfast/ws-security';
import { assertNeeded, type BootstrapName, isOverTls } from './bootstrap-name.js';
import { assertCurrent, assertTrusted, certificateOf, credentialOf, type Identity, trustOf } from './credentials.js';
import { type Protections, positive, protections, type SecurityOptions } from './security-options.js';

/** A user's name and password. */
export interface User {
  readonly name: string;
  readonly password: string;
}

/** What the initiator of secure conversations is told: who it is and whom it talks to, beyond what both sides agree on. */
export interface InitiatorSecurityOptions extends SecurityOptions {
  /** Who we are, for a bootstrap by certificate. */
  readonly identity?: Identity | Credential;
  /** Who we are, for a bootstrap by password. */
  readonly user?: User;
  /** The certificate of the other end, PEM: nobody else is talked to. Over TLS its TLS certificate says who it is. */
  readonly recipient?: string | Certificate;
  /** The authorities whose certificates are believed: a PEM bundle, or a full trust configuration. */
  readonly trust?: string | TrustConfig;
  /** How long a security context shall live, milliseconds. Default: the recipient decides. */
  readonly contextLifetime?: number;
  /**
   * Whether a message without a sequence is sent once more, in another context, when the recipient says that it no longer
   * knows the present one. Nobody signs that answer: somebody who can forge it can have a message taken twice. Default false.
   */
  readonly replaceUnknownContext?: boolean;
  /** What protects the renewal of a context: the context, or what the conversation began with, for CXF. Default `context`. */
  readonly renewUnder?: 'context' | 'bootstrap';
}

/** How an initiator converses. */
export interface InitiatorSecurity {
  readonly config: SecureExchangeConfig;
  /** @throws UsageError `invalid-option` when a certificate is out of date, or the recipient's is not trusted */
  assertUsable(now: Date): void;
}

/**
 * @param address where messages are posted to
 * @throws UsageError `invalid-option`, `invalid-key`
 */
export function initiatorSecurity(
  options: InitiatorSecurityOptions,
  soap: SoapVersion,
  address: string,
): InitiatorSecurity {
  const agreed = protections(options);
  const { name } = agreed;
  assertNeeded(name, NEEDS, options);
  if (isOverTls(name) && new URL(address).protocol !== 'https:') {
    throw new UsageError('invalid-option', `bootstrap: "${name}" needs an https address, not "${address}".`);
  }
  const { bootstrap, assertUsable } = bootstrapOf(options, agreed);
  return {
    assertUsable,
    config: {
      ...defaultSecureExchangeConfig,
      version: agreed.version,
      application: agreed.application,
      keySize: agreed.keySize,
      soapVersion: soap,
      ...(options.contextLifetime === undefined
        ? {}
        : { lifetime: positive('contextLifetime', options.contextLifetime) }),
      renewUnder: renewUnder(options),
      unknownContext: (options.replaceUnknownContext ?? false) ? 'replace' : 'tell',
      bootstrap,
    },
  };
}

function renewUnder({ renewUnder: given = 'context' }: InitiatorSecurityOptions): 'context' | 'bootstrap' {
  if (given !== 'context' && given !== 'bootstrap') {
    throw new UsageError('invalid-option', `renewUnder: "${String(given)}" is neither context nor bootstrap.`);
  }
  return given;
}

const NEEDS = {
  x509: ['identity', 'recipient', 'trust'],
  anonymous: ['recipient', 'trust'],
  username: ['user', 'recipient', 'trust'],
  'x509-endorsing': ['identity', 'recipient', 'trust'],
  'username-tls': ['user'],
  'x509-tls': ['identity'],
} as const satisfies Record<BootstrapName, readonly (keyof InitiatorSecurityOptions)[]>;

type Made = Pick<InitiatorSecurity, 'assertUsable'> & { readonly bootstrap: InitiatorBootstrap };

function bootstrapOf(options: InitiatorSecurityOptions, { name, bootstrap: protection }: Protections): Made {
  switch (name) {
    case 'x509':
    case 'x509-endorsing': {
      const signer = credentialOf(options.identity);
      const whom = recipientOf(options);
      const make = name === 'x509' ? mutualX509Initiator : endorsedX509Initiator;
      return {
        bootstrap: make({ signer, ...whom, protection }),
        assertUsable(now) {
          assertCurrent(signer.certificate, now);
          assertTrusted(whom.recipient, whom.trust, now);
        },
      };
    }
    case 'anonymous':
    case 'username': {
      const whom = recipientOf(options);
      const bootstrap =
        name === 'anonymous'
          ? anonymousInitiator({ ...whom, protection })
          : usernameInitiator({ ...whom, user: userOf(options), protection });
      return { bootstrap, assertUsable: (now) => assertTrusted(whom.recipient, whom.trust, now) };
    }
    case 'username-tls':
      return {
        bootstrap: usernameOverTlsInitiator({ user: userOf(options), protection }),
        assertUsable: () => undefined,
      };
    case 'x509-tls': {
      const signer = credentialOf(options.identity);
      return {
        bootstrap: x509OverTlsInitiator({ signer, protection }),
        assertUsable: (now) => assertCurrent(signer.certificate, now),
      };
    }
    default:
      return name satisfies never;
  }
}

function recipientOf({ recipient, trust }: InitiatorSecurityOptions) {
  return { recipient: certificateOf(recipient), trust: trustOf(trust) };
}

function userOf({ user }: InitiatorSecurityOptions) {
  const { name, password } = user ?? {};
  if (typeof name !== 'string' || typeof password !== 'string' || name === '') {
    throw new UsageError('invalid-option', 'user: a name and a password are needed: { name, password }.');
  }
  return { username: name, password };
}
