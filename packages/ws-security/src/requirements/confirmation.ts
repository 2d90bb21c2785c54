import { SecurityError } from '@holdfast/soap';
import type { ProtectionDescription } from '../description.js';
import { isSignatureConfirmation, readSignatureConfirmation } from '../elements/signature-confirmation.js';
import type { Opened } from '../opening/opening.js';
import type { VerifiedSignature } from '../opening/signatures.js';
import type { Receipt } from '../receipt.js';
import { covers } from './message-signature.js';

/**
 * A response confirms exactly the signatures of its request (WSS 1.1 §8.5): each once, and nothing else; a request without
 * a signature by one confirmation without a value.
 * @param request absent: the message is no response, and confirmations are not asked for
 * @throws SecurityError `wrong-token` when it answers something else, `part-not-signed` when it could be forged
 */
export function checkConfirmation(
  opened: Opened,
  message: VerifiedSignature | undefined,
  description: ProtectionDescription,
  request: Receipt | undefined,
): void {
  if (!description.signatureConfirmation || request === undefined) return;
  const confirmations = opened.tokens.all.filter(isSignatureConfirmation);
  const expected = request.signatures.length === 0 ? [undefined] : request.signatures;
  const left = confirmations.map((part) => readSignatureConfirmation(part).value);
  for (const value of expected) {
    const at = left.findIndex((given) => (value === undefined ? given === undefined : given?.equals(value) === true));
    if (at < 0) refuse('The response does not confirm a signature of its request.');
    left.splice(at, 1);
  }
  if (left.length > 0) refuse('The response confirms a signature that its request does not have.');
  if (message !== undefined && !confirmations.every((part) => covers(opened, message, opened.tree.current(part)))) {
    throw new SecurityError('part-not-signed', 'A SignatureConfirmation is not covered by the message signature.');
  }
}

function refuse(message: string): never {
  throw new SecurityError('wrong-token', message);
}
