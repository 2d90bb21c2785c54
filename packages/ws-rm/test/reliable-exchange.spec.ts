import {
  faultAddressing,
  faultEnvelope,
  type IncomingMessage,
  isFault,
  NONE,
  type OutgoingMessage,
  ProtocolError,
  type SoapFault,
  TransportError,
  UsageError,
} from '@holdfast/soap';
import { expect } from 'chai';
import { defaultSourceConfig, type SourceConfig } from '#src/config.js';
import { FaultError } from '#src/delivery.js';
import { writeRmFault } from '#src/faults.js';
import { readContent } from '#src/read-content.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { contentOf, Endpoints, order } from './support/endpoints.js';
import { codeOf, rejected, thrown } from './support/samples.js';
import { arrive } from './support/secured.js';

const content = (message: OutgoingMessage | IncomingMessage | undefined) => {
  if (message === undefined) throw new Error('There is no message.');
  return readContent('proof' in message ? message : arrive(message, undefined), wsrm11);
};
const lost = async (): Promise<undefined> => {
  throw new TransportError('connection-lost', 'Lost, as the test decided.');
};

describe('reliableExchange', () => {
  it('creates the sequence with the first message, closes and terminates it at the end', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    expect(ends.sent).to.have.length(0);
    const { acknowledged } = await ends.time.until(session.send(order('1', 'notify')));
    await ends.time.until(acknowledged);
    await ends.time.until(session.close());
    expect(ends.conversation).to.deep.equal(['CreateSequence', 'notify', 'CloseSequence', 'TerminateSequence']);
    expect(ends.delivered).to.deep.equal(['1']);
    for (const store of [ends.initiatorStore, ends.recipientStore]) {
      expect(store.content).to.deep.equal({ sessions: [], messages: [], tokens: [] });
    }
  });

  it('sends nothing at all when there was nothing to send', async () => {
    const ends = new Endpoints();
    await ends.initiator().close();
    expect(ends.sent).to.have.length(0);
  });

  it('resolves send when the message is durable, though the peer is down', async () => {
    const ends = new Endpoints();
    ends.fate = lost;
    const session = ends.initiator();
    const { messageNumber } = await ends.time.until(session.send(order('1')));
    expect(messageNumber).to.equal(1n);
    expect(ends.initiatorStore.content.messages).to.have.length(1);
    session.suspend();
  });

  it('answers a request with its reply', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    const reply = await ends.time.until(session.request(order('1')));
    expect(contentOf(reply)).to.equal('reply to 1');
    await ends.time.until(session.close());
  });

  it('makes AcksTo, ReplyTo and the Endpoint of the Offer the same string (WCF11-R1102)', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const { body } = content(ends.sent[0]);
    if (body?.kind !== 'create-sequence') throw new Error('unexpected');
    const { acksTo, offer } = body.value;
    expect(offer?.endpoint.address).to.equal(acksTo.address);
    expect(ends.sent[0]?.addressing.replyTo?.address).to.equal(acksTo.address);
    session.suspend();
  });

  it('offers nothing where it is told so (WCF-M-1)', async () => {
    const ends = new Endpoints({ initiatorConfig: { offer: false } });
    const session = ends.initiator();
    const { acknowledged } = await ends.time.until(session.send(order('1', 'notify')));
    await ends.time.until(acknowledged);
    const { body } = content(ends.sent[0]);
    expect(body?.kind === 'create-sequence' ? body.value.offer : 'unexpected').to.equal(undefined);
    await ends.time.until(session.close());
  });

  it('gives protocol messages a MessageID and a ReplyTo (RSP-RM-6)', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    await ends.time.until(session.close());
    for (const { addressing } of ends.sent) {
      expect(addressing.messageId).to.match(/^urn:uuid:/);
      expect(addressing.replyTo).to.not.equal(undefined);
    }
  });

  it('says that a one-way message wants no reply', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until((await ends.time.until(session.send(order('1', 'notify')))).acknowledged);
    expect(ends.sent[1]?.addressing.replyTo?.address).to.equal(NONE);
    session.suspend();
  });

  it('sends a message again as it was, but for what rides on it (RSP-RM-1, RM-5-3)', async () => {
    const ends = new Endpoints();
    let failures = 3;
    ends.fate = (message, exchange) =>
      message.addressing.action.endsWith('/order') && failures-- > 0 ? lost() : exchange();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const transmissions = ends.sent.filter(({ addressing }) => addressing.action.endsWith('/order'));
    expect(transmissions).to.have.length(4);
    expect(new Set(transmissions.map(({ addressing }) => addressing.messageId)).size).to.equal(1);
    expect(
      new Set(transmissions.map((message) => content(message).headers.sequence?.value.messageNumber)).size,
    ).to.equal(1);
    expect(transmissions.map((message) => content(message).headers.ackRequests.length)).to.deep.equal([0, 1, 1, 1]);
    session.suspend();
  });

  it('asks for acknowledgements with every message where it is told so (gSOAP)', async () => {
    const ends = new Endpoints({ initiatorConfig: { requestAcknowledgements: 'always' } });
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    expect(content(ends.sent[1]).headers.ackRequests).to.have.length(1);
    session.suspend();
  });

  it('repeats a request until its reply comes: an empty answer does not stop it (WCF-M-5)', async () => {
    const ends = new Endpoints();
    let empty = 2;
    ends.fate = async (message, exchange) => {
      const answer = await exchange();
      return message.addressing.action.endsWith('/order') && empty-- > 0 ? undefined : answer;
    };
    const session = ends.initiator();
    const reply = await ends.time.until(session.request(order('1')));
    expect(contentOf(reply)).to.equal('reply to 1');
    expect(ends.delivered).to.deep.equal(['1']);
    session.suspend();
  });

  it('acknowledges a reply with the next request, and gives out each reply once (WCF-M-8)', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    await ends.time.until(session.request(order('2')));
    const [acknowledgement] = content(ends.sent[2]).headers.acknowledgements;
    expect(acknowledgement?.value.ranges).to.deep.equal([{ lower: 1n, upper: 1n }]);
    session.suspend();
  });

  it('acknowledges a reply with a message of its own when no request follows', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    expect(ends.recipientStore.content.messages).to.have.length(1);
    await ends.time.pass(1_000);
    expect(ends.conversation.at(-1)).to.equal('SequenceAcknowledgement');
    expect(ends.sent.at(-1)?.addressing.replyTo?.address).to.equal(NONE);
    expect(content(ends.sent.at(-1)).headers.sequence).to.equal(undefined);
    await ends.time.pass(2_000);
    expect(ends.recipientStore.content.messages).to.have.length(0);
    session.suspend();
  });

  it('carries the final acknowledgement of the replies on CloseSequence and TerminateSequence (WCF-M-13)', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    await ends.time.until(session.close());
    for (const message of ends.sent.slice(-2)) {
      const [acknowledgement] = content(message).headers.acknowledgements;
      expect(acknowledgement?.value).to.deep.include({ final: true, ranges: [{ lower: 1n, upper: 1n }] });
    }
  });

  it('keeps to its window, and sends the rest from the store', async () => {
    const ends = new Endpoints({ initiatorConfig: { source: { ...sourceWith(3) } } });
    const session = ends.initiator();
    let most = 0;
    let under = 0;
    ends.fate = async (message, exchange) => {
      under += message.addressing.action.endsWith('/notify') ? 1 : 0;
      most = Math.max(most, under);
      await new Promise<void>((resolve) => ends.time.after(10, resolve));
      const answer = await exchange();
      under -= message.addressing.action.endsWith('/notify') ? 1 : 0;
      return answer;
    };
    const all = Array.from({ length: 20 }, (_, place) => session.send(order(String(place + 1), 'notify')));
    const sent = await ends.time.until(Promise.all(all));
    await ends.time.until(Promise.all(sent.map(({ acknowledged }) => acknowledged)));
    expect(most).to.equal(3);
    expect(ends.delivered).to.deep.equal(Array.from({ length: 20 }, (_, place) => String(place + 1)));
    await ends.time.until(session.close());
  });

  it('gives out a fault of the application as the reply, once (RSP-RM-14)', async () => {
    const ends = new Endpoints();
    let calls = 0;
    ends.handler = async () => {
      calls += 1;
      throw new FaultError({ code: 'Sender', subcodes: [], reason: 'No such article.', detail: [] });
    };
    const session = ends.initiator();
    const reply = await ends.time.until(session.request(order('1')));
    expect(isFault(reply.envelope)).to.equal(true);
    expect(content(reply).headers.sequence?.value.messageNumber).to.equal(1n);
    expect(calls).to.equal(1);
    await ends.time.until(session.close());
  });

  it('takes a fault outside of the sequence for the answer when it relates to the request (gSOAP)', async () => {
    const ends = new Endpoints();
    ends.fate = async (message, exchange) => {
      const answer = await exchange();
      if (!message.addressing.action.endsWith('/order') || answer === undefined) return answer;
      const fault = { code: 'Sender', subcodes: [], reason: 'rejected', detail: [] } as const;
      return faultAnswer(message, fault);
    };
    const session = ends.initiator();
    const reply = await ends.time.until(session.request(order('1')));
    expect(isFault(reply.envelope)).to.equal(true);
    session.suspend();
  });

  it('repeats the request when such a fault may pass, and believes it in the end', async () => {
    const ends = new Endpoints();
    const fault = { code: 'Receiver', subcodes: [], reason: 'Come back later.', detail: [] } as const;
    let refused = 0;
    ends.fate = async (message, exchange) => {
      if (!message.addressing.action.endsWith('/order')) return exchange();
      refused += 1;
      return faultAnswer(message, fault);
    };
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    expect(refused).to.equal(3);
    session.suspend();
  });

  describe('when the sequence ends before its time', () => {
    const ending: readonly (readonly [string, 'UnknownSequence' | 'SequenceTerminated', string])[] = [
      ['the peer does not know it', 'UnknownSequence', 'sequence-unknown'],
      ['the peer terminates it', 'SequenceTerminated', 'sequence-terminated'],
    ];
    for (const [what, code, expected] of ending) {
      it(`rejects what was under way: ${what}`, async () => {
        const ends = new Endpoints();
        const session = ends.initiator();
        await ends.time.until(session.request(order('1')));
        ends.fate = async (message) => rmFaultAnswer(ends, message, code);
        const sent = await ends.time.until(session.send(order('2', 'notify')));
        const failure = await ends.time.until(rejected(sent.acknowledged));
        expect(failure).to.be.instanceOf(ProtocolError);
        expect(codeOf(failure)).to.equal(expected);
        expect(codeOf(await ends.time.until(rejected(session.send(order('3')))))).to.equal(expected);
        expect(codeOf(await ends.time.until(rejected(session.close())))).to.equal(expected);
        expect(ends.initiatorStore.content.sessions).to.deep.equal([]);
      });
    }

    it('rejects everything with sequence-refused when the peer refuses to create it', async () => {
      const ends = new Endpoints({ recipientConfig: { dangerouslyUnsecured: false } });
      const session = ends.initiator();
      const request = session.request(order('1'));
      expect(codeOf(await ends.time.until(rejected(request)))).to.equal('sequence-refused');
      expect(ends.initiatorStore.content).to.deep.equal({ sessions: [], messages: [], tokens: [] });
    });

    it('asks again when the peer refused for being busy (WCF10-B1503)', async () => {
      const ends = new Endpoints({ recipientConfig: { maxSequences: 1 } });
      const one = ends.initiator();
      await ends.time.until(one.request(order('1')));
      const other = ends.initiator();
      const request = other.request(order('2'));
      await ends.time.pass(10_000);
      await ends.time.until(one.close());
      expect(contentOf(await ends.time.until(request))).to.equal('reply to 2');
      await ends.time.until(other.close());
    });

    it('rejects a message that was sent as often as it may be', async () => {
      const ends = new Endpoints({
        initiatorConfig: {
          source: { ...sourceWith(64), retransmission: { interval: 100, maxInterval: 100, jitter: 0, maxAttempts: 3 } },
        },
      });
      ends.fate = (message, exchange) => (message.addressing.action.endsWith('/order') ? lost() : exchange());
      const session = ends.initiator();
      expect(codeOf(await ends.time.until(rejected(session.request(order('1')))))).to.equal('delivery-failed');
    });
  });

  describe('close', () => {
    it('waits for what is unanswered', async () => {
      const ends = new Endpoints();
      const session = ends.initiator();
      const request = session.request(order('1'));
      await ends.time.until(session.close());
      expect(contentOf(await request)).to.equal('reply to 1');
    });

    it('takes UnknownSequence in answer to TerminateSequence for success (RM-3.6-4b)', async () => {
      const ends = new Endpoints();
      ends.fate = async (message, exchange) => {
        const answer = await exchange();
        return message.addressing.action.endsWith('/TerminateSequence')
          ? rmFaultAnswer(ends, message, 'UnknownSequence')
          : answer;
      };
      const session = ends.initiator();
      await ends.time.until(session.request(order('1')));
      await ends.time.until(session.close());
      expect(ends.initiatorStore.content.sessions).to.deep.equal([]);
    });

    it('does not hang when the peer is silent, and leaves the session to be resumed', async () => {
      const ends = new Endpoints({ initiatorConfig: { closeTimeout: 5_000 } });
      const session = ends.initiator();
      await ends.time.until(session.request(order('1')));
      ends.fate = lost;
      expect(codeOf(await ends.time.until(rejected(session.close())))).to.equal('timed-out');
      expect(ends.initiatorStore.content.sessions).to.have.length(1);
      session.suspend();
    });

    it('can be aborted', async () => {
      const ends = new Endpoints();
      const session = ends.initiator();
      await ends.time.until(session.request(order('1')));
      ends.fate = lost;
      const abort = new AbortController();
      ends.time.after(100, () => abort.abort(new Error('enough')));
      expect(await ends.time.until(rejected(session.close({ signal: abort.signal })))).to.have.property(
        'message',
        'enough',
      );
      session.suspend();
    });

    it('takes no more messages', async () => {
      const ends = new Endpoints();
      const session = ends.initiator();
      await ends.time.until(session.request(order('1')));
      const closing = session.close();
      expect(await rejected(session.send(order('2')))).to.be.instanceOf(UsageError);
      await ends.time.until(closing);
    });

    it('is what disposing does', async () => {
      const ends = new Endpoints();
      const session = ends.initiator();
      await ends.time.until(session.request(order('1')));
      await ends.time.until(Promise.resolve(session[Symbol.asyncDispose]()));
      expect(ends.conversation.at(-1)).to.equal('TerminateSequence');
    });
  });

  it('answers to a TerminateSequence that the recipient sends on the back channel (RM-3.6-6)', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const identifier = session.status().sequence ?? '';
    ends.fate = async (message, exchange) =>
      message.addressing.action.endsWith('/notify')
        ? arrive(
            {
              envelope: {
                version: '1.2',
                headers: [],
                body: [wsrm11.writeBody({ kind: 'terminate-sequence', value: { identifier } })],
              },
              addressing: { action: wsrm11.actions['terminate-sequence'] },
            },
            undefined,
          )
        : exchange();
    const sent = await ends.time.until(session.send(order('2', 'notify')));
    expect(codeOf(await ends.time.until(rejected(sent.acknowledged)))).to.equal('sequence-terminated');
    await ends.time.pass(10);
    expect(ends.conversation.at(-1)).to.equal('TerminateSequenceResponse');
  });

  it('rejects a request that its caller gives up, and delivers it all the same', async () => {
    const ends = new Endpoints();
    let isDown = true;
    ends.fate = (_message, exchange) => (isDown ? lost() : exchange());
    const session = ends.initiator();
    const abort = new AbortController();
    const request = session.request(order('1'), { signal: abort.signal });
    await ends.time.pass(100);
    abort.abort(new Error('too slow'));
    expect(await rejected(request)).to.have.property('message', 'too slow');
    isDown = false;
    await ends.time.until(session.close());
    expect(ends.delivered).to.deep.equal(['1']);
  });

  it('says when a request is durable, and rejects it when it cannot be made so', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    let number: bigint | undefined;
    const reply = session.request(order('1'), {
      durable: (assigned) => {
        number = assigned;
      },
    });
    await ends.time.until(reply);
    expect(number).to.equal(1n);
    ends.initiatorStore.setHooks({
      beforeCommit: () => {
        throw new Error('The disk is full.');
      },
    });
    expect(await ends.time.until(rejected(session.request(order('2'))))).to.have.property(
      'message',
      'The disk is full.',
    );
    ends.initiatorStore.setHooks({});
    expect(contentOf(await ends.time.until(session.request(order('3'))))).to.equal('reply to 3');
    expect(ends.delivered).to.deep.equal(['1', '3']);
    await ends.time.until(session.close());
  });

  it('is not harmed by a store that fails with the very first message', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    ends.initiatorStore.setHooks({
      beforeCommit: () => {
        throw new Error('The disk is full.');
      },
    });
    await ends.time.until(rejected(session.send(order('1'))));
    ends.initiatorStore.setHooks({});
    expect(contentOf(await ends.time.until(session.request(order('2'))))).to.equal('reply to 2');
    await ends.time.until(session.close());
  });

  it("commits the caller's own writes with the mark that the reply came", async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    await ends.time.until(
      session.request(order('1'), { inTransaction: (reply, journal) => journal.push(contentOf(reply)) }),
    );
    expect(ends.journal).to.deep.equal(['reply to 1']);
    await ends.time.until(session.close());
  });

  it('rejects a request whose own writes fail, and keeps the reply', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    const request = session.request(order('1'), {
      inTransaction: () => {
        throw new Error('no such table');
      },
    });
    expect(await ends.time.until(rejected(request))).to.have.property('message', 'no such table');
    await ends.time.pass(10_000);
    expect(ends.initiatorStore.content.messages.map(({ log }) => log)).to.deep.equal(['inbound']);
    session.suspend();
  });

  it('refuses what cannot be, before anything is sent', async () => {
    const ends = new Endpoints();
    const soap11 = { ...order('1'), envelope: { ...order('1').envelope, version: '1.1' as const } };
    expect(codeOf(await rejected(ends.initiator().send(soap11)))).to.equal('invalid-argument');
    for (const config of [
      { source: { ...sourceWith(0) } },
      { closeTimeout: -1 },
      { expires: Number.NaN },
      { binding: 'token' as const },
    ]) {
      expect(codeOf(thrown(() => ends.initiator(config)))).to.equal('invalid-option');
    }
    expect(ends.sent).to.have.length(0);
  });

  it('says how it stands', async () => {
    const ends = new Endpoints();
    const session = ends.initiator();
    expect(session.status()).to.deep.equal({ state: 'none', submitted: 0n, outstanding: 0n });
    await ends.time.until(session.request(order('1')));
    expect(session.status()).to.deep.include({ state: 'created', submitted: 1n, outstanding: 0n });
    await ends.time.until(session.close());
    expect(session.status()).to.deep.include({ state: 'none', ended: 'terminated' });
  });
});

function sourceWith(window: number): SourceConfig {
  return { ...defaultSourceConfig, window };
}

function faultAnswer(message: OutgoingMessage, fault: SoapFault): IncomingMessage {
  return arrive(
    { envelope: faultEnvelope(fault, '1.2'), addressing: faultAddressing(message.addressing, fault) },
    undefined,
  );
}

function rmFaultAnswer(
  ends: Endpoints,
  message: OutgoingMessage,
  code: 'UnknownSequence' | 'SequenceTerminated',
): IncomingMessage {
  const identifier = [...ends.initiatorStore.content.sessions].flatMap(({ identifiers }) => identifiers)[0] ?? '';
  return faultAnswer(message, writeRmFault({ code, identifier }, wsrm11, '1.2'));
}
