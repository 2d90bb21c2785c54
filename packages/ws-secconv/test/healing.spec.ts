import { type IncomingMessage, readFault } from '@holdfast/soap';
import { expect } from 'chai';
import { BOB, content, conversation, echo, initiator, order, type Recipient, recipient } from './samples.js';

const local = (answer: IncomingMessage | undefined) => answer && readFault(answer.envelope)?.subcodes[0]?.local;
const healing = { config: { unknownContext: 'replace' } } as const;

for (const version of ['1.1', '1.2'] as const) {
  describe(`when the recipient no longer knows a context, SOAP ${version}`, () => {
    const both = () => {
      const seen: (string | undefined)[] = [];
      const handler = async (message: IncomingMessage) => {
        seen.push(message.addressing.messageId);
        return echo(message);
      };
      const parties = conversation({
        initiator: { config: { ...healing.config, soapVersion: version } },
        recipient: { handler },
      });
      return { ...parties, seen };
    };

    it('another is established, and the message is sent once more with another MessageID', async () => {
      const { ours, theirs, seen } = both();
      const uuid = await ours.sct.getUuid(BOB);
      await theirs.sct.forget(uuid);
      const message = order('12 eggs', { version });
      expect(content(await ours.exchange(message))).to.equal('12 eggs');
      expect(seen).to.have.length(1);
      expect(seen[0])
        .to.match(/^urn:uuid:/)
        .and.not.equal(message.addressing.messageId);
      expect(await ours.sct.getUuid(BOB)).to.not.equal(uuid);
    });

    it('many calls at once establish one other context', async () => {
      const { ours, theirs } = both();
      await theirs.sct.forget(await ours.sct.getUuid(BOB));
      const answers = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((each) => ours.exchange(order(each, { version }))),
      );
      expect(answers.map((answer) => content(answer))).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
      expect(theirs.log.filter(({ event }) => event === 'context-issued')).to.have.length(2);
    });

    it('a message that names its context gets the fault, and the context stays', async () => {
      const { ours, theirs } = both();
      const uuid = await ours.sct.getUuid(BOB);
      await theirs.sct.forget(uuid);
      expect(local(await ours.exchange(order('x', { version, securityContext: uuid })))).to.equal('BadContextToken');
      expect(await ours.sct.getUuid(BOB)).to.equal(uuid);
    });
  });
}

describe('when the recipient never knows a context', () => {
  it('a message is sent twice and no more', async () => {
    const { ours, time } = conversation({ initiator: healing });
    const stranger: Recipient = recipient({ time });
    ours.tap.onRequest = (request, next) => (request.action.endsWith('/SCT') ? next(request) : stranger.wire(request));
    expect(local(await ours.exchange(order()))).to.equal('BadContextToken');
    expect(ours.tap.requests.map(({ action }) => action.split('/').at(-1))).to.deep.equal([
      'SCT',
      'Place',
      'SCT',
      'Place',
    ]);
  });
});

describe('when the recipient starts again', () => {
  it('with nothing, the next call goes through; a context by another name is not touched', async () => {
    const { ours, time } = conversation({ initiator: healing });
    expect(content(await ours.exchange(order('one')))).to.equal('one');
    const again = recipient({ time });
    ours.tap.onRequest = (request) => again.wire(request);
    expect(content(await ours.exchange(order('two')))).to.equal('two');
    expect(again.log.map(({ event }) => event)).to.deep.equal(['message-refused', 'context-issued']);
  });
});

describe('other faults', () => {
  it('are returned as they are: nothing is sent again', async () => {
    const { theirs, time } = conversation();
    const ours = initiator(theirs.wire, time, healing);
    await ours.sct.getUuid(BOB);
    ours.tap.onRequest = async (request, next) => {
      await next(request);
      return next(request);
    };
    expect(local(await ours.exchange(order()))).to.equal('InvalidSecurity');
    expect(ours.tap.requests).to.have.length(2);
  });

  it('so is that of an unknown context, unless it is configured otherwise', async () => {
    const { ours, theirs } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    await theirs.sct.forget(uuid);
    expect(local(await ours.exchange(order()))).to.equal('BadContextToken');
    expect(await ours.sct.getUuid(BOB)).to.equal(uuid);
  });
});
