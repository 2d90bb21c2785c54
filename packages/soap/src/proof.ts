import type { XmlElement } from './xml/tree.js';

/**
 * A token whose key really signed or encrypted something in a message, and whose it is.
 * Two tokens are the same exactly when `kind` and `id` are equal.
 */
export interface ProvenToken {
  readonly kind: 'SecurityContextToken' | 'X509' | 'EncryptedKey' | 'UsernameToken' | 'SAML';
  /** SCT: its Identifier. X.509: the SHA-256 fingerprint, hex. EncryptedKey: its SHA-1, Base64. UsernameToken: the name. SAML: the assertion's ID. */
  readonly id: string;
  /** Which set of keys of a renewed SCT (`wsc:Instance`). */
  readonly instance?: string;
  /**
   * Who stands behind the token: a string that is equal for two tokens exactly when their holder is the same
   * (`x509:<SHA-256 fingerprint>`, `user:<name>`, `anonymous:<context>`).
   */
  readonly identity: string;
}

/**
 * What is proven about one message: which tokens signed and which encrypted each element. Questions are asked by
 * element identity, never by name or Id, so an answer always concerns the very element that the caller will read.
 * Only the security layer makes one; see {@link unproven}.
 */
export interface Proof {
  /** The tokens whose signature covers the whole element. Empty: nobody. */
  signers(element: XmlElement): readonly ProvenToken[];
  /** The tokens under whose keys the element, or all of its content, came encrypted. Empty: it came in clear. */
  encrypters(element: XmlElement): readonly ProvenToken[];
  /** Every token that signed something required of the message. */
  readonly tokens: readonly ProvenToken[];
}

/** The proof of a message that nobody protected. */
export const unproven: Proof = { signers: () => [], encrypters: () => [], tokens: [] };
