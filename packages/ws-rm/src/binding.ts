import { type IncomingMessage, isElement, type ProvenToken, SecurityError, WSA, type XmlElement } from '@holdfast/soap';

/**
 * What a session is held to. Everything about its sequences (messages, acknowledgements, requests for them, close,
 * terminate, faults) must be signed by it (WS-RM 1.2 §6.1; CHECKLIST §5.8).
 */
export type Binding =
  /** To a Security Context Token, by the SecurityTokenReference of CreateSequence. `identity`: whose it is. */
  | { readonly kind: 'token'; readonly uuid: string; readonly identity?: string }
  /** To whoever created it, and to the security context that it was created under, if it was. */
  | { readonly kind: 'identity'; readonly identity?: string; readonly context?: string }
  /** To nothing: only where the operator has said so. */
  | { readonly kind: 'none' };

/** UUID of the security context whose keys must protect what is sent about the session. */
export function securityContextOf(binding: Binding | undefined): string | undefined {
  switch (binding?.kind) {
    case 'token':
      return binding.uuid;
    case 'identity':
      return binding.context;
    default:
      return undefined;
  }
}

/**
 * Holds a message to the binding: its Body, its WS-Addressing header blocks and these header blocks of WS-RM must each
 * be signed by the same token.
 * @throws SecurityError `part-not-signed` when one is not signed at all, `wrong-token` when another token signed it
 */
export function assertBound(message: IncomingMessage, binding: Binding, blocks: readonly XmlElement[]): void {
  if (binding.kind === 'none') return;
  for (const part of partsToSign(message, blocks)) {
    const signers = message.proof.signers(part);
    if (signers.length === 0) {
      throw new SecurityError(
        'part-not-signed',
        `The message is about a sequence that is bound to a token, and nobody signed its ${part.local}.`,
      );
    }
    if (!signers.some((token) => isBoundTo(token, binding))) {
      throw new SecurityError(
        'wrong-token',
        `The message is about a sequence that is bound to another token than the one that signed its ${part.local}.`,
      );
    }
  }
}

/** Whether a token is the one, and in the hands of the one, that the session is held to. */
export function isBoundTo(token: ProvenToken, binding: Exclude<Binding, { readonly kind: 'none' }>): boolean {
  const context = securityContextOf(binding);
  if (context !== undefined && (token.kind !== 'SecurityContextToken' || token.id !== context)) return false;
  return binding.identity === undefined ? context !== undefined : token.identity === binding.identity;
}

/** The one token that signed all of these parts, if there is one; an SCT before any other. */
export function commonSigner(message: IncomingMessage, blocks: readonly XmlElement[]): ProvenToken | undefined {
  const [first, ...others] = partsToSign(message, blocks).map((part) => message.proof.signers(part));
  const common = (first ?? []).filter((token) =>
    others.every((signers) => signers.some(({ kind, id }) => kind === token.kind && id === token.id)),
  );
  return common.find(({ kind }) => kind === 'SecurityContextToken') ?? common[0];
}

function partsToSign(message: IncomingMessage, blocks: readonly XmlElement[]): readonly XmlElement[] {
  const { envelope } = message;
  const addressing = envelope.headers.filter((block) => isElement(block) && block.namespace === WSA);
  return [envelope.bodyElement, ...addressing, ...blocks];
}
