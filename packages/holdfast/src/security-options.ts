import { configured, SecurityError, type SoapVersion, UsageError } from '@holdfast/soap';
import {
  defaultBootstrapProtection,
  defaultInitiatorBootstrap,
  defaultRecipientBootstrap,
  defaultSecureExchangeConfig,
  defaultSecureHandlerConfig,
  type SecureExchangeConfig,
  type SecureHandlerConfig,
} from '@holdfast/ws-secconv';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  certificateTrust,
  credential,
  defaultProtection,
  type ProtectionDescription,
  type ProtectionOrder,
  readCertificate,
  type SecureConversationVersion,
  SUITES,
  type SuiteName,
  type TrustConfig,
} from '@holdfast/ws-security';

/** Who we are: a certificate and the private key that belongs to it, PEM. */
export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
  /** Of the private key, if it is encrypted. */
  readonly passphrase?: string;
}

/** What both sides of a secure conversation must agree on, and whom they believe. */
export interface SecurityOptions {
  readonly identity: Identity | Credential;
  /** The authorities whose certificates are believed: a PEM bundle, or a full trust configuration. */
  readonly trust: string | TrustConfig;
  /** The version of WS-SecureConversation and WS-Trust; `2005` is that of February 2005. Default `1.3`. */
  readonly version?: SecureConversationVersion;
  /** Default `Basic256`. */
  readonly suite?: SuiteName;
  /** Default `sign-then-encrypt`. */
  readonly order?: ProtectionOrder;
  /** Whether message signatures are encrypted too. Default false. */
  readonly encryptSignature?: boolean;
}

/** What the initiator of secure conversations is told: whom it talks to, beyond what both sides agree on. */
export interface InitiatorSecurityOptions extends SecurityOptions {
  /** The certificate of the other end, PEM: nobody else is talked to. */
  readonly recipient: string | Certificate;
  /** How long a security context shall live, milliseconds. Default: the recipient decides. */
  readonly contextLifetime?: number;
}

/** What the recipient of secure conversations is told: how long and how many, beyond what both sides agree on. */
export interface RecipientSecurityOptions extends SecurityOptions {
  /** How long a security context lives if the initiator does not ask for less, milliseconds. Default 10 hours. */
  readonly contextLifetime?: number;
  /** Security contexts of one identity at a time. Default 1,000. */
  readonly maxContextsPerIdentity?: number;
  /**
   * Whether an initiator may cancel a context with its certificate alone, without the context's secret. CXF's clients
   * need it. Default false.
   */
  readonly bootstrapMayCancel?: boolean;
}

/** @throws UsageError `invalid-option`, `invalid-key` */
export function initiatorSecurity(options: InitiatorSecurityOptions, soap: SoapVersion): SecureExchangeConfig {
  const { bootstrap, application } = protections(options);
  return {
    ...defaultSecureExchangeConfig,
    application,
    version: versionOf(options),
    soapVersion: soap,
    ...(options.contextLifetime === undefined
      ? {}
      : { lifetime: positive('contextLifetime', options.contextLifetime) }),
    bootstrap: {
      ...defaultInitiatorBootstrap,
      description: bootstrap,
      signer: credentialOf(options.identity),
      recipient: certificateOf(options.recipient),
      trust: trustOf(options.trust),
    },
  };
}

/** @throws UsageError `invalid-option`, `invalid-key` */
export function recipientSecurity(options: RecipientSecurityOptions): SecureHandlerConfig {
  const { bootstrap, application } = protections(options);
  const { issuer } = defaultSecureHandlerConfig;
  const lifetime = positive('contextLifetime', options.contextLifetime ?? issuer.lifetime.default);
  return {
    ...defaultSecureHandlerConfig,
    application,
    version: versionOf(options),
    issuer: { ...issuer, lifetime: { default: lifetime, maximum: Math.max(lifetime, issuer.lifetime.maximum) } },
    maxContextsPerIdentity: positive(
      'maxContextsPerIdentity',
      options.maxContextsPerIdentity ?? defaultSecureHandlerConfig.maxContextsPerIdentity,
    ),
    bootstrapMayCancel: options.bootstrapMayCancel ?? defaultSecureHandlerConfig.bootstrapMayCancel,
    bootstrap: {
      ...defaultRecipientBootstrap,
      description: bootstrap,
      credential: credentialOf(options.identity),
      trust: trustOf(options.trust),
    },
  };
}

/**
 * Whether a conversation can be begun with these certificates now.
 * @throws UsageError `invalid-option` when one is out of date, or the recipient's is not trusted
 */
export function assertUsable({ bootstrap }: SecureExchangeConfig, now: Date): void {
  assertCurrent(bootstrap.signer.certificate, now);
  try {
    bootstrap.trust.check(bootstrap.recipient, now, ['digitalSignature', 'nonRepudiation']);
  } catch (cause) {
    if (!(cause instanceof SecurityError)) throw cause;
    const advice =
      cause.code === 'token-expired'
        ? 'Ask the other end for its present certificate.'
        : 'Give the certificate of the authority that issued it in the option trust.';
    throw new UsageError('invalid-option', `recipient: ${cause.message} ${advice}`, { cause });
  }
}

/** @throws UsageError `invalid-option` when our own certificate is out of date: nobody would believe it */
export function assertCurrent({ x509, notBefore, notAfter }: Certificate, now: Date): void {
  const why =
    now > notAfter
      ? `expired on ${notAfter.toISOString()}`
      : now < notBefore
        ? `is not valid before ${notBefore.toISOString()}`
        : undefined;
  if (why === undefined) return;
  const subject = x509.subject.replaceAll('\n', ', ');
  throw new UsageError('invalid-option', `identity: the certificate of "${subject}" ${why}. Have another one issued.`);
}

function protections(options: SecurityOptions): {
  readonly bootstrap: ProtectionDescription;
  readonly application: ProtectionDescription;
} {
  const name = options.suite ?? 'Basic256';
  if (!Object.hasOwn(SUITES, name)) {
    throw new UsageError(
      'invalid-option',
      `suite: there is no "${name}"; there are ${Object.keys(SUITES).join(', ')}.`,
    );
  }
  const order = options.order ?? defaultProtection.order;
  if (order !== 'sign-then-encrypt' && order !== 'encrypt-then-sign') {
    throw new UsageError('invalid-option', `order: "${order}" is neither sign-then-encrypt nor encrypt-then-sign.`);
  }
  const common = { suite: SUITES[name], order, encryptSignature: options.encryptSignature ?? false };
  return {
    bootstrap: { ...defaultBootstrapProtection, ...common },
    application: { ...defaultProtection, ...common, token: 'SecurityContextToken' },
  };
}

function versionOf({ version = '1.3' }: SecurityOptions): SecureConversationVersion {
  if (version !== '1.3' && version !== '2005') {
    throw new UsageError('invalid-option', `version: "${String(version)}" is neither 1.3 nor 2005.`);
  }
  return version;
}

function credentialOf(identity: Identity | Credential): Credential {
  if (typeof identity !== 'object' || !identity.certificate || !identity.privateKey) {
    throw new UsageError(
      'invalid-option',
      'identity: a certificate and its private key are needed, PEM: { certificate, privateKey }.',
    );
  }
  if (!isIdentity(identity)) return identity;
  const defaults: Required<Record<keyof Identity, unknown>> = {
    certificate: undefined,
    privateKey: undefined,
    passphrase: undefined,
  };
  configured<object>('identity', defaults, identity);
  return credential(identity.certificate, identity.privateKey, identity.passphrase);
}

function isIdentity(identity: Identity | Credential): identity is Identity {
  return typeof identity.privateKey === 'string';
}

function certificateOf(source: string | Certificate): Certificate {
  if (source === undefined)
    throw new UsageError('invalid-option', 'recipient: the certificate of the other end is needed.');
  if (typeof source !== 'string') return source;
  try {
    return readCertificate(source);
  } catch (cause) {
    throw new UsageError('invalid-option', 'recipient: that is not a certificate in PEM.', { cause });
  }
}

function trustOf(trust: string | TrustConfig): CertificateTrust {
  if (trust === undefined)
    throw new UsageError('invalid-option', 'trust: the certificates of trusted authorities are needed.');
  const config = typeof trust === 'string' ? { anchors: trust } : trust;
  const defaults: Required<Record<keyof TrustConfig, unknown>> = {
    anchors: undefined,
    intermediates: undefined,
    revocationLists: undefined,
    maxPathLength: undefined,
  };
  configured<object>('trust', defaults, config);
  try {
    return certificateTrust(config);
  } catch (cause) {
    const why = cause instanceof UsageError || cause instanceof SecurityError ? ` ${cause.message}` : '';
    throw new UsageError(
      'invalid-option',
      `trust: it must be the PEM of the certificates of trusted authorities.${why}`,
      { cause },
    );
  }
}

function positive(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError('invalid-option', `${option}: a whole number above 0 is needed.`);
  return value;
}
