import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { HoldfastError, StoreError } from '@holdfast/soap';
import type { StoredSession } from '@holdfast/ws-rm';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { numberFrom, seeded } from '../support/random.js';
import { allSessions, bytes, fileIn, openIn, putMessage, putSession, putToken, text } from '../support/stores.js';

describe('damage', () => {
  /** A closed store with some of everything. */
  const filled = async (): Promise<string> => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    await store.commit(
      ['a', 'b', 'c'].flatMap((key) => [
        putSession(key, 1, [`urn:${key}`], `state of ${key}`),
        ...[1n, 2n, 3n].map((number) => putMessage(number, `<m>${key}${number}</m>`, key)),
        putToken(`token ${key}`, `secret of ${key}`),
      ]),
    );
    await store.put('context', bytes('secret of context'));
    await store.close();
    return folder;
  };

  const change = (folder: string, sql: string, ...parameters: unknown[]): void => {
    const database = new Database(fileIn(folder));
    expect(database.prepare(sql).run(...parameters).changes).to.be.greaterThan(0);
    database.close();
  };

  const flip = (folder: string, table: string, column: string, where: string): void => {
    const database = new Database(fileIn(folder));
    database.function('flip', (blob) => {
      const changed = Buffer.from(blob as Uint8Array);
      changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
      return changed;
    });
    database.exec(`UPDATE "${table}" SET "${column}" = flip("${column}") WHERE ${where}`);
    database.close();
  };

  describe('of a row', () => {
    it('a flipped bit in a body is reported with session, log and number, and the other messages are read', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_message', 'body', `session = 'b' AND number = 2`);
      await using store = await openIn(folder);
      const { message } = await failsWith(store.message('b', 'outbound', 2n), 'store-damaged');
      expect(message).to.contain('outbound message 2 of session "b"');
      await failsWith(store.messages('b', 'outbound', 1n, 3), 'store-damaged');
      expect(text((await store.message('b', 'outbound', 1n))?.bytes)).to.equal('<m>b1</m>');
      expect(await store.messages('b', 'outbound', 3n, 10)).to.have.length(1);
      expect(await store.messages('a', 'outbound', 1n, 10)).to.have.length(3);
      await store.commit([putMessage(2n, 'sent again', 'b')]);
      expect(text((await store.message('b', 'outbound', 2n))?.bytes)).to.equal('sent again');
    });

    it('a flipped bit in a state is reported with its session, and the others are read', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_session', 'state', `key = 'b'`);
      await using store = await openIn(folder);
      const { message } = await failsWith(store.session('b'), 'store-damaged');
      expect(message).to.contain('session "b"');
      await failsWith(store.sessionOf('urn:b'), 'store-damaged');
      expect((await store.sessionOf('urn:a'))?.key).to.equal('a');
    });

    it('the list of sessions rejects at a damaged one, and goes on after it', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_session', 'state', `key = 'b'`);
      await using store = await openIn(folder);
      await failsWith(allSessions(store), 'store-damaged');
      const iterator = store.sessions()[Symbol.asyncIterator]();
      const seen: string[] = [];
      for (;;) {
        try {
          const next: IteratorResult<StoredSession> = await iterator.next();
          if (next.done === true) {
            break;
          }
          seen.push(next.value.key);
        } catch (error) {
          seen.push((error as StoreError).code);
        }
      }
      expect(seen).to.deep.equal(['a', 'store-damaged', 'c']);
    });

    it('the list of sessions leaves damaged ones to onDamage, when there is one', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_session', 'state', `key IN ('a', 'b')`);
      const damages: StoreError[] = [];
      await using store = await openIn(folder, { onDamage: (error) => damages.push(error) });
      expect((await allSessions(store)).map(({ key }) => key)).to.deep.equal(['c']);
      expect(damages.map(({ message }) => message)).to.satisfy(
        ([a, b]: string[]) => a?.includes('session "a"') === true && b?.includes('session "b"') === true,
      );
    });

    it('a flipped bit in a token or context is reported with its UUID, and the others are read', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_token', 'sealed', `uuid = 'token b'`);
      flip(folder, 'holdfast_context', 'sealed', `uuid = 'context'`);
      await using store = await openIn(folder);
      expect((await failsWith(store.token('token b'), 'store-damaged')).message).to.contain('token "token b"');
      expect((await failsWith(store.get('context'), 'store-damaged')).message).to.contain('security context "context"');
      expect(text(await store.token('token a'))).to.equal('secret of a');
    });

    it('a flipped bit in a data key is reported for each row it sealed; new rows have a new data key', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_data_key', 'sealed', 'true');
      await using store = await openIn(folder);
      const error = await failsWith(store.message('a', 'outbound', 1n), 'store-damaged');
      expect(error.message).to.contain('outbound message 1 of session "a"').and.contain('data key');
      expect(error.cause).to.be.instanceOf(StoreError);
      await store.commit([putMessage(9n)]);
      expect(text((await store.message('a', 'outbound', 9n))?.bytes)).to.equal('<m>9</m>');
    });

    it('a flipped bit in the verifier of the key is store-damaged at the opening', async () => {
      const folder = await filled();
      flip(folder, 'holdfast_key', 'verifier', 'true');
      expect((await failsWith(openIn(folder), 'store-damaged')).message).to.contain('verifier');
    });

    it('a store that lost the record of its keys does not take any key for the right one', async () => {
      const folder = await filled();
      change(folder, 'DELETE FROM holdfast_key');
      await failsWith(openIn(folder), 'store-damaged');
    });
  });

  describe('by hand', () => {
    const rows = 'SELECT body FROM holdfast_message WHERE session = ? AND number = ?';

    it('bodies that changed places are found: of numbers, of sessions, of logs', async () => {
      const folder = await filled();
      const database = new Database(fileIn(folder));
      const body = (session: string, number: number): unknown =>
        database.prepare<[string, number], { body: Uint8Array }>(rows).get(session, number)?.body;
      const update = database.prepare('UPDATE holdfast_message SET body = ? WHERE session = ? AND number = ?');
      const [a1, a2, b3] = [body('a', 1), body('a', 2), body('b', 3)];
      update.run(a1, 'a', 2);
      update.run(a2, 'a', 1);
      update.run(b3, 'a', 3);
      database.exec(`UPDATE holdfast_message SET log = 'inbound' WHERE session = 'c' AND number = 1`);
      database.exec(`UPDATE holdfast_message SET number = 9 WHERE session = 'c' AND number = 2`);
      database.close();
      await using store = await openIn(folder);
      for (const number of [1n, 2n, 3n]) {
        await failsWith(store.message('a', 'outbound', number), 'store-damaged');
      }
      await failsWith(store.message('c', 'inbound', 1n), 'store-damaged');
      await failsWith(store.message('c', 'outbound', 9n), 'store-damaged');
      expect(text((await store.message('b', 'outbound', 3n))?.bytes)).to.equal('<m>b3</m>');
    });

    it('a message that the index leads to in the place of another is found', async () => {
      const folder = await filled();
      const content = readFileSync(fileIn(folder));
      // An entry of the index: session, log and number, then the row that it leads to. Rows have their body there.
      const entry = (number: number): number => {
        const key = Buffer.from([...Buffer.from('aoutbound'), number]);
        let at = content.indexOf(key);
        while (at >= 0 && content[at + key.length] === 'H'.charCodeAt(0)) at = content.indexOf(key, at + 1);
        expect(at).to.be.greaterThan(0);
        return at + key.length;
      };
      const [second, third] = [entry(2), entry(3)];
      [content[second], content[third]] = [content[third] as number, content[second] as number];
      writeFileSync(fileIn(folder), content);
      await using store = await openIn(folder);
      expect(text((await store.message('a', 'outbound', 1n))?.bytes)).to.equal('<m>a1</m>');
      await failsWith(store.message('a', 'outbound', 2n), 'store-damaged');
      await failsWith(store.message('a', 'outbound', 3n), 'store-damaged');
      await failsWith(store.messages('a', 'outbound', 1n, 10), 'store-damaged');
    });

    it('an old state put back under the new version is found, and so is another version of the state', async () => {
      const folder = temporaryFolder();
      const store = await openIn(folder);
      await store.commit([putSession('a', 1)]);
      const database = new Database(fileIn(folder));
      const old = database.prepare<[], { state: Uint8Array }>('SELECT state FROM holdfast_session').get()?.state;
      database.close();
      await store.commit([putSession('a', 2)]);
      await store.close();
      change(folder, 'UPDATE holdfast_session SET state = ?', old);
      const again = await openIn(folder);
      await failsWith(again.session('a'), 'store-damaged');
      await again.close();
    });

    it('a version or identifiers that were changed are found', async () => {
      const folder = await filled();
      change(folder, `UPDATE holdfast_session SET version = 7 WHERE key = 'a'`);
      change(folder, `UPDATE holdfast_session SET identifiers = '["urn:x"]' WHERE key = 'b'`);
      await using store = await openIn(folder);
      await failsWith(store.session('a'), 'store-damaged');
      await failsWith(store.session('b'), 'store-damaged');
    });

    it('an identifier that was turned to another session is found', async () => {
      const folder = await filled();
      change(folder, `UPDATE holdfast_identifier SET session = 'b' WHERE identifier = 'urn:a'`);
      await using store = await openIn(folder);
      const { message } = await failsWith(store.sessionOf('urn:a'), 'store-damaged');
      expect(message).to.contain('urn:a');
    });

    it('tokens that changed places are found, and a token put in the place of a context', async () => {
      const folder = await filled();
      const database = new Database(fileIn(folder));
      const sealed = database
        .prepare<[], { sealed: Uint8Array }>(`SELECT sealed FROM holdfast_token WHERE uuid = 'token a'`)
        .get()?.sealed;
      database.prepare(`UPDATE holdfast_token SET sealed = ? WHERE uuid = 'token b'`).run(sealed);
      database.prepare(`INSERT INTO holdfast_context (uuid, sealed) VALUES ('token a', ?)`).run(sealed);
      database.close();
      await using store = await openIn(folder);
      await failsWith(store.token('token b'), 'store-damaged');
      await failsWith(store.get('token a'), 'store-damaged');
    });

    it('what is not sealed at all is refused', async () => {
      const folder = await filled();
      change(folder, `UPDATE holdfast_message SET body = ? WHERE session = 'a'`, Buffer.from('<m>forged</m>'));
      change(folder, `UPDATE holdfast_token SET sealed = ? WHERE uuid = 'token a'`, Buffer.alloc(0));
      await using store = await openIn(folder);
      await failsWith(store.message('a', 'outbound', 1n), 'store-damaged');
      await failsWith(store.token('token a'), 'store-damaged');
    });

    it('a value of another type in the place of a sealed one is store-damaged', async () => {
      const folder = await filled();
      change(folder, `UPDATE holdfast_message SET body = 'text' WHERE session = 'a'`);
      change(folder, `UPDATE holdfast_session SET state = 7 WHERE key = 'a'`);
      change(folder, `UPDATE holdfast_token SET sealed = 'text' WHERE uuid = 'token a'`);
      await using store = await openIn(folder);
      await failsWith(store.message('a', 'outbound', 1n), 'store-damaged');
      await failsWith(store.session('a'), 'store-damaged');
      await failsWith(store.token('token a'), 'store-damaged');
    });
  });

  describe('of the file', () => {
    it('a file that is not a database is store-damaged, and is left as it is', async () => {
      const folder = temporaryFolder();
      writeFileSync(fileIn(folder), 'not a database '.repeat(1000));
      const before = readFileSync(fileIn(folder));
      const { message } = await failsWith(openIn(folder), 'store-damaged');
      expect(message).to.contain(fileIn(folder)).and.contain('back-up');
      expect(readFileSync(fileIn(folder)).equals(before)).to.equal(true);
    });

    for (const part of [0.2, 0.5, 0.9]) {
      it(`a file cut to ${part * 100} % is store-damaged`, async () => {
        const folder = await filled();
        truncateSync(fileIn(folder), Math.floor(statSync(fileIn(folder)).size * part));
        await failsWith(openIn(folder), 'store-damaged');
      });
    }

    it('overwritten pages are store-damaged, not a crash', async () => {
      const folder = await filled();
      const content = readFileSync(fileIn(folder));
      content.fill(0xa5, 4096);
      writeFileSync(fileIn(folder), content);
      await failsWith(openIn(folder), 'store-damaged');
    });

    it('a table that is missing is store-damaged', async () => {
      const folder = await filled();
      const database = new Database(fileIn(folder));
      database.exec('DROP TABLE holdfast_message');
      database.close();
      await failsWith(openIn(folder), 'store-damaged');
    });

    const seed = numberFrom('HOLDFAST_SEED');
    it(`bits flipped anywhere never yield a wrong value, only errors of ours (seed ${seed})`, async function () {
      this.timeout(60_000);
      const random = seeded(seed);
      const original = await filled();
      const content = readFileSync(fileIn(original));
      for (let run = 0; run < 150; run += 1) {
        const folder = temporaryFolder();
        const damaged = Buffer.from(content);
        for (let bit = 0; bit <= run % 4; bit += 1) {
          const position = random(damaged.length);
          damaged[position] = (damaged[position] ?? 0) ^ (1 << random(8));
        }
        writeFileSync(fileIn(folder), damaged);
        await readsNothingWrong(folder);
      }
    });

    it('a journal of another database is not taken for its own', async () => {
      const folder = await filled();
      const other = temporaryFolder();
      await using store = await openIn(other);
      await store.commit([putSession('x')]);
      copyFileSync(`${fileIn(other)}-wal`, `${fileIn(folder)}-wal`);
      await readsNothingWrong(folder);
    });
  });

  const readsNothingWrong = async (folder: string): Promise<void> => {
    const attempt = async (expected: string, read: () => Promise<Uint8Array | undefined>): Promise<void> => {
      try {
        const found = await read();
        expect(text(found) ?? expected).to.equal(expected);
      } catch (error) {
        expect(error, String(error)).to.be.instanceOf(HoldfastError);
      }
    };
    const store = await openIn(folder).catch((error: unknown) => {
      expect(error, String(error)).to.be.instanceOf(HoldfastError);
      return undefined;
    });
    for (const key of store === undefined ? [] : ['a', 'b', 'c']) {
      await attempt(`state of ${key}`, async () => (await store?.session(key))?.state);
      await attempt(`state of ${key}`, async () => (await store?.sessionOf(`urn:${key}`))?.state);
      await attempt(`secret of ${key}`, async () => store?.token(`token ${key}`));
      for (const number of [1n, 2n, 3n]) {
        await attempt(`<m>${key}${number}</m>`, async () => (await store?.message(key, 'outbound', number))?.bytes);
      }
    }
    await attempt('secret of context', async () => store?.get('context'));
    await store?.close();
  };
});
