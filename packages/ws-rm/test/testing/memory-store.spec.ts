import { expect } from 'chai';
import type { StoreChange } from '#src/store.js';
import { memoryStore } from '#src/testing/index.js';
import { codeOf, rejected } from '../support/samples.js';

const bytes = (text: string) => Buffer.from(text);
const session = (
  version: number,
  more: Partial<{ key: string; identifiers: readonly string[] }> = {},
): StoreChange<string[]> => ({
  kind: 'put-session',
  key: 's',
  identifiers: ['urn:s'],
  version,
  state: bytes(`state ${version}`),
  ...more,
});
const message = (number: bigint): StoreChange<string[]> => ({
  kind: 'put-message',
  session: 's',
  log: 'outbound',
  number,
  bytes: bytes(String(number)),
});

describe('memoryStore', () => {
  it('finds what was committed', async () => {
    const store = memoryStore<string[]>();
    await store.commit([session(1), message(1n), message(2n), { kind: 'put-token', uuid: 't', bytes: bytes('t') }]);
    expect((await store.session('s'))?.version).to.equal(1);
    expect((await store.sessionOf('urn:s'))?.key).to.equal('s');
    expect((await store.message('s', 'outbound', 2n))?.number).to.equal(2n);
    expect((await store.messages('s', 'outbound', 2n, 10)).map(({ number }) => number)).to.deep.equal([2n]);
    expect(await store.message('s', 'inbound', 1n)).to.equal(undefined);
    expect(await store.token('t')).to.deep.equal(bytes('t'));
  });

  it('refuses another version than the next (store-conflict)', async () => {
    const store = memoryStore<string[]>();
    expect(codeOf(await rejected(store.commit([session(2)])))).to.equal('store-conflict');
    await store.commit([session(1)]);
    expect(codeOf(await rejected(store.commit([session(1)])))).to.equal('store-conflict');
    await store.commit([session(2)]);
  });

  it('refuses an identifier that another session has (store-conflict)', async () => {
    const store = memoryStore<string[]>();
    await store.commit([session(1)]);
    expect(codeOf(await rejected(store.commit([session(1, { key: 'other' })])))).to.equal('store-conflict');
  });

  it('applies all or nothing', async () => {
    const store = memoryStore<string[]>();
    await store.commit([session(1), message(1n), { kind: 'put-token', uuid: 't', bytes: bytes('t') }]);
    const before = store.content;
    const all: StoreChange<string[]>[] = [
      session(2, { identifiers: ['urn:other'] }),
      message(1n),
      message(5n),
      { kind: 'remove-messages', session: 's', log: 'outbound', lower: 1n, upper: 9n },
      { kind: 'remove-token', uuid: 't' },
      { kind: 'put-token', uuid: 'u', bytes: bytes('u') },
      { kind: 'remove-session', key: 's' },
      {
        kind: 'application',
        write: () => {
          throw new Error('no');
        },
      },
    ];
    await rejected(store.commit(all));
    expect(store.content).to.deep.equal(before);
    expect((await store.sessionOf('urn:s'))?.key).to.equal('s');
    expect(await store.sessionOf('urn:other')).to.equal(undefined);
  });

  it('removes a session with its messages', async () => {
    const store = memoryStore<string[]>();
    await store.commit([session(1), message(1n)]);
    await store.commit([{ kind: 'remove-session', key: 's' }]);
    expect(store.content).to.deep.equal({ sessions: [], messages: [], tokens: [] });
    expect(await store.sessionOf('urn:s')).to.equal(undefined);
  });

  it('fails before the commit or after it, as it is told', async () => {
    const store = memoryStore<string[]>();
    store.setHooks({
      beforeCommit: () => {
        throw new Error('before');
      },
    });
    await rejected(store.commit([session(1)]));
    expect(store.content.sessions).to.have.length(0);
    store.setHooks({
      afterCommit: () => {
        throw new Error('after');
      },
    });
    await rejected(store.commit([session(1)]));
    expect(store.content.sessions).to.have.length(1);
    expect(store.commits).to.equal(2);
  });
});
