import type { StoreError } from '@holdfast/soap';
import { expect } from 'chai';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { openKeyRing } from '#src/keys/key-ring.js';
import { systemRandom } from '#src/random.js';
import { contextPlace, tokenPlace } from '#src/sealing/place.js';
import { sealSecret, unsealSecret } from '#src/sealing/secret-sealing.js';
import { failsWith } from '../support/failures.js';
import { bytes, testKey } from '../support/stores.js';

describe('sealing of secrets', () => {
  const place = tokenPlace('urn:uuid:1');

  it('unseals to what was sealed, of any length', async () => {
    const keys = await openKeyRing(() => testKey());
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (secret, uuid) => {
        const sealed = sealSecret(secret, tokenPlace(uuid), keys.writing, systemRandom);
        expect(Buffer.from(unsealSecret(sealed, tokenPlace(uuid), keys)).equals(secret)).to.equal(true);
      }),
    );
  });

  it('has the documented form: HF, version 1, algorithm 1, key id, nonce, secretbox of place and secret', async () => {
    const { writing } = await openKeyRing(() => testKey());
    const sealed = sealSecret(bytes('secret'), place, writing, (length) => new Uint8Array(length).fill(9));
    expect(Buffer.from(sealed.subarray(0, 12)).toString('hex')).to.equal(`48460101${writing.id}`);
    expect(sealed.subarray(12, 36).every((byte) => byte === 9)).to.equal(true);
    const inside = nacl.secretbox.open(sealed.slice(36), new Uint8Array(24).fill(9), writing.bytes);
    const where = '["holdfast_token","sealed","urn:uuid:1"]';
    expect(Buffer.from(inside ?? []).toString('latin1')).to.equal(
      `\0\0\0${String.fromCharCode(where.length)}${where}secret`,
    );
  });

  it('never seals alike twice', async () => {
    const { writing } = await openKeyRing(() => testKey());
    const sealed = Array.from({ length: 100 }, () =>
      Buffer.from(sealSecret(bytes('secret'), place, writing, systemRandom)).toString('hex'),
    );
    expect(new Set(sealed).size).to.equal(100);
  });

  it('does not unseal for another row or another table', async () => {
    const keys = await openKeyRing(() => testKey());
    const sealed = sealSecret(bytes('secret'), place, keys.writing, systemRandom);
    for (const other of [
      tokenPlace('urn:uuid:2'),
      tokenPlace('urn:uuid:10'),
      tokenPlace(''),
      contextPlace('urn:uuid:1'),
    ]) {
      const { message } = await failsWith(() => unsealSecret(sealed, other, keys), 'store-damaged');
      expect(message).to.contain('another entry');
    }
  });

  it('finds any bit that was changed, and any shortening', async () => {
    const keys = await openKeyRing(() => testKey());
    const sealed = sealSecret(bytes('a secret token'), place, keys.writing, systemRandom);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await failsWith(() => unsealSecret(changed, place, keys), 'store-damaged');
    }
    for (let length = 0; length < sealed.length; length += 1) {
      await failsWith(() => unsealSecret(sealed.subarray(0, length), place, keys), 'store-damaged');
    }
  });

  it('names the place and the key that is needed, and nothing secret', async () => {
    const { writing } = await openKeyRing(() => testKey());
    const others = await openKeyRing(() => testKey('other'));
    const sealed = sealSecret(bytes('a secret token'), place, writing, systemRandom);
    const error = (await failsWith(() => unsealSecret(sealed, place, others), 'store-damaged')) as StoreError;
    expect(error.message).to.contain('token "urn:uuid:1"').and.contain(writing.id);
    expect(error.retryable).to.equal(false);
  });
});
