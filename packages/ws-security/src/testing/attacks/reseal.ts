import { constants, createHash, createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import {
  attribute,
  child,
  HoldfastError,
  isNamed,
  parse,
  serialize,
  text,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { CANONICALIZATION, canonicalize, isCanonicalization } from '../../canonical/canonicalize.js';
import { DEFAULT_LABEL, deriveKey } from '../../elements/derived-key-token.js';
import { ds, STR_TRANSFORM, wsse, xenc } from '../../namespaces.js';
import { dereferenced } from '../../opening/dereferenced.js';
import type { AttackOptions } from './attack.js';
import { by, content, type Edit, edited } from './edit.js';
import { SecuredMessage } from './secured-message.js';

/**
 * The message signed anew with the honest signer's key, digests included where the reference leads to an element and
 * its digest is not kept. Without the key it is left as it is, and refused for its signature.
 * What holds ciphertext keeps its digest, which may be over the plaintext.
 * @param keepDigests references (their position) whose DigestValue is part of the attack
 * @param overCiphertext the ciphertext, which was changed, is what is signed
 */
export function resealed(
  root: XmlElement,
  { signingKey }: Pick<AttackOptions, 'signingKey'>,
  keepDigests: 'all' | readonly number[] = [],
  overCiphertext = false,
): XmlElement {
  if (signingKey === undefined) return root;
  const message = reread(root);
  if (message === undefined) return root;
  const { signature, signedInfo } = message;
  if (signature === undefined || signedInfo === undefined) return root;
  const references = message.everywhere((at) => isNamed(at, ds('Reference')), signedInfo);
  const digests = references.flatMap((reference, at): readonly (readonly [XmlElement, Edit])[] => {
    if (keepDigests === 'all' || keepDigests.includes(at)) return [];
    const target = message.byId(attribute(reference, 'URI')?.slice(1) ?? '');
    const value = child(reference, ds('DigestValue'));
    const hash = hashOf(algorithm(child(reference, ds('DigestMethod'))));
    if (target === undefined || value === undefined || hash === undefined) return [];
    if (!overCiphertext && message.everywhere((each) => isNamed(each, xenc('EncryptedData')), target).length > 0)
      return [];
    const isByName = message.everywhere((each) => attribute(each, 'Algorithm') === STR_TRANSFORM, reference).length > 0;
    const token = isByName ? namedBy(message, target) : undefined;
    // A certificate that the message does not hold is what it was.
    if (isByName && token === undefined) return [];
    const octets = token === undefined ? canonicalize(target) : dereferenced(token, CANONICALIZATION.exclusive);
    return [[value, content(createHash(hash).update(octets).digest('base64'))]];
  });
  const info = edited(signedInfo, new Map(digests));
  const octets = signatureOctets(message, info, signingKey);
  const value = child(signature, ds('SignatureValue'));
  if (octets === undefined || value === undefined) return root;
  return message.with([signedInfo, by(info)], [value, content(octets.toString('base64'))]);
}

/** A tree whose elements know their scope, as those of a message that came in; absent when the attack cannot be read. */
function reread(root: XmlElement): SecuredMessage | undefined {
  try {
    return new SecuredMessage(serialize(root));
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

/** What a SecurityTokenReference leads to: a token by its Id, or an assertion by its name. */
function namedBy(message: SecuredMessage, reference: XmlElement): XmlElement | undefined {
  const named = trimmedText(reference);
  const isIt = (assertion: XmlElement): boolean =>
    named !== '' && [attribute(assertion, 'ID'), attribute(assertion, 'AssertionID')].includes(named);
  return message.tokenOf(reference) ?? message.assertions.find(isIt);
}

function signatureOctets(
  message: SecuredMessage,
  info: XmlElement,
  key: NonNullable<AttackOptions['signingKey']>,
): Buffer | undefined {
  const method = child(info, ds('SignatureMethod'));
  const uri = algorithm(method);
  const hash = hashOf(uri);
  if (hash === undefined) return undefined;
  const c14n = algorithm(child(info, ds('CanonicalizationMethod')));
  const input = canonicalize(info, isCanonicalization(c14n) ? c14n : CANONICALIZATION.exclusive);
  if ('privateKey' in key) {
    const padding = /MGF1|pss/i.test(uri)
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
    return sign(hash, Buffer.from(input), { key: privateKeyOf(key), ...padding });
  }
  const secret = keyOf(message, message.keyInfo, key.secret);
  const octets = createHmac(hash, secret).update(input).digest();
  const bits = method && child(method, ds('HMACOutputLength'));
  return bits === undefined ? octets : octets.subarray(0, Math.ceil((Number(text(bits)) || 0) / 8));
}

const privateKeys = new WeakMap<object, KeyObject>();

/** Read once: hundreds of attacks are signed with it. */
function privateKeyOf(key: { readonly privateKey: string }): KeyObject {
  const known = privateKeys.get(key) ?? createPrivateKey(key.privateKey);
  privateKeys.set(key, known);
  return known;
}

/** The key that a ds:KeyInfo names: of its token, or derived as the reference to it says. */
export function keyOf(message: SecuredMessage, keyInfo: XmlElement | undefined, secret: Uint8Array): Uint8Array {
  const own = secretOf(message.tokenOf(keyInfo), secret);
  const reference = keyInfo && child(keyInfo, wsse('SecurityTokenReference'));
  const value = (local: string) => reference?.attributes.find((each) => each.local === local)?.value;
  const nonce = value('Nonce');
  if (nonce === undefined) return own;
  const length = Math.min(Number(value('Length') ?? 32) || 0, MAX_DERIVED);
  return deriveKey(own, { label: DEFAULT_LABEL, nonce: Buffer.from(nonce, 'base64'), offset: 0, length });
}

/** The key of a token: derived when it is a DerivedKeyToken that says how, the secret itself otherwise. */
function secretOf(token: XmlElement | undefined, secret: Uint8Array): Uint8Array {
  if (token?.local !== 'DerivedKeyToken') return secret;
  const value = (local: string): string | undefined => {
    const part = child(token, { namespace: token.namespace, local });
    return part && text(part);
  };
  const length = Math.min(Math.max(Number(value('Length') ?? 32) || 0, 0), MAX_DERIVED);
  const offset = Number(value('Offset') ?? Number(value('Generation') ?? 0) * length) || 0;
  const nonce = Buffer.from(value('Nonce') ?? '', 'base64');
  if (offset < 0 || offset > MAX_DERIVED) return secret;
  return deriveKey(secret, { label: value('Label') ?? DEFAULT_LABEL, nonce, offset, length });
}

const MAX_DERIVED = 4_096;

function algorithm(of: XmlElement | undefined): string {
  return (of && attribute(of, 'Algorithm')) ?? '';
}

/** Node's name of the hash in an algorithm's identifier. */
function hashOf(uri: string): string | undefined {
  const found = /(md5|ripemd160|sha-?(?:1|224|256|384|512))(?!.*(?:md5|sha-?\d))/i.exec(uri)?.[1];
  return found?.toLowerCase().replace('-', '');
}

/** The digest, in Base64, of an element as the attacker would have it. */
export function digestOf(of: XmlElement, reference: XmlElement): string {
  return digestOfText(canonicalize(parse(serialize(of)).root), reference);
}

/** The digest, in Base64, of a canonical text. */
export function digestOfText(canonical: string, reference: XmlElement): string {
  const hash = hashOf(algorithm(child(reference, ds('DigestMethod')))) ?? 'sha256';
  return createHash(hash).update(canonical).digest('base64');
}

/** The Base64 in an element, as octets. */
export function octetsIn(of: XmlElement): Buffer {
  return Buffer.from(trimmedText(of), 'base64');
}
