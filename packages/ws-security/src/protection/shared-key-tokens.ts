import { UsageError, type XmlElement } from '@holdfast/soap';
import type { SigningKey } from '../algorithms/digest.js';
import { KEY_LENGTH } from '../algorithms/suites.js';
import { DEFAULT_LABEL, deriveKey, NONCE_LENGTH, writeDerivedKeyToken } from '../elements/derived-key-token.js';
import { dkType, type SecureConversationVersion } from '../elements/security-context-token.js';
import { type ReferenceMarks, type TokenReference, writeTokenReference } from '../elements/security-token-reference.js';
import type { Making } from './making.js';

/** A secret that the peer knows, and how a message names the token that stands for it. */
export interface SharedSecret {
  readonly secret: Uint8Array;
  readonly reference: TokenReference;
  readonly marks?: ReferenceMarks;
  /** Of the DerivedKeyTokens that are made of it. */
  readonly version: SecureConversationVersion;
}

/** A key for one purpose. */
export interface PurposeKey {
  readonly secret: Uint8Array;
  readonly reference: XmlElement;
  /** The DerivedKeyToken, if there is one. */
  readonly token: XmlElement | undefined;
  /** Zeroes the key, if it was made for this message. */
  release(): void;
}

export function signatureKey(shared: SharedSecret, making: Making): PurposeKey {
  return purposeKey(shared, making.description.suite.signatureKeyLength, making);
}

/** @throws UsageError `invalid-option` when keys are not derived and the secret is too short for the cipher */
export function encryptionKey(shared: SharedSecret, making: Making): PurposeKey {
  const { suite, derivedKeys } = making.description;
  if (derivedKeys !== 'none') return purposeKey(shared, suite.encryptionKeyLength, making);
  const length = KEY_LENGTH[suite.encryption[0]];
  if (shared.secret.length < length) {
    throw new UsageError(
      'invalid-option',
      `derivedKeys: ${suite.name} encrypts with ${length} octets, and the secret has ${shared.secret.length}; derive keys from it.`,
    );
  }
  // Of a longer secret the first octets, as WSS4J has it.
  return purposeKey({ ...shared, secret: shared.secret.subarray(0, length) }, length, making);
}

/** The key as what signs. */
export function hmacKey({ secret }: PurposeKey, making: Making): SigningKey {
  return { kind: 'symmetric', secret, algorithm: making.description.suite.symmetricSignature[0] };
}

function purposeKey(shared: SharedSecret, length: number, making: Making): PurposeKey {
  const { derivedKeys } = making.description;
  const { secret, reference, marks = {}, version } = shared;
  switch (derivedKeys) {
    case 'none':
      return { secret, reference: writeTokenReference(reference, marks), token: undefined, release: () => undefined };
    case 'implied': {
      if (version !== '1.3') {
        throw new UsageError('invalid-option', 'derivedKeys: implied is of WS-SecureConversation 1.3 only.');
      }
      const nonce = making.random(NONCE_LENGTH);
      const key = deriveKey(secret, { label: DEFAULT_LABEL, nonce, offset: 0, length });
      return {
        secret: key,
        reference: writeTokenReference(reference, { ...marks, derivation: { nonce, length } }),
        token: undefined,
        release: () => key.fill(0),
      };
    }
    case 'explicit': {
      const id = making.nextId();
      const nonce = making.random(NONCE_LENGTH);
      const key = deriveKey(secret, { label: DEFAULT_LABEL, nonce, offset: 0, length });
      const source = writeTokenReference(reference, marks);
      return {
        secret: key,
        reference: writeTokenReference({ kind: 'direct', uri: `#${id}`, valueType: dkType(version) }),
        token: writeDerivedKeyToken({ version, id, source, length, nonce }),
        release: () => key.fill(0),
      };
    }
    default:
      return derivedKeys satisfies never;
  }
}
