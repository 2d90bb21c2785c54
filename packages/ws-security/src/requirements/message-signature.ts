import { SecurityError, type XmlElement } from '@holdfast/soap';
import { matches, type ProtectionDescription, type SupportingToken } from '../description.js';
import type { Opened } from '../opening/opening.js';
import type { VerifiedSignature } from '../opening/signatures.js';
import { invalid } from '../refusal.js';

/** Which signature protects the message, and which endorse that one. */
export interface Roles {
  /** Absent with the transport binding. */
  readonly message: VerifiedSignature | undefined;
  /** In the order of {@link ProtectionDescription.supportingTokens}; `undefined` for those that do not endorse. */
  readonly endorsing: readonly (VerifiedSignature | undefined)[];
}

/**
 * Finds the signature that covers all that must be covered, and those that cover it in turn; a signature that is neither
 * is refused.
 * @throws SecurityError `part-not-signed`, `wrong-token`, `timestamp-missing`, `security-header-invalid`
 */
export function signatureRoles(opened: Opened, description: ProtectionDescription): Roles {
  if (opened.timestamp === undefined && !description.dangerouslyWithoutTimestamp) {
    throw new SecurityError('timestamp-missing', 'The Security header has no Timestamp.');
  }
  const message = description.token === 'transport' ? undefined : messageSignature(opened, description);
  const endorsing = endorsements(opened, description, message);
  return { message, endorsing };
}

/** Whether the signature covers the element, which is one of the envelope as it is now. */
export function covers(opened: Opened, signature: VerifiedSignature, element: XmlElement): boolean {
  return signature.covered.some((part) => part.element !== undefined && opened.tree.current(part.element) === element);
}

function messageSignature(opened: Opened, description: ProtectionDescription): VerifiedSignature {
  const candidates = opened.signatures.filter(
    (signature) => !opened.signatures.some(({ element }) => covers(opened, signature, element)),
  );
  const [signature, ...others] = candidates;
  if (signature === undefined) throw new SecurityError('part-not-signed', 'The message is not signed.');
  if (others.length > 0) {
    throw new SecurityError('part-not-signed', 'The message has two signatures, of which none covers the other.');
  }
  const { token, asymmetric, derived } = signature;
  if (token.kind !== description.token || !(derived || asymmetric || description.acceptUnderivedKeys)) {
    throw new SecurityError('wrong-token', `The message is not signed with a key of a ${description.token}.`);
  }
  // Anybody can sign with a private key what somebody else encrypted; with a shared key nobody else has it.
  if (asymmetric && description.order === 'sign-then-encrypt' && signature.overCiphertext) {
    throw new SecurityError(
      'part-not-signed',
      'The message signature covers what was encrypted before, not what it says.',
    );
  }
  checkCoverage(opened, signature, description);
  return signature;
}

function checkCoverage(opened: Opened, signature: VerifiedSignature, description: ProtectionDescription): void {
  const { body, blocks, security } = opened.shape;
  const { signedHeaders, protectTokens } = description;
  const required = [
    ...(description.signBody ? [body] : []),
    ...(opened.timestamp === undefined ? [] : [opened.timestamp]),
    ...blocks.filter((block) => block !== security && matches(signedHeaders, block)),
    ...(protectTokens && signature.carrier !== undefined ? [signature.carrier] : []),
  ].map((part) => opened.tree.current(part));
  const missing = required.find((part) => !covers(opened, signature, part));
  if (missing !== undefined) {
    throw new SecurityError('part-not-signed', `${missing.local} is not covered by the message signature.`);
  }
}

function endorsements(
  opened: Opened,
  description: ProtectionDescription,
  message: VerifiedSignature | undefined,
): Roles['endorsing'] {
  const left = new Set(opened.signatures);
  if (message !== undefined) left.delete(message);
  const endorsing = description.supportingTokens.map((rule) => {
    if (!rule.endorsing) return undefined;
    const found = [...left].find(
      ({ token, asymmetric, derived }) =>
        token.kind === rule.token && (derived || asymmetric || description.acceptUnderivedKeys),
    );
    if (found === undefined) {
      throw new SecurityError('wrong-token', `The message is not endorsed by a ${rule.token}, as it must be.`);
    }
    left.delete(found);
    checkEndorsement(opened, found, rule, description, message);
    return found;
  });
  if (left.size > 0) invalid('The message has a signature that its description does not ask for.');
  return endorsing;
}

function checkEndorsement(
  opened: Opened,
  endorsing: VerifiedSignature,
  rule: SupportingToken,
  { protectTokens }: ProtectionDescription,
  message: VerifiedSignature | undefined,
): void {
  const endorsed = message?.element ?? opened.timestamp;
  const own = protectTokens ? endorsing.carrier : undefined;
  const headers = opened.shape.blocks.filter(
    (block) => block !== opened.shape.security && matches(rule.signedHeaders ?? [], block),
  );
  if (endorsed === undefined && headers.length === 0) {
    throw new SecurityError(
      'part-not-signed',
      'There is nothing that an endorsing signature could bind to the message.',
    );
  }
  for (const part of [endorsed, own, ...headers]) {
    if (part !== undefined && !covers(opened, endorsing, opened.tree.current(part))) {
      throw new SecurityError('part-not-signed', `The endorsing signature does not cover ${part.local}.`);
    }
  }
}
