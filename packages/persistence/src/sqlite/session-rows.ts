import type { StoredSession } from '@holdfast/ws-rm';
import type { Database, Statement } from 'better-sqlite3';
import type { SessionRow } from '../schema/entities.js';
import type { DataKeySealing } from '../sealing/data-key-sealing.js';
import { damaged, sessionPlace } from '../sealing/place.js';
import { identifierConflict, versionConflict } from '../store-conflict.js';

/** A write whose values are sealed already; to be called inside a transaction, once or more. */
export type PreparedWrite = () => void;

type StoredRow = Omit<SessionRow, 'ordinal'>;

/** Sessions and the identifiers they are found by. */
export class SessionRows {
  readonly #sealing: DataKeySealing;
  readonly #current: Statement<[string], Pick<SessionRow, 'version' | 'identifiers'>>;
  readonly #insert: Statement<[string, number, string, Uint8Array]>;
  readonly #update: Statement<[number, string, Uint8Array, string]>;
  readonly #delete: Statement<[string]>;
  readonly #owner: Statement<[string], { readonly session: string }>;
  readonly #insertIdentifier: Statement<[string, string]>;
  readonly #deleteIdentifiers: Statement<[string]>;
  readonly #byKey: Statement<[string], StoredRow>;
  readonly #byIdentifier: Statement<[string], StoredRow>;

  constructor(database: Database, sealing: DataKeySealing) {
    this.#sealing = sealing;
    this.#current = database.prepare('SELECT "version", "identifiers" FROM "holdfast_session" WHERE "key" = ?');
    this.#insert = database.prepare(
      'INSERT INTO "holdfast_session" ("key", "version", "identifiers", "state") VALUES (?, ?, ?, ?)',
    );
    this.#update = database.prepare(
      'UPDATE "holdfast_session" SET "version" = ?, "identifiers" = ?, "state" = ? WHERE "key" = ?',
    );
    this.#delete = database.prepare('DELETE FROM "holdfast_session" WHERE "key" = ?');
    this.#owner = database.prepare('SELECT "session" FROM "holdfast_identifier" WHERE "identifier" = ?');
    this.#insertIdentifier = database.prepare(
      'INSERT INTO "holdfast_identifier" ("identifier", "session") VALUES (?, ?)',
    );
    this.#deleteIdentifiers = database.prepare('DELETE FROM "holdfast_identifier" WHERE "session" = ?');
    const columns = 's."key", s."version", s."identifiers", s."state"';
    this.#byKey = database.prepare(`SELECT ${columns} FROM "holdfast_session" s WHERE s."key" = ?`);
    this.#byIdentifier = database.prepare(
      `SELECT ${columns} FROM "holdfast_identifier" i JOIN "holdfast_session" s ON s."key" = i."session" WHERE i."identifier" = ?`,
    );
  }

  put(session: StoredSession): PreparedWrite {
    const { key, version } = session;
    const identifiers = JSON.stringify([...new Set(session.identifiers)]);
    const sealed = this.#sealing.seal(session.state, sessionPlace(key, version, identifiers));
    return () => {
      const current = this.#current.get(key);
      if ((current?.version ?? 0) !== version - 1) {
        throw versionConflict(key, current?.version, version);
      }
      if (current === undefined) {
        this.#insert.run(key, version, identifiers, sealed);
      } else {
        this.#update.run(version, identifiers, sealed, key);
      }
      if (current?.identifiers !== identifiers) {
        this.#putIdentifiers(key, session.identifiers);
      }
    };
  }

  remove(key: string): PreparedWrite {
    return () => {
      this.#delete.run(key);
      this.#deleteIdentifiers.run(key);
    };
  }

  find(key: string): StoredSession | undefined {
    const row = this.#byKey.get(key);
    if (row === undefined) {
      return undefined;
    }
    const session = this.read(row);
    if (session.key !== key) {
      throw damaged(sessionPlace(row.key, row.version, row.identifiers), `the key "${key}" leads to it`);
    }
    return session;
  }

  findByIdentifier(identifier: string): StoredSession | undefined {
    const row = this.#byIdentifier.get(identifier);
    if (row === undefined) {
      return undefined;
    }
    const session = this.read(row);
    if (!session.identifiers.includes(identifier)) {
      throw damaged(
        sessionPlace(row.key, row.version, row.identifiers),
        `the identifier "${identifier}" leads to it and is not its own`,
      );
    }
    return session;
  }

  /** @throws StoreError `store-damaged` naming the session */
  read(row: StoredRow): StoredSession {
    const where = sessionPlace(row.key, row.version, row.identifiers);
    const state = this.#sealing.unseal(row.state, where);
    const identifiers = JSON.parse(row.identifiers) as readonly string[];
    return { key: row.key, identifiers, version: row.version, state };
  }

  #putIdentifiers(key: string, identifiers: readonly string[]): void {
    this.#deleteIdentifiers.run(key);
    for (const identifier of new Set(identifiers)) {
      const owner = this.#owner.get(identifier);
      if (owner !== undefined) {
        throw identifierConflict(key, identifier, owner.session);
      }
      this.#insertIdentifier.run(identifier, key);
    }
  }
}
