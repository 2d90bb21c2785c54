import { type Name, WSA, type XmlElement } from '@holdfast/soap';
import { type AlgorithmSuite, SUITES } from './algorithms/suites.js';

/** Header blocks by name; without `local`, all of the namespace. */
export interface HeaderRule {
  readonly namespace: string;
  readonly local?: string;
}

/** sp:SignBeforeEncrypting, the default, or sp:EncryptBeforeSigning (WS-SecurityPolicy 1.2 §6.3). */
export type ProtectionOrder = 'sign-then-encrypt' | 'encrypt-then-sign';

/**
 * What must be protected, and with what: the one description that drives both {@link protect} and {@link unprotect}.
 * The Body and the Timestamp are always signed; so is every header block on the way out.
 */
export interface ProtectionDescription {
  readonly suite: AlgorithmSuite;
  readonly order: ProtectionOrder;
  /** sp:EncryptSignature: the message signature is encrypted too, and refused in clear. Default false. */
  readonly encryptSignature: boolean;
  /** The Body's content is encrypted, and refused in clear. Default true. */
  readonly encryptBody: boolean;
  /** Header blocks that, if a message has them, must be signed with the Body by one signature. */
  readonly signedHeaders: readonly HeaderRule[];
  /** The kind of token that must sign and encrypt. */
  readonly token: 'SecurityContextToken' | 'X509';
  /** Signatures and encryption with a context's own secret, not a key derived from it, are accepted. Default false. */
  readonly acceptUnderivedKeys: boolean;
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
  encryptSignature: false,
  encryptBody: true,
  signedHeaders: [{ namespace: WSA }, { namespace: WSRM_11 }, { namespace: WSRM_10 }, { namespace: WSMC }],
  acceptUnderivedKeys: false,
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
