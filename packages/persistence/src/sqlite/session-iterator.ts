import { StoreError } from '@holdfast/soap';
import type { StoredSession } from '@holdfast/ws-rm';
import { type DataSource, MoreThan } from 'typeorm';
import { type SessionRow, sessionEntity } from '../schema/entities.js';

/** Rows in memory at a time. */
const PAGE = 64;

interface Source {
  readonly dataSource: DataSource;
  readonly page: (query: () => Promise<SessionRow[]>) => Promise<SessionRow[]>;
  readonly read: (row: SessionRow) => Promise<StoredSession>;
  readonly onDamage: ((error: StoreError) => void) | undefined;
}

/**
 * Every session in the order of creation, a page at a time. Written by hand because a generator ends with its first
 * error, and one damaged session must not hide those that come after it.
 */
export function sessionIterator(source: Source): AsyncIterator<StoredSession> {
  const table = source.dataSource.getRepository(sessionEntity);
  let rows: SessionRow[] = [];
  let last = -1;

  async function nextRow(): Promise<SessionRow | undefined> {
    if (rows.length === 0) {
      rows = await source.page(() =>
        table.find({ where: { ordinal: MoreThan(last) }, order: { ordinal: 'ASC' }, take: PAGE }),
      );
    }
    const row = rows.shift();
    last = row?.ordinal ?? last;
    return row;
  }

  return {
    async next() {
      for (;;) {
        const row = await nextRow();
        if (row === undefined) {
          return { done: true, value: undefined };
        }
        try {
          return { done: false, value: await source.read(row) };
        } catch (error) {
          if (!(error instanceof StoreError && error.code === 'store-damaged') || source.onDamage === undefined) {
            throw error;
          }
          source.onDamage(error);
        }
      }
    },
  };
}
