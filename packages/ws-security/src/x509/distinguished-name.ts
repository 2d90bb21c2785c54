/**
 * Compares X.509 names in the forms that messages and runtimes write them: RFC 2253/4514 (`CN=a,O=b`, either order) and
 * one attribute a line. Types and the case of values do not matter, nor does white space around them.
 */
export function equalNames(left: string, right: string): boolean {
  const a = attributes(left);
  const b = attributes(right);
  return a.length === b.length && (same(a, b) || same(a, [...b].reverse()));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.every((value, at) => value === b[at]);
}

const OIDS: Record<string, string> = {
  '1.2.840.113549.1.9.1': 'emailaddress',
  '2.5.4.3': 'cn',
  '2.5.4.5': 'serialnumber',
  '2.5.4.6': 'c',
  '2.5.4.7': 'l',
  '2.5.4.8': 'st',
  '2.5.4.10': 'o',
  '2.5.4.11': 'ou',
  e: 'emailaddress',
  s: 'st',
  '0.9.2342.19200300.100.1.25': 'dc',
};

function attributes(name: string): readonly string[] {
  return (name.match(ATTRIBUTE) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const type = part
        .slice(0, at)
        .trim()
        .toLowerCase()
        .replace(/^oid\./, '');
      const value = part
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/s, '$1')
        .replace(/(?:\\[0-9a-f]{2})+/gi, (octets) => Buffer.from(octets.replaceAll('\\', ''), 'hex').toString('utf8'))
        .replace(/\\(.)/gs, '$1')
        .replace(/\s+/g, ' ')
        .toLowerCase();
      return `${OIDS[type] ?? type}=${value}`;
    });
}

/** What stands between two separators (RFC 2253 §2, §4), which may be escaped or within quotation marks. */
const ATTRIBUTE = /(?:\\.|"(?:\\.|[^"\\])*"|[^,;+\n"\\])+/gs;
