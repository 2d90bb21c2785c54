import { decodeContext, encodeContext } from '@holdfast/ws-secconv';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';
import { connect, memoryStore, serve } from 'holdfast';

const authority = certificateAuthority('Test CA');
const [alice, bob] = [authority.issue({ name: 'alice' }), authority.issue({ name: 'bob' })];
const trust = authority.certificate;

describe('the contexts in the store of a service', () => {
  it('count at a start, and leave it when they have expired', async () => {
    const store = memoryStore();
    const options = { identity: bob, trust, store, maxContextsPerIdentity: 1, reliability: 'none' } as const;
    const ask = async (): Promise<string> => {
      const service = await serve(() => undefined, options);
      const conversation = await connect(service.url, {
        identity: alice,
        recipient: bob.certificate,
        trust,
        reliability: 'none',
      });
      try {
        return (await conversation.sct?.getUuid(service.url)) ?? '';
      } finally {
        await conversation.suspend();
        await service.close();
      }
    };
    const first = await ask();
    expect(await ask().catch(({ code }: { readonly code: string }) => code)).to.equal('trust-refused');
    expect(await store.uuids?.()).to.deep.equal([first]);
    const context = decodeContext((await store.get(first)) ?? new Uint8Array());
    await store.put(first, encodeContext({ ...context, expires: Date.now() - 1_000 }));
    const second = await ask();
    expect(await store.uuids?.()).to.deep.equal([second]);
  });
});
