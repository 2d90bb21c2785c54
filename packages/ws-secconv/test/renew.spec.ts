import { readFault, serialize, TransportError, type WireRequest } from '@holdfast/soap';
import { manualTime } from '@holdfast/soap/testing';
import { replayCache } from '@holdfast/ws-security';
import { expect } from 'chai';
import { decodeContext } from '#src/serialized-context.js';
import { initiatorOf, recipientOf, ways } from './bootstraps/ways.js';
import {
  BOB,
  carol,
  content,
  contextStore,
  conversation,
  echo,
  gate,
  initiator,
  order,
  recipient,
  rejected,
  settled,
  start,
  wireText,
} from './samples.js';

const HOUR = 3_600_000;
const LIFETIME = 10 * HOUR;

/** Lets what was begun in the background end. */
async function ended(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settled();
}

const events = ({ log }: { readonly log: readonly { readonly event: string }[] }) => log.map(({ event }) => event);

for (const version of ['1.3', '2005'] as const) {
  describe(`a context is renewed (WS-SecureConversation §5, ${version})`, () => {
    const both = (more: { readonly scheduled?: boolean } = {}) => {
      const time = manualTime(start);
      const theirs = recipient({ time, config: { version } });
      const collaborators = more.scheduled === true ? { scheduler: time } : {};
      return { ours: initiator(theirs.wire, time, { config: { version }, collaborators }), theirs, time };
    };

    it('with the same Identifier, another Instance and another secret (SC13-5-1, SC13-5-5)', async () => {
      const { ours, theirs } = both();
      const uuid = await ours.sct.getUuid(BOB);
      const before = decodeContext(await ours.sct.serialize(uuid));
      await ours.renew(uuid);
      const after = decodeContext(await ours.sct.serialize(uuid));
      const kept = decodeContext(await theirs.sct.serialize(uuid));
      expect(after.identifier).to.equal(uuid);
      expect([before.instance, after.instance]).to.deep.equal([undefined, kept.instance]);
      expect(after.instance).to.match(/^urn:uuid:/);
      expect(after.secret).to.not.deep.equal(before.secret);
      expect(kept.secret).to.deep.equal(after.secret);
      expect(kept.earlier.map(({ secret }) => secret)).to.deep.equal([before.secret]);
      expect(events(theirs)).to.deep.equal(['context-issued', 'context-renewed']);
      expect(serialize(ours.sct.reference(uuid))).to.contain(after.instance);
    });

    it('and goes on under its new keys', async () => {
      const { ours, theirs } = both();
      const uuid = await ours.sct.getUuid(BOB);
      for (const round of ['one', 'two', 'three', 'four', 'five']) {
        expect(content(await ours.exchange(order(round)))).to.equal(round);
        await ours.renew(uuid);
        expect(content(await ours.exchange(order(round, { securityContext: uuid })))).to.equal(round);
      }
      const { instance, earlier } = decodeContext(await theirs.sct.serialize(uuid));
      expect(wireText(ours.tap.requests.at(-1))).to.contain(instance);
      expect(earlier).to.have.length(3);
      await ours.cancel(uuid);
      await rejected(theirs.sct.serialize(uuid), 'context-unknown');
    });

    it('at about 80 % of its lifetime, when it is used then: once, while messages go on under what there is', async () => {
      const { ours, theirs, time } = both();
      const uuid = await ours.sct.getUuid(BOB);
      time.advance(0.74 * LIFETIME);
      await ours.exchange(order());
      await ended();
      expect(events(theirs)).to.deep.equal(['context-issued']);
      time.advance(0.12 * LIFETIME);
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((each) => ours.exchange(order(each))));
      expect(answers.map((answer) => content(answer))).to.deep.equal(['a', 'b', 'c', 'd']);
      await ended();
      expect(events(theirs)).to.deep.equal(['context-issued', 'context-renewed']);
      time.advance(0.3 * LIFETIME);
      expect(content(await ours.exchange(order('later')))).to.equal('later');
      expect(await ours.sct.getUuid(BOB)).to.equal(uuid);
    });

    it('by the clock, when nobody uses it', async () => {
      const { ours, theirs, time } = both({ scheduled: true });
      const uuid = await ours.sct.getUuid(BOB);
      for (let elapsed = 0; elapsed < 50 * HOUR; elapsed += 60_000) {
        time.advance(60_000);
        await settled();
      }
      expect(events(theirs).filter((event) => event === 'context-renewed').length).to.be.within(5, 7);
      expect(await ours.sct.getUuid(BOB)).to.equal(uuid);
      expect(content(await ours.exchange(order('still', { securityContext: uuid })))).to.equal('still');
      ours.close();
      expect(time.pending).to.equal(0);
    });

    it('by clients that do not renew at the same instant', async () => {
      const times: number[] = [];
      for (let each = 0; each < 20; each++) {
        const { ours, theirs, time } = both({ scheduled: true });
        await ours.sct.getUuid(BOB);
        while (events(theirs).length < 2) {
          time.advance(HOUR / 30);
          await settled();
        }
        times.push(time.now() - start);
      }
      expect(Math.min(...times)).to.be.at.least(0.75 * LIFETIME);
      expect(Math.max(...times)).to.be.at.most(0.86 * LIFETIME);
      expect(new Set(times).size).to.be.above(5);
    });
  });
}

describe('while a context is renewed', () => {
  it('messages under way under the keys that it had are accepted, and answered under them (SC13-5-6)', async () => {
    const held = gate();
    const { ours, theirs } = conversation({
      recipient: {
        handler: async (message) => {
          if (content(message) === 'slow') await held.opened;
          return echo(message);
        },
      },
    });
    const uuid = await ours.sct.getUuid(BOB);
    const slow = ours.exchange(order('slow'));
    await ended();
    await ours.renew(uuid);
    expect(content(await ours.exchange(order('quick')))).to.equal('quick');
    held.open();
    expect(content(await slow)).to.equal('slow');
    expect(events(theirs)).to.not.include('message-refused');
  });

  it('the keys that it had are accepted for the roll-over window, and no longer', async () => {
    const { ours, theirs, time } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const bytes = await ours.sct.serialize(uuid);
    await ours.renew(uuid);
    const late = initiator(theirs.wire, time, { collaborators: { replayCache: replayCache() } });
    await late.sct.deserialize(bytes);
    time.advance(299_000);
    expect(content(await late.exchange(order('in time', { securityContext: uuid })))).to.equal('in time');
    time.advance(2_000);
    const answer = await late.exchange(order('too late', { securityContext: uuid }));
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
  });

  it('a lost answer loses nothing: the keys that it had still serve, and it is tried again', async () => {
    const time = manualTime(start);
    const theirs = recipient({ time });
    const log: string[] = [];
    const ours = initiator(theirs.wire, time, {
      collaborators: { scheduler: time, log: ({ event }) => log.push(event) },
    });
    const uuid = await ours.sct.getUuid(BOB);
    let lost = 0;
    ours.tap.onRequest = async (request: WireRequest, next) => {
      const answer = await next(request);
      if (!request.action.endsWith('/Renew') || ++lost > 2) return answer;
      throw new TransportError('connection-lost', 'lost');
    };
    time.advance(0.86 * LIFETIME);
    await ended();
    expect(log).to.deep.equal(['context-not-renewed']);
    expect(content(await ours.exchange(order('on', { securityContext: uuid })))).to.equal('on');
    for (const wait of [5_000, 10_000]) {
      time.advance(wait);
      await ended();
    }
    expect(log).to.deep.equal(['context-not-renewed', 'context-not-renewed', 'context-renewed']);
    expect(content(await ours.exchange(order('and on', { securityContext: uuid })))).to.equal('and on');
    const [mine, its] = [await ours.sct.serialize(uuid), await theirs.sct.serialize(uuid)].map(decodeContext);
    expect(mine?.instance).to.equal(its?.instance);
  });

  it('it may be cancelled: the renewal brings it not back', async () => {
    const { ours, theirs } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const held = gate();
    ours.tap.onRequest = async (request, next) => {
      const answer = await next(request);
      if (request.action.endsWith('/Renew')) await held.opened;
      return answer;
    };
    const renewing = ours.renew(uuid);
    await ended();
    await ours.cancel(uuid);
    held.open();
    await rejected(renewing, 'context-unknown');
    expect(ours.contextWith(BOB)).to.equal(undefined);
    await rejected(theirs.sct.serialize(uuid), 'context-unknown');
  });

  it('two renewals at once leave one present set of keys, and all of them usable', async () => {
    const { ours, theirs } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const results = await Promise.allSettled([ours.renew(uuid), ours.renew(uuid)]);
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(content(await ours.exchange(order('on', { securityContext: uuid })))).to.equal('on');
    expect(decodeContext(await theirs.sct.serialize(uuid)).earlier).to.have.length(2);
  });
});

describe('a renewal is refused', () => {
  it('of the context of another', async () => {
    const { ours, theirs, time } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const other = initiator(theirs.wire, time, { who: carol });
    const others = await other.sct.getUuid(BOB);
    other.tap.onRequest = (request, next) => next(request);
    // Carol has the name of Alice's context, and proves herself by her own.
    const bytes = decodeContext(await other.sct.serialize(others));
    expect(bytes.identifier).to.not.equal(uuid);
    const { renewRequest, requestAction } = await import('@holdfast/ws-trust');
    const { sctType } = await import('@holdfast/ws-security');
    const asked = renewRequest(
      { version: '1.3', tokenType: sctType('1.3'), keySize: 256 },
      ours.sct.reference(uuid),
      (length) => Buffer.alloc(length, 3),
    );
    const message = order();
    await other.exchange({
      ...message,
      envelope: { ...message.envelope, body: [asked.body] },
      addressing: { ...message.addressing, action: requestAction('1.3', 'renew') },
    });
    expect(events(theirs)).to.deep.equal(['context-issued', 'context-issued', 'message-refused']);
    expect(decodeContext(await theirs.sct.serialize(uuid)).instance).to.equal(undefined);
  });

  it('to who may no longer have a context (SC13-5-4)', async () => {
    let isAllowed = true;
    const { ours, theirs } = conversation({ recipient: { collaborators: { authorize: () => isAllowed } } });
    const uuid = await ours.sct.getUuid(BOB);
    isAllowed = false;
    await rejected(ours.renew(uuid), 'trust-refused');
    expect(events(theirs)).to.deep.equal(['context-issued', 'message-refused']);
  });

  it('by what the conversation began with, unless that is allowed', async () => {
    const config = { renewUnder: 'bootstrap' } as const;
    const { ours, theirs } = conversation({ initiator: { config } });
    await rejected(ours.renew(await ours.sct.getUuid(BOB)), 'trust-refused');
    expect(String(theirs.log.at(-1)?.error)).to.contain('A Renew must be protected by the context');
  });

  it('by the initiator, when it brings another context, or the keys that there were', async () => {
    const { ours } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const { processRenewalResponse, renewalRequest } = await import('#src/establish.js');
    const { answerIssue } = await import('#src/token-service.js');
    const { defaultIssuerPolicy } = await import('@holdfast/ws-trust');
    const context = decodeContext(await ours.sct.serialize(uuid));
    const now = new Date(start);
    const random = (length: number) => Buffer.alloc(length, 5);
    const options = {
      version: '1.3',
      peer: BOB,
      identity: 'x',
      keySize: 256,
      lifetime: undefined,
      assumedLifetime: 1,
    } as const;
    const asked = renewalRequest(options, context, now, random);
    for (const [identifier, telling] of [
      [uuid, 'without an Instance'],
      ['urn:uuid:other', 'as another context'],
    ] as const) {
      const request = { ...asked.asked.request, requestType: 'Issue' } as const;
      const { body } = answerIssue(request, 'x', defaultIssuerPolicy, now, identifier, random);
      expect(() => processRenewalResponse(asked, context, body, now, 1)).to.throw(telling);
    }
  });
});

describe('a renewed context', () => {
  it('outlives a restart of the recipient, with the keys that it had before', async () => {
    const store = contextStore();
    const first = conversation({ recipient: { collaborators: { store } } });
    const { ours, time } = first;
    const uuid = await ours.sct.getUuid(BOB);
    const before = await ours.sct.serialize(uuid);
    await ours.renew(uuid);
    const second = recipient({ time, collaborators: { store } });
    ours.tap.onRequest = (request) => second.wire(request);
    expect(content(await ours.exchange(order('new')))).to.equal('new');
    const late = initiator(second.wire, time);
    await late.sct.deserialize(before);
    expect(content(await late.exchange(order('old', { securityContext: uuid })))).to.equal('old');
  });

  it('is as it was when the store fails', async () => {
    const store = contextStore();
    const { ours, theirs } = conversation({ recipient: { collaborators: { store } } });
    const uuid = await ours.sct.getUuid(BOB);
    const { put } = store;
    store.put = () => Promise.reject(new Error('full'));
    await ours.renew(uuid).then(
      () => expect.fail('it was renewed'),
      () => undefined,
    );
    store.put = put;
    expect(decodeContext(await theirs.sct.serialize(uuid)).instance).to.equal(undefined);
    expect(content(await ours.exchange(order('on')))).to.equal('on');
  });

  it('is told of, to be kept anew', async () => {
    const told: string[] = [];
    const { ours } = conversation({
      initiator: { collaborators: { renewed: async (uuid) => void told.push(uuid) } },
    });
    const uuid = await ours.sct.getUuid(BOB);
    await ours.renew(uuid);
    expect(told).to.deep.equal([uuid]);
  });
});

for (const way of ways) {
  describe(`a context that began with ${way.name}`, () => {
    it('is renewed under itself', async () => {
      const { ours } = conversation({ initiator: initiatorOf(way), recipient: recipientOf(way) });
      const uuid = await ours.sct.getUuid(BOB);
      await ours.renew(uuid);
      expect(content(await ours.exchange(order('on', { securityContext: uuid })))).to.equal('on');
    });

    it(`is ${way.identity === undefined ? 'not ' : ''}renewed by what it began with, where that is allowed`, async () => {
      const asked = initiatorOf(way);
      const { ours, theirs } = conversation({
        initiator: { ...asked, config: { ...asked.config, renewUnder: 'bootstrap' } },
        recipient: recipientOf(way, { config: { bootstrapMayRenew: true } }),
      });
      const uuid = await ours.sct.getUuid(BOB);
      if (way.identity === undefined) {
        await rejected(ours.renew(uuid), 'trust-refused');
        expect(events(theirs)).to.deep.equal(['context-issued', 'message-refused']);
        return;
      }
      await ours.renew(uuid);
      expect(events(theirs)).to.deep.equal(['context-issued', 'context-renewed']);
      expect(content(await ours.exchange(order('on', { securityContext: uuid })))).to.equal('on');
    });
  });
}
