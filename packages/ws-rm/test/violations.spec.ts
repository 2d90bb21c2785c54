import { element, type IncomingMessage, type OutgoingMessage } from '@holdfast/soap';
import { expect } from 'chai';
import { defaultDestinationConfig } from '#src/config.js';
import { wsrm11Names } from '#src/namespaces.js';
import { readContent } from '#src/read-content.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { Endpoints, order } from './support/endpoints.js';
import { Peer } from './support/peer.js';
import { codeOf, rejected } from './support/samples.js';
import { arrive } from './support/secured.js';

/* Each MUST NOT that a peer can break: the message that breaks it, and what it yields (CHECKLIST §5). */

const faultOf = (answer: OutgoingMessage | undefined) =>
  answer === undefined ? undefined : readContent(arrive(answer, undefined), wsrm11).rmFault?.code;

type Break = (peer: Peer, ends: Endpoints) => Promise<OutgoingMessage | undefined>;

/** Broken by an initiator: the fault that it is answered with. */
const answered: readonly (readonly [string, string, Break])[] = [
  ['RM-3.9-12', 'UnknownSequence', (_peer, ends) => new Peer(ends, 'urn:test:other').acknowledge(1n)],
  ['RM-3.8-2', 'UnknownSequence', (_peer, ends) => new Peer(ends, 'urn:test:other').ackRequested()],
  [
    'RM-3.6-9',
    'UnknownSequence',
    async (peer) => {
      await peer.terminate();
      return peer.message(1n);
    },
  ],
  [
    'RM-3.6-9 (terminated twice)',
    'UnknownSequence',
    async (peer) => {
      await peer.terminate();
      return peer.terminate();
    },
  ],
  [
    'RM-3.5-5',
    'SequenceClosed',
    async (peer) => {
      await peer.close();
      return peer.message(1n);
    },
  ],
  [
    'RM-3.6-7 (LastMsgNumber below what was sent)',
    'SequenceTerminated',
    async (peer) => {
      await peer.message(2n, { oneWay: true });
      return peer.close(1n);
    },
  ],
  [
    'RM-3.6-7 (another LastMsgNumber)',
    'SequenceTerminated',
    async (peer) => {
      await peer.close(2n);
      return peer.terminate(3n);
    },
  ],
  ['RM-3.9-11 (a number that was never sent)', 'InvalidAcknowledgement', (peer) => peer.acknowledge(1n)],
  ['RM-5-2 (a number beyond every limit)', 'MessageNumberRollover', (peer) => peer.message(9_223_372_036_854_775_807n)],
  ['RSP-RM-13', 'WSRMRequired', (_peer, ends) => ends.give(order('plain'))],
  [
    'RM-3.4-3',
    'CreateSequenceRefused',
    (_peer, ends) => new Peer(ends, 'urn:test:other').create({ acksTo: 'http://inside.test/' }),
  ],
  [
    'RSP-RM-3',
    'CreateSequenceRefused',
    (peer, ends) => new Peer(ends, 'urn:test:other').create({ identifier: peer.offer }),
  ],
  [
    'RM-6.2-3',
    'CreateSequenceRefused',
    (_peer, ends) => new Peer(ends, 'urn:test:other').create({ headers: [element(wsrm11Names('UsesSequenceSSL'))] }),
  ],
  [
    'RM-6.1-3',
    'CreateSequenceRefused',
    (_peer, ends) => new Peer(ends, 'urn:test:other').create({ headers: [wsrm11.writeUsesSequenceStr('1.2')] }),
  ],
];

/** Broken so that the message cannot even be read: the code of the error. */
const unreadable: readonly (readonly [string, string, Break])[] = [
  [
    'RM-3.7-4 (two Sequence header blocks)',
    'invalid-element',
    (peer, ends) =>
      ends.give(
        withHeaders(order('x'), [
          wsrm11.writeSequence({ identifier: peer.sequence, messageNumber: 1n }, '1.2'),
          wsrm11.writeSequence({ identifier: peer.sequence, messageNumber: 2n }, '1.2'),
        ]),
      ),
  ],
  [
    'RM-3.9-1 (two acknowledgements of one sequence)',
    'invalid-element',
    (peer, ends) => {
      const block = wsrm11.writeAcknowledgement({ identifier: peer.offer, ranges: [], final: false, nacks: [] });
      return ends.give(withHeaders(order('x'), [block, block]));
    },
  ],
  [
    'RM-3.8-4 (two AckRequested for one sequence)',
    'invalid-element',
    (peer, ends) => {
      const block = wsrm11.writeAckRequested({ identifier: peer.sequence });
      return ends.give(withHeaders(order('x'), [block, block]));
    },
  ],
  [
    'RM-3.3-1 (another action)',
    'invalid-addressing-header',
    (peer) =>
      peer.send(
        { kind: 'terminate-sequence', value: { identifier: peer.sequence } },
        { addressing: { action: wsrm11.actions['close-sequence'], messageId: 'urn:x:1' } },
      ),
  ],
  [
    'WCF11-B1801 (CreateSequence without MessageID)',
    'invalid-addressing-header',
    (_peer, ends) => new Peer(ends, 'urn:test:other').create({ messageId: undefined }),
  ],
];

function withHeaders(message: OutgoingMessage, headers: OutgoingMessage['envelope']['headers']): OutgoingMessage {
  return { ...message, envelope: { ...message.envelope, headers } };
}

async function created(): Promise<{ readonly ends: Endpoints; readonly peer: Peer }> {
  const ends = new Endpoints();
  const peer = new Peer(ends);
  await ends.time.until(peer.create());
  return { ends, peer };
}

describe('what an initiator must not do', () => {
  for (const [id, code, act] of answered) {
    it(`${id}: ${code}`, async () => {
      const { ends, peer } = await created();
      expect(faultOf(await ends.time.until(act(peer, ends)))).to.equal(code);
    });
  }

  for (const [id, code, act] of unreadable) {
    it(`${id}: ${code}`, async () => {
      const { ends, peer } = await created();
      const before = ends.recipientStore.content;
      expect(codeOf(await ends.time.until(rejected(act(peer, ends))))).to.equal(code);
      expect(ends.recipientStore.content).to.deep.equal(before);
    });
  }

  it('RSP-RM-2 (another message under a number that was used): the first stays the message', async () => {
    const { ends, peer } = await created();
    await ends.time.until(peer.message(1n));
    const again = withHeaders(
      { ...order('another'), addressing: { action: 'urn:test/order', messageId: 'urn:test:another' } },
      [wsrm11.writeSequence({ identifier: peer.sequence, messageNumber: 1n }, '1.2')],
    );
    await ends.time.until(ends.give(again));
    expect(ends.delivered).to.deep.equal(['1']);
  });

  it('RM-3.7-5 (a protocol message with a number): the number is not taken', async () => {
    const { ends, peer } = await created();
    await ends.time.until(
      peer.send(
        { kind: 'close-sequence', value: { identifier: peer.sequence } },
        { headers: [wsrm11.writeSequence({ identifier: peer.sequence, messageNumber: 1n }, '1.2')] },
      ),
    );
    expect(ends.delivered).to.deep.equal([]);
  });

  it('RM-5-1 (holding what is never delivered): no more is held than the limit, and no more acknowledged', async () => {
    const destination = { ...defaultDestinationConfig, maxHeld: 3 };
    const ends = new Endpoints({ recipientConfig: { destination } });
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    for (let number = 2n; number < 12n; number++) {
      await ends.time.until(peer.message(number, { oneWay: true }));
    }
    expect(ends.recipientStore.content.messages).to.have.length(3);
    const answer = await ends.time.until(peer.ackRequested());
    const { headers } = readContent(arrive(answer as OutgoingMessage, undefined), wsrm11);
    expect(headers.acknowledgements[0]?.value.ranges).to.deep.equal([{ lower: 2n, upper: 4n }]);
  });

  it('RM-5-1 (holding large messages): no more bytes are held than the limit', async () => {
    const destination = { ...defaultDestinationConfig, maxHeldBytes: 4_000 };
    const ends = new Endpoints({ recipientConfig: { destination } });
    const peer = new Peer(ends);
    await ends.time.until(peer.create());
    for (let number = 2n; number < 40n; number++) await ends.time.until(peer.message(number, { oneWay: true }));
    const held = ends.recipientStore.content.messages.length;
    expect(held).to.be.within(2, 15);
    for (let number = 1n; number < 40n; number++) await ends.time.until(peer.message(number, { oneWay: true }));
    await ends.time.pass(10);
    for (let number = 1n; number < 40n; number++) await ends.time.until(peer.message(number, { oneWay: true }));
    await ends.time.pass(10);
    expect(ends.delivered).to.have.length(39);
  });

  it('RM-3.2-2 (an acknowledgement of the sequence of somebody else): it is not taken for hers', async () => {
    const { ends, peer } = await created();
    await ends.time.until(peer.message(1n));
    const other = new Peer(ends, 'urn:test:other');
    await ends.time.until(other.create());
    expect(faultOf(await ends.time.until(other.acknowledge(1n)))).to.equal('InvalidAcknowledgement');
    expect(ends.recipientStore.content.messages).to.have.length(1);
  });
});

describe('what a recipient must not do', () => {
  const answer = (message: OutgoingMessage): IncomingMessage => arrive(message, undefined);

  it('RM-3.4-13 (Accept without an Offer): the sequence fails', async () => {
    const ends = new Endpoints({ initiatorConfig: { offer: false } });
    ends.fate = async () =>
      answer({
        envelope: {
          version: '1.2',
          headers: [],
          body: [
            wsrm11.writeBody({
              kind: 'create-sequence-response',
              value: {
                identifier: 'urn:test:s',
                accept: { acksTo: { address: 'urn:x', referenceParameters: [], extensions: [] } },
              },
            }),
          ],
        },
        addressing: { action: wsrm11.actions['create-sequence-response'] },
      });
    const failure = await ends.time.until(rejected(ends.initiator().request(order('1'))));
    expect(codeOf(failure)).to.equal('unexpected-message');
  });

  it('RM-3.4-7 (the Identifier that was offered as its own): the sequence fails', async () => {
    const ends = new Endpoints();
    ends.fate = async (message) => {
      const { body } = readContent(answer(message), wsrm11);
      if (body?.kind !== 'create-sequence') return undefined;
      return answer({
        envelope: {
          version: '1.2',
          headers: [],
          body: [
            wsrm11.writeBody({
              kind: 'create-sequence-response',
              value: { identifier: body.value.offer?.identifier ?? '' },
            }),
          ],
        },
        addressing: { action: wsrm11.actions['create-sequence-response'] },
      });
    };
    const failure = await ends.time.until(rejected(ends.initiator().request(order('1'))));
    expect(codeOf(failure)).to.equal('unexpected-message');
  });

  it('RM-3.9-11 (acknowledging what was never sent): InvalidAcknowledgement, and nothing is taken for acknowledged', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const { sequence = '' } = session.status();
    ends.fate = async (message, exchange) => {
      if (!message.addressing.action.endsWith('/notify')) return exchange();
      const ranges = [{ lower: 1n, upper: 99n }];
      return answer({
        envelope: {
          version: '1.2',
          headers: [wsrm11.writeAcknowledgement({ identifier: sequence, ranges, final: false, nacks: [] })],
          body: [],
        },
        addressing: { action: wsrm11.actions['sequence-acknowledgement'] },
      });
    };
    await ends.time.until(session.send(order('2', 'notify')));
    await ends.time.pass(1_000);
    expect(session.status().outstanding).to.equal(1n);
    const fault = ends.sent.find(({ addressing }) => addressing.action === wsrm11.actions.fault);
    expect(faultOf(fault)).to.equal('InvalidAcknowledgement');
    session.suspend();
  });

  it('RM-2.4-3 (the same reply twice): it is given out once', async () => {
    const ends = new Endpoints();
    let copy: IncomingMessage | undefined;
    ends.fate = async (message, exchange) => {
      const real = await exchange();
      if (message.addressing.action.endsWith('/order')) copy ??= real;
      return message.addressing.action.endsWith('/SequenceAcknowledgement') ? copy : real;
    };
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    await ends.time.pass(5_000);
    await ends.time.until(session.close());
    expect(ends.initiatorStore.content.messages).to.deep.equal([]);
  });

  it('RSP-RM-4 (a reply in a sequence that was not offered): it is not taken', async () => {
    const ends = new Endpoints();
    let lies = 1;
    ends.fate = async (message, exchange) => {
      const real = await exchange();
      if (real === undefined || !message.addressing.action.endsWith('/order') || lies-- <= 0) return real;
      const headers = [wsrm11.writeSequence({ identifier: 'urn:test:other', messageNumber: 1n }, '1.2')];
      return answer({ envelope: { version: '1.2', headers, body: real.envelope.body }, addressing: real.addressing });
    };
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    expect(ends.conversation.filter((name) => name === 'order')).to.have.length(2);
    expect(ends.events()).to.include('unknown-sequence');
    session.suspend();
  });

  it('RM-3.3-3 (a reply that relates to another request): it is not taken', async () => {
    const ends = new Endpoints();
    let lies = 1;
    ends.fate = async (message, exchange) => {
      const real = await exchange();
      if (real === undefined || !message.addressing.action.endsWith('/order') || lies-- <= 0) return real;
      const relatesTo = [
        { messageId: 'urn:test:another', relationshipType: 'http://www.w3.org/2005/08/addressing/reply' },
      ];
      return { ...real, addressing: { ...real.addressing, relatesTo } };
    };
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    expect(ends.conversation.filter((name) => name === 'order')).to.have.length(2);
    session.suspend();
  });
});
