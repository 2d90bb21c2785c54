import type { SoapVersion } from '@holdfast/soap';
import { defaultProtection, type ProtectionDescription, type SecureConversationVersion } from '@holdfast/ws-security';
import { defaultIssuerPolicy, type IssuerPolicy } from '@holdfast/ws-trust';
import type { InitiatorBootstrap, RecipientBootstrap } from './bootstraps/bootstrap.js';
import { defaultRenewalConfig, type RenewalConfig } from './renewal.js';

/** How the initiator establishes and uses security contexts. */
export interface SecureExchangeConfig {
  /** How the request for a context is secured. */
  readonly bootstrap: InitiatorBootstrap;
  /**
   * How application messages are protected with the context: by it (`token: 'SecurityContextToken'`), or by TLS, with the
   * context endorsing each request (`token: 'transport'`). Default: by the context, Basic256, signed then encrypted.
   */
  readonly application: ProtectionDescription;
  /** Default `1.3`. */
  readonly version: SecureConversationVersion;
  /** SOAP version of the messages that this layer makes itself. Default `1.2`. */
  readonly soapVersion: SoapVersion;
  /** Bits of a context's secret. Default 256. */
  readonly keySize: number;
  /** How long a context shall live, milliseconds. Absent: the recipient decides. */
  readonly lifetime?: number;
  /** How long a context lives whose recipient does not say, milliseconds. Default 300,000. */
  readonly assumedLifetime: number;
  /** A context that ends within this time is not used for new conversations, milliseconds. Default 5,000. */
  readonly expiryMargin: number;
  /** When contexts are renewed. Default: after 75 to 85 % of their lifetime. */
  readonly renewal: RenewalConfig;
  /**
   * What protects a Renew: the context, as WS-SecureConversation 1.3 §5 has it, or what the conversation began with, as
   * CXF does it. Default `context`.
   */
  readonly renewUnder: 'context' | 'bootstrap';
  /**
   * What is done when the recipient says that it does not know the context (BadContextToken, RenewNeeded) of a message that
   * names none itself: `replace` establishes another, and sends the message once more, with another MessageID; `tell`
   * returns the fault. The fault is in clear: somebody on the way can forge it, and so have a message taken twice that the
   * recipient had taken already. Default `tell`.
   */
  readonly unknownContext: 'replace' | 'tell';
  /** How long the keys that a renewed context had open answers under way, milliseconds. Default 300,000. */
  readonly rollover: number;
}

/** The default of every field that has one. */
export const defaultSecureExchangeConfig: Omit<SecureExchangeConfig, 'bootstrap'> = {
  application: { ...defaultProtection, token: 'SecurityContextToken' },
  version: '1.3',
  soapVersion: '1.2',
  keySize: 256,
  assumedLifetime: 300_000,
  expiryMargin: 5_000,
  renewal: defaultRenewalConfig,
  renewUnder: 'context',
  unknownContext: 'tell',
  rollover: 300_000,
};

/** How the recipient issues, bounds and uses security contexts. */
export interface SecureHandlerConfig {
  /** How requests for contexts must be secured. */
  readonly bootstrap: RecipientBootstrap;
  /**
   * How application messages are protected with the context: by it (`token: 'SecurityContextToken'`), or by TLS, with the
   * context endorsing each request (`token: 'transport'`). Default: by the context, Basic256, signed then encrypted.
   */
  readonly application: ProtectionDescription;
  /** Default `1.3`. */
  readonly version: SecureConversationVersion;
  /** Key sizes and lifetimes that initiators may ask for. */
  readonly issuer: IssuerPolicy;
  /** Contexts in all; a request beyond is refused. Default 100,000. */
  readonly maxContexts: number;
  /** Contexts of one identity; a request beyond is refused. Default 1,000. */
  readonly maxContextsPerIdentity: number;
  /**
   * Whether a Cancel that is protected by the bootstrap is honoured, by the very identity that the context was issued to.
   * Only who knows its secret may cancel a context otherwise (WS-SecureConversation 1.3 §6). CXF's clients need this: they
   * send Cancel so. Default false.
   */
  readonly bootstrapMayCancel: boolean;
  /** The same for Renew, which may then come after the end of the context as well. Default false. */
  readonly bootstrapMayRenew: boolean;
  /** How long messages under the keys that a renewed context had are accepted, milliseconds. Default 300,000. */
  readonly rollover: number;
}

/** The default of every field that has one. */
export const defaultSecureHandlerConfig: Omit<SecureHandlerConfig, 'bootstrap'> = {
  application: { ...defaultProtection, token: 'SecurityContextToken' },
  version: '1.3',
  issuer: defaultIssuerPolicy,
  maxContexts: 100_000,
  maxContextsPerIdentity: 1_000,
  bootstrapMayCancel: false,
  bootstrapMayRenew: false,
  rollover: 300_000,
};
