import { InvalidMessageError } from '../errors.js';
import { decodeUtf8, decodeUtf8OrNot, decodeXml } from './decode.js';
import { refuse } from './refusal.js';
import type { XmlComment, XmlDocument, XmlElement, XmlNode, XmlScope } from './tree.js';
import { TreeBuilder } from './tree-builder.js';
import { checkedLimits, type XmlLimits } from './xml-limits.js';

export { defaultXmlLimits, noXmlLimits, type XmlLimits } from './xml-limits.js';

/**
 * Parses a document strictly: well-formed XML 1.0, namespace-well-formed, no DOCTYPE, no processing instruction, no Id
 * twice.
 * @param source UTF-8 (or UTF-16 with a byte order mark), or text that is already decoded
 * @throws InvalidMessageError saying what was wrong; the document is not read any further
 * @throws UsageError `invalid-option` for a limit that is none
 */
export function parse(source: Uint8Array | string, limits: Partial<XmlLimits> = {}): XmlDocument {
  const all = checkedLimits(limits);
  const text = decoded(source, all, decodeXml);
  const builder = new TreeBuilder(all, undefined);
  const bytes = typeof source !== 'string';
  // The decoder takes the byte order mark of bytes away.
  builder.document(!bytes && text.startsWith('\ufeff') ? text.slice(1) : text, bytes);
  const { top, ids } = builder;
  const at = top.findIndex((node) => typeof node !== 'string' && node.kind === 'element');
  const root = top[at];
  if (root === undefined || typeof root === 'string' || root.kind !== 'element') {
    throw new InvalidMessageError('malformed-xml', 'The document has no root element.');
  }
  const comments = (nodes: readonly XmlNode[]): readonly XmlComment[] =>
    nodes.filter((node): node is XmlComment => typeof node === 'object' && node.kind === 'comment');
  return { root, ids, prolog: comments(top.slice(0, at)), epilog: comments(top.slice(at + 1)) };
}

/** What {@link parseContent} found: nodes, and the elements with Ids among them. */
export interface XmlContent {
  readonly nodes: readonly XmlNode[];
  readonly ids: ReadonlyMap<string, XmlElement>;
}

/**
 * Parses what stands between two tags, under the same rules as {@link parse}, in the given scope: what an EncryptedData
 * held. Ids are unique within the content; that they are so in the document is the caller's to check.
 * @param source UTF-8 (XML Encryption §4.2), or text that is already decoded; U+FEFF at its start belongs to the content
 */
export function parseContent(
  source: Uint8Array | string,
  scope: XmlScope | undefined,
  limits: Partial<XmlLimits> = {},
): XmlContent {
  const all = checkedLimits(limits);
  const builder = new TreeBuilder(all, scope);
  builder.content(decoded(source, all, decodeUtf8));
  return { nodes: builder.top, ids: builder.ids };
}

/** What came of an {@link attemptContent}. */
export interface ContentAttempt extends XmlContent {
  /** It is content, and nothing was left out. Otherwise `nodes` and `ids` mean nothing. */
  readonly complete: boolean;
}

/**
 * {@link parseContent} for a caller whose work must not tell whether and where something was wrong: it never fails, and
 * reads to the end whatever it is, for about the work that well-formed content of that kind would be.
 */
export function attemptContent(
  source: Uint8Array,
  scope: XmlScope | undefined,
  limits: Partial<XmlLimits> = {},
): ContentAttempt {
  const all = checkedLimits(limits);
  const builder = new TreeBuilder(all, scope);
  if (source.length > all.maxBytes) return { nodes: [], ids: builder.ids, complete: false };
  const text = decodeUtf8OrNot(source);
  const complete = builder.attempt(text.text) && text.valid;
  return { nodes: builder.top, ids: builder.ids, complete };
}

function decoded(source: Uint8Array | string, limits: XmlLimits, decode: (bytes: Uint8Array) => string): string {
  if (source.length > limits.maxBytes) {
    throw new InvalidMessageError(
      'message-too-large',
      `The message has ${source.length} bytes; at most ${limits.maxBytes} are accepted (maxBytes).`,
    );
  }
  if (typeof source !== 'string') return decode(source);
  if (LONE_SURROGATE.test(source)) refuse('malformed-xml', 'The text has half of a surrogate pair.');
  return source;
}

const LONE_SURROGATE = /[\ud800-\udfff]/u;
