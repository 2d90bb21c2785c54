import { type ProvenToken, SecurityError, type XmlElement } from '@holdfast/soap';
import type { AlgorithmSuite } from '../algorithms/suites.js';
import type { DerivedKeyProperties } from '../elements/derived-key-token.js';
import type { SecureConversationVersion } from '../elements/security-context-token.js';
import type { KeyLookup } from '../keys.js';
import type { Receipt } from '../receipt.js';
import type { ReplayCache } from '../replay-cache.js';

/** A shared key that a message names, and whose it is. */
export interface SymmetricKey {
  readonly secret: Uint8Array;
  readonly token: ProvenToken;
  /** Whether it was made for this message from the secret of the token, which is not used itself then. */
  readonly derived: boolean;
  /** The element of the Security header that stands for the token; absent: the message does not hold it. */
  readonly carrier: XmlElement | undefined;
  readonly version?: SecureConversationVersion;
  readonly properties?: DerivedKeyProperties;
}

/** What the keys of a message depend on beside its tokens. */
export interface KeyContext {
  /** The tokens whose keys the description asks for: nothing is worked out with any other. */
  readonly sources: ReadonlySet<ProvenToken['kind']>;
  readonly suite: AlgorithmSuite;
  readonly keys: KeyLookup;
  readonly now: Date;
  readonly clockSkew: number;
  /** What was sent before, if the message is a response. */
  readonly request: Receipt | undefined;
  readonly oneTimeUse: ReplayCache | undefined;
  /** Whether nobody could read the element on its way. */
  isConfidential(element: XmlElement): boolean;
}

/** @throws SecurityError `wrong-token` */
export function checkSource(kind: ProvenToken['kind'], sources: ReadonlySet<ProvenToken['kind']>): void {
  if (sources.has(kind)) return;
  throw new SecurityError(
    'wrong-token',
    `The message uses a key of a ${kind}, which its description does not ask for.`,
  );
}
