import { type TextSink, textOf, type XmlDocument, type XmlElement } from '@holdfast/soap';
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
  return textOf((sink) => canonicalizeTo(sink, apex, algorithm, prefixes));
}

/** {@link canonicalize} piece by piece: what is only hashed need not be there as a whole. */
export function canonicalizeTo(
  sink: TextSink,
  apex: XmlElement,
  algorithm: CanonicalizationAlgorithm = CANONICALIZATION.exclusive,
  prefixes: readonly string[] = [],
): void {
  const axis = isInclusive(algorithm) ? inclusiveAxis() : exclusiveAxis(prefixes);
  const inherited = isInclusive(algorithm) ? inheritedXmlAttributes(apex) : [];
  writeCanonical(apex, axis, hasComments(algorithm), inherited, sink);
}

/** Whether everything that is in scope is written, used or not. */
export function isInclusive(algorithm: CanonicalizationAlgorithm): boolean {
  return algorithm === CANONICALIZATION.inclusive || algorithm === CANONICALIZATION.inclusiveWithComments;
}

function hasComments(algorithm: CanonicalizationAlgorithm): boolean {
  return algorithm === CANONICALIZATION.exclusiveWithComments || algorithm === CANONICALIZATION.inclusiveWithComments;
}

/** The canonical form of a whole document: comments beside the root stand on lines of their own. */
export function canonicalizeDocument(
  document: XmlDocument,
  algorithm: CanonicalizationAlgorithm,
  prefixes: readonly string[] = [],
): string {
  const root = canonicalize(document.root, algorithm, prefixes);
  if (!hasComments(algorithm)) return root;
  const line = (text: string): string => `<!--${text.replaceAll('\r', '&#xD;')}-->`;
  return (
    document.prolog.map(({ text }) => `${line(text)}\n`).join('') +
    root +
    document.epilog.map(({ text }) => `\n${line(text)}`).join('')
  );
}
