import { ANONYMOUS, endpointReference, isFault, NONE, type OutgoingMessage, readFault } from '@holdfast/soap';
import { expect } from 'chai';
import { defaultDestinationConfig } from '#src/config.js';
import { FaultError } from '#src/delivery.js';
import { type RmContent, readContent } from '#src/read-content.js';
import type { FailedDelivery } from '#src/reliable-handler.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { contentOf, Endpoints, order } from './support/endpoints.js';
import { Peer } from './support/peer.js';
import { codeOf, rejected, thrown } from './support/samples.js';
import { arrive } from './support/secured.js';

const read = (answer: OutgoingMessage | undefined): RmContent => {
  if (answer === undefined) throw new Error('There is no answer.');
  return readContent(arrive(answer, undefined), wsrm11);
};
const faultCode = (answer: OutgoingMessage | undefined) => read(answer).rmFault?.code;
const ranges = (answer: OutgoingMessage | undefined) => read(answer).headers.acknowledgements[0]?.value.ranges;

describe('reliableHandler', () => {
  describe('answers CreateSequence', () => {
    it('with the sequence, and with Accept for the Offer', async () => {
      const ends = new Endpoints();
      const { body } = read(await ends.time.until(new Peer(ends).create()));
      if (body?.kind !== 'create-sequence-response') throw new Error('unexpected');
      expect(body.value.identifier).to.match(/^urn:uuid:/);
      // Byte for byte where CreateSequence went (WCF11-R1112).
      expect(body.value.accept?.acksTo.address).to.equal('http://recipient.test/');
      expect(body.value.incompleteSequenceBehavior).to.equal('DiscardFollowingFirstGap');
    });

    it('with the same sequence when it is repeated (RM-3.4-18)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      const [one, other] = await ends.time.until(Promise.all([peer.create(), peer.create()]));
      const third = await ends.time.until(peer.create());
      const identifier = (answer: OutgoingMessage | undefined) => {
        const { body } = read(answer);
        return body?.kind === 'create-sequence-response' ? body.value.identifier : undefined;
      };
      expect(identifier(other)).to.equal(identifier(one));
      expect(identifier(third)).to.equal(identifier(one));
      expect(ends.recipientStore.content.sessions).to.have.length(1);
    });

    it('with the same sequence when it is repeated after a restart', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      const before = await ends.time.until(peer.create());
      ends.recipient.stop();
      ends.startRecipient();
      const after = await ends.time.until(peer.create());
      expect(read(after).body).to.deep.equal(read(before).body);
    });

    it('with another sequence when another asks (RM-3.4-7)', async () => {
      const ends = new Endpoints();
      await ends.time.until(new Peer(ends, 'urn:test:one').create());
      await ends.time.until(new Peer(ends, 'urn:test:other').create());
      const identifiers = ends.recipientStore.content.sessions.flatMap((session) => session.identifiers);
      expect(new Set(identifiers).size).to.equal(identifiers.length);
    });

    it('without Accept where there was no Offer (RM-3.4-11)', async () => {
      const ends = new Endpoints();
      const { body } = read(await ends.time.until(new Peer(ends).create({ offer: false })));
      expect(body?.kind === 'create-sequence-response' ? body.value.accept : 'unexpected').to.equal(undefined);
    });

    it('without Accept where replies are to go to an address (R0010)', async () => {
      const ends = new Endpoints();
      const { body } = read(await ends.time.until(new Peer(ends).create({ endpoint: 'http://inside.test/' })));
      expect(body?.kind === 'create-sequence-response' ? body.value.accept : 'unexpected').to.equal(undefined);
    });

    it('with an Expires no longer than what was asked for, and than what is granted (RM-3.4-5)', async () => {
      const granted = async (maxExpires: number, asked: number | undefined) => {
        const ends = new Endpoints({ recipientConfig: { maxExpires } });
        const answer = await ends.time.until(new Peer(ends).create(asked === undefined ? {} : { expires: asked }));
        const { body } = read(answer);
        return body?.kind === 'create-sequence-response' ? body.value.expires : 'unexpected';
      };
      expect(await granted(0, 60_000)).to.equal(60_000);
      expect(await granted(10_000, 60_000)).to.equal(10_000);
      expect(await granted(100_000, 60_000)).to.equal(60_000);
      expect(await granted(10_000, undefined)).to.equal(10_000);
      expect(await granted(0, undefined)).to.equal(undefined);
    });

    const refused: readonly (readonly [string, Parameters<Peer['create']>[0]])[] = [
      ['AcksTo is none (RM-3.4-2)', { acksTo: NONE }],
      ['AcksTo is an address that the peer chose (RM-3.4-3)', { acksTo: 'http://inside.test/' }],
      ['ReplyTo is an address that the peer chose', { replyTo: 'http://inside.test/' }],
      ['the Endpoint of the Offer is none (RM-3.4-9)', { endpoint: NONE }],
    ];
    for (const [what, options] of refused) {
      it(`with CreateSequenceRefused when ${what}`, async () => {
        const ends = new Endpoints();
        expect(faultCode(await ends.time.until(new Peer(ends).create(options)))).to.equal('CreateSequenceRefused');
        expect(ends.recipientStore.content.sessions).to.deep.equal([]);
      });
    }

    it('with CreateSequenceRefused when the offered Identifier is in use (RSP-RM-3)', async () => {
      const ends = new Endpoints();
      await ends.time.until(new Peer(ends, 'urn:test:one').create({ identifier: 'urn:test:replies' }));
      const other = new Peer(ends, 'urn:test:other').create({ identifier: 'urn:test:replies' });
      expect(faultCode(await ends.time.until(other))).to.equal('CreateSequenceRefused');
    });

    it('with CreateSequenceRefused when it has no MessageID: no, with what WS-Addressing says', async () => {
      const ends = new Endpoints();
      const failure = await ends.time.until(rejected(new Peer(ends).create({ messageId: undefined })));
      expect(codeOf(failure)).to.equal('invalid-addressing-header');
    });

    it('with CreateSequenceRefused, and that it is busy, beyond its limits (RM-5-2, WCF10-B1503)', async () => {
      for (const limit of [{ maxSequences: 1 }, { maxSequencesPerPeer: 1 }]) {
        const ends = new Endpoints({ recipientConfig: limit });
        await ends.time.until(new Peer(ends, 'urn:test:one').create());
        const answer = await ends.time.until(new Peer(ends, 'urn:test:other').create());
        expect(read(answer).rmFault).to.include({ code: 'CreateSequenceRefused', busy: true });
      }
    });

    it('with another one when the one before has ended', async () => {
      const ends = new Endpoints({ recipientConfig: { maxSequences: 1 } });
      const peer = new Peer(ends, 'urn:test:one');
      await ends.time.until(peer.create());
      await ends.time.until(peer.terminate());
      expect(read(await ends.time.until(new Peer(ends, 'urn:test:other').create())).body?.kind).to.equal(
        'create-sequence-response',
      );
    });
  });

  describe('answers a message of the sequence', () => {
    it('with its reply, its number and the acknowledgement (WCF-M-3)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const answer = await ends.time.until(peer.message(1n));
      const { headers } = read(answer);
      expect(headers.sequence?.value).to.deep.equal({ identifier: peer.offer, messageNumber: 1n });
      expect(headers.acknowledgements[0]?.value).to.deep.include({ final: false, ranges: [{ lower: 1n, upper: 1n }] });
      expect(answer?.addressing.action).to.equal('urn:test/reply');
      expect(answer?.addressing.relatesTo?.[0]?.messageId).to.equal('urn:test:message:1');
      expect(answer?.addressing.to).to.equal(ANONYMOUS);
    });

    it('that is one-way with the acknowledgement alone (WCF-M-1, WCF-M-4)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const answer = await ends.time.until(peer.message(1n, { oneWay: true }));
      expect(answer?.addressing.action).to.equal(wsrm11.actions['sequence-acknowledgement']);
      expect(ranges(answer)).to.deep.equal([{ lower: 1n, upper: 1n }]);
      expect(answer?.envelope.body).to.deep.equal([]);
    });

    it('that lacks MessageID with the acknowledgement alone', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      expect(ranges(await ends.time.until(peer.message(1n, { messageId: undefined })))).to.have.length(1);
    });

    it('that is repeated with the same reply again, until the reply is acknowledged (WCF-M-6, WCF-M-7)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const once = await ends.time.until(peer.message(1n));
      const again = await ends.time.until(peer.message(1n));
      expect(read(again).headers.sequence?.value).to.deep.equal(read(once).headers.sequence?.value);
      expect(again?.envelope.body).to.deep.equal(once?.envelope.body);
      const third = await ends.time.until(peer.message(1n, { acknowledge: 1n }));
      expect(third?.addressing.action).to.equal(wsrm11.actions['sequence-acknowledgement']);
      expect(ends.delivered).to.deep.equal(['1']);
    });

    it('that is repeated while the application is at it with nothing, and the first with the reply (WCF-M-7)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      let finish = (): void => {};
      ends.handler = () =>
        new Promise((resolve) => {
          finish = () => resolve(order('done', 'reply'));
        });
      const first = peer.message(1n);
      await ends.time.pass(100);
      expect(await ends.time.until(peer.message(1n))).to.equal(undefined);
      finish();
      expect((await ends.time.until(first))?.addressing.action).to.equal('urn:test/reply');
    });

    it('with the acknowledgement when the application takes too long, and with the reply later', async () => {
      const ends = new Endpoints({ recipientConfig: { replyWait: 1_000 } });
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      let finish = (): void => {};
      ends.handler = () =>
        new Promise((resolve) => {
          finish = () => resolve(order('done', 'reply'));
        });
      const first = await ends.time.until(peer.message(1n));
      expect(first?.addressing.action).to.equal(wsrm11.actions['sequence-acknowledgement']);
      finish();
      await ends.time.pass(10);
      expect((await ends.time.until(peer.message(1n)))?.addressing.action).to.equal('urn:test/reply');
    });

    it('out of order when its turn has come', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const second = peer.message(2n);
      await ends.time.pass(10);
      expect(ends.delivered).to.deep.equal([]);
      const first = peer.message(1n);
      await ends.time.until(Promise.all([first, second]));
      expect(ends.delivered).to.deep.equal(['1', '2']);
    });

    it('at once, whatever its order, where the configuration says so', async () => {
      const destination = { ...defaultDestinationConfig, order: 'any' as const };
      const ends = new Endpoints({ recipientConfig: { destination } });
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(2n));
      expect(ends.delivered).to.deep.equal(['2']);
    });

    it('without Sequence when no sequence for replies was offered', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create({ offer: false }));
      const answer = await ends.time.until(peer.message(1n));
      expect(answer?.addressing.action).to.equal('urn:test/reply');
      expect(read(answer).headers.sequence).to.equal(undefined);
      expect(ranges(answer)).to.have.length(1);
      expect((await ends.time.until(peer.message(1n)))?.addressing.action).to.equal('urn:test/reply');
    });

    it('that wants its reply at an address with OnlyAnonymousAddressSupported, and does not take it', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const failure = await ends.time.until(rejected(peer.message(1n, { replyTo: 'http://inside.test/' })));
      expect(codeOf(failure)).to.equal('invalid-addressing-header');
      expect(ends.delivered).to.deep.equal([]);
      expect(ranges(await ends.time.until(peer.message(2n, { oneWay: true })))).to.deep.equal([
        { lower: 2n, upper: 2n },
      ]);
    });
  });

  describe('keeps the protocol of the sequence', () => {
    it('answers AckRequested with the acknowledgement (RM-3.8-2)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(1n, { oneWay: true }));
      expect(ranges(await ends.time.until(peer.ackRequested()))).to.deep.equal([{ lower: 1n, upper: 1n }]);
    });

    it('answers CloseSequence and TerminateSequence with the final acknowledgement (RM-3.5-3, RM-3.6-4)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(1n, { oneWay: true }));
      for (const answer of [await ends.time.until(peer.close(1n)), await ends.time.until(peer.terminate(1n))]) {
        const { body, headers } = read(answer);
        expect(body?.kind).to.be.oneOf(['close-sequence-response', 'terminate-sequence-response']);
        if (body !== undefined && body.kind !== 'create-sequence') {
          expect(body.value.identifier).to.equal(peer.sequence);
        }
        expect(headers.acknowledgements[0]?.value).to.deep.include({ final: true, ranges: [{ lower: 1n, upper: 1n }] });
        expect(answer?.addressing.relatesTo).to.have.length(1);
      }
      expect(ends.recipientStore.content).to.deep.equal({ sessions: [], messages: [], tokens: [] });
    });

    it('answers with None when nothing was received (WCF-M-15)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      expect(ranges(await ends.time.until(peer.close()))).to.deep.equal([]);
    });

    it('takes an acknowledgement on whatever message it rides (RSP-RM-9)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(1n));
      expect(ends.recipientStore.content.messages).to.have.length(1);
      await ends.time.until(peer.ackRequested({ acknowledge: 1n }));
      await ends.time.pass(2_000);
      expect(ends.recipientStore.content.messages).to.have.length(0);
    });

    it('answers an acknowledgement that contradicts itself with InvalidAcknowledgement, and takes the rest (RM-4-5)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      expect(faultCode(await ends.time.until(peer.acknowledge(9n)))).to.equal('InvalidAcknowledgement');
      await ends.time.until(peer.message(1n, { acknowledge: 9n }));
      expect(ends.delivered).to.deep.equal(['1']);
    });

    it('ends the sequence when the peer says that it does not know it (RM-4-4)', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      expect(await ends.time.until(peer.fault({ code: 'UnknownSequence', identifier: peer.sequence }))).to.equal(
        undefined,
      );
      expect(ends.recipientStore.content.sessions).to.deep.equal([]);
    });

    it('does not answer a fault about an unknown sequence with another', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      const fault = { code: 'UnknownSequence', identifier: 'urn:test:nowhere' } as const;
      expect(await ends.time.until(peer.fault(fault))).to.equal(undefined);
    });
  });

  describe('gives messages to the application', () => {
    it('with the sequence, the number and whose session it is', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      const seen: unknown[] = [];
      ends.handler = async (_message, { sequence, messageNumber, attempt }) => {
        seen.push({ sequence, messageNumber, attempt });
        return undefined;
      };
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(1n));
      expect(seen).to.deep.equal([{ sequence: peer.sequence, messageNumber: 1n, attempt: 1 }]);
    });

    it('and takes nothing said to a one-way message for a reply', async () => {
      const ends = new Endpoints();
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(1n, { oneWay: true }));
      expect(ends.delivered).to.deep.equal(['1']);
      expect(ends.recipientStore.content.messages).to.deep.equal([]);
    });

    it('and answers with the fault that it throws', async () => {
      const ends = new Endpoints();
      ends.handler = async () => {
        throw new FaultError({ code: 'Sender', subcodes: [], reason: 'No such article.', detail: [] });
      };
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const answer = await ends.time.until(peer.message(1n));
      const fault = answer === undefined ? undefined : readFault(arrive(answer, undefined).envelope);
      expect(fault?.reason).to.equal('No such article.');
      expect(read(answer).headers.sequence?.value.messageNumber).to.equal(1n);
    });

    it('and tells nothing of any other error, but to the log', async () => {
      const ends = new Endpoints();
      ends.handler = async () => {
        throw new Error('password=tiger');
      };
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      const answer = await ends.time.until(peer.message(1n));
      const arrived = answer === undefined ? undefined : arrive(answer, undefined);
      expect(arrived !== undefined && isFault(arrived.envelope)).to.equal(true);
      expect(arrived === undefined ? '' : contentOf(arrived)).to.contain('The message could not be processed.');
      expect(arrived === undefined ? '' : contentOf(arrived)).to.not.contain('tiger');
      expect(ends.log.some(({ error }) => error instanceof Error && error.message === 'password=tiger')).to.equal(true);
    });

    it('again when a one-way message throws, in order, up to the last time', async () => {
      const failed: FailedDelivery[] = [];
      const ends = new Endpoints({
        recipientConfig: { maxDeliveries: 3 },
        recipient: { onFailed: (_message, delivery) => failed.push(delivery) },
      });
      const seen: string[] = [];
      ends.handler = async (message, { attempt }) => {
        seen.push(`${contentOf(message)}.${attempt}`);
        if (contentOf(message) === '1') throw new Error('not now');
        return undefined;
      };
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(Promise.all([peer.message(1n, { oneWay: true }), peer.message(2n, { oneWay: true })]));
      await ends.time.pass(10_000);
      expect(seen).to.deep.equal(['1.1', '1.2', '1.3', '2.1']);
      expect(failed.map(({ messageNumber }) => messageNumber)).to.deep.equal([1n]);
    });

    it('and commits its writes with the delivery and the reply', async () => {
      const ends = new Endpoints();
      ends.handler = async (message, delivery) => {
        delivery.inTransaction((journal) => journal.push(contentOf(message)));
        return order('done', 'reply');
      };
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      ends.recipientStore.setHooks({
        beforeCommit: () => {
          throw new Error('The disk is full.');
        },
      });
      expect(await ends.time.until(peer.message(1n))).to.equal(undefined);
      expect(ends.journal).to.deep.equal([]);
      ends.recipientStore.setHooks({});
      await ends.time.pass(5_000);
      expect((await ends.time.until(peer.message(1n)))?.addressing.action).to.equal('urn:test/reply');
      expect(ends.journal).to.deep.equal(['1']);
    });

    it('again when its writes throw, and marks nothing until they do not', async () => {
      const ends = new Endpoints();
      let throws = 2;
      ends.handler = async (message, delivery) => {
        delivery.inTransaction((journal) => {
          journal.push(`half of ${contentOf(message)}`);
          if (throws-- > 0) throw new Error('locked');
          journal.push(contentOf(message));
        });
        return undefined;
      };
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(Promise.all([1n, 2n, 3n].map((number) => peer.message(number, { oneWay: true }))));
      await ends.time.pass(60_000);
      await ends.time.until(Promise.all([1n, 2n, 3n].map((number) => peer.message(number, { oneWay: true }))));
      await ends.time.pass(60_000);
      expect(ends.journal).to.deep.equal(['half of 1', '1', 'half of 2', '2', 'half of 3', '3']);
    });

    it('and gives it up with a fault when its writes throw up to the last time', async () => {
      const failed: FailedDelivery[] = [];
      const ends = new Endpoints({
        recipientConfig: { maxDeliveries: 2 },
        recipient: { onFailed: (_message, delivery) => failed.push(delivery) },
      });
      ends.handler = async (_message, delivery) => {
        delivery.inTransaction(() => {
          throw new Error('constraint violated');
        });
        return order('done', 'reply');
      };
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      await ends.time.until(peer.message(1n));
      await ends.time.pass(60_000);
      const answer = await ends.time.until(peer.message(1n));
      expect(answer !== undefined && isFault(arrive(answer, undefined).envelope)).to.equal(true);
      expect(ends.journal).to.deep.equal([]);
      expect(failed).to.have.length(1);
    });

    it('before it is acknowledged only when a crash may repeat it, at most once when it must not', async () => {
      const destination = { ...defaultDestinationConfig, assurance: 'atMostOnce' as const };
      const ends = new Endpoints({ recipientConfig: { destination } });
      const peer = new Peer(ends);
      await ends.time.until(peer.create());
      ends.recipientStore.setHooks({
        beforeCommit: () => {
          throw new Error('The disk is full.');
        },
      });
      await ends.time.until(peer.message(1n));
      expect(ends.delivered).to.deep.equal([]);
      ends.recipientStore.setHooks({});
      await ends.time.pass(5_000);
      await ends.time.until(peer.message(1n));
      expect(ends.delivered).to.deep.equal(['1']);
    });
  });

  it('says nothing rather than something final when its store fails', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    ends.recipientStore.setHooks({
      beforeCommit: () => {
        throw new Error('The disk is full.');
      },
    });
    expect(await ends.time.until(peer.message(1n, { oneWay: true }))).to.equal(undefined);
    expect(ends.events()).to.include('message-not-processed');
  });

  it('gives messages outside of any sequence to whoever takes them', async () => {
    const ends = new Endpoints({ recipient: { otherwise: async () => order('plain', 'reply') } });
    const answer = await ends.time.until(ends.give(order('1')));
    expect(answer?.addressing.action).to.equal('urn:test/reply');
  });

  it('ends the sessions of a security context that was cancelled', async () => {
    const ends = new Endpoints();
    await ends.time.until(new Peer(ends).create());
    await ends.time.until(ends.recipient.endContext('urn:uuid:another'));
    expect(ends.recipientStore.content.sessions).to.have.length(1);
  });

  it('drops a sequence whose peer is not heard any more', async () => {
    const ends = new Endpoints();
    await ends.time.until(new Peer(ends).create());
    await ends.time.pass(25 * 3_600_000);
    expect(ends.recipientStore.content.sessions).to.deep.equal([]);
    expect(ends.events()).to.include('sequence-ended');
  });

  it('drops a sequence whose lifetime is over (RM-3.4-6, RM-3.6-10)', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create({ expires: 60_000 }));
    await ends.time.pass(61_000);
    expect(faultCode(await ends.time.until(peer.message(1n)))).to.equal('UnknownSequence');
  });

  it('refuses options that cannot be', () => {
    for (const recipientConfig of [
      { maxSequences: 0 },
      { replyWait: -1 },
      { maxDeliveries: 0 },
      { acceptUnbound: false, dangerouslyUnsecured: true },
      { destination: { ...defaultDestinationConfig, maxGap: 0n } },
      { destination: { ...defaultDestinationConfig, maxHeld: 0 } },
    ]) {
      expect(codeOf(thrown(() => new Endpoints({ recipientConfig })))).to.equal('invalid-option');
    }
  });

  it('has an anonymous reply address like one that is given', async () => {
    const ends = new Endpoints();
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    const answer = await ends.time.until(peer.message(1n, { replyTo: endpointReference(ANONYMOUS).address }));
    expect(answer?.addressing.action).to.equal('urn:test/reply');
  });
});
