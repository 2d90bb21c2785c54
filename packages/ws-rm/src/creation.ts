import {
  addressingFault,
  type IncomingMessage,
  InvalidMessageError,
  isAnonymous,
  isNone,
  SecurityError,
  wsa,
} from '@holdfast/soap';
import { type Binding, commonSigner } from './binding.js';
import type { CreateSequence } from './elements/create-sequence.js';
import { type RmContent, rmBlocks } from './read-content.js';
import type { ReliableHandlerConfig } from './recipient-config.js';
import type { SctApi } from './sct-api.js';

/** Why a CreateSequence is refused, for the log; the peer is told CreateSequenceRefused. */
export class CreationRefused extends Error {
  /** Asking again later may help. */
  readonly busy: boolean;
  constructor(reason: string, busy = false) {
    super(reason);
    this.busy = busy;
  }
}

/**
 * Checks a CreateSequence as far as it speaks for itself (WS-RM 1.2 §3.4).
 * @throws CreationRefused; InvalidMessageError when it lacks what every answer needs
 */
export function assertAcceptable(message: IncomingMessage, create: CreateSequence): void {
  const { addressing } = message;
  if (addressing.messageId === undefined) {
    throw new InvalidMessageError('invalid-addressing-header', 'A CreateSequence has no wsa:MessageID.', {
      fault: addressingFault('MessageAddressingHeaderRequired', { header: wsa('MessageID') }),
    });
  }
  if (isNone(create.acksTo)) throw new CreationRefused('AcksTo is an address that nothing can be sent to.');
  // Anything else would make us send where a stranger says.
  if (!isAnonymous(create.acksTo)) throw new CreationRefused('AcksTo is not anonymous.');
  if (!isAnonymous(addressing.replyTo)) throw new CreationRefused('ReplyTo is not anonymous.');
  if (create.offer !== undefined && isNone(create.offer.endpoint)) {
    throw new CreationRefused('The Endpoint of the Offer is an address that nothing can be sent to.');
  }
}

/**
 * What the sequence will be held to (WS-RM 1.2 §6.1; CHECKLIST §5.8).
 * @throws CreationRefused when reference, header block and signature do not belong together, or the configuration
 *   demands more; SecurityError when the message is protected in part only
 */
export function bindingOf(
  message: IncomingMessage,
  create: CreateSequence,
  content: RmContent,
  config: ReliableHandlerConfig,
  sct: SctApi | undefined,
): Binding {
  const { headers } = content;
  if (headers.usesSequenceSsl !== undefined) {
    throw new CreationRefused('UsesSequenceSSL: a sequence cannot be bound to a TLS session here.');
  }
  const signer = commonSigner(message, rmBlocks(headers));
  const reference = create.securityTokenReference;
  if (signer === undefined) {
    if (message.proof.tokens.length > 0) {
      throw new SecurityError('part-not-signed', 'A CreateSequence is not signed as a whole by one token.');
    }
    if (reference !== undefined || headers.usesSequenceStr !== undefined) {
      throw new CreationRefused('The CreateSequence names a token, and nothing is signed.');
    }
    if (!config.dangerouslyUnsecured) throw new CreationRefused('The CreateSequence is not signed.');
    return { kind: 'none' };
  }
  if (reference === undefined) {
    if (headers.usesSequenceStr !== undefined) {
      throw new CreationRefused('UsesSequenceSTR without a SecurityTokenReference.');
    }
    if (!config.acceptUnbound) throw new CreationRefused('The CreateSequence has no SecurityTokenReference.');
    const context = signer.kind === 'SecurityContextToken' ? { context: signer.id } : {};
    return { kind: 'identity', identity: signer.identity, ...context };
  }
  if (headers.usesSequenceStr === undefined) {
    throw new CreationRefused('A SecurityTokenReference without UsesSequenceSTR.');
  }
  const uuid = sct?.resolve(reference);
  if (uuid === undefined) throw new CreationRefused('The SecurityTokenReference names no security context token.');
  if (signer.kind !== 'SecurityContextToken' || signer.id !== uuid) {
    throw new CreationRefused('The CreateSequence names another token than the one that signed it.');
  }
  return { kind: 'token', uuid, identity: signer.identity };
}
