import { isChar } from './characters.js';

/**
 * The text with its references resolved: to characters, and to the five entities that need no declaration (XML 1.0 §4.6).
 * What a reference stands for is not looked at again.
 * @returns undefined when a "&" begins no such reference
 */
export function resolved(text: string): string | undefined {
  let result = '';
  let done = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', done)) {
    const end = text.indexOf(';', at);
    const character = end < 0 ? undefined : referenced(text.slice(at + 1, end));
    if (character === undefined) return undefined;
    result += text.slice(done, at) + character;
    done = end + 1;
  }
  return done === 0 ? text : result + text.slice(done);
}

function referenced(name: string): string | undefined {
  switch (name) {
    case 'amp':
      return '&';
    case 'lt':
      return '<';
    case 'gt':
      return '>';
    case 'quot':
      return '"';
    case 'apos':
      return "'";
    default:
      return numbered(name);
  }
}

function numbered(name: string): string | undefined {
  const code = HEXADECIMAL.test(name)
    ? Number.parseInt(name.slice(2), 16)
    : DECIMAL.test(name)
      ? Number.parseInt(name.slice(1), 10)
      : Number.NaN;
  return isChar(code) ? String.fromCodePoint(code) : undefined;
}

const HEXADECIMAL = /^#x[0-9a-fA-F]+$/;
const DECIMAL = /^#[0-9]+$/;
