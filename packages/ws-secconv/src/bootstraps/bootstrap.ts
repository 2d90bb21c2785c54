import { WSA } from '@holdfast/soap';
import {
  defaultProtection,
  type HeaderRule,
  type KeyLookup,
  type ProtectionDescription,
  type ProtectionKeys,
  type Unprotected,
} from '@holdfast/ws-security';

/** How an initiator secures its request for a context, and knows who answered. */
export interface InitiatorBootstrap {
  /** What protects the request, and what must protect the answer. */
  readonly request: ProtectionDescription;
  readonly answer: ProtectionDescription;
  /** What is looked up to open the answer. */
  readonly lookup: KeyLookup;
  /** @throws SecurityError when the recipient's certificate is not believed at this time */
  keys(now: Date): ProtectionKeys;
  /** Who is at the other end of a context with this address. */
  recipientAt(address: string): string;
  /** @throws SecurityError `wrong-token` when somebody else than the recipient has answered */
  judge(answer: Unprotected): void;
}

/** How a recipient opens requests for a context, knows who asks, and secures its answers. */
export interface RecipientBootstrap {
  /** What must protect the request, and what protects the answer. */
  readonly request: ProtectionDescription;
  readonly answer: ProtectionDescription;
  /** What is looked up to open the request. */
  readonly lookup: KeyLookup;
  /**
   * Who asks, as a string that is the same whenever it is the same party; `undefined`: nobody can tell.
   * @throws SecurityError `wrong-token` when the request does not say who must
   */
  initiatorOf(request: Unprotected): string | undefined;
  /** @throws SecurityError `wrong-token` when there is nothing to protect an answer with */
  answerKeys(request: Unprotected): ProtectionKeys;
}

/** What both sides of a bootstrap can choose. */
export type BootstrapProtection = Partial<Omit<ProtectionDescription, 'token' | 'supportingTokens'>>;

/**
 * The addressing headers that a request for a context and its answer depend on, which must be signed. Metro leaves FaultTo
 * unsigned, which is then not seen.
 */
const BOOTSTRAP_HEADERS: readonly HeaderRule[] = ['Action', 'To', 'MessageID', 'RelatesTo', 'ReplyTo'].map((local) => ({
  namespace: WSA,
  local,
}));

/** What protects messages of a bootstrap where nothing else is said. */
export const defaultBootstrapProtection: Omit<ProtectionDescription, 'token'> = {
  ...defaultProtection,
  signedHeaders: BOOTSTRAP_HEADERS,
};

/** The end of a TLS connection to an address, as somebody to talk to. */
export function tlsIdentity(address: string): string {
  return `tls:${URL.canParse(address) ? new URL(address).host : address}`;
}
