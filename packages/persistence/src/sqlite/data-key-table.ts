import type { Database, Statement } from 'better-sqlite3';
import type { DataKeyTable } from '../sealing/data-key-sealing.js';

/** The table of sealed data keys, on the connection of the store: a data key may be needed between two commits. */
export function dataKeyTable(database: Database): DataKeyTable {
  const insert: Statement<[string, Uint8Array]> = database.prepare(
    'INSERT INTO "holdfast_data_key" ("id", "sealed") VALUES (?, ?)',
  );
  const find: Statement<[string], { readonly sealed: Uint8Array }> = database.prepare(
    'SELECT "sealed" FROM "holdfast_data_key" WHERE "id" = ?',
  );
  return {
    insert: (id, sealed) => {
      insert.run(id, sealed);
    },
    find: (id) => find.get(id)?.sealed,
  };
}
