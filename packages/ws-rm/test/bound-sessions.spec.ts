import {
  element,
  faultAddressing,
  faultEnvelope,
  type IncomingMessage,
  type OutgoingMessage,
  ProtocolError,
  type SoapFault,
  unproven,
} from '@holdfast/soap';
import { expect } from 'chai';
import { defaultSourceConfig } from '#src/config.js';
import { wsse } from '#src/namespaces.js';
import { readContent } from '#src/read-content.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { contentOf, Endpoints, type Options, order } from './support/endpoints.js';
import { Peer } from './support/peer.js';
import { codeOf, rejected, thrown } from './support/samples.js';
import { arrive, contextToken, FakeTokens, signedBy } from './support/secured.js';

function secured(options: Options = {}): { readonly ends: Endpoints; readonly tokens: FakeTokens } {
  const tokens = new FakeTokens();
  const ends = new Endpoints({
    ...options,
    initiator: { sct: tokens, ...options.initiator },
    recipient: { sct: tokens, ...options.recipient },
  });
  return { ends, tokens };
}

const TOKEN = 'urn:uuid:token-1';
const tokenFault = (local: string): SoapFault => ({
  code: 'Sender',
  subcodes: [wsse(local)],
  reason: local,
  detail: [],
});
const faultAnswer = (message: OutgoingMessage, fault: SoapFault): IncomingMessage =>
  arrive({ envelope: faultEnvelope(fault, '1.2'), addressing: faultAddressing(message.addressing, fault) }, undefined);
const createOf = (ends: Endpoints) =>
  ends.sent.filter(({ addressing }) => addressing.action.endsWith('/CreateSequence'));

describe('a session bound to a security context token', () => {
  it('names the token in CreateSequence after the Offer, with UsesSequenceSTR (RSP-SRM-1, WCF-R2305)', async () => {
    const { ends } = secured();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const [create] = createOf(ends);
    const body = create?.envelope.body[0];
    const children = typeof body === 'object' && 'children' in body ? body.children : [];
    expect(children.map((node) => (typeof node === 'object' && 'local' in node ? node.local : ''))).to.deep.equal([
      'AcksTo',
      'Offer',
      'SecurityTokenReference',
    ]);
    expect(create?.envelope.headers.map(({ local }) => local)).to.deep.equal(['UsesSequenceSTR']);
    session.suspend();
  });

  it('sends everything under that token', async () => {
    const { ends } = secured();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    await ends.time.until(session.close());
    expect(new Set(ends.sent.map(({ securityContext }) => securityContext))).to.deep.equal(new Set([TOKEN]));
  });

  it('stores the token in the very commit that binds the session to it, before CreateSequence', async () => {
    const { ends } = secured();
    const session = ends.initiator();
    ends.fate = async () => {
      expect(ends.initiatorStore.content.tokens).to.deep.equal([TOKEN]);
      return undefined;
    };
    await ends.time.until(session.send(order('1')));
    await ends.time.pass(100);
    expect(createOf(ends)).to.have.length(1);
    session.suspend();
  });

  it('removes the token from the store with the last session that is bound to it', async () => {
    const { ends } = secured();
    const [one, other] = [ends.initiator(), ends.initiator()];
    await ends.time.until(Promise.all([one.request(order('1')), other.request(order('2'))]));
    await ends.time.until(one.close());
    expect(ends.initiatorStore.content.tokens).to.deep.equal([TOKEN]);
    await ends.time.until(other.close());
    expect(ends.initiatorStore.content.tokens).to.deep.equal([]);
  });

  it('names no token where it is told so, and is held to it all the same (CXF)', async () => {
    const { ends } = secured({ initiatorConfig: { binding: 'identity' } });
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const [create] = createOf(ends);
    expect(create?.envelope.headers).to.deep.equal([]);
    expect(create?.securityContext).to.equal(TOKEN);
    ends.tamper = (answer) => ({ ...answer, proof: signedBy([contextToken('urn:uuid:other')]) });
    const sent = await ends.time.until(session.send(order('2', 'notify')));
    await ends.time.pass(30_000);
    let acknowledged = false;
    sent.acknowledged.then(
      () => {
        acknowledged = true;
      },
      () => {},
    );
    await ends.time.pass(1);
    expect(acknowledged).to.equal(false);
    session.suspend();
  });

  it('is held to who answered CreateSequence where another layer signs and there is no context', async () => {
    const ends = new Endpoints({ initiatorConfig: { binding: 'identity' } });
    const certificate = (identity: string) => ({ kind: 'X509', id: identity, identity }) as const;
    let signer = certificate('x509:bob');
    ends.tamper = (answer) => ({ ...answer, proof: signedBy([signer]) });
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    signer = certificate('x509:mallory');
    const request = session.request(order('2'));
    request.catch(() => {});
    await ends.time.pass(10_000);
    expect(session.status().outstanding).to.equal(1n);
    signer = certificate('x509:bob');
    expect(contentOf(await ends.time.until(request))).to.equal('reply to 2');
    session.suspend();
  });

  it('does not begin on an answer that nobody signed, where somebody must', async () => {
    const ends = new Endpoints({ initiatorConfig: { binding: 'identity' } });
    const session = ends.initiator();
    await ends.time.until(session.send(order('1', 'notify')));
    await ends.time.pass(10_000);
    expect(session.status().state).to.equal('creating');
    session.suspend();
  });

  it('needs to be told what it is held to where there is no token', async () => {
    const ends = new Endpoints();
    expect(codeOf(thrown(() => ends.initiator({ binding: 'token' })))).to.equal('invalid-option');
    const { ends: withTokens } = secured();
    expect(codeOf(thrown(() => withTokens.initiator({ binding: 'dangerouslyNone' })))).to.equal('invalid-option');
  });

  describe('when the token is refused before the sequence exists', () => {
    for (const local of ['InvalidSecurityToken', 'FailedAuthentication', 'FailedCheck']) {
      it(`puts another in its place, and loses nothing: wsse:${local}`, async () => {
        const { ends, tokens } = secured();
        ends.fate = async (message, exchange) =>
          message.securityContext === TOKEN ? faultAnswer(message, tokenFault(local)) : exchange();
        const session = ends.initiator();
        const reply = await ends.time.until(session.request(order('1')));
        expect(contentOf(reply)).to.equal('reply to 1');
        expect(tokens.forgotten).to.deep.equal([TOKEN]);
        expect(tokens.issued).to.have.length(2);
        expect(ends.initiatorStore.content.tokens).to.deep.equal(['urn:uuid:token-2']);
        const [first, second] = createOf(ends);
        expect(second?.addressing.messageId).to.not.equal(first?.addressing.messageId);
        await ends.time.until(session.close());
      });
    }

    it('backs off when it goes on, and gives nothing up', async () => {
      const { ends, tokens } = secured();
      let refused = 0;
      const before = ends.fate;
      ends.fate = async (message) => {
        refused += 1;
        return faultAnswer(message, tokenFault('FailedAuthentication'));
      };
      const session = ends.initiator();
      const sent = await ends.time.until(session.send(order('1', 'notify')));
      await ends.time.pass(60_000);
      expect(refused).to.be.within(4, 8);
      expect(tokens.issued).to.have.length(refused);
      expect(session.status()).to.deep.include({ state: 'creating', outstanding: 1n });
      expect(session.status().failure).to.have.property('code', 'fault-received');
      ends.fate = before;
      await ends.time.until(sent.acknowledged);
      expect(session.status()).to.not.have.property('failure');
      await ends.time.until(session.close());
    });
  });

  describe('when CreateSequence is answered with faults in clear', () => {
    const refusal: SoapFault = {
      code: 'Sender',
      subcodes: [wsrm11.names('CreateSequenceRefused')],
      reason: 'no',
      detail: [],
    };

    it('goes on asking: anybody can send one', async () => {
      const { ends } = secured();
      let lies = 5;
      ends.fate = async (message, exchange) => (lies-- > 0 ? faultAnswer(message, refusal) : exchange());
      const session = ends.initiator();
      const sent = await ends.time.until(session.send(order('1', 'notify')));
      await ends.time.until(sent.acknowledged);
      expect(createOf(ends)).to.have.length(6);
      await ends.time.until(session.close());
    });

    it('goes on when they come instead of a token', async () => {
      const { ends, tokens } = secured();
      const issue = tokens.getUuid.bind(tokens);
      let lies = 5;
      tokens.getUuid = async () => {
        const fault = tokenFault('InvalidSecurity');
        if (lies-- > 0) throw new ProtocolError('trust-refused', 'no', { fault });
        return issue();
      };
      const session = ends.initiator();
      const sent = await ends.time.until(session.send(order('1', 'notify')));
      await ends.time.until(sent.acknowledged);
      await ends.time.until(session.close());
    });

    it('rejects what waits after maxCreateAttempts, and keeps it to be resumed', async () => {
      const { ends } = secured({ initiatorConfig: { source: { ...defaultSourceConfig, maxCreateAttempts: 3 } } });
      const before = ends.fate;
      ends.fate = async (message) => faultAnswer(message, refusal);
      const session = ends.initiator();
      const sent = await ends.time.until(session.send(order('1', 'notify')));
      const closed = rejected(session.close());
      const failure = await ends.time.until(rejected(sent.acknowledged));
      expect(codeOf(failure)).to.equal('delivery-failed');
      expect(await ends.time.until(closed)).to.equal(failure);
      expect(await ends.time.until(rejected(session.send(order('2', 'notify'))))).to.equal(failure);
      expect(ends.initiatorStore.content.messages).to.have.length(1);
      ends.fate = before;
      const [after] = await ends.resume();
      await ends.time.until(after?.close() ?? Promise.reject(new Error('gone')));
      expect(ends.delivered).to.deep.equal(['1']);
      expect(ends.initiatorStore.content.sessions).to.deep.equal([]);
    });

    it('ends at once when the peer itself refuses', async () => {
      const { ends } = secured();
      ends.fate = async (message) => ({ ...faultAnswer(message, refusal), proof: signedBy([contextToken(TOKEN)]) });
      const failure = await ends.time.until(rejected(ends.initiator().request(order('1'))));
      expect(codeOf(failure)).to.equal('sequence-refused');
      expect(createOf(ends)).to.have.length(1);
      expect(ends.initiatorStore.content.sessions).to.deep.equal([]);
    });
  });

  it('goes on trying when no token can be had, and keeps what was submitted', async () => {
    const { ends, tokens } = secured();
    const issue = tokens.getUuid.bind(tokens);
    let failures = 2;
    tokens.getUuid = async () => {
      if (failures-- > 0) throw new Error('the peer is down');
      return issue();
    };
    const session = ends.initiator();
    await ends.time.until(session.send(order('1', 'notify')));
    await ends.time.until(session.close());
    expect(ends.delivered).to.deep.equal(['1']);
  });

  it('is not ended by a fault in clear: anybody can send one', async () => {
    const { ends } = secured();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    const { sequence = '' } = session.status();
    let lies = 3;
    ends.fate = async (message, exchange) => {
      if (lies-- <= 0) return exchange();
      const fault: SoapFault = {
        code: 'Sender',
        subcodes: [wsrm11.names('SequenceTerminated')],
        reason: 'over',
        detail: [element(wsrm11.names('Identifier'), [], sequence)],
      };
      return faultAnswer(message, fault);
    };
    expect(contentOf(await ends.time.until(session.request(order('2'))))).to.equal('reply to 2');
    expect(ends.events()).to.include('fault-not-proven');
    session.suspend();
  });

  const tampered: readonly (readonly [string, (answer: IncomingMessage) => IncomingMessage])[] = [
    ['that nobody signed', (answer) => ({ ...answer, proof: unproven })],
    ['that another token signed', (answer) => ({ ...answer, proof: signedBy([contextToken('urn:uuid:other')]) })],
    [
      'whose header blocks of WS-RM nobody signed',
      (answer) => ({
        ...answer,
        proof: signedBy([contextToken(TOKEN)], ({ namespace }) => namespace === wsrm11.namespace),
      }),
    ],
  ];
  for (const [what, tamper] of tampered) {
    it(`takes no answer ${what}: no acknowledgement, no reply, no end (RM-6.1-4)`, async () => {
      const { ends } = secured();
      const session = ends.initiator();
      await ends.time.until(session.request(order('1')));
      ends.tamper = tamper;
      const sent = await ends.time.until(session.send(order('2', 'notify')));
      const request = session.request(order('3'));
      request.catch(() => {});
      await ends.time.pass(30_000);
      expect(session.status()).to.deep.include({ state: 'created', outstanding: 2n });
      ends.tamper = (answer) => answer;
      await ends.time.until(Promise.all([sent.acknowledged, request]));
      expect(ends.delivered).to.deep.equal(['1', '2', '3']);
      await ends.time.until(session.close());
    });
  }
});

describe('a sequence bound to a token, at the recipient', () => {
  const alice = contextToken(TOKEN, 'x509:alice');

  async function bound(): Promise<{ readonly ends: Endpoints; readonly peer: Peer }> {
    const { ends, tokens } = secured();
    const peer = new Peer(ends, 'urn:test:peer', alice);
    const headers = [wsrm11.writeUsesSequenceStr('1.2')];
    await ends.time.until(peer.create({ reference: tokens.reference(TOKEN), headers }));
    expect(peer.sequence).to.match(/^urn:uuid:/);
    return { ends, peer };
  }

  it('answers everything under the token', async () => {
    const { ends, peer } = await bound();
    for (const answer of [
      await ends.time.until(peer.message(1n)),
      await ends.time.until(peer.message(2n, { oneWay: true })),
      await ends.time.until(peer.ackRequested()),
      await ends.time.until(peer.close(2n)),
      await ends.time.until(peer.terminate(2n)),
    ]) {
      expect(answer?.securityContext).to.equal(TOKEN);
    }
  });

  it('tells the application whose it is', async () => {
    const { ends, peer } = await bound();
    let seen: unknown;
    ends.handler = async (_message, { identity, securityContext }) => {
      seen = { identity, securityContext };
      return undefined;
    };
    await ends.time.until(peer.message(1n));
    expect(seen).to.deep.equal({ identity: 'x509:alice', securityContext: TOKEN });
  });

  const strangers = [
    ['nobody', undefined],
    ['another token', contextToken('urn:uuid:other', 'x509:alice')],
    ['somebody else with a token of that name', contextToken(TOKEN, 'x509:mallory')],
    ['a certificate', { kind: 'X509', id: 'a1', identity: 'x509:alice' } as const],
  ] as const;
  for (const [who, token] of strangers) {
    it(`takes nothing that ${who} signed, and its state stays as it was (RSP-SRM-5)`, async () => {
      const { ends, peer } = await bound();
      await ends.time.until(peer.message(1n));
      const before = ends.recipientStore.content;
      peer.under(token);
      const attempts = [
        () => peer.message(2n),
        () => peer.message(2n, { acknowledge: 1n }),
        () => peer.ackRequested(),
        () => peer.acknowledge(1n),
        () => peer.close(1n),
        () => peer.terminate(1n),
        () => peer.fault({ code: 'SequenceTerminated', identifier: peer.sequence }),
        () => peer.fault({ code: 'UnknownSequence', identifier: peer.offer }),
      ];
      for (const attempt of attempts) {
        const answer = await ends.time.until(attempt());
        const content = answer === undefined ? undefined : readContent(arrive(answer, undefined), wsrm11);
        expect(content?.fault?.subcodes[0]).to.include({ local: 'InvalidSecurity' });
        expect(content?.headers.acknowledgements).to.deep.equal([]);
        expect(answer?.securityContext).to.equal(undefined);
      }
      await ends.time.pass(1_000);
      expect(ends.recipientStore.content).to.deep.equal(before);
      expect(ends.delivered).to.deep.equal(['1']);
      expect(ends.events()).to.include('binding-violated');
    });
  }

  it('is not taken up from the store by a message that is not proven to be about it', async () => {
    const { ends, peer } = await bound();
    await ends.time.until(peer.message(1n));
    await ends.time.pass(2_000);
    ends.recipient.stop();
    const before = ends.recipientStore.content;
    ends.startRecipient();
    peer.under(contextToken('urn:uuid:other', 'x509:mallory'));
    await ends.time.until(peer.ackRequested());
    await ends.time.until(peer.message(2n));
    await ends.time.pass(2_000);
    expect(ends.recipientStore.content).to.deep.equal(before);
    peer.under(alice);
    expect((await ends.time.until(peer.message(2n)))?.addressing.action).to.equal('urn:test/reply');
  });

  it("leaves an initiator's session alone that is in the same store", async () => {
    const { ends } = secured();
    const session = ends.initiator();
    await ends.time.until(session.request(order('1')));
    await ends.time.pass(2_000);
    const { sequence = '' } = session.status();
    session.suspend();
    const before = ends.initiatorStore.content;
    const shared = secured({ recipient: { store: ends.initiatorStore } });
    const mallory = new Peer(shared.ends, 'urn:test:mallory', alice);
    mallory.sequence = sequence;
    const answer = await shared.ends.time.until(mallory.ackRequested());
    const content = answer === undefined ? undefined : readContent(arrive(answer, undefined), wsrm11);
    expect(content?.rmFault?.code).to.equal('UnknownSequence');
    await shared.ends.time.pass(2_000);
    expect(ends.initiatorStore.content).to.deep.equal(before);
  });

  it('is not found by the CreateSequence of another that has the same MessageID', async () => {
    const { ends, peer } = await bound();
    const mallory = new Peer(ends, 'urn:test:peer', contextToken('urn:uuid:hers', 'x509:mallory'));
    await ends.time.until(mallory.create({ identifier: 'urn:test:hers' }));
    expect(mallory.sequence).to.not.equal(peer.sequence);
  });

  it('is refused to the same identity that repeats CreateSequence under another token', async () => {
    const { ends, peer } = await bound();
    peer.under(contextToken('urn:uuid:other', 'x509:alice'));
    const answer = await ends.time.until(peer.create());
    const content = answer === undefined ? undefined : readContent(arrive(answer, undefined), wsrm11);
    expect(content?.rmFault?.code).to.equal('CreateSequenceRefused');
  });

  it('ends when its context is cancelled', async () => {
    const { ends } = await bound();
    await ends.time.until(ends.recipient.endContext(TOKEN));
    expect(ends.recipientStore.content.sessions).to.deep.equal([]);
  });

  it('counts sequences by identity (RM-5-2)', async () => {
    const { ends } = secured({ recipientConfig: { maxSequencesPerPeer: 1 } });
    const of = (name: string, identity: string) => new Peer(ends, name, contextToken(`urn:uuid:${name}`, identity));
    await ends.time.until(of('urn:test:a', 'x509:alice').create());
    const second = of('urn:test:b', 'x509:alice');
    await ends.time.until(second.create());
    expect(second.sequence).to.equal('urn:test:not-created');
    const other = of('urn:test:c', 'x509:bob');
    await ends.time.until(other.create());
    expect(other.sequence).to.match(/^urn:uuid:/);
  });
});
