import type { SoapVersion } from './message.js';
import { SOAP_11, SOAP_12 } from './namespaces.js';
import { type QualifiedName, vocabulary } from './xml/tree.js';

const namespaces = { '1.1': SOAP_11, '1.2': SOAP_12 } as const satisfies Record<SoapVersion, string>;

const vocabularies = {
  '1.1': vocabulary('s', SOAP_11),
  '1.2': vocabulary('s', SOAP_12),
} as const satisfies Record<SoapVersion, (local: string) => QualifiedName>;

/** The names of SOAP in a version, with the prefix `s`: `soapNames('1.2')('Body')`. */
export function soapNames(version: SoapVersion): (local: string) => QualifiedName {
  return vocabularies[version];
}

/** The namespace of the Envelope in a version. */
export function soapNamespace(version: SoapVersion): string {
  return namespaces[version];
}

/** The version whose Envelope is in this namespace. */
export function versionOfNamespace(namespace: string): SoapVersion | undefined {
  if (namespace === SOAP_12) return '1.2';
  return namespace === SOAP_11 ? '1.1' : undefined;
}
