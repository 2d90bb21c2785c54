import { refuseMalformed } from './refusal.js';

/** What an XML declaration says, and where it ends. */
export interface XmlDeclaration {
  readonly version: string;
  readonly encoding: string | undefined;
  readonly end: number;
}

/**
 * The XML declaration at the start of a document (XML 1.0 §2.8); undefined when there is none.
 * @throws InvalidMessageError `malformed-xml` for one that is begun and is none
 */
export function xmlDeclaration(source: string): XmlDeclaration | undefined {
  if (!BEGUN.test(source)) return undefined;
  const found = DECLARATION.exec(source);
  if (found === null) return refuseMalformed('the XML declaration is none', 0);
  const { version = '', encoding } = found.groups ?? {};
  return { version: version.slice(1, -1), encoding: encoding?.slice(1, -1), end: found[0].length };
}

const S = '[ \\t\\r\\n]';
const named = (name: string, value: string): string => `${S}+${name}${S}*=${S}*(?<${name}>"${value}"|'${value}')`;
const version = named('version', '1\\.[0-9]+');
const encoding = named('encoding', '[A-Za-z][A-Za-z0-9._\\-]*');
const standalone = named('standalone', '(?:yes|no)');

const BEGUN = new RegExp(`^<\\?xml(?:${S}|\\?)`);
const DECLARATION = new RegExp(`^<\\?xml${version}(?:${encoding})?(?:${standalone})?${S}*\\?>`);
