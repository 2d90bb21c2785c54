import { serialize } from '@holdfast/soap';
import { readTokenReference, sctType, writeTokenReference } from '@holdfast/ws-security';
import { expect } from 'chai';
import { decodeContext } from '#src/serialized-context.js';
import { BOB, content, contextStore, conversation, initiator, order, recipient, rejected, thrown } from './samples.js';

describe('the SCT API', () => {
  describe('of an initiator', () => {
    it('names the token in use, or establishes one', async () => {
      const { ours } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      expect(uuid).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(await ours.sct.getUuid(BOB)).to.equal(uuid);
      expect(ours.tap.requests.length).to.equal(1);
    });

    it('brings a token over from one process to another', async () => {
      const { ours, theirs, time } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const bytes = await ours.sct.serialize(uuid);
      const again = initiator(theirs.wire, time);
      expect(await again.sct.deserialize(Uint8Array.from(bytes))).to.equal(uuid);
      expect(await again.sct.serialize(uuid)).to.deep.equal(bytes);
      expect(content(await again.exchange(order('x', { securityContext: uuid })))).to.equal('x');
    });

    it('does not replace a token in use by its stored form, not even under a message that is on its way', async () => {
      const { ours } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const bytes = await ours.sct.serialize(uuid);
      ours.tap.onRequest = async (request, next) => {
        expect(await ours.sct.deserialize(bytes)).to.equal(uuid);
        return next(request);
      };
      expect(content(await ours.exchange(order('x')))).to.equal('x');
    });

    it('takes back a token that has expired, which then cannot be used', async () => {
      const { ours, theirs, time } = conversation({ initiator: { config: { lifetime: 60_000 } } });
      const bytes = await ours.sct.serialize(await ours.sct.getUuid(BOB));
      time.advance(60_000);
      const again = initiator(theirs.wire, time);
      const uuid = await again.sct.deserialize(bytes);
      await rejected(again.exchange(order('x', { securityContext: uuid })), 'context-expired');
      expect(await again.sct.getUuid(BOB)).to.not.equal(uuid);
    });

    it('refuses bytes that are damaged or foreign', async () => {
      const { ours } = conversation();
      const bytes = Buffer.from(await ours.sct.serialize(await ours.sct.getUuid(BOB)));
      for (let at = 0; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ 1;
        await rejected(ours.sct.deserialize(damaged), 'invalid-argument');
      }
      for (const foreign of [
        Buffer.alloc(0),
        bytes.subarray(0, 20),
        Buffer.concat([bytes, bytes]),
        Buffer.from('{"secret":1}'),
        Buffer.alloc(500),
      ]) {
        await rejected(ours.sct.deserialize(foreign), 'invalid-argument');
      }
    });

    it('refuses the token of a recipient, and the other way round', async () => {
      const { ours, theirs } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const [mine, yours] = [await ours.sct.serialize(uuid), await theirs.sct.serialize(uuid)];
      await ours.sct.forget(uuid);
      await theirs.sct.forget(uuid);
      await rejected(ours.sct.deserialize(yours), 'invalid-argument');
      await rejected(theirs.sct.deserialize(mine), 'invalid-argument');
    });

    it('forgets a token, zeroes its secret, and establishes another', async () => {
      const { ours, theirs } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      await ours.sct.forget(uuid);
      await rejected(ours.sct.serialize(uuid), 'context-unknown');
      expect(await ours.sct.getUuid(BOB)).to.not.equal(uuid);
      expect((await theirs.sct.serialize(uuid)).length).to.be.greaterThan(0);
      await ours.sct.forget('urn:uuid:nothing');
    });

    it('refuses to serialize or to name what it does not know', async () => {
      const { ours } = conversation();
      await rejected(ours.sct.serialize('urn:uuid:x'), 'context-unknown');
      thrown(() => ours.sct.reference('urn:uuid:x'), 'context-unknown');
    });

    it('names a token outside its message by Identifier and type (SC13-8-3)', async () => {
      const { ours } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const reference = ours.sct.reference(uuid);
      expect(readTokenReference(reference)).to.deep.equal({ kind: 'direct', uri: uuid, valueType: sctType('1.3') });
      expect(ours.sct.resolve(reference)).to.equal(uuid);
      expect(serialize(reference)).to.not.contain('Instance');
    });

    it('resolves no reference to anything else', async () => {
      const { sct } = conversation().ours;
      const named = (uri: string, valueType?: string) =>
        writeTokenReference({ kind: 'direct', uri, ...(valueType === undefined ? {} : { valueType }) });
      expect(sct.resolve(named('urn:x'))).to.equal('urn:x');
      expect(sct.resolve(named('urn:x', sctType('2005')))).to.equal('urn:x');
      expect(sct.resolve(named('#x', sctType('1.3')))).to.equal(undefined);
      expect(sct.resolve(named('urn:x', 'urn:other'))).to.equal(undefined);
      expect(sct.resolve(writeTokenReference({ kind: 'issuer-serial', issuer: 'CN=a', serialNumber: 1n }))).to.equal(
        undefined,
      );
    });
  });

  describe('of a recipient', () => {
    it('does not establish tokens', async () => {
      await rejected(recipient().sct.getUuid(BOB), 'unsupported');
    });

    it('puts a token that it takes back into its store', async () => {
      const { ours, theirs, time } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const bytes = await theirs.sct.serialize(uuid);
      const store = contextStore();
      const again = recipient({ collaborators: { store }, time });
      expect(await again.sct.deserialize(bytes)).to.equal(uuid);
      expect([...store.kept.keys()]).to.deep.equal([uuid]);
      ours.tap.onRequest = (request) => again.wire(request);
      expect(content(await ours.exchange(order('x')))).to.equal('x');
    });

    it('forgets a token for good, also in its store', async () => {
      const store = contextStore();
      const { ours, theirs } = conversation({ recipient: { collaborators: { store } } });
      const uuid = await ours.sct.getUuid(BOB);
      await theirs.sct.forget(uuid);
      expect(store.kept.size).to.equal(0);
      const answer = await ours.exchange(order());
      expect(answer && serialize(answer.envelope.root)).to.contain('BadContextToken');
    });

    it('has the very secret that the initiator has', async () => {
      const { ours, theirs } = conversation();
      const uuid = await ours.sct.getUuid(BOB);
      const [mine, yours] = [
        decodeContext(await ours.sct.serialize(uuid)),
        decodeContext(await theirs.sct.serialize(uuid)),
      ];
      expect(mine.secret).to.deep.equal(yours.secret);
      expect([mine.role, yours.role]).to.deep.equal(['initiator', 'recipient']);
      expect(mine.identity).to.not.equal(yours.identity);
    });
  });
});
