import { TransportError } from '@holdfast/soap';
import { expect } from 'chai';
import { type ConnectOptions, connect, memoryStore, serve } from 'holdfast';

const unsecured = { security: 'dangerouslyNone' } as const;
const order = '<a xmlns="urn:test">1</a>';
const code = ({ code: found }: { readonly code: string }): string => found;

describe('connecting again with the same address and store', () => {
  it('is refused while the first conversation is under way in this process', async () => {
    const store = memoryStore();
    const service = await serve(() => undefined, { ...unsecured, store: memoryStore() });
    const first = await connect(service.url, { ...unsecured, store });
    await (await first.send('urn:test', order)).acknowledged;
    expect(await connect(service.url, { ...unsecured, store }).then(() => '', code)).to.equal('unsupported');
    await first.suspend();
    const second = await connect(service.url, { ...unsecured, store });
    await second.close();
    await service.close();
  });

  it('suspends the earlier sessions that were to end with the one that was taken up', async () => {
    const store = memoryStore();
    const down: ConnectOptions = {
      ...unsecured,
      store,
      aroundWire: () => async () => {
        throw new TransportError('unreachable', 'Nobody is there.');
      },
    };
    const address = 'http://service.test/';
    const both = [await connect(address, down), await connect(address, down)];
    for (const each of both) await each.send('urn:test', order);
    for (const each of both) await each.suspend();
    for (let count = 0; count < 2; count++) {
      const again = await connect(address, down);
      expect(again.status()?.outstanding).to.equal(1n);
      await again.suspend();
    }
  });

  it('keeps late replies that nobody takes, and says so once', async () => {
    const store = memoryStore();
    const service = await serve(({ body }) => body, { ...unsecured, store: memoryStore() });
    const first = await connect(service.url, {
      ...unsecured,
      store,
      aroundWire: (wire) => async (request, signal) => {
        const answer = await wire(request, signal);
        if (request.action === 'urn:test') throw new TransportError('connection-lost', 'The answer was lost.');
        return answer;
      },
    });
    const lost = [1, 2].map(() => first.request('urn:test', order).then(() => '', code));
    await (await first.send('urn:notify', order)).acknowledged;
    await first.suspend();
    expect(await Promise.all(lost)).to.deep.equal(['closed', 'closed']);
    let kept = 0;
    const second = await connect(service.url, {
      ...unsecured,
      store,
      log: ({ event }) => {
        if (event === 'late-reply-kept') kept += 1;
      },
    });
    await second.request('urn:other', order);
    while ((second.status()?.outstanding ?? 0n) > 0n) await new Promise(setImmediate);
    await second.suspend();
    expect(kept).to.equal(1);
    const requests: bigint[] = [];
    const third = await connect(service.url, {
      ...unsecured,
      store,
      replies: ({ request }) => {
        requests.push(request);
      },
    });
    await third.close();
    expect(requests).to.deep.equal([1n, 2n]);
    await service.close();
  });
});
