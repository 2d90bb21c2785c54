import { isNamed, SecurityError, type XmlElement } from '@holdfast/soap';
import { matches, type ProtectionDescription } from '../description.js';
import { wsse11 } from '../namespaces.js';
import type { Decrypted, Opened } from '../opening/opening.js';
import { isFor } from '../opening/shape.js';
import type { VerifiedSignature } from '../opening/signatures.js';
import { covers } from './message-signature.js';

/**
 * Everything that came encrypted must come from who signed the message, and everything that must be encrypted must have
 * come so. Otherwise one party could have us read, and answer, what another had encrypted for us.
 * @throws SecurityError `part-not-encrypted`, `wrong-token`, `reference-not-resolved`
 */
export function checkEncryption(
  opened: Opened,
  message: VerifiedSignature | undefined,
  description: ProtectionDescription,
): void {
  if (!opened.decrypted.every((part) => message !== undefined && isBySameParty(part, message, description))) {
    throw new SecurityError(
      'wrong-token',
      'A part of the message is encrypted with another key than its signer may use.',
    );
  }
  if (message === undefined) return;
  if (!description.dangerouslyUnsignedCiphertext) checkCoverage(opened, message);
  const { body, blocks, security } = opened.shape;
  const isEncrypted = (element: XmlElement): boolean => cameEncrypted(opened, element);
  const isEmpty = body.children.every((node) => typeof node === 'string' && node.trim() === '');
  if (description.encryptBody && !isEmpty && !isEncrypted(body)) {
    throw new SecurityError('part-not-encrypted', 'The content of the Body did not come encrypted.');
  }
  for (const block of blocks) {
    if (isNamed(block, wsse11('EncryptedHeader')) && isFor(description.role, block, opened.tree.root.namespace)) {
      throw new SecurityError(
        'reference-not-resolved',
        'An EncryptedHeader that is for us is in no list, or in one for somebody else.',
      );
    }
    if (block !== security && matches(description.encryptedHeaders, block) && !isEncrypted(block)) {
      throw new SecurityError('part-not-encrypted', `The header block ${block.local} did not come encrypted.`);
    }
  }
  if (description.encryptSignature && !message.encrypted) {
    throw new SecurityError('part-not-encrypted', 'The message signature did not come encrypted.');
  }
}

/**
 * What was decrypted must be signed, whatever the description asks for: otherwise anybody could have us decrypt what he
 * likes, and learn from our acceptance whether it could be read. With a private key it must have been signed in clear:
 * anybody could sign what somebody else encrypted.
 */
function checkCoverage(opened: Opened, message: VerifiedSignature): void {
  const signatures = new Set(opened.signatures.map(({ element }) => element));
  for (const { kind, element } of opened.decrypted) {
    if (signatures.has(element)) continue;
    const isCovered =
      message.asymmetric && kind === 'security'
        ? message.covered.some((part) => part.element === element)
        : covers(opened, message, opened.tree.current(element));
    if (!isCovered) {
      throw new SecurityError(
        'part-not-signed',
        `The encrypted ${element.local} is not covered by the message signature.`,
      );
    }
  }
}

export function cameEncrypted(opened: Opened, element: XmlElement): boolean {
  return opened.decrypted.some((part) => opened.tree.current(part.element) === opened.tree.current(element));
}

/** With a shared key, both keys come from the same token; with a private key, the content key was made for us. */
function isBySameParty(part: Decrypted, message: VerifiedSignature, description: ProtectionDescription): boolean {
  return message.asymmetric
    ? part.token.kind === 'EncryptedKey'
    : (part.derived || description.acceptUnderivedKeys) &&
        part.token.kind === message.token.kind &&
        part.token.id === message.token.id &&
        part.token.identity === message.token.identity;
}
