import { createDecipheriv } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { openKeyRing } from '#src/keys/key-ring.js';
import { systemRandom } from '#src/random.js';
import { DataKeySealing, type DataKeyTable } from '#src/sealing/data-key-sealing.js';
import { dataKeyPlace, messagePlace, sessionPlace } from '#src/sealing/place.js';
import { unsealSecret } from '#src/sealing/secret-sealing.js';
import { failsWith } from '../support/failures.js';
import { bytes, testKey } from '../support/stores.js';

describe('sealing with data keys', () => {
  const place = messagePlace('a', 'outbound', 7n);

  const table = (): DataKeyTable & { readonly rows: Map<string, Uint8Array> } => {
    const rows = new Map<string, Uint8Array>();
    return { rows, insert: (id, sealed) => void rows.set(id, sealed), find: (id) => rows.get(id) };
  };

  it('unseals to what was sealed, of any length', async () => {
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), table(), systemRandom);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.string(), fc.bigInt({ min: 1n }), (body, session, number) => {
        sealing.prepare(1);
        const where = messagePlace(session, 'inbound', number);
        expect(Buffer.from(sealing.unseal(sealing.seal(body, where), where)).equals(body)).to.equal(true);
      }),
    );
  });

  it('has the documented form: HF, version 1, algorithm 2, data key id, IV, tag, ciphertext', async () => {
    const keys = await openKeyRing(() => testKey());
    const rows = table();
    const sealing = new DataKeySealing(keys, rows, systemRandom);
    sealing.prepare(1);
    const sealed = Buffer.from(sealing.seal(bytes('body'), place));
    const [[id, sealedKey] = ['', new Uint8Array()]] = rows.rows;
    expect(sealed.subarray(0, 12).toString('hex')).to.equal(`48460102${id}`);
    const decipher = createDecipheriv(
      'aes-256-gcm',
      unsealSecret(sealedKey, dataKeyPlace(id), keys),
      sealed.subarray(12, 24),
    );
    decipher.setAAD(Buffer.concat([sealed.subarray(0, 12), bytes('["holdfast_message","body","a","outbound","7"]')]));
    decipher.setAuthTag(sealed.subarray(24, 40));
    expect(decipher.update(sealed.subarray(40), undefined, 'utf8') + decipher.final('utf8')).to.equal('body');
  });

  it('makes a data key when the first is needed, and stores it before it is used', async () => {
    const rows = table();
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom);
    sealing.prepare(0);
    expect(rows.rows.size).to.equal(0);
    sealing.prepare(1);
    expect(rows.rows.size).to.equal(1);
  });

  it('seals with no data key that could not be stored', async () => {
    const full = new Error('full');
    const failing: DataKeyTable = {
      insert: () => {
        throw full;
      },
      find: () => undefined,
    };
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), failing, systemRandom);
    expect(() => sealing.prepare(1)).to.throw(full);
    expect(() => sealing.seal(bytes('body'), place)).to.throw('no data key');
  });

  it('takes a new data key when the bound of uses is reached, and still unseals what the old one sealed', async () => {
    const rows = table();
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom, 3);
    const sealed = Array.from({ length: 10 }, () => {
      sealing.prepare(1);
      return sealing.seal(bytes('body'), place);
    });
    expect(rows.rows.size).to.equal(4);
    for (const each of sealed) {
      expect(Buffer.from(sealing.unseal(each, place)).toString()).to.equal('body');
    }
  });

  it('another open store unseals with the stored data key', async () => {
    const rows = table();
    const one = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom);
    one.prepare(1);
    const sealed = one.seal(bytes('body'), place);
    const other = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom);
    expect(Buffer.from(other.unseal(sealed, place)).toString()).to.equal('body');
  });

  it('remembers a bounded number of data keys, and reads the others again', async () => {
    const rows = table();
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom, 1);
    const sealed = Array.from({ length: 600 }, () => {
      sealing.prepare(1);
      return sealing.seal(bytes('body'), place);
    });
    for (const each of sealed) {
      expect(Buffer.from(sealing.unseal(each, place)).toString()).to.equal('body');
    }
    sealing.prepare(1);
    expect(Buffer.from(sealing.unseal(sealing.seal(bytes('new'), place), place)).toString()).to.equal('new');
  });

  it('does not unseal for another session, log, number, table, version or list of identifiers', async () => {
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), table(), systemRandom);
    sealing.prepare(2);
    const message = sealing.seal(bytes('body'), place);
    const state = sealing.seal(bytes('state'), sessionPlace('a', 7, '["urn:a"]'));
    for (const other of [
      messagePlace('b', 'outbound', 7n),
      messagePlace('a', 'inbound', 7n),
      messagePlace('a', 'outbound', 8n),
      messagePlace('a","outbound', 'outbound', 7n),
      sessionPlace('a', 7, '["urn:a"]'),
    ]) {
      await failsWith(() => sealing.unseal(message, other), 'store-damaged');
    }
    for (const other of [
      sessionPlace('b', 7, '["urn:a"]'),
      sessionPlace('a', 8, '["urn:a"]'),
      sessionPlace('a', 7, '["urn:b"]'),
    ]) {
      await failsWith(() => sealing.unseal(state, other), 'store-damaged');
    }
  });

  it('finds any bit that was changed, and any shortening', async () => {
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), table(), systemRandom);
    sealing.prepare(1);
    const sealed = sealing.seal(bytes('a body'), place);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await failsWith(() => sealing.unseal(changed, place), 'store-damaged');
    }
    for (let length = 0; length < sealed.length; length += 1) {
      await failsWith(() => sealing.unseal(sealed.subarray(0, length), place), 'store-damaged');
    }
  });

  it('says which data key is missing or cannot be opened', async () => {
    const rows = table();
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom);
    sealing.prepare(1);
    const sealed = sealing.seal(bytes('body'), place);
    const [id = ''] = rows.rows.keys();
    const others = new DataKeySealing(await openKeyRing(() => testKey('other')), rows, systemRandom);
    const closed = await failsWith(() => others.unseal(sealed, place), 'store-damaged');
    expect(closed.message).to.contain(id).and.contain('outbound message 7 of session "a"');
    rows.rows.clear();
    const missing = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom);
    expect((await failsWith(() => missing.unseal(sealed, place), 'store-damaged')).message).to.contain(id);
  });

  it('wiping forgets the keys, which can be read again', async () => {
    const rows = table();
    const sealing = new DataKeySealing(await openKeyRing(() => testKey()), rows, systemRandom);
    sealing.prepare(1);
    const sealed = sealing.seal(bytes('body'), place);
    sealing.wipe();
    expect(() => sealing.seal(bytes('body'), place)).to.throw('no data key');
    expect(Buffer.from(sealing.unseal(sealed, place)).toString()).to.equal('body');
  });
});
