import { createHash } from 'node:crypto';
import { SecurityError } from '@holdfast/soap';
import type { ReplayEntry } from '@holdfast/ws-secconv';
import type { Database, Statement } from 'better-sqlite3';
import type { PreparedWrite } from './session-rows.js';

/** So many entries are admitted between two sweeps. */
const SWEEP_EVERY = 256;
/** So many rows go in one sweep at most: more than come in between, and not so many that others have to wait. */
const SWEEP_LIMIT = 1_024;

/** What messages are known by, each endpoint's apart, until a repetition would be refused for its age. */
export class ReplayRows {
  readonly #admit: Statement<[Uint8Array, number, number]>;
  readonly #sweep: Statement<[number, number]>;
  #sinceSweep = SWEEP_EVERY;

  constructor(database: Database) {
    // One whose time is over counts as gone, whether it was swept or not.
    this.#admit = database.prepare(
      `INSERT INTO "holdfast_replay" ("key", "until") VALUES (?, ?)
       ON CONFLICT ("key") DO UPDATE SET "until" = excluded."until" WHERE "holdfast_replay"."until" <= ?`,
    );
    this.#sweep = database.prepare(
      `DELETE FROM "holdfast_replay" WHERE "key" IN
       (SELECT "key" FROM "holdfast_replay" WHERE "until" <= ? ORDER BY "until" LIMIT ?)`,
    );
  }

  admit(endpoint: string, entries: readonly ReplayEntry[], now: Date): PreparedWrite {
    const at = now.getTime();
    const rows = entries.map(({ key, until }) => ({ key: hashOf(endpoint, key), until: until.getTime() }));
    return () => {
      for (const { key, until } of rows) {
        if (this.#admit.run(key, until, at).changes === 0) {
          throw new SecurityError('replayed', 'A message with this signature, or this nonce, was accepted before.');
        }
      }
      this.#sinceSweep += rows.length;
      if (this.#sinceSweep >= SWEEP_EVERY) {
        this.#sinceSweep = 0;
        this.#sweep.run(at, SWEEP_LIMIT);
      }
    };
  }
}

/** Of fixed length, whatever a peer makes unique. */
function hashOf(endpoint: string, key: string): Uint8Array {
  return createHash('sha256')
    .update(JSON.stringify([endpoint, key]))
    .digest();
}
