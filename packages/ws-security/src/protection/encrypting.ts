import {
  attribute,
  element,
  SOAP_11,
  SOAP_12,
  serializeContentOctets,
  serializeOctets,
  withChildren,
  type XmlElement,
} from '@holdfast/soap';
import { encryptOctets } from '../algorithms/cipher.js';
import { type EncryptedType, writeEncryptedData } from '../elements/encrypted-data.js';
import { WSU_ID, wsse11 } from '../namespaces.js';
import type { Making } from './making.js';

/** The key that parts are encrypted with; its reference is absent where an EncryptedKey lists what it encrypted. */
export interface EncryptionKey {
  readonly secret: Uint8Array;
  readonly reference: XmlElement | undefined;
}

/** What an encryption made. */
export interface Encrypted {
  /** The Id of the EncryptedData. */
  readonly id: string;
  /** What takes the place of what was encrypted. */
  readonly element: XmlElement;
}

/** The element with its content encrypted. */
export function encryptContent(parent: XmlElement, key: EncryptionKey, making: Making): Encrypted {
  const { id, element: data } = encrypt(serializeContentOctets(parent.children, ELSEWHERE), 'content', key, making);
  return { id, element: withChildren(parent, [data]) };
}

/** An EncryptedData in the place of the element. */
export function encryptElement(of: XmlElement, key: EncryptionKey, making: Making): Encrypted {
  return encrypt(serializeOctets(of), 'element', key, making);
}

/** A wsse11:EncryptedHeader in the place of a header block; it is for whom the block is for (WSS 1.1 §9.3). */
export function encryptHeader(block: XmlElement, key: EncryptionKey, making: Making): Encrypted {
  const { id, element: data } = encryptElement(block, key, making);
  const copied = block.attributes.filter(
    ({ namespace, local }) => (namespace === SOAP_11 || namespace === SOAP_12) && COPIED.includes(local),
  );
  const attributes = copied.map((of) => [of, attribute(block, of)] as const);
  return { id, element: element(wsse11('EncryptedHeader'), [[WSU_ID, making.nextId()], ...attributes], data) };
}

const COPIED: readonly string[] = ['mustUnderstand', 'actor', 'role', 'relay'];

/**
 * Declarations are not taken from the outside, so that the content can be read wherever it is decrypted. It must not
 * fall into a default namespace there either (XML Encryption §4.3.3), so the one it is written under is one that no
 * element can be in.
 */
const ELSEWHERE = new Map([['', '\0']]);

function encrypt(plaintext: Buffer, type: EncryptedType, key: EncryptionKey, making: Making): Encrypted {
  const id = making.nextId();
  const [algorithm] = making.description.suite.encryption;
  const octets = encryptOctets(algorithm, key.secret, plaintext, making.random);
  return { id, element: writeEncryptedData({ id, type, algorithm, keyReference: key.reference, octets }) };
}
