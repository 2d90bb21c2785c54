import { UsageError, type XmlElement } from '@holdfast/soap';
import { CANONICALIZATION } from './canonical/canonicalize.js';
import { checkDescription, checkEncryptedTokens, matches, type ProtectionDescription } from './description.js';
import type { ProtectionKeys } from './keys.js';
import { type EnvelopeParts, envelopeParts } from './protection/envelope-parts.js';
import { making, type ProtectionEnvironment } from './protection/making.js';
import { messageTokens } from './protection/message-tokens.js';
import { SecurityHeader } from './protection/security-header.js';
import { supportingParts } from './protection/supporting-tokens.js';
import type { Receipt } from './receipt.js';

/** A message made secure. */
export interface Protected {
  /** The envelope with its Security header. */
  readonly envelope: XmlElement;
  /** What {@link unprotect} needs to judge the response. */
  readonly receipt: Receipt;
}

/**
 * Secures an envelope: adds the Security header (Strict layout), signs the Timestamp, the Body and every header block,
 * and encrypts, as the description says. Each call uses fresh keys, a fresh Timestamp and fresh nonces.
 * @param envelope a soap:Envelope without a Security header for that role; it is not changed
 * @throws UsageError when the envelope has a Security header already, or the keys do not fit the description;
 *   SecurityError `replayed` when the replay cache is full
 */
export function protect(
  envelope: XmlElement,
  description: ProtectionDescription,
  keys: ProtectionKeys,
  environment: ProtectionEnvironment,
): Protected {
  checkDescription(description);
  checkFit(description, keys);
  const make = making(description, environment);
  const parts = envelopeParts(envelope, make);
  const supporting = supportingParts(keys, make);
  const tokens = keys.kind === 'transport' ? undefined : messageTokens(keys, encrypts(description, parts), make);
  try {
    const header = new SecurityHeader(parts, supporting, make);
    const made = tokens === undefined ? header.underTransport() : header.underTokens(tokens);
    const encryptedKey = tokens?.encryptedKey;
    return {
      envelope: made.envelope,
      receipt: {
        signatures: made.signatures.map(({ value }) => value),
        encryptedKey: encryptedKey && { sha1: encryptedKey.sha1, secret: Buffer.from(encryptedKey.secret) },
      },
    };
  } finally {
    tokens?.release();
    for (const part of supporting) part.release();
  }
}

function checkFit(description: ProtectionDescription, keys: ProtectionKeys): void {
  if (keys.kind !== description.token) {
    throw new UsageError(
      'invalid-argument',
      `The description asks for ${description.token}, the keys are of ${keys.kind}.`,
    );
  }
  if (keys.kind === 'SAML' && 'holder' in keys) checkEncryptedTokens(description);
  const { order, encryptSignature, suite } = description;
  const [canonicalization] = suite.canonicalization;
  if (canonicalization === CANONICALIZATION.inclusive || canonicalization === CANONICALIZATION.inclusiveWithComments) {
    throw new UsageError(
      'unsupported',
      'suite: inclusive canonicalization is read, but never written: put an exclusive one first.',
    );
  }
  if (
    'furtherRecipients' in keys &&
    keys.furtherRecipients?.length &&
    order === 'encrypt-then-sign' &&
    encryptSignature
  ) {
    throw new UsageError(
      'unsupported',
      'furtherRecipients: with encrypt-then-sign and encryptSignature a message has one recipient only.',
    );
  }
}

function encrypts(
  { encryptBody, encryptSignature, encryptedHeaders, supportingTokens }: ProtectionDescription,
  { blocks }: EnvelopeParts,
): boolean {
  return (
    encryptBody ||
    encryptSignature ||
    supportingTokens.some(({ encrypted }) => encrypted) ||
    blocks.some((block) => matches(encryptedHeaders, block))
  );
}

export type { ProtectionEnvironment } from './protection/making.js';
