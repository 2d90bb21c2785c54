import type { MessageLog, StoredMessage } from '@holdfast/ws-rm';
import type { Database, Statement } from 'better-sqlite3';
import type { DataKeySealing } from '../sealing/data-key-sealing.js';
import { damaged, messagePlace } from '../sealing/place.js';
import { withinNumbers } from '../store-change.js';
import type { PreparedWrite } from './session-rows.js';

interface NumberedBody {
  readonly number: bigint;
  readonly body: Uint8Array;
}

/** The two message logs of every session. */
export class MessageRows {
  readonly #sealing: DataKeySealing;
  readonly #put: Statement<[string, string, bigint, Uint8Array]>;
  readonly #deleteRange: Statement<[string, string, bigint, bigint]>;
  readonly #deleteAll: Statement<[string]>;
  readonly #find: Statement<[string, string, bigint], NumberedBody>;
  readonly #range: Statement<[string, string, bigint, number], NumberedBody>;

  constructor(database: Database, sealing: DataKeySealing) {
    this.#sealing = sealing;
    this.#put = database.prepare(
      'INSERT INTO "holdfast_message" ("session", "log", "number", "body") VALUES (?, ?, ?, ?) ON CONFLICT ("session", "log", "number") DO UPDATE SET "body" = excluded."body"',
    );
    this.#deleteRange = database.prepare(
      'DELETE FROM "holdfast_message" WHERE "session" = ? AND "log" = ? AND "number" BETWEEN ? AND ?',
    );
    this.#deleteAll = database.prepare('DELETE FROM "holdfast_message" WHERE "session" = ?');
    this.#find = database
      .prepare<[string, string, bigint], NumberedBody>(
        'SELECT "number", "body" FROM "holdfast_message" WHERE "session" = ? AND "log" = ? AND "number" = ?',
      )
      .safeIntegers();
    this.#range = database
      .prepare<[string, string, bigint, number], NumberedBody>(
        'SELECT "number", "body" FROM "holdfast_message" WHERE "session" = ? AND "log" = ? AND "number" >= ? ORDER BY "number" LIMIT ?',
      )
      .safeIntegers();
  }

  put({ session, log, number, bytes }: StoredMessage): PreparedWrite {
    const sealed = this.#sealing.seal(bytes, messagePlace(session, log, number));
    return () => {
      this.#put.run(session, log, number, sealed);
    };
  }

  removeRange(session: string, log: MessageLog, lower: bigint, upper: bigint): PreparedWrite {
    return () => {
      if (withinNumbers(lower) >= lower) {
        this.#deleteRange.run(session, log, withinNumbers(lower), withinNumbers(upper));
      }
    };
  }

  removeAll(session: string): PreparedWrite {
    return () => {
      this.#deleteAll.run(session);
    };
  }

  find(session: string, log: MessageLog, number: bigint): StoredMessage | undefined {
    if (withinNumbers(number) !== number) {
      return undefined;
    }
    const row = this.#find.get(session, log, number);
    // The number that was asked for: a damaged index may lead to another row, which is whole in itself.
    return row === undefined ? undefined : this.#read(session, log, { number, body: row.body });
  }

  range(session: string, log: MessageLog, lower: bigint, limit: number): readonly StoredMessage[] {
    if (withinNumbers(lower) < lower) {
      return [];
    }
    let least = withinNumbers(lower);
    return this.#range.all(session, log, least, limit).map((row) => {
      if (row.number < least) {
        throw damaged(messagePlace(session, log, least), 'its index leads to another message');
      }
      least = row.number + 1n;
      return this.#read(session, log, row);
    });
  }

  /** @throws StoreError `store-damaged` naming the message */
  #read(session: string, log: MessageLog, { number, body }: NumberedBody): StoredMessage {
    return { session, log, number, bytes: this.#sealing.unseal(body, messagePlace(session, log, number)) };
  }
}
