import { keyFromEnvironment } from '@holdfast/persistence';
import { expect } from 'chai';
import { failsWith } from '../support/failures.js';
import { testKey } from '../support/stores.js';

describe('keyFromEnvironment', () => {
  const name = 'HOLDFAST_TEST_KEY';
  const key = Buffer.from(testKey());
  afterEach(() => {
    delete process.env[name];
  });

  for (const [form, text] of [
    ['base64', key.toString('base64')],
    ['base64 without padding', key.toString('base64').replace('=', '')],
    ['base64url', key.toString('base64url')],
    ['hexadecimal', key.toString('hex')],
    ['upper-case hexadecimal', key.toString('hex').toUpperCase()],
    ['base64 with white space around it', ` ${key.toString('base64')}\n`],
  ] as const) {
    it(`reads ${form}`, async () => {
      process.env[name] = text;
      expect(Buffer.from(await keyFromEnvironment(name)()).equals(key)).to.equal(true);
    });
  }

  it('is read when the store opens, not before', async () => {
    const source = keyFromEnvironment(name);
    process.env[name] = key.toString('hex');
    expect((await source()).length).to.equal(32);
  });

  it('a variable that is not set is missing-key, and the message says which and how to make one', async () => {
    const { message } = await failsWith(keyFromEnvironment(name), 'missing-key');
    expect(message).to.contain(name).and.contain('openssl rand -base64 32');
  });

  it('an empty variable is missing-key', async () => {
    process.env[name] = '  ';
    await failsWith(keyFromEnvironment(name), 'missing-key');
  });

  for (const text of [
    'secret',
    key.toString('hex').slice(2),
    `${key.toString('hex')}00`,
    `${'A'.repeat(42)}=`,
    '*'.repeat(44),
  ]) {
    it(`"${text.slice(0, 8)}…" (${text.length} characters) is invalid-key, and the message does not repeat it`, async () => {
      process.env[name] = text;
      const { message } = await failsWith(keyFromEnvironment(name), 'invalid-key');
      expect(message).to.contain(name).and.not.contain(text);
    });
  }
});
