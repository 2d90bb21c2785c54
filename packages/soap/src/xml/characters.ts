/**
 * Which characters may stand where (XML 1.0 §2.2, §2.3), for text whose surrogates are in pairs. The positions are those
 * of UTF-16 code units: each half of a pair is as good as the pair, since the pairs that names may not hold (U+F0000 and
 * above) have first halves of their own.
 */

const NAME_START =
  ':A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F' +
  '\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uD800-\\uDB7F\\uDC00-\\uDFFF\\uF900-\\uFDCF\\uFDF0-\\uFFFD';
const NAME = new RegExp(`[${NAME_START}][-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040${NAME_START}]*`, 'y');
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** White space, and the characters of names among the first 128, in which nearly all names are written. */
const SPACE = 1;
const IN_NAME = 2;
const AT_START = 4;
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[ \t\r\n]/.test(character)) return SPACE;
  if (/[:A-Z_a-z]/.test(character)) return IN_NAME | AT_START;
  return /[-.0-9]/.test(character) ? IN_NAME : 0;
});

/** The end of the name that begins here; the same position when none does. */
export function endOfName(source: string, at: number): number {
  const { length } = source;
  let end = at;
  for (let wanted = AT_START; end < length; end++, wanted = IN_NAME) {
    const code = source.charCodeAt(end);
    if (code >= 128) return endOfRun(NAME, source, at);
    if (((kinds[code] as number) & wanted) === 0) break;
  }
  return end;
}

/** The end of the white space that begins here; the same position when none does. */
export function endOfSpace(source: string, at: number): number {
  const { length } = source;
  let end = at;
  while (end < length && isSpace(source.charCodeAt(end))) end++;
  return end;
}

function isSpace(code: number): boolean {
  return code < 128 && kinds[code] === SPACE;
}

/** The end of what matches here; the same position when nothing does. @param pattern a sticky one */
export function endOfRun(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : at;
}

/** Whether every character is one that XML has. */
export function isChars(text: string): boolean {
  return !FORBIDDEN.test(text);
}

/** Whether XML has a character with this number. */
export function isChar(code: number): boolean {
  return (
    (code >= 0x20 && code <= 0xd7ff) ||
    code === 0x09 ||
    code === 0x0a ||
    code === 0x0d ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
