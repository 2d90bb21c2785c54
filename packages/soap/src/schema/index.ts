/**
 * Validation against XML Schema, with libxmljs2, which has to be installed beside this package.
 *
 * @example
 * ```ts
 * import { schemaValidator } from '@holdfast/soap/schema';
 *
 * const validator = await schemaValidator({ schemas: ['orders.xsd'] });
 * for (const { line, message } of validator.validate(text)) console.log(`${line}: ${message}`);
 * validator[Symbol.dispose]();
 * ```
 */
export {
  defaultSchemaValidatorConfig,
  type SchemaLibrary,
  type SchemaLibraryDocument,
  type SchemaProblem,
  type SchemaValidator,
  type SchemaValidatorCollaborators,
  type SchemaValidatorConfig,
  schemaValidator,
} from './schema-validator.js';
