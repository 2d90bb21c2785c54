import { type SoapVersion, WSA } from '@holdfast/soap';
import {
  type Certificate,
  type CertificateTrust,
  type Credential,
  defaultProtection,
  type ExternalX509ReferenceForm,
  type ProtectionDescription,
  type SecureConversationVersion,
  type X509ReferenceForm,
} from '@holdfast/ws-security';
import { defaultIssuerPolicy, type IssuerPolicy } from '@holdfast/ws-trust';

/** How the initiator secures the request for a context: mutual X.509, asymmetric, signed and encrypted. */
export interface InitiatorBootstrap {
  readonly description: ProtectionDescription;
  /** Who we are. */
  readonly signer: Credential;
  /** How our requests name our certificate. Default `direct`: they hold it. */
  readonly signerReference: X509ReferenceForm;
  /** Who must be at the other end; nobody else's answer is accepted. */
  readonly recipient: Certificate;
  /** How our requests name the recipient's certificate. Default `thumbprint`. */
  readonly recipientReference: ExternalX509ReferenceForm;
  /** What makes the recipient's certificate believable at the time of use. */
  readonly trust: CertificateTrust;
}

/** How the recipient opens requests for a context, and secures its answers. */
export interface RecipientBootstrap {
  readonly description: ProtectionDescription;
  /** Who we are: requests are encrypted for this certificate. */
  readonly credential: Credential;
  /** Whose certificates are believed. */
  readonly trust: CertificateTrust;
  /** Certificates of initiators whose requests only name them. Default none. */
  readonly certificates: readonly Certificate[];
  /** How our answers name our certificate. Default `thumbprint`. */
  readonly signerReference: X509ReferenceForm;
  /** How our answers name the initiator's certificate. Default `thumbprint`. */
  readonly initiatorReference: ExternalX509ReferenceForm;
}

/** How the initiator establishes and uses security contexts. */
export interface SecureExchangeConfig {
  readonly bootstrap: InitiatorBootstrap;
  /** How application messages are protected with the context. Default: Basic256, signed then encrypted. */
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
}

/** The default of every field that has one. */
export const defaultSecureExchangeConfig: Omit<SecureExchangeConfig, 'bootstrap'> = {
  application: { ...defaultProtection, token: 'SecurityContextToken' },
  version: '1.3',
  soapVersion: '1.2',
  keySize: 256,
  assumedLifetime: 300_000,
  expiryMargin: 5_000,
};

/** How the recipient issues, bounds and uses security contexts. */
export interface SecureHandlerConfig {
  readonly bootstrap: RecipientBootstrap;
  /** How application messages are protected with the context. Default: Basic256, signed then encrypted. */
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
}

/** The default of every field that has one. */
export const defaultSecureHandlerConfig: Omit<SecureHandlerConfig, 'bootstrap'> = {
  application: { ...defaultProtection, token: 'SecurityContextToken' },
  version: '1.3',
  issuer: defaultIssuerPolicy,
  maxContexts: 100_000,
  maxContextsPerIdentity: 1_000,
  bootstrapMayCancel: false,
};

/**
 * The default protection of the exchange that establishes a context. Of the addressing headers those must be signed that
 * it depends on; Metro leaves FaultTo unsigned, which is then not seen.
 */
export const defaultBootstrapProtection: ProtectionDescription = {
  ...defaultProtection,
  signedHeaders: ['Action', 'To', 'MessageID', 'RelatesTo', 'ReplyTo'].map((local) => ({ namespace: WSA, local })),
  token: 'X509',
};

/** The default of every field of a bootstrap that has one. */
export const defaultInitiatorBootstrap = {
  description: defaultBootstrapProtection,
  signerReference: 'direct',
  recipientReference: 'thumbprint',
} as const satisfies Partial<InitiatorBootstrap>;

/** The default of every field of a recipient's bootstrap that has one. */
export const defaultRecipientBootstrap = {
  description: defaultBootstrapProtection,
  certificates: [],
  signerReference: 'thumbprint',
  initiatorReference: 'thumbprint',
} as const satisfies Partial<RecipientBootstrap>;
