import { attribute, element, isNamed, SecurityError, type XmlElement } from '@holdfast/soap';
import { decodeBase64 } from '../base64.js';
import { WSU_ID, wsse11 } from '../namespaces.js';

/**
 * wsse11:SignatureConfirmation (WSS 1.1 §8.5): says which signature of the request is answered.
 * @param value the SignatureValue; absent: the request was not signed
 */
export function writeSignatureConfirmation(id: string, value: Buffer | undefined): XmlElement {
  return element(wsse11('SignatureConfirmation'), [
    [WSU_ID, id],
    ['Value', value?.toString('base64')],
  ]);
}

export function isSignatureConfirmation(of: XmlElement): boolean {
  return isNamed(of, wsse11('SignatureConfirmation'));
}

/** @throws SecurityError `security-header-invalid` when it has no wsu:Id (BSP R5441), or its value is not Base64 */
export function readSignatureConfirmation(confirmation: XmlElement): { readonly value: Buffer | undefined } {
  if (attribute(confirmation, WSU_ID) === undefined) {
    throw new SecurityError('security-header-invalid', 'A SignatureConfirmation must have a wsu:Id.');
  }
  const value = attribute(confirmation, 'Value');
  return { value: value === undefined ? undefined : decodeBase64(value, 'The Value of a SignatureConfirmation') };
}
