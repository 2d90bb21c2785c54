import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeySource, keyFromFile } from '@holdfast/persistence';
import { expect } from 'chai';
import { openKeyRing, wipeKeyRing } from '#src/keys/key-ring.js';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { fileIn, openIn, putMessage, putSession, putToken, testKey, text } from '../support/stores.js';

describe('keys of a store', () => {
  it('may come from a function that resolves later', async () => {
    await using store = await openIn(temporaryFolder(), { keys: async () => testKey() });
    await store.commit([putSession('a')]);
  });

  it('the function is asked once, when the store opens', async () => {
    let asked = 0;
    const keys = (): Uint8Array => {
      asked += 1;
      return testKey();
    };
    await using store = await openIn(temporaryFolder(), { keys });
    await store.commit([putSession('a'), putToken('t', 'secret')]);
    await store.session('a');
    expect(asked).to.equal(1);
  });

  it('are copied: the caller may zero what it gave', async () => {
    const given = testKey();
    await using store = await openIn(temporaryFolder(), { keys: () => given });
    given.fill(0);
    await store.commit([putToken('t', 'secret')]);
    expect(text(await store.token('t'))).to.equal('secret');
  });

  for (const [what, given, code] of [
    ['undefined', undefined, 'missing-key'],
    ['null', null, 'missing-key'],
    ['a string', testKey().toString(), 'invalid-key'],
    ['31 bytes', testKey().subarray(1), 'invalid-key'],
    ['33 bytes', new Uint8Array(33).map((_, index) => index), 'invalid-key'],
    ['32 zeros', new Uint8Array(32), 'invalid-key'],
    ['one byte repeated', new Uint8Array(32).fill(7), 'invalid-key'],
  ] as const) {
    it(`${what} from the function is ${code}, and no database is made`, async () => {
      const folder = temporaryFolder();
      await failsWith(openIn(folder, { keys: () => given as Uint8Array }), code);
      expect(readdirSync(folder)).to.deep.equal([]);
    });
  }

  it('a function that throws is store-unavailable with its error as the cause', async () => {
    const cause = new Error('the key service is down');
    const error = await failsWith(
      openIn(temporaryFolder(), { keys: () => Promise.reject(cause) }),
      'store-unavailable',
    );
    expect(error.cause).to.equal(cause);
    expect(error).to.have.property('retryable', true);
  });

  it('a missing key file is missing-key', async () => {
    const folder = temporaryFolder();
    await failsWith(openIn(folder, { keys: keyFromFile(join(folder, 'none')) }), 'missing-key');
  });

  it('the wrong key is wrong-key at the opening, and the message says which is needed and what to do', async () => {
    const folder = temporaryFolder();
    await (await openIn(folder)).close();
    const needed = (await openKeyRing(() => testKey())).writing.id;
    const { message } = await failsWith(openIn(folder, { keys: () => testKey('other') }), 'wrong-key');
    expect(message).to.contain(needed).and.contain(fileIn(folder)).and.contain('reading');
  });

  it('the wrong key leaves the store as it was', async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    await store.commit([putToken('t', 'secret')]);
    await store.close();
    const before = readFileSync(fileIn(folder));
    await failsWith(openIn(folder, { keys: () => testKey('other') }), 'wrong-key');
    expect(readFileSync(fileIn(folder)).equals(before)).to.equal(true);
    await using again = await openIn(folder);
    expect(text(await again.token('t'))).to.equal('secret');
  });

  describe('more than one', () => {
    const key =
      (name: string): KeySource =>
      () =>
        testKey(name);

    it('the new one writes, and the old one reads what it sealed', async () => {
      const folder = temporaryFolder();
      const before = await openIn(folder, { keys: key('old') });
      await before.commit([putSession('a'), putMessage(1n), putToken('t', 'secret')]);
      await before.close();
      await using store = await openIn(folder, { keys: { writing: key('new'), reading: [key('old')] } });
      expect(text((await store.session('a'))?.state)).to.equal('state');
      expect(text((await store.message('a', 'outbound', 1n))?.bytes)).to.equal('<m>1</m>');
      expect(text(await store.token('t'))).to.equal('secret');
      await store.commit([putSession('a', 2), putMessage(2n), putToken('t2', 'secret 2')]);
      expect(text(await store.token('t2'))).to.equal('secret 2');
    });

    it('once both have written, neither alone is enough, in any order both are', async () => {
      const folder = temporaryFolder();
      await (await openIn(folder, { keys: key('old') })).close();
      const both = await openIn(folder, { keys: { writing: key('new'), reading: [key('old')] } });
      await both.commit([putMessage(1n)]);
      await both.close();
      await failsWith(openIn(folder, { keys: key('old') }), 'wrong-key');
      await failsWith(openIn(folder, { keys: key('new') }), 'wrong-key');
      await using again = await openIn(folder, { keys: { writing: key('old'), reading: [key('new'), key('other')] } });
      expect(text((await again.message('a', 'outbound', 1n))?.bytes)).to.equal('<m>1</m>');
    });

    it('the same key twice is one key', async () => {
      const ring = await openKeyRing({ writing: key('a'), reading: [key('a'), key('b'), key('b')] });
      expect(ring.all.size).to.equal(2);
      expect(ring.writing.bytes).to.deep.equal(Uint8Array.from(testKey('a')));
    });
  });

  it('a key id is not part of the key', async () => {
    const { id, bytes } = (await openKeyRing(() => testKey())).writing;
    expect(id).to.match(/^[0-9a-f]{16}$/);
    expect(Buffer.from(bytes).toString('hex')).not.to.contain(id);
  });

  it('wiping zeroes every key', async () => {
    const ring = await openKeyRing({ writing: () => testKey('a'), reading: [() => testKey('b')] });
    wipeKeyRing(ring);
    expect([...ring.all.values()].every(({ bytes }) => bytes.every((byte) => byte === 0))).to.equal(true);
  });
});
