import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../support/folders.js';
import { bytes, openIn, putMessage, putSession, putToken, testKey } from '../support/stores.js';

describe('secrecy', () => {
  const token = randomBytes(48);
  const context = randomBytes(48);
  const body = Buffer.from(`<order>${randomBytes(24).toString('hex')}</order>`.padEnd(6000, '<line/>'));
  const state = Buffer.from(JSON.stringify({ private: randomBytes(24).toString('hex') }));

  /** Every form in which a careless program would write it: raw, hexadecimal, base64 at each of its alignments. */
  const formsOf = (secret: Uint8Array): readonly Buffer[] => {
    const raw = Buffer.from(secret);
    const hex = raw.toString('hex');
    const encoded = [0, 1, 2].map((skip) => raw.subarray(skip, skip + 3 * Math.floor((raw.length - skip) / 3)));
    return [
      raw,
      Buffer.from(raw.toString('latin1'), 'utf16le'),
      Buffer.from(hex),
      Buffer.from(hex.toUpperCase()),
      ...encoded.flatMap((part) => [Buffer.from(part.toString('base64')), Buffer.from(part.toString('base64url'))]),
    ].map((form) => form.subarray(0, 64));
  };

  const secrets = {
    token,
    'part of a token': token.subarray(16, 32),
    context,
    body: body.subarray(7, 40),
    state: state.subarray(12, 50),
    key: testKey(),
  } as const;

  const found = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const content = readFileSync(join(entry.parentPath, entry.name));
        return Object.entries(secrets).flatMap(([name, secret]) =>
          formsOf(secret)
            .filter((form) => content.includes(form))
            .map((form) => `${name} as ${form.toString('latin1').slice(0, 8)}… in ${entry.name}`),
        );
      });

  it('the search itself finds secrets that are written in any of the forms', async () => {
    const folder = temporaryFolder();
    for (const [index, form] of [
      token,
      token.toString('hex'),
      token.toString('hex').toUpperCase(),
      token.toString('base64'),
      Buffer.concat([Buffer.from('x'), token]).toString('base64'),
      Buffer.concat([Buffer.from('xy'), token]).toString('base64'),
      Buffer.concat([Buffer.from('xy'), token]).toString('base64url'),
    ].entries()) {
      writeFileSync(join(folder, `${index}`), form);
    }
    const files = new Set(found(folder).map((line) => line.split(' ').at(-1)));
    expect(files.size).to.equal(7);
  });

  it('no file shows a token, a context, a body, a state or the key: in the journal, after checkpoints, and closed', async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    await store.migrateApplication([{ name: 'journal', statements: ['CREATE TABLE journal (number INTEGER)'] }]);
    for (let number = 1; number <= 20; number += 1) {
      await store.commit([
        { ...putSession('a', number, ['urn:a']), state },
        putMessage(BigInt(number), body),
        putToken('urn:uuid:1', token),
        putToken(`urn:uuid:${number}`, token),
        { kind: 'application', write: ({ run }) => run('INSERT INTO journal VALUES (?)', number) },
      ]);
      await store.put('urn:uuid:1', context);
    }
    await store.commit([
      putToken('urn:uuid:3', bytes('replaced')),
      { kind: 'remove-token', uuid: 'urn:uuid:2' },
      { kind: 'remove-messages', session: 'a', log: 'outbound', lower: 1n, upper: 5n },
    ]);
    expect(readdirSync(folder)).to.include('holdfast.db-wal');
    expect(found(folder), 'in the journal').to.deep.equal([]);

    // Opened a second time, the journal is folded in while the first is still open.
    const second = await openIn(folder);
    await second.message('a', 'outbound', 7n);
    await second.close();
    expect(found(folder), 'after a checkpoint').to.deep.equal([]);

    const copy = temporaryFolder();
    copyFileSync(join(folder, 'holdfast.db'), join(copy, 'holdfast.db'));
    expect(found(copy), 'in a copy').to.deep.equal([]);

    await store.close();
    expect(found(folder), 'closed').to.deep.equal([]);
  });

  it('no error shows a secret', async () => {
    await using store = await openIn(temporaryFolder());
    const texts: string[] = [];
    for (const failing of [
      store.commit([putToken('t', token), putSession('a', 7)]),
      store.commit([{ kind: 'put-token', uuid: 't', bytes: token.toString('base64') as unknown as Uint8Array }]),
      store.commit([putMessage(0n, body)]),
      store.commit([{ ...putSession('a', 0), state }]),
    ]) {
      const error = await failing.then(
        () => expect.fail('it did not fail'),
        (thrown: Error) => thrown,
      );
      texts.push(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`);
    }
    for (const form of [token, body, state].flatMap(formsOf)) {
      expect(texts.some((line) => line.includes(form.toString('latin1')))).to.equal(false);
    }
  });
});
