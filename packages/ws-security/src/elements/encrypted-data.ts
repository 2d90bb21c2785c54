import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  isNamed,
  type Name,
  SecurityError,
  type XmlElement,
} from '@holdfast/soap';
import type { KeyTransportMethod } from '../algorithms/key-transport.js';
import { KEY_TRANSPORT, type KeyWrapAlgorithm, MGF } from '../algorithms/suites.js';
import { decodeBase64 } from '../base64.js';
import { ds, XENC, xenc, xenc11 } from '../namespaces.js';
import { onlyChildren, trimmedContent } from '../simple-content.js';

/** What an xenc:EncryptedData replaces: an element, or the content of one. */
export type EncryptedType = 'element' | 'content';

const TYPES = { element: `${XENC}Element`, content: `${XENC}Content` } as const;

export function writeEncryptedData(data: {
  readonly id: string;
  readonly type: EncryptedType;
  readonly algorithm: string;
  /** Absent: the EncryptedKey that lists it says which key it is. */
  readonly keyReference: XmlElement | undefined;
  readonly octets: Buffer;
}): XmlElement {
  return element(
    xenc('EncryptedData'),
    [
      ['Id', data.id],
      ['Type', TYPES[data.type]],
    ],
    element(xenc('EncryptionMethod'), [['Algorithm', data.algorithm]]),
    data.keyReference && element(ds('KeyInfo'), [], data.keyReference),
    element(xenc('CipherData'), [], element(xenc('CipherValue'), [], data.octets.toString('base64'))),
  );
}

export interface EncryptedData {
  readonly type: EncryptedType;
  readonly algorithm: string;
  /** The wsse:SecurityTokenReference of KeyInfo. */
  readonly keyReference: XmlElement | undefined;
  readonly octets: Buffer;
}

/** @throws SecurityError when it is not in a form that may be decrypted */
export function readEncryptedData(data: XmlElement): EncryptedData {
  const type = attribute(data, 'Type');
  if (type !== TYPES.element && type !== TYPES.content) invalid('EncryptedData must be of Type Element or Content');
  const { method } = onlyChildren(data, PARTS);
  if (method !== undefined && elements(method).length > 0) notSupported('the EncryptionMethod of data has parameters');
  return {
    type: type === TYPES.element ? 'element' : 'content',
    algorithm: readMethod(data),
    keyReference: readKeyReference(data),
    octets: readCipherValue(data),
  };
}

/** What both hold. */
const PARTS = { method: xenc('EncryptionMethod'), keyInfo: ds('KeyInfo'), data: xenc('CipherData') };

/** What an xenc:EncryptedKey says of how it is encrypted: nothing of it is an algorithm that may be used yet. */
export interface EncryptedKeyMethod {
  /** Of key transport, or of key wrap. */
  readonly algorithm: string;
  /** The digest of RSA-OAEP, where it is named. */
  readonly digest: string | undefined;
  /** The mask generation function of RSA-OAEP, where it is named. */
  readonly mgf: string | undefined;
}

/** xenc:EncryptedKey: a key for the holder of an RSA key, or for whoever has a symmetric one. */
export interface EncryptedKey {
  readonly method: EncryptedKeyMethod;
  /** The wsse:SecurityTokenReference of KeyInfo: the certificate, or the token of the symmetric key. */
  readonly keyReference: XmlElement | undefined;
  readonly octets: Buffer;
  /** Ids of the EncryptedData that its ReferenceList names. */
  readonly references: readonly string[];
}

export function writeEncryptedKey(key: {
  readonly id: string;
  readonly method: KeyTransportMethod | { readonly algorithm: KeyWrapAlgorithm };
  readonly keyReference: XmlElement;
  readonly octets: Buffer;
  readonly references: readonly string[];
}): XmlElement {
  return element(
    xenc('EncryptedKey'),
    [['Id', key.id]],
    writeEncryptedKeyMethod(key.method),
    element(ds('KeyInfo'), [], key.keyReference),
    element(xenc('CipherData'), [], element(xenc('CipherValue'), [], key.octets.toString('base64'))),
    key.references.length === 0 ? undefined : writeReferenceList(key.references),
  );
}

/**
 * @throws SecurityError `security-header-invalid` when it is not in a form that may be decrypted,
 * `algorithm-not-allowed` when its EncryptionMethod has parameters that are not its algorithm's
 */
export function readEncryptedKey(key: XmlElement): EncryptedKey {
  const { list } = onlyChildren(key, { ...PARTS, list: xenc('ReferenceList') });
  for (const name of ['Type', 'MimeType', 'Encoding', 'Recipient']) {
    if (attribute(key, name) !== undefined)
      invalid(`an EncryptedKey must not have a ${name} (BSP R3209, R5602, R5622, R5623)`);
  }
  return {
    method: readEncryptedKeyMethod(key),
    keyReference: readKeyReference(key),
    octets: readCipherValue(key),
    references: list === undefined ? [] : readReferenceList(list),
  };
}

function writeEncryptedKeyMethod(method: KeyTransportMethod | { readonly algorithm: KeyWrapAlgorithm }): XmlElement {
  const { algorithm } = method;
  const isOaep = algorithm === KEY_TRANSPORT.rsaOaepMgf1p || algorithm === KEY_TRANSPORT.rsaOaep;
  const { digest, mgf }: Omit<KeyTransportMethod, 'algorithm'> = isOaep ? method : {};
  return element(
    xenc('EncryptionMethod'),
    [['Algorithm', algorithm]],
    digest && element(ds('DigestMethod'), [['Algorithm', digest]]),
    algorithm === KEY_TRANSPORT.rsaOaep && mgf !== undefined ? element(xenc11('MGF'), [['Algorithm', mgf]]) : undefined,
  );
}

/** The parameters that each algorithm has, and no others: OAEPparams, the label of RSA-OAEP, is for nobody. */
function readEncryptedKeyMethod(key: XmlElement): EncryptedKeyMethod {
  const algorithm = readMethod(key);
  const method = child(key, xenc('EncryptionMethod')) as XmlElement;
  const isOaep = algorithm === KEY_TRANSPORT.rsaOaepMgf1p || algorithm === KEY_TRANSPORT.rsaOaep;
  const digest = readParameter(method, ds('DigestMethod'));
  const mgf = readParameter(method, xenc11('MGF'));
  const count = Number(digest !== undefined) + Number(mgf !== undefined);
  if (elements(method).length !== count || (!isOaep && count > 0)) {
    notSupported('an EncryptionMethod has parameters that its algorithm does not have, or a label (OAEPparams)');
  }
  if (algorithm === KEY_TRANSPORT.rsaOaepMgf1p && mgf !== undefined && mgf !== MGF.mgf1Sha1) {
    notSupported('rsa-oaep-mgf1p cannot have another mask generation function than MGF1 with SHA-1');
  }
  return { algorithm, digest, mgf };
}

function readParameter(method: XmlElement, name: Name): string | undefined {
  const [only, ...others] = childrenNamed(method, name);
  const algorithm = only && attribute(only, 'Algorithm');
  if (others.length > 0 || (only !== undefined && algorithm === undefined)) {
    invalid(`the ${name.local} of an EncryptionMethod must name one Algorithm`);
  }
  return algorithm;
}

/** xenc:ReferenceList with a DataReference for each Id. */
export function writeReferenceList(ids: readonly string[]): XmlElement {
  return element(xenc('ReferenceList'), [], ...ids.map((id) => element(xenc('DataReference'), [['URI', `#${id}`]])));
}

/** The Ids it names. @throws SecurityError `security-header-invalid` for anything but references within the message */
export function readReferenceList(list: XmlElement): readonly string[] {
  return elements(list).map((reference) => {
    const uri = attribute(reference, 'URI');
    if (!isNamed(reference, xenc('DataReference')) || uri === undefined || !uri.startsWith('#') || uri.length < 2) {
      invalid('a ReferenceList must hold DataReferences within the message');
    }
    return uri.slice(1);
  });
}

function readMethod(of: XmlElement): string {
  const methods = childrenNamed(of, xenc('EncryptionMethod'));
  const algorithm = methods.length === 1 && methods[0] !== undefined ? attribute(methods[0], 'Algorithm') : undefined;
  if (algorithm === undefined) invalid(`${of.local} must name its one EncryptionMethod`);
  return algorithm;
}

function readKeyReference(of: XmlElement): XmlElement | undefined {
  const keyInfo = child(of, ds('KeyInfo'));
  if (keyInfo === undefined) return undefined;
  const [reference, ...others] = elements(keyInfo);
  if (others.length > 0) invalid(`the KeyInfo of ${of.local} must hold one reference to a token`);
  return reference;
}

function readCipherValue(of: XmlElement): Buffer {
  const data = child(of, xenc('CipherData'));
  const value = data && onlyChildren(data, { value: xenc('CipherValue') }).value;
  if (value === undefined) invalid(`${of.local} must hold its ciphertext as one CipherValue`);
  return decodeBase64(trimmedContent(value), 'A CipherValue');
}

function notSupported(why: string): never {
  throw new SecurityError('algorithm-not-allowed', `Something encrypted cannot be read: ${why}.`);
}

function invalid(why: string): never {
  throw new SecurityError('security-header-invalid', `Something encrypted cannot be read: ${why}.`);
}
