import type { XmlElement } from '@holdfast/soap';
import type { SecureConversationVersion } from './elements/security-context-token.js';
import type { SharedKey } from './receipt.js';
import type { AssertionRequirements } from './saml/verify-assertion.js';
import type { Password } from './username/password-digest.js';
import type { Certificate, Credential } from './x509/certificate.js';
import type { CertificateTrust } from './x509/trust.js';

/** One set of keys of a security context: what a SecurityContextToken stands for. */
export interface SecurityContextKey {
  readonly version: SecureConversationVersion;
  readonly identifier: string;
  readonly instance: string | undefined;
  readonly secret: Uint8Array;
  /** Who the context belongs to, as {@link ProvenToken} says it. */
  readonly identity: string;
}

/**
 * How a message names an X.509 token: it holds it (the certificate, or its path as PKIPath or PKCS #7), or names it by one
 * of its values (X.509 Token Profile §3.2).
 */
export type X509ReferenceForm =
  | 'direct'
  | 'pki-path'
  | 'pkcs7'
  | 'embedded'
  | 'thumbprint'
  | 'subject-key-identifier'
  | 'issuer-serial';

/** How a message names a certificate that it does not hold. */
export type ExternalX509ReferenceForm = Exclude<X509ReferenceForm, 'direct' | 'pki-path' | 'pkcs7' | 'embedded'>;

/** Who can decrypt: the holder of this certificate. */
export interface RecipientKeys {
  readonly recipient: Certificate;
  readonly recipientReference: ExternalX509ReferenceForm;
  /** Further certificates whose holders can decrypt too, each by an EncryptedKey of its own. */
  readonly furtherRecipients?: readonly Certificate[];
}

/** A private key, and how the message names its certificate. */
export interface SignerKeys {
  readonly signer: Credential;
  readonly signerReference: X509ReferenceForm;
  /** For `pki-path` and `pkcs7`: the authorities between the signer's certificate and what the peer trusts. */
  readonly path?: readonly Certificate[];
}

/** A user's name and password. */
export interface UsernameKeys {
  readonly username: string;
  readonly password: Password;
}

export interface ContextKeys {
  readonly kind: 'SecurityContextToken';
  readonly context: SecurityContextKey;
  /** Requests hold the token (AlwaysToRecipient); responses name it by its Identifier. */
  readonly includeToken: boolean;
}

export interface X509Keys extends SignerKeys, RecipientKeys {
  readonly kind: 'X509';
}

/** A fresh key for the recipient's certificate (in requests), or the one that came with the request (in responses). */
export type EncryptedKeyKeys =
  | ({ readonly kind: 'EncryptedKey' } & Omit<RecipientKeys, 'furtherRecipients'>)
  | { readonly kind: 'EncryptedKey'; readonly key: SharedKey };

/** A key made of the password (UsernameToken Profile 1.1 §4). */
export interface UsernameTokenKeys extends UsernameKeys {
  readonly kind: 'UsernameToken';
  /** Rounds of hashing, at least 1,000. Default 1,000. */
  readonly iterations?: number;
}

/** An assertion whose holder proves himself by a private key, or by the secret that its issuer gave him. */
export type SamlKeys = { readonly kind: 'SAML'; readonly assertion: XmlElement } & (
  | ({ readonly holder: Credential } & RecipientKeys)
  | { readonly secret: Uint8Array }
);

/** The tokens beside the one that protects, in the order of {@link ProtectionDescription.supportingTokens}. */
export type SupportingKeys =
  | ContextKeys
  | ({ readonly kind: 'X509' } & SignerKeys)
  | ({ readonly kind: 'UsernameToken'; readonly form: 'text' | 'digest' } & UsernameKeys)
  | { readonly kind: 'UsernameToken'; readonly form: 'none'; readonly username: string }
  | {
      readonly kind: 'SAML';
      readonly assertion: XmlElement;
      /** For an endorsing token: what its holder proves himself by. */
      readonly holder?: Credential | Uint8Array;
    };

/** The keys that protect a message on its way out. */
export type ProtectionKeys = (
  | ContextKeys
  | X509Keys
  | EncryptedKeyKeys
  | UsernameTokenKeys
  | SamlKeys
  | { readonly kind: 'transport' }
) & { readonly supporting?: readonly SupportingKeys[] };

/** Whose assertions are believed, and which. */
export type AssertionPolicy = Omit<AssertionRequirements, 'now' | 'clockSkew' | 'oneTimeUse'> & {
  /** Our addresses: a confirmation that is for a Recipient must be for one of these. Default none. */
  readonly recipients?: readonly string[];
  /**
   * With the transport binding: whoever opened the connection is known (by a client certificate, say) and may vouch for
   * the subjects of sender-vouches assertions. Default false.
   */
  readonly vouchedByTransport?: boolean;
};

/** Where the keys of a message that came in are looked up. Synchronous: what is to be found was loaded before. */
export interface KeyLookup {
  /** Whose holder we are: an EncryptedKey may be for any of them. */
  readonly credentials: readonly Credential[];
  /** Certificates of peers, for messages that only name the signer's. */
  readonly certificates: readonly Certificate[];
  /** Absent: no X.509 signature is accepted. */
  readonly trust: CertificateTrust | undefined;
  /** The keys of a context; `undefined`: unknown, cancelled, or expired. Without `instance`: the current ones. */
  securityContext(identifier: string, instance: string | undefined): SecurityContextKey | undefined;
  /** A user's password; `undefined`: no such user. Absent: no UsernameToken is accepted, except one that proves nothing. */
  password?(username: string): Password | undefined;
  /** What SAML assertions must be to be believed. Absent: none is. */
  readonly assertions?: AssertionPolicy;
  /** Takes a certificate that is called `#X509v1`, as Rampart calls those of any version; BSP R3033 forbids it. Default false. */
  readonly acceptX509v1?: boolean;
}

/** A lookup that knows nothing; spread it and set what there is. */
export const noKeys: KeyLookup = {
  credentials: [],
  certificates: [],
  trust: undefined,
  securityContext: () => undefined,
};
