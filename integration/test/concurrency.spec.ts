import { StoreError, TransportError, text, UsageError, type WireExchange } from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import { expect } from 'chai';
import { type ConnectOptions, type Conversation, memoryStore, resume, type Service } from 'holdfast';
import { ACTION, certificates, conversationOptions, say, TestBed, until } from './support/conversations.js';
import { expectError } from './support/errors.js';

const CREATE_SEQUENCE = 'http://docs.oasis-open.org/ws-rx/wsrm/200702/CreateSequence';
const ISSUE = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/SCT';

describe('concurrency', () => {
  let bed: TestBed;

  beforeEach(() => {
    bed = new TestBed();
  });

  afterEach(() => bed.close());

  /** Counts the messages of each action on their way to the service. */
  function counting(): { readonly aroundWire: (wire: WireExchange) => WireExchange; count(action: string): number } {
    const counts = new Map<string, number>();
    return {
      aroundWire: (wire) => (request, signal) => {
        counts.set(request.action, (counts.get(request.action) ?? 0) + 1);
        return wire(request, signal);
      },
      count: (action) => counts.get(action) ?? 0,
    };
  }

  describe('at the beginning of a conversation', () => {
    it('ten requests at once establish one security context and one sequence', async () => {
      const sequences = new Set<string | undefined>();
      const service = await bed.serve({}, ({ body, delivery }) => {
        sequences.add(delivery?.sequence);
        return body;
      });
      const { aroundWire, count } = counting();
      const conversation = await bed.connect(service.url, { aroundWire });
      const replies = await Promise.all(
        Array.from({ length: 10 }, (_, at) => conversation.request(ACTION, say(String(at)))),
      );
      expect(replies.map(({ body }) => body && text(body))).to.deep.equal([...'0123456789']);
      expect([count(ISSUE), count(CREATE_SEQUENCE), sequences.size]).to.deep.equal([1, 1, 1]);
      expect(bed.serviceLog.filter(({ event }) => event === 'context-issued')).to.have.length(1);
    });

    it('ten requests at once establish one security context without reliable messaging too', async () => {
      const service = await bed.serve({ reliability: 'none' });
      const { aroundWire, count } = counting();
      const conversation = await bed.connect(service.url, { aroundWire, reliability: 'none' });
      await Promise.all(Array.from({ length: 10 }, (_, at) => conversation.request(ACTION, say(String(at)))));
      expect(count(ISSUE)).to.equal(1);
      await conversation.close();
    });

    it('two initiators have a security context and a sequence each', async () => {
      const whose = new Map<string, Set<string | undefined>>();
      const service = await bed.serve({}, ({ body, identity = '', delivery }) => {
        whose.set(identity, (whose.get(identity) ?? new Set()).add(delivery?.securityContext).add(delivery?.sequence));
        return body;
      });
      const { alice, carol } = certificates();
      const conversations = await Promise.all([alice, carol].map((identity) => bed.connect(service.url, { identity })));
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => (conversations[at % 2] as Conversation).request(ACTION, say(String(at)))),
      );
      const [one, other] = [...whose.values()].map((found) => [...found]);
      expect(whose.size).to.equal(2);
      expect([one?.length, other?.length]).to.deep.equal([2, 2]);
      expect(one).not.to.have.members(other ?? []);
    });

    it('a second conversation over the same store with the same service is refused while the first is under way', async () => {
      const service = await bed.serve();
      const store = memoryStore();
      const first = await bed.connect(service.url, { store });
      await first.request(ACTION, say('one'));
      await expectError(bed.connect(service.url, { store }), UsageError, 'unsupported', 'Use that one');
      await first.request(ACTION, say('two'));
      await first.close();
      await (await bed.connect(service.url, { store })).request(ACTION, say('three'));
      expect(bed.delivered).to.deep.equal(['one', 'two', 'three']);
    });
  });

  describe('sixteen calls at a time', () => {
    const COUNT = 160;

    /** Submits one-way messages and requests, each caller its next when its last is through. */
    async function callAll(conversation: Conversation): Promise<readonly string[]> {
      const submitted: string[] = [];
      const caller = async (): Promise<void> => {
        while (submitted.length < COUNT) {
          const what = String(submitted.length);
          submitted.push(what);
          if (Number(what) % 3 === 0) await conversation.send(ACTION, say(what));
          else
            expect(text((await conversation.request(ACTION, say(what))).message.envelope.bodyElement)).to.equal(what);
        }
      };
      await Promise.all(Array.from({ length: 16 }, caller));
      await conversation.close();
      return submitted;
    }

    it('are delivered in the order in which they were submitted', async () => {
      const service = await bed.serve();
      const submitted = await callAll(await bed.connect(service.url));
      expect(bed.delivered).to.deep.equal(submitted);
    });

    it('are delivered so, each once, when messages are lost on the way there and on the way back', async () => {
      const seed = Number(process.env['HOLDFAST_SEED'] ?? 1);
      const random = seededRandom(seed);
      const losing = (wire: WireExchange): WireExchange => {
        return async (request, signal) => {
          if (random() < 0.1) throw new TransportError('connection-lost', 'The request was dropped on purpose.');
          const answer = await wire(request, signal);
          if (random() < 0.1) throw new TransportError('connection-lost', 'The answer was dropped on purpose.');
          return answer;
        };
      };
      const service = await bed.serve();
      const submitted = await callAll(await bed.connect(service.url, { aroundWire: losing }));
      expect(bed.delivered, `HOLDFAST_SEED=${seed}`).to.deep.equal(submitted);
    });

    it('are delivered so when the application takes longer for some than for others', async () => {
      const service = await bed.serve({}, async ({ body }) => {
        await pause(Number(body && text(body)) % 4);
        return body;
      });
      const submitted = await callAll(await bed.connect(service.url));
      expect(bed.delivered).to.deep.equal(submitted);
    });
  });

  describe('close', () => {
    const slowly: Service = async ({ body }) => {
      await pause(30);
      return body;
    };

    it('waits until everything is delivered and answered', async () => {
      const service = await bed.serve({}, slowly);
      const conversation = await bed.connect(service.url);
      const events: string[] = [];
      const sent = await Promise.all(['a', 'b'].map((what) => conversation.send(ACTION, say(what))));
      for (const { acknowledged } of sent) acknowledged.then(() => events.push('acknowledged'));
      const asked = ['c', 'd'].map((what) => conversation.request(ACTION, say(what)));
      for (const reply of asked) reply.then(() => events.push('answered'));
      await conversation.close();
      events.push('closed');
      await Promise.all(asked);
      expect(bed.delivered).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(events).to.have.length(5);
      expect(events.at(-1)).to.equal('closed');
    });

    it('is the same end however often and by whomever it is asked for', async () => {
      const service = await bed.serve({}, slowly);
      const { aroundWire, count } = counting();
      const conversation = await bed.connect(service.url, { aroundWire });
      const reply = conversation.request(ACTION, say('a'));
      await Promise.all([conversation.close(), conversation.close(), conversation[Symbol.asyncDispose]()]);
      await reply;
      expect(count('http://docs.oasis-open.org/ws-rx/wsrm/200702/TerminateSequence')).to.equal(1);
      expect(count(`${ISSUE}/Cancel`)).to.equal(1);
    });

    it('leaves nothing in either store', async () => {
      const stores = [memoryStore(), memoryStore()] as const;
      const service = await bed.serve({ store: stores[0] });
      const conversation = await bed.connect(service.url, { store: stores[1] });
      await conversation.request(ACTION, say('a'));
      const context = conversation.status()?.securityContext ?? '';
      await conversation.close();
      for (const store of stores) for await (const { key } of store.sessions()) expect.fail(`${key} is left`);
      expect(await stores[0].get(context)).to.equal(undefined);
      expect(await stores[1].token(context)).to.equal(undefined);
    });

    it('succeeds when everything is through and only the end of the security context is not confirmed', async () => {
      const aroundWire = (wire: WireExchange): WireExchange => {
        return async (request, signal) => {
          if (request.action !== `${ISSUE}/Cancel`) return wire(request, signal);
          throw new TransportError('connection-lost', 'The answer was dropped on purpose.');
        };
      };
      const store = memoryStore();
      const conversation = await bed.connect((await bed.serve()).url, { store, aroundWire });
      await conversation.request(ACTION, say('a'));
      await conversation.close();
      expect(bed.log.map(({ event }) => event)).to.include('context-not-cancelled');
      for await (const { key } of store.sessions()) expect.fail(`${key} is left`);
    });

    it('of a conversation that never said anything says nothing', async () => {
      const { aroundWire, count } = counting();
      const conversation = await bed.connect((await bed.serve()).url, { aroundWire });
      await conversation.close();
      expect(count(ISSUE) + count(CREATE_SEQUENCE)).to.equal(0);
    });

    it('of the service waits for the requests that it has in hand', async () => {
      const service = await bed.serve({}, slowly);
      const conversation = await bed.connect(service.url);
      const reply = conversation.request(ACTION, say('a'));
      await until(() => bed.delivered.length === 1);
      await service.close();
      expect((await reply).body?.local).to.equal('say');
    });
  });

  describe('suspend and resume in one process', () => {
    it('keep the sequence and the token, and what was not acknowledged is sent again', async () => {
      const service = await bed.serve();
      const store = memoryStore();
      let isCut = false;
      const aroundWire = (wire: WireExchange): WireExchange => {
        return (request, signal) => {
          if (isCut) throw new TransportError('unreachable', 'The line was cut on purpose.');
          return wire(request, signal);
        };
      };
      const first = await bed.connect(service.url, { store, aroundWire });
      await first.request(ACTION, say('a'));
      isCut = true;
      await first.send(ACTION, say('b'));
      await first.send(ACTION, say('c'));
      const before = first.status();
      expect(before?.outstanding).to.equal(2n);
      await first.suspend();
      expect(bed.delivered).to.deep.equal(['a']);

      const second = await taken(service.url, { store });
      const after = second.status();
      expect(after?.sequence).to.be.a('string').and.equal(before?.sequence);
      expect(after?.securityContext).to.be.a('string').and.equal(before?.securityContext);
      await second.request(ACTION, say('d'));
      await second.close();
      expect(bed.delivered).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(bed.serviceLog.filter(({ event }) => event === 'context-issued')).to.have.length(1);
    });

    it('of both sides go on with both', async () => {
      const stores = [memoryStore(), memoryStore()] as const;
      const service = await bed.serve({ store: stores[0] });
      const first = await bed.connect(service.url, { store: stores[1] });
      await first.request(ACTION, say('a'));
      const before = first.status();
      await first.suspend();
      await service.close();

      const again = await bed.serve({ store: stores[0], port: service.port });
      expect(again.resumed).to.equal(1);
      const second = await taken(service.url, { store: stores[1] });
      await second.request(ACTION, say('b'));
      expect(second.status()).to.deep.include({
        sequence: before?.sequence,
        securityContext: before?.securityContext,
        submitted: 2n,
      });
      await second.close();
      expect(bed.delivered).to.deep.equal(['a', 'b']);
    });

    it('of the service alone: the initiator notices nothing', async () => {
      const store = memoryStore();
      const service = await bed.serve({ store });
      const conversation = await bed.connect(service.url);
      await conversation.request(ACTION, say('a'));
      await service.close();
      const reply = conversation.request(ACTION, say('b'));
      await pause(30);
      await bed.serve({ store, port: service.port });
      expect((await reply).body?.local).to.equal('say');
      expect(bed.delivered).to.deep.equal(['a', 'b']);
    });

    it('reject whoever waits, and hand the reply to those who take such replies, once', async () => {
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const service = await bed.serve({}, async ({ body }) => {
        await released;
        return body;
      });
      const store = memoryStore();
      const first = await bed.connect(service.url, { store });
      const asked = first.request(ACTION, say('a'));
      asked.catch(() => {});
      await until(() => bed.delivered.length === 1);
      await first.suspend();
      await expectError(asked, UsageError, 'closed', 'It goes on when it is resumed');
      release();

      const late: string[] = [];
      const second = await taken(service.url, {
        store,
        replies: ({ body, request }) => {
          late.push(`${request} ${body && text(body)}`);
        },
      });
      await second.close();
      expect(late).to.deep.equal(['1 a']);
      expect(bed.delivered).to.deep.equal(['a']);
    });

    it('without a stored conversation: resume says that there is none, connect begins one', async () => {
      const service = await bed.serve();
      const store = memoryStore();
      await expectError(taken(service.url, { store }), StoreError, 'not-found', 'begin one with connect()');
      const first = await bed.connect(service.url, { store });
      await first.request(ACTION, say('a'));
      await first.close();
      await expectError(taken(service.url, { store }), StoreError, 'not-found', 'begin one with connect()');
    });

    it('with a conversation with another service only: resume says that there is none', async () => {
      const store = memoryStore();
      const first = await bed.connect((await bed.serve()).url, { store });
      await first.request(ACTION, say('a'));
      await first.suspend();
      const other = await bed.serve();
      await expectError(taken(other.url, { store }), StoreError, 'not-found', other.url);
    });

    it('connect takes up what is there, as resume does', async () => {
      const service = await bed.serve();
      const store = memoryStore();
      const first = await bed.connect(service.url, { store });
      await first.request(ACTION, say('a'));
      const before = first.status();
      await first.suspend();
      const second = await bed.connect(service.url, { store });
      expect(second.status()?.sequence).to.equal(before?.sequence);
      await second.close();
    });

    async function taken(url: string, options: Partial<ConnectOptions>): Promise<Conversation> {
      const conversation = await resume(url, { ...conversationOptions(), ...options } as ConnectOptions);
      bed.atEnd(() => conversation.suspend());
      return conversation;
    }
  });
});

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
