import { join } from 'node:path';
import { httpWire, parse, serialize, type WireRequest, type XmlDocument } from '@holdfast/soap';
import { expect } from 'chai';
import { connect, HoldfastError, type SqliteStore, sqliteStore } from 'holdfast';
import {
  ACTION,
  certificates,
  conversationOptions,
  say,
  serviceOptions,
  TestBed,
  until,
} from './support/conversations.js';

const key = Uint8Array.from({ length: 32 }, (_, at) => at * 7);

describe('a message that somebody recorded', () => {
  let bed: TestBed;
  beforeEach(() => {
    bed = new TestBed();
  });
  afterEach(() => bed.close());

  /** The store of one party, opened once more. */
  const open = async (name: string): Promise<SqliteStore> => {
    const store = await sqliteStore({
      file: join(bed.folder, name, 'holdfast.db'),
      keys: () => key,
    });
    bed.atEnd(() => store.close());
    return store;
  };

  /** One order, said to the service and recorded on its way. */
  const recorded = async (address: string): Promise<WireRequest> => {
    const requests: WireRequest[] = [];
    const conversation = await bed.connect(address, {
      reliability: 'none',
      aroundWire: (wire) => (request, signal) => {
        requests.push(request);
        return wire(request, signal);
      },
    });
    await conversation.request(ACTION, say('once'));
    return requests.at(-1) ?? expect.fail('nothing was sent');
  };

  /** The text of the answer to the recorded message, posted anew. */
  const replayed = async (request: WireRequest, address: string): Promise<string> => {
    await using wire = httpWire({ url: address });
    const answer: XmlDocument | undefined = await wire({ ...request, root: parse(serialize(request.root)).root });
    return answer === undefined ? '' : serialize(answer.root);
  };

  const reasons = (): readonly unknown[] =>
    bed.serviceLog.flatMap(({ error }) => (error instanceof HoldfastError ? [error.code] : []));

  it('is refused by a second process of the service, and after a restart', async () => {
    const serving = async () => {
      const store = await open('bob');
      return bed.serve({ store, reliability: 'none', replayStore: store.replays('recipient') });
    };
    const [first, second] = [await serving(), await serving()];
    const request = await recorded(first.url);
    expect(await replayed(request, first.url)).to.contain('InvalidSecurity');
    expect(await replayed(request, second.url)).to.contain('InvalidSecurity');
    await Promise.all([first.close(), second.close()]);
    const restarted = await serving();
    expect(await replayed(request, restarted.url)).to.contain('InvalidSecurity');
    expect(reasons()).to.deep.equal(['replayed', 'replayed', 'replayed']);
    expect(bed.delivered).to.deep.equal(['once']);
  });

  it('is delivered again by a restarted service that has no store for it, and no sequence', async () => {
    const store = await open('bob');
    const first = await bed.serve({ store, reliability: 'none' });
    const request = await recorded(first.url);
    await first.close();
    const restarted = await bed.serve({ store, reliability: 'none' });
    await replayed(request, restarted.url);
    expect(bed.delivered).to.deep.equal(['once', 'once']);
  });

  it('is refused in a reliable conversation whose ends share one file', async () => {
    const store = await open('both');
    const service = await bed.serve({ store, replayStore: store.replays('recipient') });
    const requests: WireRequest[] = [];
    const conversation = await bed.connect(service.url, {
      store: await open('alice'),
      replayStore: store.replays('initiator'),
      aroundWire: (wire) => (request, signal) => {
        requests.push(request);
        return wire(request, signal);
      },
    });
    const order = await conversation.request(ACTION, say('once'));
    expect(order.body).to.not.equal(undefined);
    const sent = requests.find(({ action }) => action === ACTION) ?? expect.fail('nothing was sent');
    expect(await replayed(sent, service.url)).to.contain('InvalidSecurity');
    await until(() => reasons().includes('replayed'));
    expect(bed.delivered).to.deep.equal(['once']);
    await conversation.close();
  });

  it('needs a store that is one', async () => {
    const { alice } = certificates();
    const wrong = { ...conversationOptions(), identity: alice, replayStore: {} as never };
    const refused = await connect('http://127.0.0.1:9/', wrong).catch((error: HoldfastError) => error);
    expect(refused).to.have.property('code', 'invalid-option');
    expect((refused as HoldfastError).message).to.contain('replayStore');
    const unsecured = { store: serviceOptions().store, replayStore: { admit: async () => {} } };
    const useless = await bed
      .serve({ ...unsecured, identity: undefined, trust: undefined, security: 'dangerouslyNone' } as never)
      .catch((error: HoldfastError) => error);
    expect(useless).to.have.property('code', 'invalid-option');
    expect((useless as HoldfastError).message).to.contain('replayStore');
  });
});
