import type { XmlElement } from '@holdfast/soap';
import type { HeaderRule } from '../../description.js';
import type { SecuredMessage } from './secured-message.js';

/** One attack on one message. */
export interface Attack {
  /** Stable: family, what is done, and the part that it is done to (`wrapping/header-block/no-id:Body`). */
  readonly name: string;
  /** What it tries, in one line. */
  readonly about: string;
  /** The message that the attacker sends: text, for it need not be well-formed. */
  readonly message: string;
  /** It is wrong only because the original was accepted before: for a receiver with a replay cache that has seen it. */
  readonly replay: boolean;
  /** It is the receiver's own message come back: for whoever sent the original and awaits the response to it. */
  readonly reflected: boolean;
}

/** The families of attacks, which their names begin with. */
export type AttackFamilyName =
  | 'wrapping'
  | 'stripping'
  | 'confusion'
  | 'algorithms'
  | 'truncation'
  | 'transforms'
  | 'references'
  | 'splitting'
  | 'ciphertext'
  | 'plaintexts'
  | 'derived-keys'
  | 'time'
  | 'usernames'
  | 'assertions'
  | 'confirmations'
  | 'mixing'
  | 'parties'
  | 'replay'
  | 'reflection'
  | 'resources'
  | 'parsing';

/** What the attacker has, and what the tester lends so that nothing but the named fault is left of a message. */
export interface AttackOptions {
  /** Only attacks of these families. Default all. */
  readonly families?: readonly AttackFamilyName[];
  /** Content of the Body that the attacker wants to be believed, XML. Default an element of no known namespace. */
  readonly body?: string;
  /** Another valid message between the same parties: attacks that mix two messages need it. */
  readonly other?: string;
  /** The header blocks that the receiver demands to be signed. Default those of `defaultProtection`. */
  readonly signedHeaders?: readonly HeaderRule[];
  /** A certificate and key of the attacker's own, PEM: nobody that the receiver trusts. */
  readonly attacker?: { readonly certificate: string; readonly privateKey: string };
  /** The signer's certificate, PEM or DER, where the message does not hold it: its public key is no secret. */
  readonly signerCertificate?: string | Uint8Array;
  /** The receiver's certificate, PEM: anybody can encrypt for its holder. */
  readonly recipientCertificate?: string;
  /** Identifier of a security context of the attacker's own with the receiver, and its secret. */
  readonly ownContext?: { readonly identifier: string; readonly secret: Uint8Array };
  /**
   * Another party that the receiver trusts too, and a message of its own to the same receiver, protected alike; what it
   * signs with. Attacks that put the parts of another's message into one's own need it.
   */
  readonly otherHolder?: { readonly message: string; readonly signingKey?: SigningKey };
  /**
   * The honest signer's own key, so that attacks on what a signature says are signed anew and nothing but their one fault
   * is left: a private key, PEM, or the secret that the message's keys are derived from (or are). No attacker has it; a
   * party that was taken over, or that an attacker can make sign something, does.
   */
  readonly signingKey?: SigningKey;
}

/** A private key, PEM, or a shared secret. */
type SigningKey = { readonly privateKey: string } | { readonly secret: Uint8Array };

/** What an attack does to a message: a tree, or text where the result is not well-formed. */
export interface Draft {
  readonly name: string;
  readonly about: string;
  readonly result: XmlElement | string;
  readonly replay?: boolean;
  readonly reflected?: boolean;
}

/** One family of attacks; it yields nothing for a message that it does not apply to. */
export type AttackFamily = (message: SecuredMessage, options: AttackOptions) => Iterable<Draft>;

/** Content of a Body that no honest party sent. */
export const EVIL = '<evil:Transfer xmlns:evil="urn:attacker"><evil:Amount>1000000</evil:Amount></evil:Transfer>';
