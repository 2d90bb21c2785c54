import { attribute, child, element, SecurityError, trimmedText, type XmlElement } from '@holdfast/soap';
import { decodeBase64, pSha1 } from '@holdfast/ws-security';
import { type TrustVersion, trustVocabulary, wst } from './namespaces.js';
import type { SecretType } from './trust-vocabulary.js';

/** Octets of entropy that are little enough to refuse, or too many to be meant (checklist T13-4.4-9). */
export const ENTROPY_LIMITS = { minimum: 16, maximum: 512 } as const;

/** wst:BinarySecret (WS-Trust 1.3 §3.3). */
export function writeBinarySecret(version: TrustVersion, type: SecretType, secret: Uint8Array): XmlElement {
  return element(
    wst(version)('BinarySecret'),
    [['Type', trustVocabulary(version).secretTypes[type]]],
    Buffer.from(secret).toString('base64'),
  );
}

/** wst:Entropy with one BinarySecret. */
export function writeEntropy(version: TrustVersion, entropy: Uint8Array): XmlElement {
  return element(wst(version)('Entropy'), [], writeBinarySecret(version, 'Nonce', entropy));
}

/**
 * The octets in an Entropy or a RequestedProofToken, whatever Type the peer gave them (it is absent, Nonce or
 * SymmetricKey, depending on the stack).
 * @throws SecurityError when it holds something else than a BinarySecret
 */
export function readBinarySecret(version: TrustVersion, parent: XmlElement): Buffer {
  const secret = child(parent, wst(version)('BinarySecret'));
  if (secret === undefined) {
    throw new SecurityError(
      'unsupported-token',
      `${parent.local} holds no BinarySecret; encrypted entropy is not supported.`,
    );
  }
  const type = attribute(secret, 'Type');
  if (type?.endsWith('/AsymmetricKey') === true) {
    throw new SecurityError('unsupported-token', `${parent.local} holds an asymmetric key.`);
  }
  const octets = decodeBase64(trimmedText(secret), 'A BinarySecret');
  const { minimum, maximum } = ENTROPY_LIMITS;
  if (octets.length < minimum || octets.length > maximum) {
    throw new SecurityError('unsupported-token', `A BinarySecret must have ${minimum} to ${maximum} octets.`);
  }
  return octets;
}

/** CK/PSHA1: the key that both entropies make (WS-Trust 1.3 §4.4.4). @param keySize bits */
export function computedKey(requestor: Uint8Array, issuer: Uint8Array, keySize: number): Buffer {
  return pSha1(requestor, '', issuer, 0, Math.ceil(keySize / 8));
}
