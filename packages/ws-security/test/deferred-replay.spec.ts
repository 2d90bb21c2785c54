import { parse, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { deferredReplay } from '#src/deferred-replay.js';
import { protect } from '#src/protect.js';
import { memoryReplayStore, type ReplayEntry, type ReplayStore } from '#src/replay-store.js';
import { unprotect } from '#src/unprotect.js';
import {
  changed,
  contextKeys,
  envelopeText,
  now,
  octets,
  recipientKeys,
  secured,
  thrown,
  withContext,
  xml,
} from './samples.js';

async function openWith(store: ReplayStore, message: string): Promise<void> {
  const replay = deferredReplay();
  unprotect(parse(message), withContext, recipientKeys, { now, replayCache: replay });
  await replay.admitInto(store, now);
}

const code = (error: { readonly code: string }): string => error.code;

describe('a replay cache that defers to a store', () => {
  it('has the store remember what was accepted', async () => {
    const store = memoryReplayStore();
    const message = secured();
    await openWith(store, message);
    expect(await openWith(store, message).catch(code)).to.equal('replayed');
    await openWith(store, secured());
  });

  it('asks the store once for each message, with all that it is known by', async () => {
    const asked: (readonly ReplayEntry[])[] = [];
    await openWith({ admit: async (entries) => void asked.push(entries) }, secured());
    expect(asked).to.have.length(1);
    expect(asked[0]).to.have.length(1);
  });

  it('asks nothing of a message that was refused', async () => {
    const store = memoryReplayStore();
    const message = secured({ ...withContext, encryptBody: false });
    const forged = changed(message, '12 eggs', '12 hens');
    const replay = deferredReplay();
    thrown(
      () =>
        unprotect(parse(forged), { ...withContext, encryptBody: false }, recipientKeys, { now, replayCache: replay }),
      'digest-mismatch',
    );
    await replay.admitInto({ admit: () => expect.fail('asked') }, now);
    const honest = deferredReplay();
    unprotect(parse(message), { ...withContext, encryptBody: false }, recipientKeys, { now, replayCache: honest });
    await honest.admitInto(store, now);
  });

  it('refuses our own message that is sent back to us', async () => {
    const store = memoryReplayStore();
    const replay = deferredReplay();
    const { envelope } = protect(xml(envelopeText()), withContext, contextKeys(), {
      now,
      random: octets(5),
      replayCache: replay,
    });
    await replay.admitInto(store, now);
    expect(await openWith(store, serialize(envelope)).catch(code)).to.equal('replayed');
  });

  it('refuses a message that is known by one thing twice', () => {
    const replay = deferredReplay();
    replay.admit('nonce', now, now);
    thrown(() => replay.admit('nonce', now, now), 'replayed');
  });
});
