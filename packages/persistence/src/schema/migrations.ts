import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions, TableIndex } from 'typeorm';

/**
 * Forward migrations, oldest first. One that was released is never changed: a change of the schema is a new class at
 * the end, together with the entities. The last thirteen digits of a name are its time, which TypeORM orders by.
 */

class CreateStore implements MigrationInterface {
  readonly name = 'CreateStore1763683200000';

  async up(runner: QueryRunner): Promise<void> {
    const bytes = bytesType(runner);
    await create(runner, 'holdfast_session', [
      { name: 'ordinal', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
      { name: 'key', type: 'text' },
      { name: 'version', type: 'bigint' },
      { name: 'identifiers', type: 'text' },
      { name: 'state', type: bytes },
    ]);
    await index(runner, 'holdfast_session', 'key', true);
    await create(runner, 'holdfast_identifier', [primary('identifier', 'text'), { name: 'session', type: 'text' }]);
    await index(runner, 'holdfast_identifier', 'session', false);
    await create(runner, 'holdfast_message', [
      primary('session', 'text'),
      primary('log', 'text'),
      primary('number', 'bigint'),
      { name: 'body', type: bytes },
    ]);
    for (const secrets of ['holdfast_token', 'holdfast_context']) {
      await create(runner, secrets, [primary('uuid', 'text'), { name: 'sealed', type: bytes }]);
    }
    await create(runner, 'holdfast_key', [primary('id', 'text'), { name: 'verifier', type: bytes }]);
    await create(runner, 'holdfast_data_key', [primary('id', 'text'), { name: 'sealed', type: bytes }]);
    await create(runner, 'holdfast_application_migration', [primary('name', 'text'), { name: 'digest', type: 'text' }]);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a back-up to go back');
  }
}

class RememberReplays implements MigrationInterface {
  readonly name = 'RememberReplays1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [primary('key', bytesType(runner)), { name: 'until', type: 'bigint' }];
    await runner.createTable(new Table({ name: 'holdfast_replay', columns, withoutRowid: true }));
    await index(runner, 'holdfast_replay', 'until', false);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only; restore a back-up to go back');
  }
}

/** Every migration, in the order in which they are carried out. */
export const storeMigrations = [CreateStore, RememberReplays] as const;

function bytesType(runner: QueryRunner): string {
  return runner.dataSource.options.type === 'postgres' ? 'bytea' : 'blob';
}

function primary(name: string, type: string): TableColumnOptions {
  return { name, type, isPrimary: true };
}

async function create(runner: QueryRunner, name: string, columns: TableColumnOptions[]): Promise<void> {
  await runner.createTable(new Table({ name, columns }));
}

async function index(runner: QueryRunner, table: string, column: string, isUnique: boolean): Promise<void> {
  await runner.createIndex(table, new TableIndex({ name: `${table}_${column}`, columnNames: [column], isUnique }));
}
