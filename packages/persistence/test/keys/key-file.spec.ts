import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyFromFile } from '@holdfast/persistence';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { temporaryFolder } from '../support/folders.js';
import { testKey } from '../support/stores.js';

describe('keyFromFile', () => {
  const key = Buffer.from(testKey());

  const keyFile = (content: string | Uint8Array, mode = 0o600): string => {
    const file = join(temporaryFolder(), 'key');
    writeFileSync(file, content, { mode });
    chmodSync(file, mode);
    return file;
  };

  for (const [form, content] of [
    ['32 raw bytes', key],
    ['base64', `${key.toString('base64')}\n`],
    ['base64url', key.toString('base64url')],
    ['hexadecimal', `${key.toString('hex')}\r\n`],
  ] as const) {
    it(`reads ${form}`, async () => {
      expect(Buffer.from(await keyFromFile(keyFile(content))()).equals(key)).to.equal(true);
    });
  }

  it('reads a file of mode 0400, and through a symbolic link', async () => {
    const link = join(temporaryFolder(), 'link');
    symlinkSync(keyFile(key, 0o400), link);
    expect((await keyFromFile(link)()).length).to.equal(32);
  });

  for (const mode of [0o640, 0o604, 0o644, 0o660, 0o620, 0o602, 0o610, 0o601]) {
    it(`refuses mode ${mode.toString(8)}, and says what to do`, async () => {
      const file = keyFile(key, mode);
      const { message } = await failsWith(keyFromFile(file), 'invalid-key');
      expect(message).to.contain(`chmod 600 ${file}`).and.contain(mode.toString(8));
    });
  }

  for (const [what, content] of [
    ['nothing', ''],
    ['a short key', key.subarray(0, 31)],
    ['a long key', Buffer.concat([key, key])],
    ['32 characters of text', key.toString('hex').slice(0, 32)],
    ['a password', 'correct horse battery staple'],
    ['a large file', Buffer.alloc(100_000, 1)],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await failsWith(keyFromFile(keyFile(content)), 'invalid-key');
    });
  }

  it('refuses a folder', async () => {
    const folder = join(temporaryFolder(), 'key');
    mkdirSync(folder, { mode: 0o700 });
    await failsWith(keyFromFile(folder), 'invalid-key');
  });

  it('a missing file is missing-key, and the message names it', async () => {
    const file = join(temporaryFolder(), 'none');
    const { message } = await failsWith(keyFromFile(file), 'missing-key');
    expect(message).to.contain(file).and.contain('openssl rand -base64 32');
    await failsWith(keyFromFile(join(file, 'below')), 'missing-key');
  });

  describe('create', () => {
    it('makes a random key in a file of mode 0600, in a folder of mode 0700', async () => {
      const folder = join(temporaryFolder(), 'secrets');
      const file = join(folder, 'key');
      const made = await keyFromFile(file, { create: true })();
      expect(made.length).to.equal(32);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      expect(statSync(folder).mode & 0o777).to.equal(0o700);
      expect(Buffer.from(readFileSync(file, 'utf8'), 'base64').equals(made)).to.equal(true);
      expect(readdirSync(folder)).to.deep.equal(['key']);
    });

    it('leaves a file that is there as it is', async () => {
      const file = keyFile(key);
      expect(Buffer.from(await keyFromFile(file, { create: true })()).equals(key)).to.equal(true);
      expect(readdirSync(join(file, '..'))).to.deep.equal(['key']);
    });

    it('does not replace a file that is not a key', async () => {
      const file = keyFile('not a key');
      await failsWith(keyFromFile(file, { create: true }), 'invalid-key');
      expect(readFileSync(file, 'utf8')).to.equal('not a key');
    });

    it('makes different keys', async () => {
      const [one, other] = [temporaryFolder(), temporaryFolder()].map((folder) => join(folder, 'key'));
      const first = Buffer.from(await keyFromFile(String(one), { create: true })());
      expect(first.equals(await keyFromFile(String(other), { create: true })())).to.equal(false);
    });

    it('a folder that cannot be made is store-unavailable', async () => {
      await failsWith(keyFromFile(join(keyFile('file'), 'below', 'key'), { create: true }), 'store-unavailable');
    });
  });
});
