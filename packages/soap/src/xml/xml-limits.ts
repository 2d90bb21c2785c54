import { type Check, configured, wholeNumber } from '../config.js';

/** What a document may cost before it is refused. */
export interface XmlLimits {
  /** Bytes (of a string: UTF-16 code units). Default 10,000,000. */
  readonly maxBytes: number;
  /** Elements inside one another. Default 100. */
  readonly maxDepth: number;
  /** Elements in all. Default 200,000. */
  readonly maxElements: number;
  /** Attributes of one element, namespace declarations included. Default 200. */
  readonly maxAttributes: number;
  /** Characters of one name, prefix included, and of the name of one namespace. Default 500. */
  readonly maxNameLength: number;
  /** Characters of one text, one comment or one attribute value. Default 10,000,000. */
  readonly maxTextLength: number;
}

/** The limits of a document for which none are given. */
export const defaultXmlLimits: XmlLimits = {
  maxBytes: 10_000_000,
  maxDepth: 100,
  maxElements: 200_000,
  maxAttributes: 200,
  maxNameLength: 500,
  maxTextLength: 10_000_000,
};

/** For text that this program wrote itself and kept safe: whatever was accepted once is read again. */
export const noXmlLimits: XmlLimits = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxDepth: Number.MAX_SAFE_INTEGER,
  maxElements: Number.MAX_SAFE_INTEGER,
  maxAttributes: Number.MAX_SAFE_INTEGER,
  maxNameLength: Number.MAX_SAFE_INTEGER,
  maxTextLength: Number.MAX_SAFE_INTEGER,
};

/** @throws UsageError `invalid-option` for a limit that is none */
export function checkedLimits(limits: Partial<XmlLimits>): XmlLimits {
  return configured('xmlLimits', defaultXmlLimits, limits, checks);
}

const count: Check = wholeNumber(0);
const checks = {
  maxBytes: count,
  maxDepth: count,
  maxElements: count,
  maxAttributes: count,
  maxNameLength: count,
  maxTextLength: count,
};
