import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  isNamed,
  SecurityError,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import { ds, XENC, xenc } from '../namespaces.js';

/** What an xenc:EncryptedData replaces: an element, or the content of one. */
export type EncryptedType = 'element' | 'content';

const TYPES = { element: `${XENC}Element`, content: `${XENC}Content` } as const;

export function writeEncryptedData(data: {
  readonly id: string;
  readonly type: EncryptedType;
  readonly algorithm: string;
  readonly keyReference: XmlElement;
  readonly octets: Buffer;
}): XmlElement {
  return element(
    xenc('EncryptedData'),
    [
      ['Id', data.id],
      ['Type', TYPES[data.type]],
    ],
    element(xenc('EncryptionMethod'), [['Algorithm', data.algorithm]]),
    element(ds('KeyInfo'), [], data.keyReference),
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
  return {
    type: type === TYPES.element ? 'element' : 'content',
    algorithm: readMethod(data),
    keyReference: readKeyReference(data),
    octets: readCipherValue(data),
  };
}

/** xenc:EncryptedKey: a content key for the holder of an RSA key. */
export interface EncryptedKey {
  readonly algorithm: string;
  /** The digest that OAEP names, if it does. */
  readonly digest: string | undefined;
  readonly keyReference: XmlElement | undefined;
  readonly octets: Buffer;
  /** Ids of the EncryptedData that its ReferenceList names. */
  readonly references: readonly string[];
}

export function writeEncryptedKey(key: {
  readonly id: string;
  readonly algorithm: string;
  readonly digest: string;
  readonly keyReference: XmlElement;
  readonly octets: Buffer;
  readonly references: readonly string[];
}): XmlElement {
  return element(
    xenc('EncryptedKey'),
    [['Id', key.id]],
    element(
      xenc('EncryptionMethod'),
      [['Algorithm', key.algorithm]],
      element(ds('DigestMethod'), [['Algorithm', key.digest]]),
    ),
    element(ds('KeyInfo'), [], key.keyReference),
    element(xenc('CipherData'), [], element(xenc('CipherValue'), [], key.octets.toString('base64'))),
    key.references.length === 0 ? undefined : writeReferenceList(key.references),
  );
}

/** @throws SecurityError when it is not in a form that may be decrypted */
export function readEncryptedKey(key: XmlElement): EncryptedKey {
  const method = child(key, xenc('EncryptionMethod'));
  const digestMethod = method && child(method, ds('DigestMethod'));
  const list = child(key, xenc('ReferenceList'));
  return {
    algorithm: readMethod(key),
    digest: digestMethod && attribute(digestMethod, 'Algorithm'),
    keyReference: readKeyReference(key),
    octets: readCipherValue(key),
    references: list === undefined ? [] : readReferenceList(list),
  };
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
  const method = child(of, xenc('EncryptionMethod'));
  const algorithm = method && attribute(method, 'Algorithm');
  if (algorithm === undefined) invalid(`${of.local} must name its EncryptionMethod`);
  return algorithm;
}

function readKeyReference(of: XmlElement): XmlElement | undefined {
  const keyInfo = child(of, ds('KeyInfo'));
  return keyInfo && elements(keyInfo)[0];
}

function readCipherValue(of: XmlElement): Buffer {
  const data = childrenNamed(of, xenc('CipherData'));
  const value = data.length === 1 && data[0] !== undefined ? child(data[0], xenc('CipherValue')) : undefined;
  if (value === undefined) invalid(`${of.local} must hold its ciphertext as one CipherValue`);
  return decodeBase64(trimmedText(value), 'A CipherValue');
}

function invalid(why: string): never {
  throw new SecurityError('security-header-invalid', `Something encrypted cannot be read: ${why}.`);
}
