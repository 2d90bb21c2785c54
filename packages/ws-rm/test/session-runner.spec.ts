import { StoreError } from '@holdfast/soap';
import { expect } from 'chai';
import { contentOf, Endpoints, order } from './support/endpoints.js';
import { Peer } from './support/peer.js';
import { rejected } from './support/samples.js';

/* The runner is seen through the endpoints that it runs: what they commit, and when. */

describe('the runner of sessions', () => {
  it('needs one commit on each side for a one-way message', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until((await ends.time.until(session.send(order('0', 'notify')))).acknowledged);
    const before = [ends.initiatorStore.commits, ends.recipientStore.commits] as const;
    for (let count = 1; count <= 10; count++) {
      await ends.time.until((await ends.time.until(session.send(order(String(count), 'notify')))).acknowledged);
    }
    expect(ends.initiatorStore.commits - before[0]).to.equal(10);
    expect(ends.recipientStore.commits - before[1]).to.equal(10);
    session.suspend();
  });

  it('needs one more for a request: that its reply came', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('0')));
    const before = [ends.initiatorStore.commits, ends.recipientStore.commits] as const;
    for (let count = 1; count <= 10; count++) await ends.time.until(session.request(order(String(count))));
    expect(ends.initiatorStore.commits - before[0]).to.equal(20);
    expect(ends.recipientStore.commits - before[1]).to.equal(10);
    session.suspend();
  });

  it('joins what happens while a commit is under way into the next', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('0')));
    const before = ends.initiatorStore.commits;
    await ends.time.until(Promise.all(Array.from({ length: 32 }, (_, place) => session.request(order(String(place))))));
    expect(ends.initiatorStore.commits - before).to.be.lessThan(16);
    session.suspend();
  });

  it('commits nothing for what is only repeated', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    await ends.time.until(peer.message(1n));
    const before = ends.recipientStore.commits;
    for (let count = 0; count < 10; count++) await ends.time.until(peer.message(1n));
    await ends.time.pass(5_000);
    expect(ends.recipientStore.commits).to.equal(before);
  });

  it('does not keep what need not last at once for long', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until((await ends.time.until(session.send(order('1', 'notify')))).acknowledged);
    expect(ends.initiatorStore.content.messages).to.have.length(1);
    await ends.time.pass(1_100);
    expect(ends.initiatorStore.content.messages).to.have.length(0);
    session.suspend();
  });

  it('acknowledges nothing before it is durable (RM-2.3-4, CXF-4297)', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    let release = (): void => {};
    const { commit } = ends.recipientStore;
    ends.recipientStore.commit = async (changes) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return commit.call(ends.recipientStore, changes);
    };
    let answered = false;
    const answer = peer.message(1n, { oneWay: true }).finally(() => {
      answered = true;
    });
    await ends.time.pass(10_000);
    expect(answered).to.equal(false);
    release();
    await ends.time.until(answer);
    expect(ends.recipientStore.content.sessions[0]?.version).to.equal(2);
  });

  it('sends nothing before it is durable', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const sent = ends.sent.length;
    ends.initiatorStore.setHooks({
      beforeCommit: () => {
        throw new Error('The disk is full.');
      },
    });
    await ends.time.until(rejected(session.send(order('2'))));
    await ends.time.pass(10);
    expect(ends.sent.slice(sent).filter(({ addressing }) => addressing.action.endsWith('/order'))).to.have.length(0);
    session.suspend();
  });

  it('steps again from the store when another process was faster (store-conflict)', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    const first = ends.recipient;
    const second = ends.startRecipient();
    await ends.time.until(peer.message(1n));
    ends.recipient = first;
    expect((await ends.time.until(peer.message(2n)))?.addressing.action).to.equal('urn:test/reply');
    expect(ends.events()).to.include('commit-failed');
    second.stop();
  });

  it('looks at the store again only when the commits that were begun before the one that failed are through', async () => {
    const ends = new Endpoints();
    ends.handler = async (message, delivery) => {
      delivery.inTransaction((journal) => journal.push(contentOf(message)));
      return undefined;
    };
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    const store = ends.recipientStore;
    const { commit } = store;
    let release = (): void => {};
    let begun = 0;
    store.commit = async (changes) => {
      begun += 1;
      if (begun === 2) throw new StoreError('store-locked', 'Another process is writing.', { retryable: true });
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return commit.call(store, changes);
    };
    const first = peer.message(1n, { oneWay: true });
    const second = peer.message(2n, { oneWay: true });
    await ends.time.pass(10);
    expect(begun).to.equal(2);
    store.commit = commit;
    release();
    await ends.time.until(Promise.allSettled([first, second]));
    await ends.time.until(peer.message(2n, { oneWay: true }));
    await ends.time.pass(5_000);
    expect(ends.journal).to.deep.equal(['1', '2']);
    expect(ends.events().filter((event) => event === 'commit-failed')).to.have.length(1);
  });

  it('does not ask a failing store as fast as the peer repeats itself', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    let asked = 0;
    ends.initiatorStore.setHooks({
      beforeCommit: () => {
        asked += 1;
        throw new Error('The disk is full.');
      },
    });
    session.request(order('2')).catch(() => {});
    await ends.time.pass(60_000);
    expect(asked).to.be.lessThan(30);
    ends.initiatorStore.setHooks({});
    expect(contentOf(await ends.time.until(session.request(order('3'))))).to.equal('reply to 3');
    session.suspend();
  });

  it('has a state whose size does not grow with what is outstanding, nor with how long it lives', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    const size = () => ends.initiatorStore.content.sessions[0]?.state.length ?? 0;
    ends.handler = async () => undefined;
    const send = (count: number) =>
      ends.time.until(Promise.all(Array.from({ length: count }, () => session.send(order('x', 'notify')))));
    await ends.time.until(Promise.all((await send(100)).map(({ acknowledged }) => acknowledged)));
    const few = size();
    await ends.time.until(Promise.all((await send(1_000)).map(({ acknowledged }) => acknowledged)));
    await ends.time.pass(2_000);
    expect(size()).to.be.lessThan(few + 200);
    ends.fate = async () => undefined;
    await send(3_000);
    expect(size()).to.be.lessThan(6_000);
    session.suspend();
  });
});
