import { StoreError, TransportError } from '@holdfast/soap';
import { expect } from 'chai';
import { contentOf, Endpoints, order } from './support/endpoints.js';
import { Peer } from './support/peer.js';
import { codeOf, rejected } from './support/samples.js';
import { FakeTokens } from './support/secured.js';

const lost = async (): Promise<undefined> => {
  throw new TransportError('connection-lost', 'Lost, as the test decided.');
};

describe('resuming an initiator', () => {
  it('goes on with the same sequence, and sends again what is unacknowledged', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    await ends.time.until(before.request(order('1')));
    ends.fate = lost;
    await ends.time.until(before.send(order('2', 'notify')));
    await ends.time.until(before.send(order('3', 'notify')));
    const { sequence } = before.status();
    before.suspend();
    ends.fate = (_message, exchange) => exchange();
    const [after] = await ends.resume();
    expect(after?.key).to.equal(before.key);
    expect(after?.status()).to.deep.include({ sequence, submitted: 3n, outstanding: 2n });
    await ends.time.until(after?.close() ?? Promise.reject(new Error('There is nothing to resume.')));
    expect(ends.delivered).to.deep.equal(['1', '2', '3']);
  });

  it('goes on with the same token, and establishes no other', async () => {
    const tokens = new FakeTokens();
    const ends = new Endpoints({ initiator: { sct: tokens }, recipient: { sct: tokens } });
    const before = ends.initiator();
    await ends.time.until(before.request(order('1')));
    before.suspend();
    tokens.inUse = undefined;
    const [after] = await ends.resume();
    expect(tokens.restored).to.deep.equal(['urn:uuid:token-1']);
    await ends.time.until(after?.request(order('2')) ?? Promise.reject(new Error('There is nothing to resume.')));
    expect(tokens.issued).to.have.length(1);
    expect(new Set(ends.sent.map(({ securityContext }) => securityContext)).size).to.equal(1);
    after?.suspend();
  });

  it('says so when the store has the session and not its token', async () => {
    const tokens = new FakeTokens();
    const ends = new Endpoints({ initiator: { sct: tokens }, recipient: { sct: tokens } });
    const before = ends.initiator();
    await ends.time.until(before.request(order('1')));
    before.suspend();
    await ends.initiatorStore.commit([{ kind: 'remove-token', uuid: 'urn:uuid:token-1' }]);
    const failure = await rejected(ends.resume());
    expect(failure).to.be.instanceOf(StoreError);
    expect(codeOf(failure)).to.equal('not-found');
  });

  it('gives replies whose callers died to whoever takes them, once, with their request', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    await ends.time.until(before.request(order('1')));
    ends.fate = async (_message, exchange) => {
      await exchange();
      return lost();
    };
    before.request(order('2')).catch(() => {});
    await ends.time.pass(10);
    const requestId = ends.sent.at(-1)?.addressing.messageId;
    before.suspend();
    ends.fate = (_message, exchange) => exchange();
    const taken: unknown[] = [];
    const [after] = await ends.resume((reply, delivery) => {
      delivery.inTransaction((journal) => journal.push(contentOf(reply)));
      taken.push({ request: delivery.request, requestId: delivery.requestId });
    });
    await ends.time.until(after?.close() ?? Promise.reject(new Error('There is nothing to resume.')));
    expect(ends.journal).to.deep.equal(['reply to 2']);
    expect(taken).to.deep.equal([{ request: 2n, requestId }]);
    expect(ends.delivered).to.deep.equal(['1', '2']);
  });

  it('gives a reply again when it could not be taken', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    ends.fate = lost;
    before.request(order('1')).catch(() => {});
    await ends.time.pass(10);
    before.suspend();
    ends.fate = (_message, exchange) => exchange();
    let failures = 2;
    const [after] = await ends.resume((reply, delivery) => {
      delivery.inTransaction((journal) => {
        journal.push('half');
        if (failures-- > 0) throw new Error('locked');
        journal.push(contentOf(reply));
      });
    });
    await ends.time.until(after?.close() ?? Promise.reject(new Error('There is nothing to resume.')));
    expect(ends.journal).to.deep.equal(['half', 'reply to 1']);
  });

  it('keeps such replies in the store while nobody takes them', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    ends.fate = lost;
    before.request(order('1')).catch(() => {});
    await ends.time.pass(10);
    before.suspend();
    ends.fate = (_message, exchange) => exchange();
    const [second] = await ends.resume();
    await ends.time.pass(60_000);
    second?.suspend();
    const taken: string[] = [];
    const [third] = await ends.resume((reply) => {
      taken.push(contentOf(reply));
    });
    await ends.time.pass(1_000);
    expect(taken).to.deep.equal(['reply to 1']);
    third?.suspend();
  });

  it('finishes a close that was under way', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    await ends.time.until(before.request(order('1')));
    ends.fate = lost;
    const closing = before.close();
    await ends.time.pass(100);
    before.suspend();
    expect(codeOf(await rejected(closing))).to.equal('closed');
    ends.fate = (_message, exchange) => exchange();
    const [after] = await ends.resume();
    await ends.time.until(after?.close() ?? Promise.reject(new Error('There is nothing to resume.')));
    expect(ends.initiatorStore.content).to.deep.equal({ sessions: [], messages: [], tokens: [] });
    expect(ends.recipientStore.content.sessions).to.deep.equal([]);
  });

  it('finds only the sessions with its own peer', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    await ends.time.until(before.request(order('1')));
    before.suspend();
    expect(await ends.resume(undefined, { address: 'http://somebody.else/' })).to.deep.equal([]);
  });

  it('reads no more from the store than fits into the window', async () => {
    const ends = new Endpoints();
    const before = ends.initiator();
    ends.fate = lost;
    await ends.time.until(
      Promise.all(Array.from({ length: 200 }, (_, place) => before.send(order(String(place + 1), 'notify')))),
    );
    before.suspend();
    let read = 0;
    const { messages } = ends.initiatorStore;
    ends.initiatorStore.messages = (session, log, lower, limit) => {
      read = Math.max(read, limit);
      return messages.call(ends.initiatorStore, session, log, lower, limit);
    };
    ends.fate = (_message, exchange) => exchange();
    const [after] = await ends.resume();
    await ends.time.until(after?.close() ?? Promise.reject(new Error('There is nothing to resume.')));
    expect(ends.delivered).to.have.length(200);
    expect(read).to.be.lessThanOrEqual(64);
  });

  it('rejects what was under way when it is suspended', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    ends.fate = lost;
    const sent = await ends.time.until(session.send(order('1')));
    const request = session.request(order('2'));
    await ends.time.pass(10);
    session.suspend();
    expect(codeOf(await rejected(sent.acknowledged))).to.equal('closed');
    expect(codeOf(await rejected(request))).to.equal('closed');
    expect(codeOf(await rejected(session.send(order('3'))))).to.equal('closed');
  });
});

describe('resuming a recipient', () => {
  it('delivers what was accepted and not delivered', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    ends.handler = () => new Promise(() => {});
    await ends.time.until(peer.message(1n, { oneWay: true }));
    await ends.time.until(peer.message(2n, { oneWay: true }));
    ends.recipient.stop();
    const seen: string[] = [];
    ends.handler = async (message) => {
      seen.push(contentOf(message));
      return undefined;
    };
    expect(await ends.startRecipient().resume()).to.equal(1);
    await ends.time.pass(10);
    expect(seen).to.deep.equal(['1', '2']);
  });

  it('answers a repeated request with the reply of the earlier process', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    const before = await ends.time.until(peer.message(1n));
    ends.recipient.stop();
    ends.startRecipient();
    const after = await ends.time.until(peer.message(1n));
    expect(after?.addressing).to.deep.equal(before?.addressing);
    expect(ends.delivered).to.deep.equal(['1']);
  });

  it('takes up a session when a message about it comes, without being asked to resume', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    ends.recipient.stop();
    ends.startRecipient();
    await ends.time.until(peer.message(1n));
    expect(ends.delivered).to.deep.equal(['1']);
  });

  it('leaves the sessions of initiators in the same store alone', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    for await (const stored of ends.initiatorStore.sessions()) {
      await ends.recipientStore.commit([{ kind: 'put-session', ...stored, version: 1, identifiers: [] }]);
    }
    ends.recipient.stop();
    expect(await ends.startRecipient().resume()).to.equal(1);
    session.suspend();
  });

  it('refuses to begin over a damaged store', async () => {
    const ends = new Endpoints();
    await ends.recipientStore.commit([
      { kind: 'put-session', key: 'recipient:x', identifiers: [], version: 1, state: Buffer.from('damaged') },
    ]);
    expect(codeOf(await rejected(ends.recipient.resume()))).to.be.oneOf(['store-damaged', 'store-too-new']);
  });
});
