import type { XmlDocument, XmlElement } from '@holdfast/soap';
import { exclusiveAxis } from './exclusive.js';
import { inclusiveAxis, inheritedXmlAttributes } from './inclusive.js';
import { writeCanonical } from './writer.js';

/** The canonicalization methods by their algorithm identifiers. */
export const CANONICALIZATION = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  exclusiveWithComments: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  inclusiveWithComments: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
} as const;

export type CanonicalizationAlgorithm = (typeof CANONICALIZATION)[keyof typeof CANONICALIZATION];

export function isCanonicalization(algorithm: string): algorithm is CanonicalizationAlgorithm {
  return (Object.values(CANONICALIZATION) as readonly string[]).includes(algorithm);
}

/**
 * The canonical form of an element and everything in it, as text; its octets are the text in UTF-8.
 * @param prefixes InclusiveNamespaces PrefixList of exclusive canonicalization; `#default` is the default namespace
 */
export function canonicalize(
  apex: XmlElement,
  algorithm: CanonicalizationAlgorithm = CANONICALIZATION.exclusive,
  prefixes: readonly string[] = [],
): string {
  switch (algorithm) {
    case CANONICALIZATION.exclusive:
      return writeCanonical(apex, exclusiveAxis(prefixes), false, []);
    case CANONICALIZATION.exclusiveWithComments:
      return writeCanonical(apex, exclusiveAxis(prefixes), true, []);
    case CANONICALIZATION.inclusive:
      return writeCanonical(apex, inclusiveAxis(), false, inheritedXmlAttributes(apex));
    case CANONICALIZATION.inclusiveWithComments:
      return writeCanonical(apex, inclusiveAxis(), true, inheritedXmlAttributes(apex));
    default:
      return algorithm satisfies never;
  }
}

/** The canonical form of a whole document: comments beside the root stand on lines of their own. */
export function canonicalizeDocument(
  document: XmlDocument,
  algorithm: CanonicalizationAlgorithm,
  prefixes: readonly string[] = [],
): string {
  const root = canonicalize(document.root, algorithm, prefixes);
  const comments =
    algorithm === CANONICALIZATION.exclusiveWithComments || algorithm === CANONICALIZATION.inclusiveWithComments;
  if (!comments) return root;
  const line = (text: string): string => `<!--${text.replaceAll('\r', '&#xD;')}-->`;
  return (
    document.prolog.map(({ text }) => `${line(text)}\n`).join('') +
    root +
    document.epilog.map(({ text }) => `\n${line(text)}`).join('')
  );
}
