import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  attribute,
  child,
  elements,
  parse,
  SOAP_12,
  serialize,
  TransportError,
  type WireExchange,
  WSA,
  WSSE,
  WSU,
  type XmlElement,
} from '@holdfast/soap';
import { defaultRetransmissionConfig, defaultSourceConfig, WSRM_11 } from '@holdfast/ws-rm';
import { decodeContext } from '@holdfast/ws-secconv';
import { expect } from 'chai';
import { connect, FaultError, keyFromFile, type Service, serve, sqliteStore } from 'holdfast';
import { sharedPath } from '../shared.js';
import { type Answer, type Judge, startJudge } from '../vectors/judge.js';

const keys = (name: string) => ({
  certificate: readFileSync(sharedPath(`peers/keys/${name}.cert.pem`), 'utf8'),
  privateKey: readFileSync(sharedPath(`peers/keys/${name}.key.pem`), 'utf8'),
});
const trust = readFileSync(sharedPath('peers/keys/ca.cert.pem'), 'utf8');
const TRUST = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';

interface Recorded {
  readonly direction: 'request' | 'answer';
  readonly action: string;
  readonly xml: string;
}

/**
 * The conversation of the demonstration in small: one-way and request/reply, a message that is lost, a fault, both sides
 * started anew in the middle, the end of the sequence and of the context.
 */
async function record(): Promise<{
  readonly messages: readonly Recorded[];
  readonly secrets: Readonly<Record<string, string>>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-judged-'));
  const open = (side: string) =>
    sqliteStore({ file: join(folder, side, 'h.db'), keys: keyFromFile(join(folder, `${side}.key`), { create: true }) });
  const messages: Recorded[] = [];
  let loseNext = false;
  const recording =
    (wire: WireExchange): WireExchange =>
    async (request, signal) => {
      messages.push({ direction: 'request', action: request.action, xml: serialize(request.root) });
      const answer = await wire(request, signal);
      if (loseNext) {
        loseNext = false;
        throw new TransportError('connection-lost', 'The answer was lost on purpose.');
      }
      if (answer !== undefined)
        messages.push({ direction: 'answer', action: actionOf(answer.root), xml: serialize(answer.root) });
      return answer;
    };
  const service: Service = ({ action, body }) => {
    if (action === 'urn:test/reject')
      throw new FaultError({ code: 'Receiver', subcodes: [], reason: 'rejected', detail: [] });
    return action === 'urn:test/notify' ? undefined : body;
  };
  const recipient = keys('bob');
  const source = { ...defaultSourceConfig, retransmission: { ...defaultRetransmissionConfig, interval: 50 } };
  const start = async (port: number) => {
    const store = await open('recipient');
    const running = await serve(service, { identity: recipient, trust, store, port });
    return { running, stop: async () => running.close().then(() => store.close()) };
  };
  const begin = async (url: string) => {
    const store = await open('initiator');
    const options = { identity: keys('alice'), recipient: recipient.certificate, trust, store, aroundWire: recording };
    return { store, conversation: await connect(url, { ...options, reliability: { source } }) };
  };
  try {
    let served = await start(0);
    const { url, port } = served.running;
    let { store, conversation } = await begin(url);
    await (await conversation.send('urn:test/notify', '<n xmlns="urn:test">1</n>')).acknowledged;
    await conversation.request('urn:test/echo', '<e xmlns="urn:test" q:a="1" xmlns:q="urn:q"> &lt;ä&gt; </e>');
    loseNext = true;
    await conversation.request('urn:test/echo', '<e xmlns="urn:test">again</e>');
    const uuid = conversation.status()?.securityContext ?? '';
    const secret = decodeContext((await conversation.sct?.serialize(uuid)) ?? new Uint8Array()).secret.toString(
      'base64',
    );

    await conversation.suspend();
    await store.close();
    await served.stop();
    served = await start(port);
    ({ store, conversation } = await begin(url));
    await conversation.request('urn:test/echo', '<e xmlns="urn:test">after the restart</e>');
    const fault = await conversation
      .request('urn:test/reject', '<r xmlns="urn:test"/>')
      .catch((error: unknown) => error);
    expect(fault).to.have.property('code', 'fault-received');
    await conversation.close();
    await store.close();
    await served.stop();
    return { messages, secrets: { [uuid]: secret } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a whole conversation, message by message', () => {
  let judge: Judge;
  let messages: readonly Recorded[];
  let secrets: Readonly<Record<string, string>>;
  before(async function () {
    this.timeout(60_000);
    judge = await startJudge();
    ({ messages, secrets } = await record());
  });
  after(() => judge.stop());

  const answered = async (question: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const answer = await judge.ask(question);
    expect(answer.ok, answer.error).to.equal(true);
    return answer;
  };

  it('has every kind of message', () => {
    const actions = new Set(messages.map(({ action }) => action));
    expect([...actions]).to.include.members([
      `${TRUST}/RST/SCT`,
      `${TRUST}/RSTR/SCT`,
      `${WSRM_11}/CreateSequence`,
      `${WSRM_11}/CreateSequenceResponse`,
      `${WSRM_11}/SequenceAcknowledgement`,
      `${WSRM_11}/CloseSequence`,
      `${WSRM_11}/CloseSequenceResponse`,
      `${WSRM_11}/TerminateSequence`,
      `${WSRM_11}/TerminateSequenceResponse`,
      `${TRUST}/RST/SCT/Cancel`,
      `${TRUST}/RSTR/SCT/Cancel`,
      'urn:test/notify',
      'urn:test/echo',
      'urn:test/echoResponse',
    ]);
    expect(messages.length).to.be.greaterThan(20);
    const establishments = messages.filter(({ action }) => action === `${TRUST}/RST/SCT`);
    expect(establishments.length, 'the same token throughout').to.equal(1);
  });

  it('is accepted by WSS4J, with exactly these parts signed and encrypted, by the token that it must be', async () => {
    for (const { direction, action, xml } of messages) {
      const blocks = elements(child(parse(xml).root, soap('Header')) as XmlElement);
      const names = blocks
        .filter(({ namespace }) => namespace !== WSSE)
        .map(({ namespace, local }) => `{${namespace}}${local}`);
      expect(
        names.every((name) => name.startsWith(`{${WSA}}`) || name.startsWith(`{${WSRM_11}}`)),
        action,
      ).to.equal(true);
      const role = direction === 'request' ? 'recipient' : 'initiator';
      const { signed, encrypted, signatures } = await answered({
        op: 'verify',
        xml,
        role,
        secrets,
        requireTimestamp: true,
      });
      const parts = [`{${SOAP_12}}Body`, `{${WSU}}Timestamp`, ...names];
      expect(
        signed?.map(({ name }) => name),
        action,
      ).to.have.members(parts);
      expect(
        encrypted?.map(({ name, content }) => [name, content]),
        action,
      ).to.deep.equal([[`{${SOAP_12}}Body`, true]]);
      expect(signatures?.length, action).to.equal(1);
      const isBootstrap = action === `${TRUST}/RST/SCT` || action === `${TRUST}/RSTR/SCT`;
      expect(xml.includes('DerivedKeyToken'), action).to.equal(!isBootstrap);
      expect(xml.includes('EncryptedKey>'), action).to.equal(isBootstrap);
    }
  });

  it('is valid by the schemas, as it is sent and as it is read', async () => {
    for (const { direction, action, xml } of messages) {
      expect((await answered({ op: 'validate', xml })).errors, action).to.deep.equal([]);
      const role = direction === 'request' ? 'recipient' : 'initiator';
      const { decrypted = '' } = await answered({ op: 'verify', xml, role, secrets });
      expect((await answered({ op: 'validate', xml: decrypted })).errors, `${action}, decrypted`).to.deep.equal([]);
    }
  });

  it('binds the sequence to the token: CreateSequence names it after the Offer, and UsesSequenceSTR says so', async () => {
    const create = messages.find(({ action }) => action === `${WSRM_11}/CreateSequence`);
    const { decrypted = '' } = await answered({ op: 'verify', xml: create?.xml ?? '', role: 'recipient', secrets });
    const { root } = parse(decrypted);
    const header = child(root, soap('Header')) as XmlElement;
    expect(child(header, { namespace: WSRM_11, local: 'UsesSequenceSTR' })).to.not.equal(undefined);
    const [body] = elements(child(root, soap('Body')) as XmlElement);
    const names = elements(body as XmlElement).map(({ local }) => local);
    expect(names).to.deep.equal(['AcksTo', 'Offer', 'SecurityTokenReference']);
    const [reference] = elements(elements(body as XmlElement)[2] as XmlElement);
    expect(attribute(reference as XmlElement, 'URI')).to.equal(Object.keys(secrets)[0]);
  });
});

const soap = (local: string) => ({ namespace: SOAP_12, local });

function actionOf(root: XmlElement): string {
  const header = child(root, soap('Header'));
  const action = header && child(header, { namespace: WSA, local: 'Action' });
  return action === undefined ? '' : String(action.children[0]);
}
