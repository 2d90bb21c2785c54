import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../errors.js';
import { xml } from '../namespaces.js';
import { parse } from '../xml/parse.js';
import { attribute, elements, type XmlElement } from '../xml/tree.js';

/** Where documents that are known by an address in the network are found on this machine (OASIS XML Catalogs 1.1). */
export interface Catalog {
  /** The file for an address, if the catalog has one. */
  resolve(address: string): string | undefined;
  /** Every file that an address leads to by itself, in the order of the catalog. */
  readonly files: readonly string[];
}

/** The catalog that finds nothing. */
export const emptyCatalog: Catalog = { resolve: () => undefined, files: [] };

/**
 * Reads a catalog: `system`, `uri`, `rewriteSystem`, `rewriteURI`, `group` and `nextCatalog`; `xml:base` is honoured.
 * @throws UsageError `invalid-option` when it cannot be read
 */
export function readCatalog(file: string): Catalog {
  const entries: Entries = { exact: new Map(), prefixes: [] };
  readInto(entries, pathToFileURL(file).href, new Set());
  const prefixes = [...entries.prefixes].sort(([a], [b]) => b.length - a.length);
  return {
    files: [...new Set(entries.exact.values())],
    resolve(address) {
      const exact = entries.exact.get(address);
      if (exact !== undefined) return exact;
      const rewrite = prefixes.find(([start]) => address.startsWith(start));
      return rewrite === undefined ? undefined : fileOf(rewrite[1] + address.slice(rewrite[0].length));
    },
  };
}

interface Entries {
  readonly exact: Map<string, string>;
  readonly prefixes: [start: string, replacement: string][];
}

function readInto(entries: Entries, url: string, seen: Set<string>): void {
  if (seen.has(url)) return;
  seen.add(url);
  let root: XmlElement;
  try {
    root = parse(readFileSync(fileURLToPath(url))).root;
  } catch (cause) {
    throw new UsageError('invalid-option', `The option "catalog" needs an XML catalog; ${url} cannot be read as one.`, {
      cause,
    });
  }
  if (root.local !== 'catalog') {
    throw new UsageError('invalid-option', `The option "catalog" needs an XML catalog; ${url} is something else.`);
  }
  readEntries(root, url, entries, seen);
}

function readEntries(parent: XmlElement, outerBase: string, entries: Entries, seen: Set<string>): void {
  const base = baseOf(parent, outerBase);
  for (const entry of elements(parent)) {
    const own = baseOf(entry, base);
    const required = (name: string): string => attribute(entry, name) ?? '';
    switch (entry.local) {
      case 'system':
        entries.exact.set(required('systemId'), fileOf(new URL(required('uri'), own).href));
        break;
      case 'uri':
        entries.exact.set(required('name'), fileOf(new URL(required('uri'), own).href));
        break;
      case 'rewriteSystem':
        entries.prefixes.push([required('systemIdStartString'), new URL(required('rewritePrefix'), own).href]);
        break;
      case 'rewriteURI':
        entries.prefixes.push([required('uriStartString'), new URL(required('rewritePrefix'), own).href]);
        break;
      case 'group':
        readEntries(entry, base, entries, seen);
        break;
      case 'nextCatalog':
        readInto(entries, new URL(required('catalog'), own).href, seen);
        break;
      default:
    }
  }
}

function baseOf(of: XmlElement, outer: string): string {
  const base = attribute(of, xml('base'));
  return base === undefined ? outer : new URL(base, outer).href;
}

function fileOf(url: string): string {
  if (!url.startsWith('file:')) {
    throw new UsageError('invalid-option', `The catalog leads to ${url}; only files of this machine are used.`);
  }
  return fileURLToPath(url);
}
