import { expect } from 'chai';
import { writeEnvelope } from '#src/envelope.js';
import { InvalidMessageError, type TransportError } from '#src/errors.js';
import { type Fate, lossyWire, manualTime, memoryWire, seededFates, seededRandom } from '#src/testing/index.js';
import type { WireExchange, WireHandler, WireInfo, WireRequest } from '#src/wire.js';
import { serialize } from '#src/xml/serialize.js';
import { element, type XmlDocument } from '#src/xml/tree.js';
import { o, order, rejected } from '../samples.js';

const request: WireRequest = { url: 'urn:t', version: '1.2', action: 'urn:a', root: writeEnvelope(order()) };
const echo: WireHandler = async ({ root }) => ({ version: '1.2', root });

describe('memoryWire', () => {
  it('shares no element between the two sides', async () => {
    let seen: XmlDocument | undefined;
    const wire = memoryWire(async (document) => {
      seen = document;
      return { version: '1.2', root: document.root };
    });
    const answer = await wire(request);
    expect(seen?.root).not.to.equal(request.root);
    expect(answer?.root).not.to.equal(seen?.root);
    expect(answer && serialize(answer.root)).to.equal(serialize(request.root));
  });

  it('tells the handler the action, and what else it was made with', async () => {
    let seen: WireInfo | undefined;
    const wire = memoryWire(
      async (_, info) => {
        seen = info;
        return undefined;
      },
      { remoteAddress: '10.0.0.1', secure: true },
    );
    expect(await wire(request)).to.equal(undefined);
    expect(seen).to.deep.equal({ remoteAddress: '10.0.0.1', secure: true, action: 'urn:a' });
  });

  it('returns what the handler throws as a fault', async () => {
    const sender = await memoryWire(() => Promise.reject(new InvalidMessageError('not-an-envelope', 'x')))(request);
    const receiver = await memoryWire(() => Promise.reject(new Error('x')))(request);
    expect(sender && serialize(sender.root)).to.contain('s:Sender');
    expect(receiver && serialize(receiver.root)).to.contain('s:Receiver');
  });

  it('is aborted by its signal', async () => {
    await rejected(memoryWire(echo)(request, AbortSignal.abort()), 'aborted');
  });
});

describe('lossyWire', () => {
  let arrived: number;
  const counting: WireExchange = memoryWire(async (document) => {
    arrived += 1;
    return { version: '1.2', root: element(o(`Answer${arrived}`), [], document.root) };
  });
  beforeEach(() => {
    arrived = 0;
  });
  const once = (fate: Fate) => lossyWire(counting, () => fate)(request);

  it('delivers when nothing happens', async () => {
    expect((await once({}))?.root.local).to.equal('Answer1');
  });

  it('loses requests before they arrive', async () => {
    const error = (await rejected(once({ requestLost: true }), 'connection-lost')) as TransportError;
    expect(error.retryable).to.equal(true);
    expect(arrived).to.equal(0);
  });

  it('loses answers after the request arrived', async () => {
    await rejected(once({ responseLost: true }), 'connection-lost');
    expect(arrived).to.equal(1);
  });

  it('repeats requests and returns the first answer', async () => {
    expect((await once({ repeated: true }))?.root.local).to.equal('Answer1');
    expect(arrived).to.equal(2);
  });

  it('delays requests by the scheduler, so that others overtake them', async () => {
    const time = manualTime();
    const wire = lossyWire(counting, (_, number) => ({ delayMillis: number === 1 ? 100 : 0 }), time);
    const slow = wire(request);
    expect((await wire(request))?.root.local).to.equal('Answer1');
    expect(time.pending).to.equal(1);
    time.advance(100);
    expect((await slow)?.root.local).to.equal('Answer2');
  });

  it('refuses a delay without a scheduler', async () => {
    await rejected(once({ delayMillis: 1 }), 'invalid-argument');
  });

  it('counts the requests from 1', async () => {
    const numbers: number[] = [];
    const wire = lossyWire(counting, (_, number) => {
      numbers.push(number);
      return {};
    });
    await wire(request);
    await wire(request);
    expect(numbers).to.deep.equal([1, 2]);
  });
});

describe('seededFates', () => {
  const fates = (seed: number) => {
    const decide = seededFates(seed, { delayed: 0.5 });
    return Array.from({ length: 200 }, (_, index) => decide(request, index + 1));
  };

  it('are the same for the same seed, and others for another', () => {
    expect(fates(7)).to.deep.equal(fates(7));
    expect(fates(7)).not.to.deep.equal(fates(8));
  });

  it('happen about as often as they should', () => {
    const lost = fates(42).filter(({ requestLost }) => requestLost).length;
    expect(lost).to.be.within(5, 40);
  });

  it('never happen at probability 0 and always at 1', () => {
    const never = seededFates(1, { requestLost: 0, responseLost: 0, repeated: 0 })(request, 1);
    expect(never).to.deep.equal({ requestLost: false, responseLost: false, repeated: false, delayMillis: 0 });
    expect(seededFates(1, { requestLost: 1 })(request, 1).requestLost).to.equal(true);
  });
});

describe('seededRandom', () => {
  it('gives numbers from 0 to below 1', () => {
    const random = seededRandom(-5);
    for (let count = 0; count < 1000; count += 1) expect(random()).to.be.within(0, 0.9999999999);
  });
});

describe('manualTime', () => {
  it('calls back in order, at the time that each is due', () => {
    const time = manualTime(1000);
    const calls: string[] = [];
    time.after(20, () => calls.push(`b${time.now()}`));
    time.after(10, () => {
      calls.push(`a${time.now()}`);
      time.after(5, () => calls.push(`c${time.now()}`));
    });
    time.after(30, () => calls.push('late'));
    time.advance(25);
    expect(calls).to.deep.equal(['a1010', 'c1015', 'b1020']);
    expect(time.now()).to.equal(1025);
  });

  it('does not call back what was cancelled', () => {
    const time = manualTime();
    const cancel = time.after(10, () => expect.fail('called'));
    cancel();
    time.advance(100);
    expect(time.pending).to.equal(0);
  });
});
