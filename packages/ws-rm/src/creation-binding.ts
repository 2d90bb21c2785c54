import { type IncomingMessage, SecurityError } from '@holdfast/soap';
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
    this.name = 'CreationRefused';
    this.busy = busy;
  }
}

/**
 * What the sequence that a CreateSequence asks for will be held to (WS-RM 1.2 §6.1; CHECKLIST §5.8).
 * @throws CreationRefused when reference, header block and signature do not belong together, or the configuration
 *   demands more; SecurityError when the message is signed in part only
 */
export function bindingOf(
  message: IncomingMessage,
  create: CreateSequence,
  { headers }: RmContent,
  config: Pick<ReliableHandlerConfig, 'acceptUnbound' | 'dangerouslyUnsecured'>,
  sct: Pick<SctApi, 'resolve'> | undefined,
): Binding {
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
      throw new CreationRefused('It names a token, and nobody signed it.');
    }
    if (!config.dangerouslyUnsecured) throw new CreationRefused('Nobody signed it.');
    return { kind: 'none' };
  }
  if (reference === undefined) {
    if (headers.usesSequenceStr !== undefined) {
      throw new CreationRefused('It has UsesSequenceSTR and no SecurityTokenReference.');
    }
    if (!config.acceptUnbound) throw new CreationRefused('It has no SecurityTokenReference.');
    const context = signer.kind === 'SecurityContextToken' ? { context: signer.id } : {};
    return { kind: 'identity', identity: signer.identity, ...context };
  }
  if (headers.usesSequenceStr === undefined) {
    throw new CreationRefused('It has a SecurityTokenReference and no UsesSequenceSTR.');
  }
  const uuid = sct?.resolve(reference);
  if (uuid === undefined) throw new CreationRefused('Its SecurityTokenReference names no security context token.');
  if (signer.kind !== 'SecurityContextToken' || signer.id !== uuid) {
    throw new CreationRefused('It names another token than the one that signed it.');
  }
  return { kind: 'token', uuid, identity: signer.identity };
}
