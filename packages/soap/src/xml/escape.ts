import { UsageError } from '../errors.js';

const SPECIAL_IN_TEXT = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/;
const SPECIAL_IN_ATTRIBUTE = /[&<"\t\n\r\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/;
const FORBIDDEN =
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Character data as Canonical XML writes it (§2.3, Text Nodes): also right in any other XML document.
 * @throws UsageError `invalid-argument` for a character that XML cannot hold
 */
export function escapeText(value: string): string {
  if (!SPECIAL_IN_TEXT.test(value)) return value;
  refuseForbidden(value);
  return value.replace(/[&<>\r]/g, textReference);
}

/**
 * An attribute value as Canonical XML writes it (§2.3, Attribute Nodes), without the quotation marks.
 * @throws UsageError `invalid-argument` for a character that XML cannot hold
 */
export function escapeAttribute(value: string): string {
  if (!SPECIAL_IN_ATTRIBUTE.test(value)) return value;
  refuseForbidden(value);
  return value.replace(/[&<"\t\n\r]/g, attributeReference);
}

function textReference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    default:
      return '&#xD;';
  }
}

function attributeReference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '"':
      return '&quot;';
    case '\t':
      return '&#x9;';
    case '\n':
      return '&#xA;';
    default:
      return '&#xD;';
  }
}

/** @throws UsageError `invalid-argument` for a character that XML cannot hold */
export function refuseForbidden(value: string): void {
  const at = value.search(FORBIDDEN);
  if (at >= 0) {
    const code = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
    throw new UsageError(
      'invalid-argument',
      `XML cannot hold the character U+${code} (at position ${at} of a text); encode such data, as Base64 for instance.`,
    );
  }
}
