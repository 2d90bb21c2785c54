import { UsageError } from '@holdfast/soap';
import { defaultBootstrapProtection } from '@holdfast/ws-secconv';
import {
  defaultProtection,
  type ProtectionDescription,
  type ProtectionOrder,
  type SecureConversationVersion,
  SUITES,
  type SuiteName,
} from '@holdfast/ws-security';
import { type BootstrapName, bootstrapName, isOverTls } from './bootstrap-name.js';

/** What both sides of a secure conversation must agree on. */
export interface SecurityOptions {
  /** How a conversation begins: who proves itself to whom, and by what. Default `x509`. */
  readonly bootstrap?: BootstrapName;
  /** The version of WS-SecureConversation and WS-Trust; `2005` is that of February 2005. Default `1.3`. */
  readonly version?: SecureConversationVersion;
  /** Default `Basic256`. */
  readonly suite?: SuiteName;
  /** Default `sign-then-encrypt`. */
  readonly order?: ProtectionOrder;
  /** Whether message signatures are encrypted too. Default false. */
  readonly encryptSignature?: boolean;
  /** Whether answers confirm the signatures of their requests (WSS 1.1). Default false. */
  readonly signatureConfirmation?: boolean;
  /** Whether each message has keys of its own, derived from the context's secret (sp:RequireDerivedKeys). Default true. */
  readonly derivedKeys?: boolean;
  /** The same for the key that protects a bootstrap `anonymous`, `username` or `x509-endorsing`. Default true. */
  readonly bootstrapDerivedKeys?: boolean;
}

/** What {@link SecurityOptions} mean for the messages of a conversation. */
export interface Protections {
  readonly name: BootstrapName;
  readonly version: SecureConversationVersion;
  readonly bootstrap: Omit<ProtectionDescription, 'token' | 'supportingTokens'>;
  readonly application: ProtectionDescription;
  /** Bits of a context's secret. */
  readonly keySize: number;
}

/** @throws UsageError `invalid-option` */
export function protections(options: SecurityOptions): Protections {
  const name = bootstrapName(options.bootstrap);
  const version = versionOf(options);
  const suiteName = options.suite ?? 'Basic256';
  if (!Object.hasOwn(SUITES, suiteName)) {
    throw new UsageError(
      'invalid-option',
      `suite: there is no "${suiteName}"; there are ${Object.keys(SUITES).join(', ')}.`,
    );
  }
  const order = options.order ?? defaultProtection.order;
  if (order !== 'sign-then-encrypt' && order !== 'encrypt-then-sign') {
    throw new UsageError('invalid-option', `order: "${order}" is neither sign-then-encrypt nor encrypt-then-sign.`);
  }
  const suite = SUITES[suiteName];
  const common = {
    suite,
    order,
    encryptSignature: options.encryptSignature ?? false,
    signatureConfirmation: options.signatureConfirmation ?? false,
  };
  const isDerived = options.derivedKeys ?? true;
  return {
    name,
    version,
    bootstrap: {
      ...defaultBootstrapProtection,
      ...common,
      ...keysOf(options.bootstrapDerivedKeys ?? true),
      derivedKeyVersion: version,
    },
    application: {
      ...defaultProtection,
      ...common,
      ...keysOf(isDerived),
      token: isOverTls(name) ? 'transport' : 'SecurityContextToken',
    },
    keySize: isDerived ? 256 : suite.encryptionKeyLength * 8,
  };
}

/** @throws UsageError `invalid-option` */
export function positive(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError('invalid-option', `${option}: a whole number above 0 is needed.`);
  return value;
}

function keysOf(isDerived: boolean): Pick<ProtectionDescription, 'derivedKeys' | 'acceptUnderivedKeys'> {
  return isDerived
    ? { derivedKeys: 'explicit', acceptUnderivedKeys: false }
    : { derivedKeys: 'none', acceptUnderivedKeys: true };
}

function versionOf({ version = '1.3' }: SecurityOptions): SecureConversationVersion {
  if (version !== '1.3' && version !== '2005') {
    throw new UsageError('invalid-option', `version: "${String(version)}" is neither 1.3 nor 2005.`);
  }
  return version;
}
