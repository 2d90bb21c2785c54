import type { Database, Statement } from 'better-sqlite3';
import type { KeyRing } from '../keys/key-ring.js';
import type { Random } from '../random.js';
import type { Place } from '../sealing/place.js';
import { sealSecret, unsealSecret } from '../sealing/secret-sealing.js';
import type { PreparedWrite } from './session-rows.js';

/** Serialized tokens, or contexts, by their UUID. */
export class SecretRows {
  readonly #keys: KeyRing;
  readonly #random: Random;
  readonly #placeOf: (uuid: string) => Place;
  readonly #put: Statement<[string, Uint8Array]>;
  readonly #delete: Statement<[string]>;
  readonly #find: Statement<[string], { readonly sealed: Uint8Array }>;
  readonly #uuids: Statement<[], string>;

  constructor(
    database: Database,
    table: 'holdfast_token' | 'holdfast_context',
    placeOf: (uuid: string) => Place,
    keys: KeyRing,
    random: Random,
  ) {
    this.#keys = keys;
    this.#random = random;
    this.#placeOf = placeOf;
    this.#put = database.prepare(
      `INSERT INTO "${table}" ("uuid", "sealed") VALUES (?, ?) ON CONFLICT ("uuid") DO UPDATE SET "sealed" = excluded."sealed"`,
    );
    this.#delete = database.prepare(`DELETE FROM "${table}" WHERE "uuid" = ?`);
    this.#find = database.prepare(`SELECT "sealed" FROM "${table}" WHERE "uuid" = ?`);
    this.#uuids = database.prepare<[], string>(`SELECT "uuid" FROM "${table}" ORDER BY "uuid"`).pluck();
  }

  put(uuid: string, secret: Uint8Array): PreparedWrite {
    const sealed = sealSecret(secret, this.#placeOf(uuid), this.#keys.writing, this.#random);
    return () => {
      this.#put.run(uuid, sealed);
    };
  }

  remove(uuid: string): PreparedWrite {
    return () => {
      this.#delete.run(uuid);
    };
  }

  uuids(): readonly string[] {
    return this.#uuids.all();
  }

  /** @throws StoreError `store-damaged` naming the token or context */
  find(uuid: string): Uint8Array | undefined {
    const row = this.#find.get(uuid);
    return row === undefined ? undefined : unsealSecret(row.sealed, this.#placeOf(uuid), this.#keys);
  }
}
