import { join } from 'node:path';
import { keyFromFile, sqliteStore } from '@holdfast/persistence';
import { crashAt, crashingStore } from '@holdfast/persistence/testing';
import { expect } from 'chai';
import { temporaryFolder } from './support/folders.js';

describe('the example of the package', () => {
  it('works as it stands', async () => {
    const folder = temporaryFolder();
    await using store = await sqliteStore({
      file: join(folder, 'orders-store/holdfast.db'),
      keys: keyFromFile(join(folder, 'orders-key/holdfast.key'), { create: true }),
    });
    await store.migrateApplication([
      { name: '1 journal', statements: ['CREATE TABLE journal (number INTEGER PRIMARY KEY, text TEXT NOT NULL)'] },
    ]);
    await store.commit([
      { kind: 'put-session', key: 'a', identifiers: ['urn:uuid:1'], version: 1, state: new Uint8Array([1, 2, 3]) },
      { kind: 'put-message', session: 'a', log: 'outbound', number: 1n, bytes: new TextEncoder().encode('<order/>') },
      { kind: 'application', write: (db) => db.run('INSERT INTO journal VALUES (?, ?)', 1, 'ordered') },
    ]);
    expect((await store.sessionOf('urn:uuid:1'))?.key).to.equal('a');
    expect(await store.application(({ all }) => all('SELECT text FROM journal'))).to.deep.equal([{ text: 'ordered' }]);
  });

  it('a crash between a commit and its caller, over SQLite: the store inside has it, once', async () => {
    const folder = temporaryFolder();
    await using inner = await sqliteStore({
      file: join(folder, 'holdfast.db'),
      keys: keyFromFile(join(folder, 'key'), { create: true }),
    });
    const store = crashingStore(inner, crashAt(2, 'after', 'dies'));
    const put = (version: number): Promise<void> =>
      store.commit([{ kind: 'put-session', key: 'a', identifiers: [], version, state: new Uint8Array(1) }]);
    await put(1);
    expect(await put(2).catch(() => 'died')).to.equal('died');
    expect((await inner.session('a'))?.version).to.equal(2);
  });
});
