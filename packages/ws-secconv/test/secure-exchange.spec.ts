import { isFault, readFault, type SoapVersion, serialize, TransportError } from '@holdfast/soap';
import { expect } from 'chai';
import {
  alice,
  BOB,
  bob,
  carol,
  content,
  conversation,
  gate,
  identityOf,
  initiator,
  order,
  recipient,
  rejected,
  settled,
  wireText,
} from './samples.js';

const issueAction = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/SCT';

describe('an initiator', () => {
  for (const version of ['1.1', '1.2'] as SoapVersion[]) {
    describe(`over SOAP ${version}`, () => {
      const both = () => conversation({ initiator: { config: { soapVersion: version } } });

      it('establishes a context before its first message, and uses it for the next', async () => {
        const { ours } = both();
        expect(content(await ours.exchange(order('one', { version })))).to.equal('one');
        expect(content(await ours.exchange(order('two', { version })))).to.equal('two');
        expect(ours.tap.requests.map(({ action }) => action)).to.deep.equal([
          issueAction,
          'urn:o/Place',
          'urn:o/Place',
        ]);
        expect(ours.tap.requests.map((request) => request.version)).to.deep.equal([version, version, version]);
      });

      it('proves to each side who the other is', async () => {
        const seen: unknown[] = [];
        const theirs = recipient({
          handler: async (message) => {
            seen.push(
              message.proof.signers(message.envelope.bodyElement),
              message.proof.encrypters(message.envelope.bodyElement),
            );
            return undefined;
          },
        });
        const ours = initiator(theirs.wire, theirs.time, { config: { soapVersion: version } });
        await ours.exchange(order('x', { version }));
        const token = { kind: 'SecurityContextToken', id: await ours.sct.getUuid(BOB), identity: identityOf(alice) };
        expect(seen).to.deep.equal([[token], [token]]);
        const answer = await both().ours.exchange(order('x', { version }));
        expect(answer?.proof.signers(answer.envelope.bodyElement).map(({ identity }) => identity)).to.deep.equal([
          identityOf(bob),
        ]);
      });

      it('returns undefined for an empty answer (HTTP 202)', async () => {
        const theirs = recipient({ handler: async () => undefined });
        const ours = initiator(theirs.wire, theirs.time, { config: { soapVersion: version } });
        expect(await ours.exchange(order('x', { version }))).to.equal(undefined);
      });
    });
  }

  it('shares one establishment among calls that come at once', async () => {
    const { ours, theirs } = conversation();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ours.exchange(order(`${at}`))));
    expect(answers.map(content)).to.deep.equal(Array.from({ length: 20 }, (_, at) => `${at}`));
    expect(ours.tap.requests.filter(({ action }) => action === issueAction).length).to.equal(1);
    expect(theirs.log.filter(({ event }) => event === 'context-issued').length).to.equal(1);
  });

  it('shares it with getUuid', async () => {
    const { ours } = conversation();
    const uuids = await Promise.all([
      ours.sct.getUuid(BOB),
      ours.sct.getUuid(BOB),
      ours.exchange(order()).then(() => ours.sct.getUuid(BOB)),
    ]);
    expect(new Set(uuids).size).to.equal(1);
    expect(ours.tap.requests.filter(({ action }) => action === issueAction).length).to.equal(1);
  });

  it('has a context of its own for each address', async () => {
    const { ours } = conversation();
    const [one, other] = [await ours.sct.getUuid('http://bob/1'), await ours.sct.getUuid('http://bob/2')];
    expect(one).to.not.equal(other);
    expect(await ours.sct.getUuid('http://bob/1')).to.equal(one);
  });

  it('tries again when an establishment failed', async () => {
    const { ours } = conversation();
    ours.tap.onRequest = async () => {
      throw new TransportError('unreachable', 'Nobody is there.');
    };
    const results = await Promise.allSettled([ours.sct.getUuid(BOB), ours.sct.getUuid(BOB)]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(ours.tap.requests.length).to.equal(1);
    delete ours.tap.onRequest;
    expect(content(await ours.exchange(order('again')))).to.equal('again');
  });

  it('uses fresh keys for every message, in both directions', async () => {
    const { ours } = conversation();
    for (let count = 0; count < 3; count++) await ours.exchange(order('same'));
    const texts = [
      ...ours.tap.requests.slice(1).map(wireText),
      ...ours.tap.responses.slice(1).map((each) => each && serialize(each.root)),
    ];
    const nonces = texts.flatMap((each) =>
      [...(each ?? '').matchAll(/<wsc:Nonce>([^<]*)</g)].map(([, nonce]) => nonce),
    );
    expect(nonces.length).to.equal(12);
    expect(new Set(nonces).size).to.equal(12);
  });

  it('shows the token in its requests, and the recipient does not in its answers (SC13-8-2)', async () => {
    const { ours } = conversation();
    await ours.exchange(order());
    const token = '<wsc:SecurityContextToken';
    expect(wireText(ours.tap.requests[1])).to.contain(token);
    expect(serialize(ours.tap.responses[1]?.root as never)).to.not.contain(token);
  });

  it('says nothing in clear of what the application said', async () => {
    const { ours } = conversation();
    await ours.exchange(order('a secret order'));
    const everything = [
      ...ours.tap.requests.map(wireText),
      ...ours.tap.responses.map((each) => each && serialize(each.root)),
    ].join();
    expect(everything).to.not.contain('a secret order');
    expect(everything).to.not.contain('BinarySecret');
  });

  it('asks for the lifetime and the key size that it is told, and believes the lifetime that it is given', async () => {
    const { ours, time } = conversation({ initiator: { config: { lifetime: 60_000, keySize: 128 } } });
    const first = await ours.sct.getUuid(BOB);
    expect((await ours.sct.serialize(first)).length).to.be.greaterThan(16);
    time.advance(54_000);
    expect(await ours.sct.getUuid(BOB)).to.equal(first);
    time.advance(2_000);
    expect(await ours.sct.getUuid(BOB)).to.not.equal(first);
  });

  it('sends under the context that a message names', async () => {
    const { ours } = conversation();
    const uuid = await ours.sct.getUuid('http://elsewhere/');
    const answer = await ours.exchange(order('x', { securityContext: uuid }));
    expect(answer?.proof.tokens.map(({ id }) => id)).to.deep.equal([uuid]);
    expect(ours.tap.requests.length).to.equal(2);
  });

  it('does not send under a context that is not known, or has expired', async () => {
    const { ours, time } = conversation({ initiator: { config: { lifetime: 60_000 } } });
    await rejected(ours.exchange(order('x', { securityContext: 'urn:uuid:nothing' })), 'context-unknown');
    const uuid = await ours.sct.getUuid(BOB);
    time.advance(60_000);
    await rejected(ours.exchange(order('x', { securityContext: uuid })), 'context-expired');
    expect(ours.tap.requests.length).to.equal(1);
  });

  describe('that is given up by a caller', () => {
    it('goes on for the others', async () => {
      const { ours } = conversation();
      const held = gate();
      ours.tap.onRequest = async (request, next) => {
        await held.opened;
        return next(request);
      };
      const impatient = new AbortController();
      const one = ours.exchange(order('one'), impatient.signal);
      const other = ours.exchange(order('other'));
      impatient.abort(new Error('no patience'));
      held.open();
      expect(await one.catch((error: Error) => error.message)).to.equal('no patience');
      expect(content(await other)).to.equal('other');
      expect(ours.tap.requests.filter(({ action }) => action === issueAction).length).to.equal(1);
    });

    it('before it began sends nothing', async () => {
      const { ours } = conversation();
      const reason = await ours
        .exchange(order(), AbortSignal.abort(new Error('never mind')))
        .catch((error: Error) => error.message);
      expect(reason).to.equal('never mind');
      await settled();
      expect(ours.tap.requests).to.deep.equal([]);
    });

    it('leaves no rejection behind that nobody handles', async () => {
      const { ours } = conversation();
      const unhandled: unknown[] = [];
      const listen = (reason: unknown) => void unhandled.push(reason);
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.on('unhandledRejection', listen);
      try {
        ours.tap.onRequest = async () => {
          throw new TransportError('unreachable', 'Nobody is there.');
        };
        const caller = new AbortController();
        const gone = ours.exchange(order(), caller.signal).catch(() => undefined);
        caller.abort();
        await ours.exchange(order(), AbortSignal.abort()).catch(() => undefined);
        await gone;
        await settled();
        await settled();
      } finally {
        process.off('unhandledRejection', listen);
        for (const other of others) process.on('unhandledRejection', other);
      }
      expect(unhandled).to.deep.equal([]);
    });
  });

  describe('that was closed', () => {
    it('sends nothing more', async () => {
      const { ours } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      ours.close();
      await rejected(ours.exchange(order()), 'closed');
      await rejected(ours.exchange(order('x', { securityContext: uuid })), 'context-unknown');
      await rejected(ours.sct.getUuid(BOB), 'closed');
      expect(ours.tap.requests.length).to.equal(1);
    });

    it('while it was establishing a context has none', async () => {
      const { ours } = conversation();
      const held = gate();
      ours.tap.onRequest = async (request, next) => {
        const answer = await next(request);
        await held.opened;
        return answer;
      };
      const asked = ours.sct.getUuid(BOB);
      await settled();
      ours.close();
      held.open();
      await rejected(asked, 'closed');
    });

    it('is so after `await using` as well', async () => {
      const { ours } = conversation();
      await ours[Symbol.asyncDispose]();
      await rejected(ours.exchange(order()), 'closed');
    });
  });

  describe('that is answered with a fault', () => {
    it('in clear returns it unproven', async () => {
      const { ours, theirs } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      await theirs.sct.forget(uuid);
      const answer = await ours.exchange(order());
      expect(answer && readFault(answer.envelope)?.subcodes.map(({ local }) => local)).to.deep.equal([
        'BadContextToken',
      ]);
      expect(answer?.proof.signers(answer.envelope.bodyElement)).to.deep.equal([]);
      expect(answer?.proof.tokens).to.deep.equal([]);
    });

    it('under the context returns it proven', async () => {
      const { ours } = conversation({
        recipient: {
          handler: async () => {
            throw new Error('out of eggs');
          },
        },
      });
      const answer = await ours.exchange(order());
      expect(answer && isFault(answer.envelope)).to.equal(true);
      expect(answer && serialize(answer.envelope.root)).to.not.contain('out of eggs');
      expect(answer?.proof.signers(answer.envelope.bodyElement).length).to.equal(1);
    });

    it('to its request for a context says so to every caller', async () => {
      const { ours } = conversation({ recipient: { collaborators: { authorize: () => false } } });
      const error = await rejected(ours.exchange(order()), 'trust-refused');
      expect(error).to.have.nested.property('fault.subcodes[0].local', 'InvalidSecurity');
    });
  });

  it('does not talk to another recipient than the one that it was told', async () => {
    const theirs = recipient({ who: carol });
    const ours = initiator(theirs.wire, theirs.time);
    await rejected(ours.exchange(order()), 'trust-refused');
  });
});
