import { readFault } from '@holdfast/soap';
import { manualTime } from '@holdfast/soap/testing';
import { expect } from 'chai';
import { decodeContext } from '#src/serialized-context.js';
import {
  alice,
  BOB,
  content,
  contextStore,
  conversation,
  echo,
  identityOf,
  initiator,
  order,
  recipient,
  rejected,
  start,
} from './samples.js';

describe('after a restart', () => {
  it('of the recipient its contexts are found in its store', async () => {
    const store = contextStore();
    const time = manualTime(start);
    const before = recipient({ collaborators: { store }, time });
    const ours = initiator(before.wire, time);
    expect(content(await ours.exchange(order('before')))).to.equal('before');
    before.close();
    const after = recipient({ collaborators: { store }, time });
    ours.tap.onRequest = (request) => after.wire(request);
    const answer = await ours.exchange(order('after'));
    expect(content(answer)).to.equal('after');
    expect(ours.tap.requests.length).to.equal(3);
  });

  it('of the recipient the identity is still the one that the context was issued to', async () => {
    const store = contextStore();
    const before = recipient({ collaborators: { store } });
    const ours = initiator(before.wire, before.time);
    await ours.sct.getUuid(BOB);
    const identities: string[] = [];
    const after = recipient({
      collaborators: { store },
      time: before.time,
      handler: async (message) => {
        identities.push(...message.proof.signers(message.envelope.bodyElement).map(({ identity }) => identity));
        return echo(message);
      },
    });
    ours.tap.onRequest = (request) => after.wire(request);
    await ours.exchange(order());
    expect(identities).to.deep.equal([identityOf(alice)]);
  });

  it('of the recipient with an empty store its contexts are gone, and the initiator is told so', async () => {
    const { ours, time } = conversation({ recipient: { collaborators: { store: contextStore() } } });
    await ours.exchange(order());
    const after = recipient({ collaborators: { store: contextStore() }, time });
    ours.tap.onRequest = (request) => after.wire(request);
    const answer = await ours.exchange(order());
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
  });

  it('of the recipient a context that has expired meanwhile is not taken up again', async () => {
    const store = contextStore();
    const { ours, theirs, time } = conversation({
      initiator: { config: { lifetime: 60_000, expiryMargin: 0 } },
      recipient: { collaborators: { store } },
    });
    const uuid = await ours.sct.getUuid(BOB);
    theirs.close();
    time.advance(59_999);
    const after = recipient({ collaborators: { store }, time });
    ours.tap.onRequest = (request) => {
      time.advance(1);
      return after.wire(request);
    };
    const answer = await ours.exchange(order('x', { securityContext: uuid }));
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
  });

  it('of the recipient the contexts that an earlier process issued count', async () => {
    const store = contextStore();
    const config = { maxContextsPerIdentity: 2 };
    const before = recipient({ collaborators: { store }, config });
    const ours = initiator(before.wire, before.time);
    for (const path of ['1', '2']) await ours.sct.getUuid(`${BOB}${path}`);
    before.close();
    const after = recipient({ collaborators: { store }, config, time: before.time });
    expect(await after.resume()).to.equal(2);
    ours.tap.onRequest = (request) => after.wire(request);
    await rejected(ours.sct.getUuid(`${BOB}3`), 'trust-refused');
    expect(store.kept.size).to.equal(2);
  });

  it('of the recipient the contexts that have expired meanwhile leave its store', async () => {
    const store = contextStore();
    const { ours, theirs, time } = conversation({
      initiator: { config: { lifetime: 60_000 } },
      recipient: { collaborators: { store } },
    });
    for (const path of ['1', '2']) await ours.sct.getUuid(`${BOB}${path}`);
    time.advance(30_000);
    const uuid = await ours.sct.getUuid(`${BOB}3`);
    theirs.close();
    time.advance(30_001);
    const after = recipient({ collaborators: { store }, time });
    expect(await after.resume()).to.equal(1);
    expect([...store.kept.keys()]).to.deep.equal([uuid]);
  });

  it('of the recipient a context that cannot be read is logged, and the others are taken up', async () => {
    const store = contextStore();
    const { ours, theirs, time } = conversation({ recipient: { collaborators: { store } } });
    await ours.sct.getUuid(BOB);
    theirs.close();
    store.kept.set('urn:uuid:damaged', Uint8Array.of(1, 2, 3));
    const after = recipient({ collaborators: { store }, time });
    expect(await after.resume()).to.equal(1);
    expect(after.log.map(({ event, details }) => [event, details?.['context']])).to.deep.equal([
      ['context-unreadable', 'urn:uuid:damaged'],
    ]);
  });

  it('of the recipient no copy of a secret is left of what came from the store or went there', async () => {
    const store = contextStore();
    const copies: Uint8Array[] = [];
    const watched = {
      ...store,
      async put(uuid: string, bytes: Uint8Array) {
        copies.push(bytes);
        await store.put(uuid, bytes);
      },
      async get(uuid: string) {
        const bytes = await store.get(uuid);
        if (bytes !== undefined) copies.push(bytes);
        return bytes;
      },
    };
    const { ours, time } = conversation({ recipient: { collaborators: { store: watched } } });
    await ours.sct.getUuid(BOB);
    await recipient({ collaborators: { store: watched }, time }).resume();
    expect(copies.map((bytes) => bytes.every((octet) => octet === 0))).to.deep.equal([true, true]);
  });

  it('of the recipient a context whose Cancel was answered stays cancelled', async () => {
    const store = contextStore();
    const { ours, time } = conversation({ recipient: { collaborators: { store } } });
    const uuid = await ours.sct.getUuid(BOB);
    const bytes = await ours.sct.serialize(uuid);
    await ours.cancel(uuid);
    await ours.sct.deserialize(bytes);
    const after = recipient({ collaborators: { store }, time });
    ours.tap.onRequest = (request) => after.wire(request);
    const answer = await ours.exchange(order('x', { securityContext: uuid }));
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
  });

  it('of the initiator its context comes back from its serialized form', async () => {
    const { ours, theirs, time } = conversation();
    await ours.exchange(order('before'));
    const bytes = await ours.sct.serialize(await ours.sct.getUuid(BOB));
    ours.close();
    const again = initiator(theirs.wire, time);
    const uuid = await again.sct.deserialize(bytes);
    expect(content(await again.exchange(order('after', { securityContext: uuid })))).to.equal('after');
    expect(await again.sct.getUuid(BOB)).to.equal(uuid);
    expect(again.tap.requests.length).to.equal(1);
  });

  it('of both the conversation goes on under the same context', async () => {
    const store = contextStore();
    const first = conversation({ recipient: { collaborators: { store } } });
    const uuid = await first.ours.sct.getUuid(BOB);
    const bytes = await first.ours.sct.serialize(uuid);
    first.ours.close();
    first.theirs.close();
    const second = conversation({ recipient: { collaborators: { store }, time: first.time } });
    await second.ours.sct.deserialize(bytes);
    const answer = await second.ours.exchange(order('still'));
    expect([content(answer), answer?.proof.tokens[0]?.id]).to.deep.equal(['still', uuid]);
  });

  it('a context is in the store before the initiator knows of it', async () => {
    const store = contextStore();
    const kept: number[] = [];
    const { ours } = conversation({ recipient: { collaborators: { store } } });
    ours.tap.onRequest = async (request, next) => {
      const answer = await next(request);
      kept.push(store.kept.size);
      return answer;
    };
    const uuid = await ours.sct.getUuid(BOB);
    expect(kept).to.deep.equal([1]);
    expect(decodeContext(store.kept.get(uuid) as Uint8Array)).to.include({ identifier: uuid, role: 'recipient' });
  });

  it('a context that could not be stored is not issued, and does not count', async () => {
    const store = { ...contextStore(), put: () => Promise.reject(new Error('disk full')) };
    const { ours, theirs, time } = conversation({
      recipient: { collaborators: { store }, config: { maxContexts: 1 } },
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = await ours.sct.getUuid(BOB).catch((thrown: { code?: string; fault?: { code: string } }) => thrown);
      expect(error).to.include({ code: 'trust-refused' });
      expect(error).to.have.nested.property('fault.code', 'Receiver');
    }
    expect(theirs.log.filter(({ event }) => event === 'context-issued')).to.deep.equal([]);
    expect(time.now()).to.equal(start);
  });
});
