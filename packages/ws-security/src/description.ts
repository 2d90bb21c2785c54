import { type Name, UsageError, WSA, type XmlElement } from '@holdfast/soap';
import { type AlgorithmSuite, SUITES } from './algorithms/suites.js';
import type { SecureConversationVersion } from './elements/security-context-token.js';

/** Header blocks by name; without `local`, all of the namespace. */
export interface HeaderRule {
  readonly namespace: string;
  readonly local?: string;
}

/**
 * sp:SignBeforeEncrypting, the default, or sp:EncryptBeforeSigning (WS-SecurityPolicy 1.2 §6.3).
 *
 * With a private key, `encrypt-then-sign` proves who sent the message, not that the sender knew what it says: anybody can
 * put his own signature over what somebody else encrypted. It is for peers that ask for it.
 */
export type ProtectionOrder = 'sign-then-encrypt' | 'encrypt-then-sign';

/**
 * Where things stand in the Security header (WS-SecurityPolicy 1.2 §6.7). What is written is always Strict; what is
 * read must be as the description says: `strict` asks that a token stands before whatever refers to it.
 */
export type Layout = 'strict' | 'lax' | 'lax-timestamp-first' | 'lax-timestamp-last';

/**
 * What the message is protected by (WS-SecurityPolicy 1.2 §7): a token with a shared key (symmetric binding), one with a
 * private key (asymmetric binding: X509, or SAML whose holder has a certificate), or the transport alone.
 *
 * `EncryptedKey` is a fresh key that the initiator makes for the recipient's certificate: it says nothing about who the
 * initiator is. `transport` means that the caller vouches for a TLS connection: nothing but the Timestamp and the
 * supporting tokens is looked at here, and every header block counts as protected.
 */
export type ProtectionToken = 'SecurityContextToken' | 'X509' | 'EncryptedKey' | 'UsernameToken' | 'SAML' | 'transport';

/**
 * A token beside the one that protects the message (WS-SecurityPolicy 1.2 §8). Two of the same kind are told apart by
 * nothing but their order in the header, which nobody signs.
 */
export interface SupportingToken {
  readonly token: Exclude<ProtectionToken, 'EncryptedKey' | 'transport'>;
  /** Its key signs the message signature; with the transport binding, the Timestamp. */
  readonly endorsing: boolean;
  /** It is covered by the message signature. */
  readonly signed: boolean;
  /** It comes encrypted; then it must be signed, too. */
  readonly encrypted: boolean;
  /** Header blocks that its signature must cover too, if the message has them: wsa:To with the transport binding, say. */
  readonly signedHeaders?: readonly HeaderRule[];
  /** How a UsernameToken may prove itself. Default: `digest` and `text`. `none` proves nothing by itself. */
  readonly passwords?: readonly PasswordType[];
}

/** The Type of a wsse:Password, or that there is none (UsernameToken Profile 1.1 §3.1). */
export type PasswordType = 'text' | 'digest' | 'none';

/**
 * What must be protected, and with what: the one description that drives both {@link protect} and {@link unprotect}.
 * The Timestamp is always signed, if there is a message signature; so is every header block on the way out.
 */
export interface ProtectionDescription {
  readonly suite: AlgorithmSuite;
  readonly order: ProtectionOrder;
  readonly layout: Layout;
  /** The kind of token that must sign and encrypt. */
  readonly token: ProtectionToken;
  /** The Body is signed, and refused unsigned. Default true. */
  readonly signBody: boolean;
  /** Header blocks that, if a message has them, must be signed by the message signature. */
  readonly signedHeaders: readonly HeaderRule[];
  /** The Body's content is encrypted, and refused in clear. Default true. */
  readonly encryptBody: boolean;
  /** Header blocks that are encrypted (wsse11:EncryptedHeader), and refused in clear. Default none. */
  readonly encryptedHeaders: readonly HeaderRule[];
  /** sp:EncryptSignature: the message signature is encrypted too, and refused in clear. Default false. */
  readonly encryptSignature: boolean;
  /** sp:ProtectTokens: the token that signs, if the message holds it, is covered by its own signature. Default false. */
  readonly protectTokens: boolean;
  /** sp:RequireSignatureConfirmation: a response repeats the signature values of its request. Default false. */
  readonly signatureConfirmation: boolean;
  /** Tokens beside the one that protects; each must be there exactly once, and no others. Default none. */
  readonly supportingTokens: readonly SupportingToken[];
  /**
   * How keys are made of a shared secret: by a DerivedKeyToken, by `wsc:Nonce` on the reference (WS-SecureConversation
   * 1.3 only), or not at all. What is read may be any, see `acceptUnderivedKeys`. Default `explicit`.
   */
  readonly derivedKeys: 'explicit' | 'implied' | 'none';
  /** Signatures and encryption with a token's own secret, not a key derived from it, are accepted. Default false. */
  readonly acceptUnderivedKeys: boolean;
  /** The version of the DerivedKeyTokens that are made of anything but a SecurityContextToken. Default 1.3. */
  readonly derivedKeyVersion: SecureConversationVersion;
  /** The SOAP actor or role whose Security header this is. Default: the ultimate receiver. */
  readonly role?: string;
  /**
   * What came encrypted is accepted unsigned. Whoever is on the way can then have anything decrypted, and learn from what
   * is accepted what it says: for peers that sign nothing but the Timestamp, and better with AES-GCM. Default false.
   */
  readonly dangerouslyUnsignedCiphertext: boolean;
  /** Neither written nor asked for: without it nothing tells an old message from a new one. Default false. */
  readonly dangerouslyWithoutTimestamp: boolean;
  /** How long a message of ours is valid, milliseconds. Default 300,000. */
  readonly timeToLive: number;
  /** How much the clocks may differ, milliseconds. Default 60,000. */
  readonly clockSkew: number;
  /** How old a message may be that says itself no earlier end, milliseconds. Default 300,000. */
  readonly maxAge: number;
}

const WSRM_11 = 'http://docs.oasis-open.org/ws-rx/wsrm/200702';
const WSRM_10 = 'http://schemas.xmlsoap.org/ws/2005/02/rm';
const WSMC = 'http://docs.oasis-open.org/ws-rx/wsmc/200702';

/** The default of everything but the kind of token. */
export const defaultProtection: Omit<ProtectionDescription, 'token'> = {
  suite: SUITES.Basic256,
  order: 'sign-then-encrypt',
  layout: 'lax',
  signBody: true,
  signedHeaders: [{ namespace: WSA }, { namespace: WSRM_11 }, { namespace: WSRM_10 }, { namespace: WSMC }],
  encryptBody: true,
  encryptedHeaders: [],
  encryptSignature: false,
  protectTokens: false,
  signatureConfirmation: false,
  supportingTokens: [],
  derivedKeys: 'explicit',
  acceptUnderivedKeys: false,
  derivedKeyVersion: '1.3',
  dangerouslyUnsignedCiphertext: false,
  dangerouslyWithoutTimestamp: false,
  timeToLive: 300_000,
  clockSkew: 60_000,
  maxAge: 300_000,
};

/** Whether a header block is one of those that the rules name. */
export function matches(rules: readonly HeaderRule[], block: Name | XmlElement): boolean {
  return rules.some(
    (rule) => rule.namespace === block.namespace && (rule.local === undefined || rule.local === block.local),
  );
}

/** @throws UsageError `invalid-option` when it asks for what cannot be, or for what would prove nothing */
export function checkDescription(description: ProtectionDescription): void {
  const { token, signBody, encryptBody, supportingTokens, dangerouslyWithoutTimestamp } = description;
  const endorsesNothing = supportingTokens.some(
    ({ endorsing, signedHeaders = [] }) => endorsing && signedHeaders.length === 0,
  );
  if (token === 'transport' && dangerouslyWithoutTimestamp && endorsesNothing) {
    throw new UsageError(
      'invalid-option',
      'supportingTokens: with the transport binding an endorsing token signs the Timestamp, which dangerouslyWithoutTimestamp leaves out; name signedHeaders.',
    );
  }
  if (token === 'transport' || description.dangerouslyUnsignedCiphertext) return;
  if (encryptBody && !signBody) unsignedCiphertext('signBody', 'the Body');
  if (supportingTokens.some(({ encrypted, signed }) => encrypted && !signed)) {
    unsignedCiphertext('supportingTokens', 'a token');
  }
  if (token === 'X509') checkEncryptedTokens(description);
}

/** Whatever is decrypted tells by what becomes of it something of what it says. */
function unsignedCiphertext(option: string, what: string): never {
  throw new UsageError('invalid-option', `${option}: ${what} that is encrypted must be signed, too.`);
}

/**
 * Where a private key signs, a token that comes encrypted must have been signed in clear.
 * @throws UsageError `invalid-option`
 */
export function checkEncryptedTokens({ supportingTokens, order }: ProtectionDescription): void {
  if (order === 'encrypt-then-sign' && supportingTokens.some(({ encrypted }) => encrypted)) {
    throw new UsageError(
      'invalid-option',
      'supportingTokens: where a private key signs, a token must be signed before it is encrypted; otherwise anybody could use the token of another.',
    );
  }
}
