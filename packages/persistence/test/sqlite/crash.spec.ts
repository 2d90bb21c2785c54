import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { SqliteStore } from '@holdfast/persistence';
import { expect } from 'chai';
import { startWriter } from '../support/children.js';
import { temporaryFolder } from '../support/folders.js';
import { numberFrom, seeded } from '../support/random.js';
import { fileIn, openIn, putMessage, putSession, putToken, text } from '../support/stores.js';

describe('after a crash', () => {
  const seed = numberFrom('HOLDFAST_SEED');

  /** Commit n has session version n, messages up to n, and the token; nothing is there by half. */
  const commitNumber = async (store: SqliteStore, number: number): Promise<void> => {
    await store.commit([
      putSession('a', number, ['urn:a'], `${number}`),
      putMessage(BigInt(number), `message ${number}`.padEnd(3000)),
      putToken('token', `secret ${number}`),
    ]);
  };

  const consistentAt = async (folder: string): Promise<number> => {
    await using store = await openIn(folder);
    const version = (await store.sessionOf('urn:a'))?.version ?? 0;
    const messages = await store.messages('a', 'outbound', 1n, 10_000);
    expect(messages.map(({ number }) => Number(number))).to.deep.equal(
      Array.from({ length: version }, (_, index) => index + 1),
    );
    for (const { number, bytes } of messages) {
      expect(text(bytes)?.trimEnd()).to.equal(`message ${number}`);
    }
    expect(text((await store.session('a'))?.state)).to.equal(version === 0 ? undefined : `${version}`);
    expect(text(await store.token('token'))).to.equal(version === 0 ? undefined : `secret ${version}`);
    await commitNumber(store, version + 1);
    return version;
  };

  const copy = (from: string, to: string, walLength?: number): void => {
    copyFileSync(fileIn(from), fileIn(to));
    const wal = `${fileIn(from)}-wal`;
    if (existsSync(wal)) {
      writeFileSync(`${fileIn(to)}-wal`, readFileSync(wal).subarray(0, walLength));
    }
  };

  it('a copy of database and journal, taken between any two commits, has every commit before it', async () => {
    const folder = temporaryFolder();
    await using store = await openIn(folder);
    for (let number = 1; number <= 40; number += 1) {
      await commitNumber(store, number);
      if (number % 4 === 0) {
        const snapshot = temporaryFolder();
        copy(folder, snapshot);
        expect(await consistentAt(snapshot)).to.equal(number);
      }
    }
  });

  it(`a journal torn at any byte has all of the commits before the tear, and none by half (seed ${seed})`, async function () {
    this.timeout(60_000);
    const random = seeded(seed);
    const folder = temporaryFolder();
    await using store = await openIn(folder);
    const sizes: number[] = [];
    for (let number = 1; number <= 30; number += 1) {
      await commitNumber(store, number);
      sizes.push(statSync(`${fileIn(folder)}-wal`).size);
    }
    const start = statSync(fileIn(folder)).size;
    for (let run = 0; run < 60; run += 1) {
      const length = random((sizes.at(-1) ?? 0) + 1);
      const torn = temporaryFolder();
      copy(folder, torn, length);
      // The journal has the tables too; torn before their end, the store begins anew.
      const expected = sizes.filter((size) => size <= length).length;
      expect(await consistentAt(torn), `journal of ${length} of ${sizes.at(-1)} bytes, database of ${start}`).to.equal(
        expected,
      );
    }
  });

  it(`a process killed at any moment has lost nothing that it reported (seed ${seed})`, async function () {
    this.timeout(120_000);
    const random = seeded(seed);
    const folder = temporaryFolder();
    let reported = 0;
    for (let kill = 0; kill < 6; kill += 1) {
      const writer = startWriter(folder, 'a', 1_000_000);
      const last = reported + 1 + random(400);
      for await (const number of writer.numbers) {
        reported = Math.max(reported, number);
        if (number >= last) {
          writer.child.kill('SIGKILL');
        }
      }
      const { signal, errors } = await writer.ended;
      expect(signal, errors).to.equal('SIGKILL');
      const store = await openIn(folder);
      const version = (await store.session('a'))?.version ?? 0;
      expect(version).to.be.at.least(reported);
      expect(text((await store.session('a'))?.state)).to.equal(`${version}`);
      const messages = await store.messages('a', 'outbound', 1n, 1_000_000);
      expect(messages.length).to.equal(version);
      expect(messages.every(({ bytes }, index) => text(bytes)?.trimEnd() === `message ${index + 1}`)).to.equal(true);
      const journal = await store.application(({ get }) =>
        get('SELECT count(*) AS rows, max(number) AS last FROM journal'),
      );
      expect(journal).to.deep.equal({ rows: version, last: version });
      expect(text(await store.token('token'))).to.equal('secret');
      await store.close();
    }
  });

  it('processes that open a new store at the same time, and write at the same time, do not get in each other’s way', async function () {
    this.timeout(60_000);
    const folder = temporaryFolder();
    const writers = ['a', 'b', 'c', 'd'].map((session) => startWriter(folder, session, 100));
    const counts = await Promise.all(
      writers.map(async ({ numbers }) => {
        let count = 0;
        for await (const _ of numbers) {
          count += 1;
        }
        return count;
      }),
    );
    for (const { ended } of writers) {
      const { code, errors } = await ended;
      expect(code, errors).to.equal(0);
    }
    expect(counts).to.deep.equal([100, 100, 100, 100]);
    await using store = await openIn(folder);
    for (const session of ['a', 'b', 'c', 'd']) {
      expect((await store.session(session))?.version).to.equal(100);
      expect(await store.messages(session, 'outbound', 1n, 1000)).to.have.length(100);
    }
  });
});
