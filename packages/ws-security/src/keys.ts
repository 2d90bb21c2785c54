import type { SecureConversationVersion } from './elements/security-context-token.js';
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

/** How a message names an X.509 token: it holds it, or names it by one of its values (X.509 Token Profile §3.2). */
export type X509ReferenceForm = 'direct' | 'thumbprint' | 'subject-key-identifier' | 'issuer-serial';

/** The keys that protect a message on its way out. */
export type ProtectionKeys =
  | {
      readonly kind: 'SecurityContextToken';
      readonly context: SecurityContextKey;
      /** Requests hold the token (AlwaysToRecipient); responses name it by its Identifier. */
      readonly includeToken: boolean;
    }
  | {
      readonly kind: 'X509';
      readonly signer: Credential;
      readonly signerReference: X509ReferenceForm;
      readonly recipient: Certificate;
      readonly recipientReference: Exclude<X509ReferenceForm, 'direct'>;
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
}

/** A lookup that knows nothing; spread it and set what there is. */
export const noKeys: KeyLookup = {
  credentials: [],
  certificates: [],
  trust: undefined,
  securityContext: () => undefined,
};
