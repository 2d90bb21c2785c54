import {
  ANONYMOUS,
  endpointReference,
  parse,
  readEnvelope,
  readFault,
  serialize,
  wireRequest,
  type XmlDocument,
} from '@holdfast/soap';
import {
  defaultProtection,
  noKeys,
  protect,
  unprotect,
  writeSecurityContextToken,
  writeTokenReference,
} from '@holdfast/ws-security';
import {
  requestAction,
  responseAction,
  writeRequestSecurityToken,
  writeRequestSecurityTokenResponse,
} from '@holdfast/ws-trust';
import { expect } from 'chai';
import { defaultBootstrapProtection } from '#src/bootstraps/bootstrap.js';
import { contextReference } from '#src/reference.js';
import { decodeContext } from '#src/serialized-context.js';
import {
  alice,
  BOB,
  bob,
  carol,
  content,
  contextStore,
  conversation,
  type Initiator,
  initiator,
  octets,
  order,
  type Recipient,
  recipient,
  rejected,
  trust,
} from './samples.js';

const badContext = async (ours: Initiator, uuid?: string) => {
  const answer = await ours.exchange(order('x', uuid === undefined ? {} : { securityContext: uuid }));
  expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('BadContextToken');
};

const MUTUAL = { ...defaultBootstrapProtection, token: 'X509' } as const;

/** A Cancel that is protected by the bootstrap, as CXF's clients send it. */
async function cancelByBootstrap(
  theirs: Recipient,
  uuid: string,
  who = alice,
  byToken = false,
): Promise<XmlDocument | undefined> {
  const token = { version: '1.3', identifier: uuid, instance: undefined } as const;
  const target = byToken ? writeSecurityContextToken(token, undefined) : contextReference(token);
  const action = requestAction('1.3', 'cancel');
  const request = wireRequest({
    envelope: {
      version: '1.2',
      headers: [],
      body: [writeRequestSecurityToken({ version: '1.3', requestType: 'Cancel', target })],
    },
    addressing: { action, to: BOB, messageId: `urn:uuid:${uuid}`, replyTo: endpointReference(ANONYMOUS) },
  });
  const keys = {
    kind: 'X509',
    signer: who,
    signerReference: 'direct',
    recipient: bob.certificate,
    recipientReference: 'thumbprint',
  } as const;
  const { envelope } = protect(request.root, MUTUAL, keys, {
    now: new Date(theirs.time.now()),
    random: octets(),
  });
  return theirs.wire({ ...request, root: envelope });
}

/** What the recipient answered under the bootstrap. */
const answerTo = (document: XmlDocument | undefined, who = alice, at: Date) =>
  unprotect(
    document as XmlDocument,
    MUTUAL,
    { ...noKeys, credentials: [who], certificates: [bob.certificate], trust },
    { now: at },
  );

describe('Cancel (WS-SecureConversation 1.3 §6)', () => {
  for (const version of ['1.1', '1.2'] as const) {
    it(`ends a context on both sides (SOAP ${version}, SC13-6-1 to SC13-6-3)`, async () => {
      const { ours, theirs } = conversation({ initiator: { config: { soapVersion: version } } });
      const uuid = await ours.sct.getUuid(BOB);
      const bytes = await ours.sct.serialize(uuid);
      await ours.cancel(uuid);
      await rejected(ours.sct.serialize(uuid), 'context-unknown');
      await rejected(theirs.sct.serialize(uuid), 'context-unknown');
      await ours.sct.deserialize(bytes);
      await badContext(ours, uuid);
    });
  }

  it('names the context by its Identifier, and is protected by it', async () => {
    const { ours } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    await ours.cancel(uuid);
    const [, request] = ours.tap.requests;
    expect(request?.action).to.equal('http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/SCT/Cancel');
    const text = serialize(request?.root as never);
    expect(text).to.contain('DerivedKeyToken').and.to.not.contain('CancelTarget');
  });

  it('lets the next message establish another', async () => {
    const { ours } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    await ours.cancel(uuid);
    expect(await ours.sct.getUuid(BOB)).to.not.equal(uuid);
  });

  it('tells the recipient before it answers, and removes the context from its store', async () => {
    const store = contextStore();
    const ended: string[] = [];
    const { ours } = conversation({
      recipient: { collaborators: { store, cancelled: async (uuid) => void ended.push(uuid) } },
    });
    const uuid = await ours.sct.getUuid(BOB);
    expect([...store.kept.keys()]).to.deep.equal([uuid]);
    await ours.cancel(uuid);
    expect(ended).to.deep.equal([uuid]);
    expect(store.kept.size).to.equal(0);
  });

  it('does not end the context when who must know of it fails', async () => {
    const { ours, theirs } = conversation({
      recipient: {
        collaborators: {
          cancelled: async () => {
            throw new Error('the disk is full');
          },
        },
      },
    });
    const uuid = await ours.sct.getUuid(BOB);
    await rejected(ours.cancel(uuid), 'trust-refused');
    expect((await theirs.sct.serialize(uuid)).length).to.be.greaterThan(0);
  });

  it('forgets the context here also when the recipient cannot be told', async () => {
    const { ours } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    ours.tap.onRequest = async () => undefined;
    await rejected(ours.cancel(uuid), 'trust-refused');
    await rejected(ours.sct.serialize(uuid), 'context-unknown');
  });

  it('of a context that is not known is refused', async () => {
    await rejected(conversation().ours.cancel('urn:uuid:nothing'), 'context-unknown');
  });

  it('twice at once ends it once, and the other learns that it is gone', async () => {
    const { ours } = conversation({ recipient: { collaborators: { cancelled: async () => undefined } } });
    const uuid = await ours.sct.getUuid(BOB);
    const results = await Promise.allSettled([ours.cancel(uuid), ours.cancel(uuid)]);
    expect(results.filter(({ status }) => status === 'fulfilled').length).to.be.lessThanOrEqual(1);
  });

  it('of another context than the one that protects it is refused', async () => {
    const { ours, theirs } = conversation();
    const [mine, other] = [await ours.sct.getUuid('http://bob/1'), await ours.sct.getUuid('http://bob/2')];
    const target = writeTokenReference({ kind: 'direct', uri: other });
    const message = order('x', { securityContext: mine });
    const answer = await ours.exchange({
      ...message,
      envelope: {
        ...message.envelope,
        body: [writeRequestSecurityToken({ version: '1.3', requestType: 'Cancel', target })],
      },
      addressing: { ...message.addressing, action: requestAction('1.3', 'cancel') },
    });
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('InvalidSecurity');
    for (const uuid of [mine, other]) expect((await theirs.sct.serialize(uuid)).length).to.be.greaterThan(0);
  });

  it('that does not say of what is refused', async () => {
    const { ours, theirs } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const message = order('x');
    const answer = await ours.exchange({
      ...message,
      envelope: { ...message.envelope, body: [writeRequestSecurityToken({ version: '1.3', requestType: 'Cancel' })] },
      addressing: { ...message.addressing, action: requestAction('1.3', 'cancel') },
    });
    expect(answer && readFault(answer.envelope)?.subcodes[0]?.local).to.equal('InvalidRequest');
    expect((await theirs.sct.serialize(uuid)).length).to.be.greaterThan(0);
  });

  describe('protected by the bootstrap', () => {
    for (const byToken of [false, true]) {
      it(`by the very identity that the context was issued to is honoured (named by ${byToken ? 'the token' : 'reference'})`, async () => {
        const { ours, theirs, time } = conversation({ recipient: { config: { bootstrapMayCancel: true } } });
        const uuid = await ours.sct.getUuid(BOB);
        const answer = answerTo(await cancelByBootstrap(theirs, uuid, alice, byToken), alice, new Date(time.now()));
        expect(serialize(answer.envelope.bodyElement)).to.contain('RequestedTokenCancelled');
        await badContext(ours, uuid);
      });
    }

    it('by another identity is refused', async () => {
      const { ours, theirs } = conversation({ recipient: { config: { bootstrapMayCancel: true } } });
      const uuid = await ours.sct.getUuid(BOB);
      const document = await cancelByBootstrap(theirs, uuid, carol);
      expect(document && readFault(readEnvelope(document))?.subcodes[0]?.local).to.equal('InvalidSecurity');
      expect(content(await ours.exchange(order('still')))).to.equal('still');
    });

    it('of a context that there is not says the same as of one that is not yours', async () => {
      const { ours, theirs } = conversation({ recipient: { config: { bootstrapMayCancel: true } } });
      const uuid = await ours.sct.getUuid(BOB);
      const texts = [];
      for (const [each, who] of [
        [uuid, carol],
        ['urn:uuid:nothing', carol],
      ] as const) {
        const document = await cancelByBootstrap(theirs, each, who);
        texts.push(document && serialize(document.root).replaceAll(each, ''));
      }
      expect(texts[0]).to.equal(texts[1]);
    });

    it('is refused unless it was allowed', async () => {
      const { ours, theirs } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      await cancelByBootstrap(theirs, uuid);
      expect(content(await ours.exchange(order('still')))).to.equal('still');
    });

    it('finds a context that only the store knows still', async () => {
      const store = contextStore();
      const first = recipient({ collaborators: { store } });
      const ours = initiator(first.wire, first.time);
      const uuid = await ours.sct.getUuid(BOB);
      const second = recipient({
        collaborators: { store },
        config: { bootstrapMayCancel: true },
        time: first.time,
      });
      answerTo(await cancelByBootstrap(second, uuid), alice, new Date(first.time.now()));
      expect(store.kept.size).to.equal(0);
    });
  });

  it('is not confirmed by the answer to something else', async () => {
    const { ours } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    await ours.exchange(order());
    const earlier = ours.tap.responses[1];
    ours.tap.onRequest = async () => earlier;
    await rejected(ours.cancel(uuid), 'replayed');
  });

  it('is not confirmed by an answer that says nothing of it', async () => {
    const { ours, time } = conversation();
    const uuid = await ours.sct.getUuid(BOB);
    const context = decodeContext(await ours.sct.serialize(uuid));
    ours.tap.onRequest = async () => {
      const body = [writeRequestSecurityTokenResponse({ version: '1.3' })];
      const { root } = wireRequest({
        envelope: { version: '1.2', headers: [], body },
        addressing: { action: responseAction('1.3', 'cancel') },
      });
      const keys = { kind: 'SecurityContextToken', context, includeToken: false } as const;
      const description = { ...defaultProtection, token: 'SecurityContextToken' } as const;
      const { envelope } = protect(root, description, keys, { now: new Date(time.now()), random: octets() });
      return parse(serialize(envelope));
    };
    const { message } = await rejected(ours.cancel(uuid), 'trust-refused');
    expect(message).to.contain('did not confirm');
  });
});
