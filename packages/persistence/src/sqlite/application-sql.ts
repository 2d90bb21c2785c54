import { UsageError } from '@holdfast/soap';
import { TABLE_PREFIX } from '../schema/entities.js';

const LEADING = String.raw`^(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)*`;
const READS_OR_WRITES = new RegExp(`${LEADING}(?:select|insert|update|delete|replace|with|values)\\b`, 'i');
const CHANGES_SCHEMA = new RegExp(`${LEADING}(?:create|alter|drop|select|insert|update|delete|replace|with)\\b`, 'i');

/**
 * Lets an application's statement pass if it reads or writes rows and does not name our tables. No statement may
 * control the transaction, the connection or other files (COMMIT, PRAGMA, ATTACH, …), since Holdfast's commits share
 * them.
 *
 * Names of tables cannot be computed in SQL, so a look at the text is enough; it also refuses a literal or comment
 * with the prefix in it. Give such a value as a parameter.
 *
 * @throws UsageError `invalid-argument`
 */
export function checkStatement(sql: string): void {
  check(sql, READS_OR_WRITES, 'SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH or VALUES');
}

/** The same for a statement of a migration, which may also CREATE, ALTER and DROP. */
export function checkMigrationStatement(sql: string): void {
  check(sql, CHANGES_SCHEMA, 'CREATE, ALTER, DROP, INSERT, UPDATE, DELETE, REPLACE, SELECT or WITH');
}

function check(sql: string, allowed: RegExp, names: string): void {
  if (sql.toLowerCase().includes(TABLE_PREFIX)) {
    throw new UsageError(
      'invalid-argument',
      `An application statement must not contain "${TABLE_PREFIX}", the prefix of Holdfast's own tables: ${sql}`,
    );
  }
  if (!allowed.test(sql)) {
    throw new UsageError('invalid-argument', `An application statement must begin with ${names}: ${sql}`);
  }
}
