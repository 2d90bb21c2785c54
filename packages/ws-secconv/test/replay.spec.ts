import {
  HoldfastError,
  parse,
  readEnvelope,
  readFault,
  StoreError,
  serialize,
  type WireExchange,
  type XmlDocument,
} from '@holdfast/soap';
import { manualTime } from '@holdfast/soap/testing';
import { memoryReplayStore, type ReplayEntry, type ReplayStore } from '@holdfast/ws-security';
import { expect } from 'chai';
import {
  content,
  contextStore,
  conversation,
  echo,
  initiator,
  order,
  type Recipient,
  recipient,
  rejected,
  settled,
  start,
} from './samples.js';

/** The recipients of one service: they share what they keep. */
function service() {
  const [store, replayStore, time] = [contextStore(), memoryReplayStore(), manualTime(start)];
  const delivered: string[] = [];
  const handler = recording(delivered);
  const open = (replays: ReplayStore = replayStore): Recipient =>
    recipient({ time, handler, collaborators: { store, replayStore: replays } });
  return { open, time, delivered };
}

const recording =
  (delivered: string[]): typeof echo =>
  async (message) => {
    delivered.push(content(message) ?? '');
    return echo(message);
  };

/** Sends the recorded request once more, as whoever recorded it would. */
const replay = (wire: WireExchange, request: Parameters<WireExchange>[0]): Promise<XmlDocument | undefined> =>
  wire({ ...request, root: parse(serialize(request.root)).root });

const subcode = (answer: XmlDocument | undefined): string | undefined =>
  answer && readFault(readEnvelope(answer))?.subcodes[0]?.local;

/** Why the recipient refused what it refused, in order. */
const reasons = ({ log }: Recipient): readonly unknown[] =>
  log.flatMap(({ error }) => (error instanceof HoldfastError ? [error.code] : []));

describe('with a store of replays', () => {
  for (const what of ['an order', 'the request for a context']) {
    it(`a second process of the recipient refuses ${what} that the first has had`, async () => {
      const { open, time, delivered } = service();
      const [first, second] = [open(), open()];
      const ours = initiator(first.wire, time);
      await ours.exchange(order('once'));
      const recorded = what === 'an order' ? ours.tap.requests[1] : ours.tap.requests[0];
      if (recorded === undefined) return expect.fail('nothing was sent');
      expect(subcode(await replay(second.wire, recorded))).to.equal('InvalidSecurity');
      expect(reasons(second)).to.deep.equal(['replayed']);
      expect(delivered).to.deep.equal(['once']);
    });
  }

  it('a recipient that starts again refuses what it had before', async () => {
    const { open, time, delivered } = service();
    const before = open();
    const ours = initiator(before.wire, time);
    await ours.exchange(order('once'));
    before.close();
    const after = open();
    const [, recorded] = ours.tap.requests;
    if (recorded === undefined) return expect.fail('nothing was sent');
    expect(subcode(await replay(after.wire, recorded))).to.equal('InvalidSecurity');
    time.advance(359_999);
    expect(subcode(await replay(after.wire, recorded))).to.equal('InvalidSecurity');
    expect(reasons(after)).to.deep.equal(['replayed', 'replayed']);
    time.advance(1);
    await replay(after.wire, recorded);
    expect(reasons(after).at(-1)).to.equal('message-expired');
    expect(delivered).to.deep.equal(['once']);
  });

  it('without one, a recipient that starts again delivers it again', async () => {
    const [store, time, delivered] = [contextStore(), manualTime(start), [] as string[]];
    const open = () => recipient({ time, handler: recording(delivered), collaborators: { store } });
    const ours = initiator(open().wire, time);
    await ours.exchange(order('once'));
    const [, recorded] = ours.tap.requests;
    if (recorded === undefined) return expect.fail('nothing was sent');
    await replay(open().wire, recorded);
    expect(delivered).to.deep.equal(['once', 'once']);
  });

  it('one message that two processes get at once is delivered by one', async () => {
    const { open, time, delivered } = service();
    const [first, second] = [open(), open()];
    const ours = initiator(first.wire, time);
    ours.tap.onRequest = async (request, next) => {
      const [answer] = await Promise.all([next(request), replay(second.wire, request)]);
      return answer;
    };
    await ours.exchange(order('once')).catch(() => undefined);
    expect(delivered).to.deep.equal(['once']);
  });

  it('nothing is delivered before the store has answered, nor when it fails', async () => {
    const { open, time, delivered } = service();
    const waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
    const before = open();
    const ours = initiator(before.wire, time);
    const uuid = await ours.sct.getUuid('http://bob/');
    const slow = open({ admit: () => new Promise((resolve, reject) => waiting.push({ resolve, reject })) });
    ours.tap.onRequest = (request) => slow.wire(request);
    const failing = ours.exchange(order('fails', { securityContext: uuid }));
    failing.catch(() => undefined);
    for (let turn = 0; turn < 5; turn++) await settled();
    expect(delivered).to.deep.equal([]);
    waiting.shift()?.reject(new StoreError('store-full', 'There is no room.'));
    await failing.catch(() => undefined);
    expect(delivered).to.deep.equal([]);
  });

  it('an answer leaves when the store has it, so that it cannot be sent back later', async () => {
    const admitted: (readonly ReplayEntry[])[] = [];
    const replayStore: ReplayStore = { admit: async (entries) => void admitted.push(entries) };
    const { ours } = conversation({ recipient: { collaborators: { replayStore } } });
    await ours.exchange(order());
    // The request for a context and its answer, the order and its answer: each by its one signature.
    expect(admitted.map((entries) => entries.length)).to.deep.equal([1, 1, 1, 1]);
    expect(new Set(admitted.flat().map(({ key }) => key)).size).to.equal(4);
  });

  it('the cache in memory is not asked', async () => {
    const replayStore = memoryReplayStore();
    const never = { admit: () => expect.fail('asked') };
    const { ours } = conversation({ recipient: { collaborators: { replayStore, replayCache: never } } });
    expect(content(await ours.exchange(order('12 hens')))).to.equal('12 hens');
  });

  it('an initiator that starts again refuses an answer that it has had', async () => {
    const theirs = recipient();
    const replayStore = memoryReplayStore();
    const before = initiator(theirs.wire, theirs.time, { collaborators: { replayStore } });
    await before.exchange(order('once'));
    const uuid = await before.sct.getUuid('http://bob/');
    const token = await before.sct.serialize(uuid);
    const recorded = before.tap.responses[1];
    before.close();
    const after = initiator(theirs.wire, theirs.time, { collaborators: { replayStore } });
    await after.sct.deserialize(token);
    after.tap.onRequest = async () => recorded && parse(serialize(recorded.root));
    await rejected(after.exchange(order('again', { securityContext: uuid })), 'replayed');
  });

  it('an initiator that starts again refuses its own message that comes back as the answer', async () => {
    const theirs = recipient();
    const replayStore = memoryReplayStore();
    const before = initiator(theirs.wire, theirs.time, { collaborators: { replayStore } });
    await before.exchange(order('once'));
    const uuid = await before.sct.getUuid('http://bob/');
    const token = await before.sct.serialize(uuid);
    const recorded = before.tap.requests[1];
    const after = initiator(theirs.wire, theirs.time, { collaborators: { replayStore } });
    await after.sct.deserialize(token);
    after.tap.onRequest = async () => recorded && parse(serialize(recorded.root));
    await rejected(after.exchange(order('again', { securityContext: uuid })), 'replayed');
  });
});
