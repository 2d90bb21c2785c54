import type { SoapFault } from '@holdfast/soap';
import { defaultIssuerPolicy } from '@holdfast/ws-trust';
import { expect } from 'chai';
import {
  BOB,
  carol,
  content,
  contextStore,
  conversation,
  gate,
  type Initiator,
  initiator,
  order,
  recipient,
  rejected,
} from './samples.js';

/** The name of the fault that a request for a context is refused with. */
async function refusal(asked: Promise<unknown>): Promise<string | undefined> {
  const error = await rejected(asked, 'trust-refused');
  return (error as { readonly fault?: SoapFault }).fault?.subcodes[0]?.local;
}

const contexts = async (ours: Initiator, count: number) => {
  for (let at = 0; at < count; at++) await ours.sct.getUuid(`http://bob/${at}`);
};

describe('what a recipient holds', () => {
  it('is limited for each identity', async () => {
    const { ours, theirs, time } = conversation({ recipient: { config: { maxContextsPerIdentity: 3 } } });
    await contexts(ours, 3);
    expect(await refusal(ours.sct.getUuid(BOB))).to.equal('RequestFailed');
    await initiator(theirs.wire, time, { who: carol }).sct.getUuid(BOB);
  });

  it('is limited in all', async () => {
    const { ours, theirs, time } = conversation({ recipient: { config: { maxContexts: 3 } } });
    await contexts(ours, 2);
    const other = initiator(theirs.wire, time, { who: carol });
    await other.sct.getUuid(BOB);
    expect(await refusal(other.sct.getUuid('http://bob/9'))).to.equal('RequestFailed');
  });

  it('leaves those that it has in use', async () => {
    const { ours } = conversation({ recipient: { config: { maxContextsPerIdentity: 1 } } });
    const uuid = await ours.sct.getUuid(BOB);
    await refusal(ours.sct.getUuid('http://bob/other'));
    expect(content(await ours.exchange(order('x', { securityContext: uuid })))).to.equal('x');
  });

  it('makes room when a context is cancelled', async () => {
    const { ours } = conversation({ recipient: { config: { maxContextsPerIdentity: 1 } } });
    await ours.cancel(await ours.sct.getUuid(BOB));
    await ours.sct.getUuid(BOB);
  });

  it('makes room when a context has expired', async () => {
    const { ours, time } = conversation({
      initiator: { config: { lifetime: 60_000 } },
      recipient: { config: { maxContextsPerIdentity: 1, maxContexts: 1 } },
    });
    await ours.sct.getUuid(BOB);
    time.advance(59_000);
    expect(await refusal(ours.sct.getUuid('http://bob/other'))).to.equal('RequestFailed');
    time.advance(1_001);
    await ours.sct.getUuid('http://bob/other');
  });

  it('leaves the store when it has expired and another context is issued, also where there is room', async () => {
    const store = contextStore();
    const { ours, time } = conversation({
      initiator: { config: { lifetime: 60_000 } },
      recipient: { collaborators: { store } },
    });
    await contexts(ours, 3);
    time.advance(60_001);
    const uuid = await ours.sct.getUuid(BOB);
    expect([...store.kept.keys()]).to.deep.equal([uuid]);
  });

  it('may expire while the store fails: what could not be removed is logged, and the next context is issued', async () => {
    const store = { ...contextStore(), remove: () => Promise.reject(new Error('disk')) };
    const { ours, theirs, time } = conversation({
      initiator: { config: { lifetime: 60_000 } },
      recipient: { collaborators: { store }, config: { maxContexts: 1 } },
    });
    await ours.sct.getUuid(BOB);
    time.advance(60_001);
    await ours.sct.getUuid(BOB);
    expect(theirs.log.map(({ event }) => event)).to.include('context-not-removed');
  });

  it('is limited also when requests come at once and the store is slow', async () => {
    const held = gate();
    const store = contextStore();
    const slow = {
      ...store,
      put: async (uuid: string, bytes: Uint8Array) => held.opened.then(() => store.put(uuid, bytes)),
    };
    const { ours } = conversation({
      recipient: { collaborators: { store: slow }, config: { maxContextsPerIdentity: 2 } },
    });
    const asked = Array.from({ length: 6 }, (_, at) => ours.sct.getUuid(`http://bob/${at}`));
    const results = Promise.allSettled(asked);
    await Promise.race([results, new Promise((resolve) => setImmediate(() => setImmediate(resolve)))]);
    held.open();
    const statuses = (await results).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'fulfilled').length).to.equal(2);
    expect(store.kept.size).to.equal(2);
  });

  it('has the keys and lives as long as its policy allows', async () => {
    const policy = {
      ...defaultIssuerPolicy,
      keySize: { default: 256, minimum: 256, maximum: 256 },
      lifetime: { default: 10_000, maximum: 20_000 },
    };
    const theirs = recipient({ config: { issuer: policy } });
    const ask = (config: object) => initiator(theirs.wire, theirs.time, { config }).sct.getUuid(BOB);
    expect(await refusal(ask({ keySize: 128 }))).to.equal('InvalidRequest');
    await ask({ lifetime: 1_000_000 });
    const lived = theirs.log.find(({ event }) => event === 'context-issued');
    expect(lived?.details).to.have.property('context');
  });
});
