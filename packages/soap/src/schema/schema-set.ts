import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { decodeXml } from '../xml/decode.js';
import { escapeAttribute } from '../xml/escape.js';
import type { Catalog } from './catalog.js';

/**
 * Copies schemas, and all that they import, into a folder, with every schemaLocation leading to the copy beside it:
 * whoever reads them there never reaches out. Writes one schema more that imports them all.
 * @returns the text of that schema; its relative locations are those of the folder
 * @throws UsageError `invalid-option` when a schema cannot be read
 */
export function copySchemas(files: readonly string[], catalog: Catalog, folder: string): string {
  const copies = new Map<string, string>();
  const namespaces = new Map<string, string>();

  const copy = (path: string, wantedBy: string): string => {
    const file = existing(path, wantedBy);
    const text = textOf(file);
    // Two names for one schema must not make two of it: libxml2 imports a namespace once.
    const key = `${dirname(file)}\n${text}`;
    const known = copies.get(key);
    if (known !== undefined) return known;
    const name = `${copies.size}.xsd`;
    copies.set(key, name);
    writeFileSync(
      join(folder, name),
      // The copy is written as UTF-8, whatever it was.
      text.replace(XML_DECLARATION, '').replace(LOCATED, (tag) => relocated(tag, file)),
    );
    return name;
  };

  const relocated = (tag: string, file: string): string => {
    const location = LOCATION.exec(tag)?.[2];
    if (location === undefined) return tag;
    const target =
      catalog.resolve(location) ?? (ABSOLUTE.test(location) ? undefined : resolve(dirname(file), location));
    if (target !== undefined) return tag.replace(LOCATION, ` schemaLocation="${copy(target, file)}"`);
    if (/^<[^\s>]*import\s/.test(tag)) return tag.replace(LOCATION, '');
    throw new UsageError('invalid-option', `${file} includes ${location}, which the catalog does not have.`);
  };

  for (const file of files) {
    const name = copy(file, 'the option "schemas"');
    const namespace = TARGET.exec(textOf(file))?.[2] ?? '';
    const other = namespaces.get(namespace);
    if (other !== undefined && other !== name) {
      throw new UsageError(
        'invalid-option',
        `${file} is the second schema for the namespace "${namespace}"; name one that includes both.`,
      );
    }
    namespaces.set(namespace, name);
  }
  const imports = [...namespaces].map(([namespace, name]) =>
    namespace === ''
      ? `<xs:import schemaLocation="${name}"/>`
      : `<xs:import namespace="${escapeAttribute(namespace)}" schemaLocation="${name}"/>`,
  );
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:holdfast:schemas">${imports.join('')}</xs:schema>`;
}

const COMMENT = /<!--[\s\S]*?-->/g;
const XML_DECLARATION = /^\s*<\?xml[^>]*\?>/;
const LOCATED = /<(?:[\w.-]+:)?(?:import|include|redefine)\s[^>]*>/g;
const LOCATION = /\sschemaLocation\s*=\s*(["'])(.*?)\1/s;
const TARGET = /<(?:[\w.-]+:)?schema(?=\s)[^>]*?\stargetNamespace\s*=\s*(["'])(.*?)\1/s;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;

function textOf(file: string): string {
  return decodeXml(readFileSync(file)).replace(COMMENT, '');
}

function existing(path: string, wantedBy: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new UsageError('invalid-option', `There is no schema ${path}, which ${wantedBy} names.`, { cause });
  }
}
