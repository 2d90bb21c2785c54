import { createHash, createPublicKey } from 'node:crypto';
import { UsageError, type XmlElement } from '@holdfast/soap';
import type { SigningKey } from '../algorithms/digest.js';
import { transportKey, writtenTransport } from '../algorithms/key-transport.js';
import { KEY_LENGTH } from '../algorithms/suites.js';
import { writeEncryptedKey, writeReferenceList } from '../elements/encrypted-data.js';
import { writeTokenReference } from '../elements/security-token-reference.js';
import type { EncryptedKeyKeys, ProtectionKeys, RecipientKeys, UsernameTokenKeys } from '../keys.js';
import { ENCRYPTED_KEY, ENCRYPTED_KEY_SHA1 } from '../namespaces.js';
import type { SharedKey } from '../receipt.js';
import { keyToken, usernameKey, usernameSalt } from '../username/derived-key.js';
import type { Credential } from '../x509/certificate.js';
import { certificateReference } from '../x509/reference.js';
import type { EncryptionKey } from './encrypting.js';
import { assertionToken, certificateToken, contextToken, type SignerToken, usernameToken } from './held-tokens.js';
import type { Making } from './making.js';
import { encryptionKey, hmacKey, type SharedSecret, signatureKey } from './shared-key-tokens.js';
import { type SignedPart, signedElement } from './signing.js';

/** The keys of one message, and the tokens that carry them. */
export interface MessageTokens {
  readonly signingKey: SigningKey;
  /** The reference in the signature's KeyInfo. */
  readonly signingReference: XmlElement;
  readonly encryptionKey: EncryptionKey;
  /** What stands before anything that uses the keys. */
  readonly elements: readonly XmlElement[];
  /** The token that signs, if the message holds it. */
  readonly signedAs: SignedPart | undefined;
  /** What tells the receiver that these are encrypted; none for none. */
  lists(encrypted: readonly string[]): readonly XmlElement[];
  /** The key that the response may use. */
  readonly encryptedKey: SharedKey | undefined;
  /** Zeroes the keys. */
  release(): void;
}

/** @param encrypts whether anything will be encrypted */
export function messageTokens(
  keys: Exclude<ProtectionKeys, { readonly kind: 'transport' }>,
  encrypts: boolean,
  making: Making,
): MessageTokens {
  switch (keys.kind) {
    case 'SecurityContextToken': {
      const { shared, ...held } = contextToken(keys, making);
      return sharedKeyTokens(shared, held, encrypts, making);
    }
    case 'EncryptedKey':
      return encryptedKeyTokens(keys, encrypts, making);
    case 'UsernameToken':
      return usernameTokens(keys, encrypts, making);
    case 'X509':
      return privateKeyTokens(keys.signer, certificateToken(keys, making), keys, making);
    case 'SAML': {
      const { named, ...held } = assertionToken(keys.assertion, making);
      if ('holder' in keys) return privateKeyTokens(keys.holder, held, keys, making);
      const version = making.description.derivedKeyVersion;
      return sharedKeyTokens({ secret: keys.secret, version, ...named }, held, encrypts, making);
    }
    default:
      return keys satisfies never;
  }
}

/** Both keys are made of one secret (symmetric binding). */
function sharedKeyTokens(
  shared: SharedSecret,
  held: { readonly elements: readonly XmlElement[]; readonly signedAs: SignedPart | undefined },
  encrypts: boolean,
  making: Making,
  encryptedKey?: SharedKey,
): MessageTokens {
  const signing = signatureKey(shared, making);
  const encryption = encrypts ? encryptionKey(shared, making) : undefined;
  const derived = [signing.token, encryption?.token].filter((token) => token !== undefined);
  return {
    signingKey: hmacKey(signing, making),
    signingReference: signing.reference,
    encryptionKey: encryption ?? NOTHING,
    elements: [...held.elements, ...derived],
    signedAs: held.signedAs,
    lists: (encrypted) => (encrypted.length === 0 ? [] : [writeReferenceList(encrypted)]),
    encryptedKey,
    release() {
      signing.release();
      encryption?.release();
    },
  };
}

const NOTHING: EncryptionKey = { secret: new Uint8Array(), reference: undefined };

function encryptedKeyTokens(keys: EncryptedKeyKeys, encrypts: boolean, making: Making): MessageTokens {
  const version = making.description.derivedKeyVersion;
  if ('key' in keys) {
    const { sha1, secret } = keys.key;
    const value = Buffer.from(sha1, 'base64');
    const reference = { kind: 'key-identifier', valueType: ENCRYPTED_KEY_SHA1, value } as const;
    const shared = { secret, version, reference, marks: { tokenType: ENCRYPTED_KEY } };
    return sharedKeyTokens(shared, { elements: [], signedAs: undefined }, encrypts, making, keys.key);
  }
  const secret = Buffer.from(making.random(KEY_LENGTH[making.description.suite.encryption[0]]));
  const { id, element, sha1 } = transported(secret, keys.recipient, keys.recipientReference, [], making);
  const shared = {
    secret,
    version,
    reference: { kind: 'direct', uri: `#${id}` },
    marks: { tokenType: ENCRYPTED_KEY },
  } as const;
  const held = { elements: [element], signedAs: signedElement(element) };
  return sharedKeyTokens(shared, held, encrypts, making, { sha1, secret });
}

function usernameTokens(keys: UsernameTokenKeys, encrypts: boolean, making: Making): MessageTokens {
  const salt = usernameSalt('mac', making.random(15));
  const token = keyToken(keys.username, salt, keys.iterations);
  const secret = usernameKey(keys.password, salt, token.iteration as number);
  const { named, ...held } = usernameToken(token, making);
  const shared = { secret, version: making.description.derivedKeyVersion, reference: named };
  const tokens = sharedKeyTokens(shared, held, encrypts, making);
  return {
    ...tokens,
    release() {
      tokens.release();
      secret.fill(0);
    },
  };
}

/** One's own private key signs, and a fresh key is encrypted for the recipient (asymmetric binding). */
function privateKeyTokens(
  { privateKey }: Pick<Credential, 'privateKey'>,
  signer: SignerToken,
  { recipient, recipientReference, furtherRecipients = [] }: RecipientKeys,
  making: Making,
): MessageTokens {
  const { suite } = making.description;
  if (createPublicKey(privateKey).asymmetricKeyType !== 'rsa') {
    throw new UsageError('invalid-key', 'signer: only RSA keys can sign with the suites of WS-SecurityPolicy.');
  }
  const secret = Buffer.from(making.random(KEY_LENGTH[suite.encryption[0]]));
  const keyId = making.nextId();
  // With several recipients no EncryptedData can name the key that its reader knows; each list says it instead.
  const reference =
    furtherRecipients.length > 0
      ? undefined
      : writeTokenReference({ kind: 'direct', uri: `#${keyId}` }, { tokenType: ENCRYPTED_KEY });
  return {
    signingKey: { kind: 'asymmetric', privateKey, algorithm: suite.asymmetricSignature[0] },
    signingReference: signer.reference,
    encryptionKey: { secret, reference },
    elements: signer.elements,
    signedAs: signer.signedAs,
    lists: (encrypted) =>
      encrypted.length === 0
        ? []
        : [recipient, ...furtherRecipients].map(
            (each, index) =>
              transported(secret, each, recipientReference, encrypted, making, index === 0 ? keyId : undefined).element,
          ),
    encryptedKey: undefined,
    release: () => secret.fill(0),
  };
}

function transported(
  secret: Uint8Array,
  recipient: RecipientKeys['recipient'],
  form: RecipientKeys['recipientReference'],
  references: readonly string[],
  making: Making,
  id: string = making.nextId(),
): { readonly id: string; readonly element: XmlElement; readonly sha1: string } {
  const method = writtenTransport(making.description.suite);
  const octets = transportKey(method, recipient.publicKey, secret, making.random);
  const keyReference = writeTokenReference(certificateReference(recipient, form));
  return {
    id,
    element: writeEncryptedKey({ id, method, keyReference, octets, references }),
    sha1: createHash('sha1').update(octets).digest('base64'),
  };
}
