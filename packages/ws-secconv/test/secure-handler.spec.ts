import {
  element,
  endpointReference,
  type IncomingMessage,
  NONE,
  parse,
  readEnvelope,
  readFault,
  SecurityError,
  SOAP_12,
  type SoapVersion,
  serialize,
  vocabulary,
  type XmlDocument,
} from '@holdfast/soap';
import { defaultProtection, protect, type SecurityContextKey } from '@holdfast/ws-security';
import { expect } from 'chai';
import { decodeContext } from '#src/serialized-context.js';
import {
  alice,
  BOB,
  carol,
  content,
  conversation,
  echo,
  identityOf,
  initiator,
  octets,
  order,
  type Recipient,
  recipient,
  rejected,
  start,
} from './samples.js';

/** The local names of the subcodes of the fault that a document holds. */
function subcodes(document: XmlDocument | undefined): readonly string[] | undefined {
  return document && readFault(readEnvelope(document))?.subcodes.map(({ local }) => local);
}

/** What the recipient says to a document of anybody's. */
async function said(theirs: Recipient, text: string): Promise<XmlDocument | undefined> {
  return theirs.wire({ url: BOB, version: '1.2', action: '', root: parse(text).root });
}

const envelope = (headers: string, version: SoapVersion = '1.2') =>
  `<s:Envelope xmlns:s="${version === '1.2' ? SOAP_12 : 'http://schemas.xmlsoap.org/soap/envelope/'}" xmlns:wsa="http://www.w3.org/2005/08/addressing"><s:Header>${headers}</s:Header><s:Body><o:Place xmlns:o="urn:o"/></s:Body></s:Envelope>`;

describe('a recipient', () => {
  it('hands on the message with its proof', async () => {
    const seen: IncomingMessage[] = [];
    const { ours } = conversation({
      recipient: {
        handler: async (message) => {
          seen.push(message);
          return echo(message);
        },
      },
    });
    await ours.exchange(order('hello'));
    const [message] = seen;
    expect(content(message)).to.equal('hello');
    expect(message?.addressing.action).to.equal('urn:o/Place');
    expect(message?.proof.tokens.map(({ kind, identity }) => [kind, identity])).to.deep.equal([
      ['SecurityContextToken', identityOf(alice)],
    ]);
  });

  it('issues each initiator a context of its own', async () => {
    const { ours, theirs, time } = conversation();
    const other = initiator(theirs.wire, time, { who: carol });
    const uuids = [await ours.sct.getUuid(BOB), await other.sct.getUuid(BOB)];
    expect(uuids[0]).to.match(/^urn:uuid:[0-9a-f-]{36}$/);
    expect(uuids[0]).to.not.equal(uuids[1]);
    const identities = theirs.log.map(({ details }) => details?.['identity']);
    expect(identities).to.deep.equal([identityOf(alice), identityOf(carol)]);
  });

  it('never logs a secret', async () => {
    const { ours, theirs } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    await ours.exchange(order());
    const { secret } = decodeContext(await ours.sct.serialize(uuid));
    const logged = JSON.stringify(theirs.log);
    for (const encoding of ['hex', 'base64'] as const) expect(logged).to.not.contain(secret.toString(encoding));
  });

  describe('answers in clear, and does not hand on', () => {
    const refused = async (text: string, version: SoapVersion = '1.2') => {
      let handed = 0;
      const theirs = recipient({ handler: async () => void handed++ });
      const document = await said(theirs, text);
      expect(handed).to.equal(0);
      expect(document && readEnvelope(document).version).to.equal(version);
      return { document, theirs };
    };

    for (const version of ['1.1', '1.2'] as const) {
      it(`a message that is not secured (SOAP ${version})`, async () => {
        const { document, theirs } = await refused(
          envelope('<wsa:Action>urn:o/Place</wsa:Action><wsa:MessageID>urn:uuid:1</wsa:MessageID>', version),
          version,
        );
        expect(subcodes(document)).to.deep.equal(['InvalidSecurity']);
        expect(document && serialize(document.root)).to.contain('>urn:uuid:1</wsa:RelatesTo>');
        expect(theirs.log.map(({ event }) => event)).to.deep.equal(['message-refused']);
      });
    }

    it('a message without addressing', async () => {
      expect(subcodes((await refused(envelope(''))).document)).to.deep.equal(['InvalidSecurity']);
    });

    it('a request for a context that is not secured', async () => {
      const action = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/SCT';
      expect(subcodes((await refused(envelope(`<wsa:Action>${action}</wsa:Action>`))).document)).to.deep.equal([
        'InvalidSecurity',
      ]);
    });

    it('a Cancel that is not secured', async () => {
      const action = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/SCT/Cancel';
      expect(subcodes((await refused(envelope(`<wsa:Action>${action}</wsa:Action>`))).document)).to.deep.equal([
        'InvalidSecurity',
      ]);
    });

    it('a message under a context that is not known: BadContextToken (SC13-9-2)', async () => {
      const { ours, theirs, time } = conversation();
      await ours.sct.getUuid(BOB);
      const other = recipient({ time });
      ours.tap.onRequest = (request) => other.wire(request);
      const answer = await ours.exchange(order());
      expect(answer && readFault(answer.envelope)?.subcodes[0]).to.include({
        namespace: 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512',
        local: 'BadContextToken',
      });
      expect(theirs.log.length).to.equal(1);
    });

    it('a message under a context that has expired: BadContextToken', async () => {
      const { ours, theirs, time } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const { secret, ...rest } = decodeContext(await theirs.sct.serialize(uuid));
      time.advance(rest.expires - start);
      const stale: SecurityContextKey = { ...rest, secret };
      const { envelope: root } = protect(
        parse(envelope('<wsa:Action>urn:o/Place</wsa:Action>')).root,
        { ...defaultProtection, token: 'SecurityContextToken' },
        { kind: 'SecurityContextToken', context: stale, includeToken: true },
        { now: new Date(time.now()), random: octets() },
      );
      expect(subcodes(await theirs.wire({ url: BOB, version: '1.2', action: '', root }))).to.deep.equal([
        'BadContextToken',
      ]);
    });
  });

  it('tells a peer the same of every other failure', async () => {
    const { ours, theirs } = conversation();
    await ours.exchange(order());
    const good = serialize(ours.tap.requests[1]?.root as never);
    const flipped = (name: string) =>
      good.replace(new RegExp(`(?<=<${name}>).`), (letter) => (letter === 'A' ? 'B' : 'A'));
    const answers: (string | undefined)[] = [];
    for (const text of [
      good,
      flipped('xenc:CipherValue'),
      flipped('ds:SignatureValue'),
      flipped('ds:DigestValue'),
      good.replace('urn:o/Place', 'urn:o/Other'),
    ]) {
      const document = await said(theirs, text);
      answers.push(document && serialize(document.root).replace(/(?<=<wsa:MessageID>)[^<]*/, ''));
    }
    expect(new Set(answers).size).to.equal(1);
    expect(answers[0]).to.contain('InvalidSecurity');
    const codes = theirs.log.slice(1).map(({ error }) => (error instanceof SecurityError ? error.code : error));
    expect(codes).to.deep.equal([
      'replayed',
      'decryption-failed',
      'signature-invalid',
      'signature-invalid',
      'digest-mismatch',
    ]);
  });

  it('refuses a message that was sent twice', async () => {
    const { ours, theirs } = conversation();
    await ours.exchange(order());
    expect(subcodes(await said(theirs, serialize(ours.tap.requests[1]?.root as never)))).to.deep.equal([
      'InvalidSecurity',
    ]);
    expect(subcodes(await said(theirs, serialize(ours.tap.requests[0]?.root as never)))).to.deep.equal([
      'InvalidSecurity',
    ]);
  });

  describe('and header blocks', () => {
    const x = vocabulary('x', 'urn:x');
    const mandatory = [[{ prefix: 's', namespace: SOAP_12, local: 'mustUnderstand' }, '1']] as const;
    /** A block that is put into the message after it was secured. */
    const added = (text: string) => async (theirs: Recipient) => {
      const ours = initiator(theirs.wire, theirs.time);
      ours.tap.onRequest = (request, next) =>
        request.action === 'urn:o/Place'
          ? next({ ...request, root: parse(serialize(request.root).replace('</s:Header>', `${text}</s:Header>`)).root })
          : next(request);
      return ours.exchange(order());
    };

    it('refuses a mandatory one that nobody signed', async () => {
      let handed = 0;
      const theirs = recipient({ handler: async () => void handed++ });
      const answer = await added('<x:Pay xmlns:x="urn:x" s:mustUnderstand="1">1</x:Pay>')(theirs);
      expect(answer && readFault(answer.envelope)?.code).to.equal('MustUnderstand');
      expect(answer?.proof.tokens.length).to.equal(1);
      expect(handed).to.equal(0);
    });

    it('leaves an optional one that nobody signed out', async () => {
      const seen: string[] = [];
      const theirs = recipient({
        handler: async (message) => {
          seen.push(...message.envelope.headers.map(({ local }) => local));
          return echo(message);
        },
      });
      expect(content(await added('<x:Pay xmlns:x="urn:x">1</x:Pay>')(theirs))).to.equal('12 eggs');
      expect(seen).to.include('Action').and.to.not.include('Pay');
    });

    it('leaves a mandatory one for somebody else alone', async () => {
      const theirs = recipient();
      expect(content(await added('<x:Pay xmlns:x="urn:x" s:mustUnderstand="1" s:role="urn:other"/>')(theirs))).to.equal(
        '12 eggs',
      );
    });

    it('refuses a mandatory one that its handler does not process, when it is asked', async () => {
      const header = element(x('Mine'), mandatory);
      const asked = (understood: boolean) =>
        conversation({
          recipient: { collaborators: { understood: ({ namespace }) => understood || namespace !== 'urn:x' } },
        }).ours.exchange(order('x', { headers: [header] }));
      const answer = await asked(false);
      expect(answer && readFault(answer.envelope)?.code).to.equal('MustUnderstand');
      expect(content(await asked(true))).to.equal('x');
    });

    it('refuses a request for a context with a mandatory one that nobody signed', async () => {
      const theirs = recipient();
      const ours = initiator(theirs.wire, theirs.time);
      ours.tap.onRequest = (request, next) =>
        next({
          ...request,
          root: parse(
            serialize(request.root).replace('</s:Header>', '<x:Pay xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>'),
          ).root,
        });
      await rejected(ours.sct.getUuid(BOB), 'trust-refused');
      expect(theirs.log.length).to.equal(0);
    });
  });

  it('refuses who is trusted, and is not allowed', async () => {
    const { ours, theirs, time } = conversation({
      recipient: { collaborators: { authorize: (identity) => identity === identityOf(carol) } },
    });
    await rejected(ours.exchange(order()), 'trust-refused');
    expect(theirs.log[0]?.error).to.include({ code: 'not-authorized' });
    expect(content(await initiator(theirs.wire, time, { who: carol }).exchange(order()))).to.equal('12 eggs');
  });

  it('says nothing when its answer goes to nobody (wsa:none)', async () => {
    const { ours } = conversation();
    const message = order();
    const { addressing } = message;
    expect(
      await ours.exchange({ ...message, addressing: { ...addressing, replyTo: endpointReference(NONE) } }),
    ).to.equal(undefined);
  });

  it('does not answer under another context than that of the request', async () => {
    const { ours } = conversation({
      recipient: {
        handler: async (message) => ({ ...(await echo(message)), securityContext: 'urn:uuid:other' }) as never,
      },
    });
    const answer = await ours.exchange(order());
    expect(answer && readFault(answer.envelope)?.code).to.equal('Receiver');
    expect(answer?.proof.tokens).to.deep.equal([]);
  });

  it('does not amend: UnableToRenew (SC13-5-7)', async () => {
    const { ours } = conversation();
    for (const suffix of ['Amend']) {
      const message = order();
      const action = `http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/SCT/${suffix}`;
      const answer = await ours.exchange({ ...message, addressing: { ...message.addressing, action } });
      expect(answer && readFault(answer.envelope)?.subcodes.map(({ local }) => local)).to.deep.equal(['UnableToRenew']);
    }
  });

  it('does not speak the older version of WS-Trust (SC-X-1)', async () => {
    const { ours, theirs } = conversation({ initiator: { config: { version: '2005' } } });
    const error = await rejected(ours.sct.getUuid(BOB), 'trust-refused');
    expect(error).to.have.nested.property('fault.subcodes[0].local', 'BadRequest');
    expect(theirs.log.map(({ event }) => event)).to.deep.equal(['message-refused']);
  });

  it('speaks the older version where it is told so', async () => {
    const { ours } = conversation({
      initiator: { config: { version: '2005' } },
      recipient: { config: { version: '2005' } },
    });
    expect(content(await ours.exchange(order('old')))).to.equal('old');
    await ours.cancel(await ours.sct.getUuid(BOB));
  });

  it('forgets every context when it is closed', async () => {
    const { ours, theirs } = conversation();
    await ours.exchange(order());
    theirs.close();
    const answer = await ours.exchange(order());
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
  });
});
