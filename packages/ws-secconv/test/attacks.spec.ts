import { parse, readFault, serialize, type XmlDocument } from '@holdfast/soap';
import { defaultProtection, protect, type SecurityContextKey } from '@holdfast/ws-security';
import { expect } from 'chai';
import { mutualX509Recipient } from '#src/bootstraps/mutual-x509.js';
import { decodeContext, encodeContext } from '#src/serialized-context.js';
import {
  BOB,
  carol,
  content,
  contextStore,
  conversation,
  echo,
  gate,
  type Initiator,
  initiator,
  octets,
  order,
  type Recipient,
  recipient,
  rejected,
  start,
  trust,
} from './samples.js';

const application = { ...defaultProtection, token: 'SecurityContextToken' } as const;

/** An answer of somebody who has these keys. */
function answer(context: SecurityContextKey, headers: string, body = 'forged', at = start): XmlDocument {
  const text =
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing"><s:Header>` +
    `<wsa:Action>urn:o/Placed</wsa:Action>${headers}</s:Header><s:Body><o:Place xmlns:o="urn:o">${body}</o:Place></s:Body></s:Envelope>`;
  const keys = { kind: 'SecurityContextToken', context, includeToken: false } as const;
  const { envelope } = protect(parse(text).root, application, keys, { now: new Date(at), random: octets() });
  return parse(serialize(envelope));
}

/** The keys that both sides have. */
async function keysOf(ours: Initiator): Promise<SecurityContextKey> {
  return decodeContext(await ours.sct.serialize(await ours.sct.getUuid(BOB)));
}

describe('an attacker between initiator and recipient', () => {
  describe('answers the initiator', () => {
    it("with the initiator's own request", async () => {
      const { ours } = conversation();
      await ours.sct.getUuid(BOB);
      ours.tap.onRequest = async (request) => parse(serialize(request.root));
      await rejected(ours.exchange(order()), 'replayed');
    });

    it("with another request of the initiator's", async () => {
      const { ours } = conversation();
      await ours.exchange(order('earlier'));
      const earlier = ours.tap.requests[1];
      ours.tap.onRequest = async () => earlier && parse(serialize(earlier.root));
      await rejected(ours.exchange(order('later')), 'replayed');
    });

    it('with the answer to an earlier request', async () => {
      const { ours } = conversation();
      await ours.exchange(order('earlier'));
      const earlier = ours.tap.responses[1];
      ours.tap.onRequest = async () => earlier;
      await rejected(ours.exchange(order('later')), 'replayed');
    });

    it('with the answer to another request that is under way (RelatesTo)', async () => {
      const { ours } = conversation();
      await ours.sct.getUuid(BOB);
      const answers: (XmlDocument | undefined)[] = [];
      const both = gate();
      ours.tap.onRequest = async (request, next) => {
        const place = answers.push(await next(request)) - 1;
        if (answers.length === 2) both.open();
        await both.opened;
        return answers[1 - place];
      };
      const results = await Promise.allSettled([ours.exchange(order('one')), ours.exchange(order('two'))]);
      expect(results.map((each) => each.status === 'rejected' && each.reason.code)).to.deep.equal([
        'unexpected-message',
        'unexpected-message',
      ]);
    });

    it('with the answer to a request that it has not sent', async () => {
      const { ours } = conversation();
      const keys = await keysOf(ours);
      ours.tap.onRequest = async () => answer(keys, '<wsa:RelatesTo>urn:uuid:other</wsa:RelatesTo>');
      await rejected(ours.exchange(order()), 'unexpected-message');
    });

    it('with nothing secured', async () => {
      const { ours } = conversation();
      await ours.sct.getUuid(BOB);
      ours.tap.onRequest = async () =>
        parse(
          '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><o:Place xmlns:o="urn:o">forged</o:Place></s:Body></s:Envelope>',
        );
      await rejected(ours.exchange(order()), 'security-header-missing');
    });

    it('under another context of the same recipient', async () => {
      const { ours } = conversation();
      const other = decodeContext(await ours.sct.serialize(await ours.sct.getUuid('http://bob/other')));
      await ours.sct.getUuid(BOB);
      ours.tap.onRequest = async () => answer(other, '');
      await rejected(ours.exchange(order()), 'context-unknown');
    });

    it('under keys of its own, for the Identifier of the context', async () => {
      const { ours } = conversation();
      const keys = await keysOf(ours);
      ours.tap.onRequest = async () => answer({ ...keys, secret: Buffer.alloc(32) }, '');
      await rejected(ours.exchange(order()), 'decryption-failed');
    });

    it('under another Instance than the one that the context has', async () => {
      const { ours } = conversation();
      const keys = await keysOf(ours);
      ours.tap.onRequest = async () => answer({ ...keys, instance: 'urn:uuid:next' }, '');
      await rejected(ours.exchange(order()), 'context-unknown');
    });

    it('with a fault in clear, which is returned, and proves nothing', async () => {
      const { ours } = conversation();
      await ours.sct.getUuid(BOB);
      ours.tap.onRequest = async () =>
        parse(
          '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Give up</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>',
        );
      const found = await ours.exchange(order());
      expect(found && readFault(found.envelope)?.reason).to.equal('Give up');
      expect(found?.proof.tokens).to.deep.equal([]);
    });
  });

  describe('answers the request for a context', () => {
    it('as somebody else who is trusted', async () => {
      // Carol has the key that the request was encrypted for, but is not who was asked.
      const bootstrap = mutualX509Recipient({ credential: carol, trust, signerReference: 'direct' });
      const impostor = recipient({ config: { bootstrap } });
      const ours = initiator(impostor.wire, impostor.time, { to: carol });
      const recorded: (XmlDocument | undefined)[] = [];
      ours.tap.onRequest = async (request, next) => {
        recorded.push(await next(request));
        return recorded[0];
      };
      await ours.sct.getUuid(BOB);
      const victim = initiator(async () => recorded[0], impostor.time);
      await rejected(victim.sct.getUuid(BOB), 'wrong-token');
    });

    it('with the answer to an earlier one', async () => {
      const { ours } = conversation();
      await ours.sct.getUuid(BOB);
      const earlier = ours.tap.responses[0];
      ours.tap.onRequest = async () => earlier;
      await rejected(ours.sct.getUuid('http://bob/other'), 'replayed');
      const restarted = initiator(async () => earlier, conversation().time);
      await rejected(restarted.sct.getUuid(BOB), 'unexpected-message');
    });

    it('with the request', async () => {
      const { ours } = conversation();
      ours.tap.onRequest = async (request) => parse(serialize(request.root));
      await rejected(ours.sct.getUuid(BOB), 'token-unavailable');
    });

    it('with nothing', async () => {
      const { ours } = conversation();
      ours.tap.onRequest = async () => undefined;
      await rejected(ours.sct.getUuid(BOB), 'trust-refused');
    });
  });

  describe('knows that an ended context leaves zeros', () => {
    const zeros = (keys: SecurityContextKey): SecurityContextKey => ({
      ...keys,
      secret: Buffer.alloc(keys.secret.length),
    });

    for (const [what, end] of Object.entries<(ours: Initiator, uuid: string) => unknown>({
      closed: (ours) => ours.close(),
      forgotten: (ours, uuid) => ours.sct.forget(uuid),
    })) {
      it(`and answers with them the request that was under way when the context was ${what}`, async () => {
        const { ours } = conversation();
        const keys = await keysOf(ours);
        const sent = gate();
        const held = gate();
        ours.tap.onRequest = async () => {
          sent.open();
          await held.opened;
          return answer(zeros(keys), '');
        };
        const asked = ours.exchange(order());
        await sent.opened;
        await end(ours, keys.identifier);
        held.open();
        await rejected(asked, 'context-unknown');
      });
    }

    it('and gets no request that is protected with them', async () => {
      const { ours } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const secret = (await keysOf(ours)).secret;
      const orders = [ours.exchange(order()), ours.exchange(order())];
      ours.close();
      await Promise.allSettled(orders);
      expect(Buffer.from(secret).some((octet) => octet !== 0)).to.equal(true);
      for (const request of ours.tap.requests.slice(1)) {
        expect(serialize(request.root)).to.contain(uuid);
        const opens = recipient({});
        await opens.sct.deserialize(
          serialized(zeros({ version: '1.3', identifier: uuid, instance: undefined, secret, identity: 'x' })),
        );
        const response = await opens.wire(request);
        expect(response && serialize(response.root)).to.contain('InvalidSecurity');
      }
    });

    it('and gets no answer that is protected with them, when the context is cancelled while it is made', async () => {
      const working = gate();
      const held = gate();
      const { ours, theirs } = conversation({
        recipient: {
          handler: async (message) => {
            working.open();
            await held.opened;
            return echo(message);
          },
        },
      });
      const uuid = await ours.sct.getUuid(BOB);
      const asked = ours.exchange(order('a secret')).catch((error: unknown) => error);
      await working.opened;
      await ours.cancel(uuid);
      held.open();
      await asked;
      const [, , late] = ours.tap.responses;
      expect(late && readFaultCode(late)).to.equal('BadContextToken');
      expect(theirs.log.map(({ event }) => event)).to.deep.equal([
        'context-issued',
        'context-cancelled',
        'message-refused',
      ]);
    });
  });

  describe('sends to the recipient', () => {
    const handed = (): { readonly theirs: Recipient; readonly bodies: string[] } => {
      const bodies: string[] = [];
      const theirs = recipient({
        handler: async (message) => {
          bodies.push(content(message) ?? '');
          return echo(message);
        },
      });
      return { theirs, bodies };
    };

    it("the recipient's own answer", async () => {
      const { theirs, bodies } = handed();
      const ours = initiator(theirs.wire, theirs.time);
      await ours.exchange(order('one'));
      const reflected = ours.tap.responses[1]?.root;
      const response = reflected && (await theirs.wire({ url: BOB, version: '1.2', action: '', root: reflected }));
      expect(response && readFaultCode(response)).to.equal('InvalidSecurity');
      expect(bodies).to.deep.equal(['one']);
    });

    it('a message of one context with the token of another', async () => {
      const { theirs, bodies } = handed();
      const [ours, other] = [initiator(theirs.wire, theirs.time), initiator(theirs.wire, theirs.time, { who: carol })];
      const [mine, yours] = [await ours.sct.getUuid(BOB), await other.sct.getUuid(BOB)];
      ours.tap.onRequest = (request, next) =>
        next({ ...request, root: parse(serialize(request.root).replace(mine, yours)).root });
      const found = await ours.exchange(order());
      expect(found && readFault(found.envelope)?.subcodes[0]?.local).to.equal('InvalidSecurity');
      expect(bodies).to.deep.equal([]);
    });

    it('a message that names a thousand contexts, of which none is looked for', async () => {
      const store = contextStore();
      const theirs = recipient({ collaborators: { store } });
      const ours = initiator(theirs.wire, theirs.time);
      await ours.sct.getUuid(BOB);
      const tokens = Array.from(
        { length: 1_000 },
        (_, at) =>
          `<wsc:SecurityContextToken xmlns:wsc="http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512"><wsc:Identifier>urn:x:${at}</wsc:Identifier></wsc:SecurityContextToken>`,
      );
      ours.tap.onRequest = (request, next) =>
        next({
          ...request,
          root: parse(serialize(request.root).replace('</wsse:Security>', `${tokens.join('')}</wsse:Security>`)).root,
        });
      const found = await ours.exchange(order());
      expect(found && readFault(found.envelope)?.subcodes[0]?.local).to.equal('InvalidSecurity');
      expect(store.gets).to.equal(0);
    });

    it('a message that is still looked for in the store when its context is cancelled', async () => {
      const store = contextStore();
      const first = recipient({ collaborators: { store } });
      const ours = initiator(first.wire, first.time);
      const uuid = await ours.sct.getUuid(BOB);
      const bytes = await ours.sct.serialize(uuid);
      const held = gate();
      const reading = gate();
      const slow = {
        ...store,
        async get(identifier: string) {
          const found = store.kept.get(identifier);
          reading.open();
          await held.opened;
          return found;
        },
      };
      const second = recipient({ collaborators: { store: slow }, time: first.time });
      ours.tap.onRequest = (request) => second.wire(request);
      const late = ours.exchange(order('late'));
      await reading.opened;
      const forgotten = second.sct.forget(uuid);
      held.open();
      await forgotten;
      await late;
      await ours.sct.deserialize(bytes);
      const answered = await ours.exchange(order('later'));
      expect(answered && readFault(answered.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
      await rejected(second.sct.serialize(uuid), 'context-unknown');
    });

    it('a context that it was issued, and calls it an order', async () => {
      const { theirs, bodies } = handed();
      const ours = initiator(theirs.wire, theirs.time);
      await ours.sct.getUuid(BOB);
      const request = ours.tap.requests[0];
      const renamed = request && parse(serialize(request.root).replace('RST/SCT', 'RST/Other')).root;
      const response = renamed && (await theirs.wire({ url: BOB, version: '1.2', action: '', root: renamed }));
      expect(response && readFaultCode(response)).to.equal('InvalidSecurity');
      expect(bodies).to.deep.equal([]);
    });
  });

  it('cannot use a context after its time, not even with its keys', async () => {
    const { ours, theirs, time } = conversation();
    const keys = await keysOf(ours);
    const { expires } = decodeContext(await theirs.sct.serialize(keys.identifier));
    time.advance(expires - start + 1);
    const late = answer(keys, '', 'late', time.now());
    const response = await theirs.wire({ url: BOB, version: '1.2', action: '', root: late.root });
    expect(response && readFaultCode(response)).to.equal('BadContextToken');
  });
});

function readFaultCode(document: XmlDocument): string | undefined {
  return /<(?:\w+:)?Subcode><(?:\w+:)?Value[^>]*>(?:\w+:)?(\w+)</.exec(serialize(document.root))?.[1];
}

function serialized(key: SecurityContextKey): Uint8Array {
  return encodeContext({
    ...key,
    secret: Buffer.from(key.secret),
    role: 'recipient',
    peer: '',
    created: start,
    expires: start + 1_000_000,
    earlier: [],
  });
}
