import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configured } from '../config.js';
import { UsageError } from '../errors.js';
import { decodeXml } from '../xml/decode.js';
import { parse, type XmlLimits } from '../xml/parse.js';
import { emptyCatalog, readCatalog } from './catalog.js';
import { copySchemas } from './schema-set.js';

/** Which schemas a validator knows. */
export interface SchemaValidatorConfig {
  /** The file of an OASIS XML catalog: where the schemas that others import are on this machine. Default: none. */
  readonly catalog: string | undefined;
  /** The files of the schemas, at most one for a namespace. Default: all that the catalog leads to. */
  readonly schemas: readonly string[] | undefined;
  /** Limits on the documents; what is absent is as `defaultXmlLimits`. Default: nothing else. */
  readonly xmlLimits: Partial<XmlLimits>;
}

/** What a validator takes where its options say nothing. */
export const defaultSchemaValidatorConfig: SchemaValidatorConfig = {
  catalog: undefined,
  schemas: undefined,
  xmlLimits: {},
};

/** One thing that a schema does not allow. */
export interface SchemaProblem {
  /** From 1, as the document was given. */
  readonly line: number;
  readonly message: string;
}

/** Disposing of it removes the copies of the schemas. */
export interface SchemaValidator extends Disposable {
  /** Where the copies of the schemas are until it is disposed of. */
  readonly folder: string;
  /**
   * What the schemas do not allow in the document; empty: it is valid. What no schema speaks of is valid where the
   * schemas let anything stand ("lax").
   * @throws InvalidMessageError for what the strict parser refuses: libxml2 sees no document with a DOCTYPE
   */
  validate(document: string | Uint8Array): readonly SchemaProblem[];
}

/** What is used of libxmljs2. */
export interface SchemaLibrary {
  parseXml(text: string, options: { readonly nonet: true; readonly baseUrl?: string }): SchemaLibraryDocument;
}

/** A document of libxmljs2, as far as it is used. */
export interface SchemaLibraryDocument {
  readonly validationErrors: readonly {
    readonly level: number | null;
    readonly line: number | null;
    readonly message: string;
  }[];
  validate(schema: SchemaLibraryDocument): boolean;
}

/** What a validator works with. */
export interface SchemaValidatorCollaborators {
  /** Loads libxmljs2. Default: imports it. */
  readonly load?: () => Promise<SchemaLibrary>;
}

/**
 * Makes a validator of schemas that are files of this machine. It works on copies in a temporary folder, whose
 * imports all lead to each other: nothing is ever fetched from the network.
 * @throws UsageError `unsupported` when libxmljs2 is not installed, `invalid-option` when a schema cannot be used
 */
export async function schemaValidator(
  given: Partial<SchemaValidatorConfig>,
  { load = importLibrary }: SchemaValidatorCollaborators = {},
): Promise<SchemaValidator> {
  const config = configured('schemaValidator', defaultSchemaValidatorConfig, given);
  const catalog = config.catalog === undefined ? emptyCatalog : readCatalog(config.catalog);
  const files = config.schemas ?? catalog.files;
  if (files.length === 0) {
    throw new UsageError('invalid-option', 'The options "schemas" or "catalog" of schemaValidator must name a schema.');
  }
  const { parseXml } = await load().catch((cause: unknown) => {
    throw new UsageError(
      'unsupported',
      'Validation against schemas needs the package libxmljs2, which is not installed here: npm install libxmljs2',
      { cause },
    );
  });
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-schema-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  const problems = (text: string): readonly SchemaProblem[] => {
    const document = parseXml(text, { nonet: true });
    document.validate(schema);
    return document.validationErrors
      .filter(({ level }) => level !== WARNING)
      .map(({ line, message }) => ({ line: line ?? 0, message: message.trim() }));
  };
  let schema: SchemaLibraryDocument;
  try {
    schema = parseXml(copySchemas(files, catalog, folder), { nonet: true, baseUrl: join(folder, 'all.xsd') });
    problems('<nothing/>');
  } catch (cause) {
    dispose();
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(
      'invalid-option',
      `The schemas (${files.join(', ')}) do not make a whole: ${cause instanceof Error ? cause.message : 'unknown'}.`,
      { cause },
    );
  }
  return {
    folder,
    validate(document) {
      parse(document, config.xmlLimits);
      return problems(typeof document === 'string' ? document : decodeXml(document));
    },
    [Symbol.dispose]: dispose,
  };
}

/** libxml2's XML_ERR_WARNING: about the schemas, not about the document. */
const WARNING = 1;

async function importLibrary(): Promise<SchemaLibrary> {
  const library = (await import('libxmljs2')) as unknown as SchemaLibrary & { readonly default?: SchemaLibrary };
  return library.default ?? library;
}
