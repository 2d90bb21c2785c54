import { expect } from 'chai';
import { defaultReliableExchangeConfig } from '#src/initiator-config.js';
import type { ReliableExchange, ReplyHandler } from '#src/reliable-exchange.js';
import { resumeExchanges } from '#src/reliable-exchange.js';
import type { SequenceStore } from '#src/store.js';
import { ADDRESS, contentOf, Endpoints, order } from './support/endpoints.js';
import { codeOf, rejected } from './support/samples.js';

/** The store as another process has it. */
function asOtherProcess<Transaction>(store: SequenceStore<Transaction>): SequenceStore<Transaction> {
  return {
    commit: (changes) => store.commit(changes),
    session: (key) => store.session(key),
    sessionOf: (identifier) => store.sessionOf(identifier),
    sessions: () => store.sessions(),
    message: (session, log, number) => store.message(session, log, number),
    messages: (session, log, lower, limit) => store.messages(session, log, lower, limit),
    token: (uuid) => store.token(uuid),
  };
}

async function takeUpElsewhere(ends: Endpoints, replies?: ReplyHandler<string[]>): Promise<ReliableExchange<string[]>> {
  const [other] = await resumeExchanges<string[]>(
    ends.exchange,
    { ...defaultReliableExchangeConfig, address: ADDRESS, binding: 'dangerouslyNone' },
    {
      store: asOtherProcess(ends.initiatorStore),
      clock: ends.time,
      scheduler: ends.time,
      random: {
        uuid: () => `00000000-0000-4000-9000-${String(Math.floor(ends.time.now())).padStart(12, '0')}`,
        fraction: () => 0.5,
      },
      log: (entry) => ends.log.push(entry),
    },
    replies === undefined ? {} : { replies },
  );
  if (other === undefined) throw new Error('There is no session to take up.');
  return other;
}

describe('a session that two processes have in hand', () => {
  it('takes what both of them send: who was slower steps again from the store', async () => {
    const ends = new Endpoints();
    const one = ends.initiator();
    await ends.time.until(one.request(order('0')));
    await ends.time.pass(2_000);
    const other = await takeUpElsewhere(ends);
    for (let count = 1; count <= 5; count++) {
      await ends.time.until(other.send(order(`b${count}`, 'notify')));
      await ends.time.until(one.send(order(`a${count}`, 'notify')));
    }
    await ends.time.pass(120_000);
    const all = ['0', ...[1, 2, 3, 4, 5].flatMap((count) => [`b${count}`, `a${count}`])];
    expect(ends.delivered).to.deep.equal(all);
    expect(ends.events()).to.include('commit-failed');
    one.suspend();
    other.suspend();
  });

  for (const taker of ['nobody takes late replies', 'late replies are taken'] as const) {
    it(`leaves no caller waiting for a reply that the other one received, where ${taker}`, async () => {
      const ends = new Endpoints();
      const one = ends.initiator();
      await ends.time.until(one.request(order('0')));
      await ends.time.pass(2_000);
      ends.fate = async (_message, exchange) => {
        await exchange();
        return undefined;
      };
      const request = one.request(order('1'));
      await ends.time.pass(100);
      ends.fate = (_message, exchange) => exchange();
      const taken: string[] = [];
      const other = await takeUpElsewhere(
        ends,
        taker === 'nobody takes late replies'
          ? undefined
          : (reply) => {
              taken.push(contentOf(reply));
            },
      );
      if (taker === 'nobody takes late replies') {
        expect(contentOf(await ends.time.until(request))).to.equal('reply to 1');
      } else {
        const failure = await ends.time.until(rejected(request));
        expect(codeOf(failure)).to.equal('delivery-failed');
        expect(String(failure)).to.include('Another process');
        expect(taken).to.deep.equal(['reply to 1']);
      }
      one.suspend();
      other.suspend();
    });
  }

  it('is over for the one when the other has ended it', async () => {
    const ends = new Endpoints();
    const one = ends.initiator();
    await ends.time.until(one.request(order('0')));
    await ends.time.pass(2_000);
    const other = await takeUpElsewhere(ends);
    await ends.time.until(other.close());
    await ends.time.until(rejected(one.send(order('1', 'notify'))));
    expect(contentOf(await ends.time.until(one.request(order('2'))))).to.equal('reply to 2');
    await ends.time.until(one.close());
  });
});

describe('a session that this process has in hand', () => {
  it('is not taken up a second time', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const failure = await rejected(ends.resume());
    expect(codeOf(failure)).to.equal('unsupported');
    expect(String(failure)).to.include('close or suspend it first');
    session.suspend();
  });

  it('is free again when it is suspended', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    session.suspend();
    const [after] = await ends.resume();
    expect(contentOf(await ends.time.until(after?.request(order('2')) ?? Promise.reject(new Error('gone'))))).to.equal(
      'reply to 2',
    );
    after?.suspend();
  });
});
