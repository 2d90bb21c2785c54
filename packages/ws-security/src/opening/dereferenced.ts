import { element, type XmlElement } from '@holdfast/soap';
import { type CanonicalizationAlgorithm, canonicalize } from '../canonical/canonicalize.js';
import { wsse, X509_V3 } from '../namespaces.js';
import type { Certificate } from '../x509/certificate.js';

/**
 * What STR-Transform yields for a token (WSS 1.1 §8.3): its canonical form, in which the outermost element undeclares the
 * default namespace if it has none. A certificate that is not in the message is written as the token it would be.
 */
export function dereferenced(
  token: XmlElement | Certificate,
  algorithm: CanonicalizationAlgorithm,
  prefixes: readonly string[] = [],
): string {
  const canonical = canonicalize('kind' in token ? token : binarySecurityToken(token), algorithm, prefixes);
  const name = canonical.search(/[ >]/);
  const tag = canonical.slice(name, canonical.indexOf('>'));
  return tag.includes(' xmlns="') ? canonical : `${canonical.slice(0, name)} xmlns=""${canonical.slice(name)}`;
}

function binarySecurityToken({ raw }: Certificate): XmlElement {
  return element(wsse('BinarySecurityToken'), [['ValueType', X509_V3]], raw.toString('base64'));
}
