import { type IncomingMessage, parse, serialize, type WireRequest } from '@holdfast/soap';
import { memoryWire } from '@holdfast/soap/testing';
import { expect } from 'chai';
import { mutualX509Initiator } from '#src/bootstraps/mutual-x509.js';
import {
  alice,
  BOB,
  bob,
  content,
  conversation,
  echo,
  initiator,
  order,
  recipient,
  rejected,
  start,
  wireText,
} from '../samples.js';
import { initiatorOf, otherTrust, recipientOf, type Way, ways } from './ways.js';

const both = (way: Way, more = {}) => conversation({ initiator: initiatorOf(way), recipient: recipientOf(way, more) });

const changed = (request: WireRequest, change: (text: string) => string): WireRequest => ({
  ...request,
  root: parse(change(serialize(request.root))).root,
});

for (const way of ways) {
  describe(`a conversation that begins with ${way.name}`, () => {
    it('is established, used and cancelled (SC13-3-2 to SC13-3-5)', async () => {
      const seen: IncomingMessage[] = [];
      const handler = async (message: IncomingMessage) => {
        seen.push(message);
        return echo(message);
      };
      const { ours, theirs } = both(way, { handler });
      const answer = await ours.exchange(order('12 eggs'));
      expect(content(answer)).to.equal('12 eggs');
      const uuid = await ours.sct.getUuid(BOB);
      const [message] = seen;
      expect(content(message)).to.equal('12 eggs');
      for (const [part, said] of [
        [message?.envelope.bodyElement, message],
        [message?.envelope.headers[0], message],
        [answer?.envelope.bodyElement, answer],
      ] as const) {
        const [token, ...others] =
          (part !== undefined && typeof part === 'object' && said?.proof.signers(part as never)) || [];
        expect(others).to.deep.equal([]);
        expect([token?.kind, token?.id]).to.deep.equal(['SecurityContextToken', uuid]);
      }
      const identity = way.identity ?? `anonymous:${uuid}`;
      expect(message?.proof.tokens.map((token) => token.identity)).to.deep.equal([identity]);
      expect(theirs.log[0]?.details).to.deep.equal({ context: uuid, identity });
      await ours.cancel(uuid);
      expect(theirs.log.at(-1)?.event).to.equal('context-cancelled');
    });

    it('shows neither password nor entropy, and is different each time', async () => {
      const { ours } = both(way);
      await ours.sct.getUuid(BOB);
      const text = wireText(ours.tap.requests[0]);
      if (!way.overTls) expect(text).to.not.contain('eggs').and.not.contain('Entropy');
      const again = both(way);
      await again.ours.sct.getUuid(BOB);
      expect(wireText(again.ours.tap.requests[0])).to.not.equal(text);
    });

    it('is not begun twice by one request', async () => {
      const { ours, theirs } = both(way);
      await ours.sct.getUuid(BOB);
      // What a password in clear proves, it proves again: there TLS must keep a request from being sent twice.
      const isRemembered = !(way.overTls && way.identity === 'user:joe');
      await theirs.wire(ours.tap.requests[0] as WireRequest);
      expect(theirs.log.at(-1)?.event).to.equal(isRemembered ? 'message-refused' : 'context-issued');
    });

    for (const [what, stranger] of Object.entries(way.strangers)) {
      it(`is not begun by an initiator ${what}`, async () => {
        const theirs = recipient(recipientOf(way));
        const other = initiator(theirs.wire, theirs.time, initiatorOf(way, stranger));
        const error = await rejected(other.sct.getUuid(BOB), 'trust-refused');
        expect(theirs.log.map(({ event }) => event)).to.deep.equal(['message-refused']);
        for (const word of ['password', 'user', 'trust']) expect(error.message.split('.')[0]).to.not.contain(word);
      });
    }

    it('is not begun by who is not allowed to, and by who is', async () => {
      const asked: string[] = [];
      const authorize = (identity: string): boolean => asked.push(identity) > 1;
      const { ours } = both(way, { collaborators: { authorize } });
      await rejected(ours.sct.getUuid(BOB), 'trust-refused');
      const uuid = await ours.sct.getUuid(BOB);
      if (way.identity !== undefined) expect(asked).to.deep.equal([way.identity, way.identity]);
      else expect(asked[1]).to.equal(`anonymous:${uuid}`).and.not.equal(asked[0]);
    });

    it('is not begun by a request of which a part was changed', async () => {
      const { ours, theirs } = both(way);
      ours.tap.onRequest = (request, next) =>
        next(
          changed(request, (text) =>
            text.replace(/(?<=<wsu:Created>)2026-03-01T12:00:00.000Z/, '2026-03-01T12:00:00.001Z'),
          ),
        );
      const established = ours.sct.getUuid(BOB);
      // TLS is what keeps a request from being changed; a signed Timestamp is not changed even so.
      if (way.overTls && way.identity === 'user:joe') await established;
      else {
        await rejected(established, 'trust-refused');
        expect(theirs.log.map(({ event }) => event)).to.deep.equal(['message-refused']);
      }
    });

    it('is refused by the initiator when the answer is that to another request', async () => {
      const { ours, theirs, time } = both(way);
      const other = initiator(theirs.wire, time, initiatorOf(way));
      await other.sct.getUuid(BOB);
      ours.tap.onRequest = async () => other.tap.responses[0];
      await ours.sct.getUuid(BOB).then(
        () => expect.fail('it was taken'),
        (error: Error) => expect(error.name).to.match(/^(SecurityError|ProtocolError)$/),
      );
    });

    if (way.overTls) {
      it('is refused without TLS, and so are its messages', async () => {
        const plain = both(way, { secure: false });
        await rejected(plain.ours.sct.getUuid(BOB), 'trust-refused');
        expect(String(plain.theirs.log[0]?.error)).to.contain('did not come over TLS');
        const { ours, theirs } = both(way);
        await ours.exchange(order());
        const before = theirs.log.length;
        await memoryWire(theirs.handler)(ours.tap.requests[1] as WireRequest);
        expect(String(theirs.log[before]?.error)).to.contain('did not come over TLS');
      });
    }
  });
}

describe('a bootstrap by a key for a certificate', () => {
  const way = ways.find(({ identity }) => identity === undefined) as Way;

  it('gives each initiator that nobody knows an identity of its own; all of them are counted together', async () => {
    const theirs = recipient(recipientOf(way, { config: { maxContextsPerIdentity: 2 } }));
    const made = Array.from({ length: 3 }, () => initiator(theirs.wire, theirs.time, initiatorOf(way)));
    const uuids = [await made[0]?.sct.getUuid(BOB), await made[1]?.sct.getUuid(BOB)];
    expect(theirs.log.map(({ details }) => details?.['identity'])).to.deep.equal(
      uuids.map((uuid) => `anonymous:${uuid}`),
    );
    await rejected(made[2]?.sct.getUuid(BOB) ?? expect.fail(), 'trust-refused');
  });

  it('is not begun with a recipient whose certificate is not trusted, or has expired', async () => {
    const { initiator: trusted } = way;
    for (const bootstrap of ways.filter(({ overTls }) => !overTls).map((each) => each.initiator)) {
      if (bootstrap.request.token !== 'EncryptedKey') continue;
      expect(() => bootstrap.keys(new Date(bob.certificate.notAfter.getTime() + 1))).to.throw('expired');
    }
    expect(() => trusted.keys(new Date(start))).to.not.throw();
    const { anonymousInitiator } = await import('#src/bootstraps/anonymous.js');
    const wary = anonymousInitiator({ recipient: bob.certificate, trust: otherTrust });
    expect(() => wary.keys(new Date(start))).to.throw('not');
  });
});

describe('a bootstrap by certificates', () => {
  it('is refused when somebody else answers who is trusted too', () => {
    const { judge } = mutualX509Initiator({ signer: alice, recipient: bob.certificate, trust: otherTrust });
    const token = { kind: 'X509', id: 'x', identity: 'x509:x' } as const;
    expect(() => judge({ token } as never)).to.throw('somebody other than the recipient');
    expect(() => judge({ token: undefined } as never)).to.throw('somebody other than the recipient');
  });
});
