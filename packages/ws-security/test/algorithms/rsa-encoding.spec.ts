import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeOaep, decodePkcs1, encodeOaep, encodePkcs1, type SoughtMessage } from '#src/algorithms/rsa-encoding.js';
import { octets } from '../samples.js';

const random = octets(23);
const SIZE = 256;
const hashes = ['sha1', 'sha256', 'sha384', 'sha512'];
const found = ({ block, start, wrong }: SoughtMessage): string =>
  wrong === 0 ? Buffer.from(block.subarray(start)).toString('hex') : 'wrong';

/** MGF1, written as it stands in RFC 8017 §B.2.1. */
function mgf1(seed: Uint8Array, length: number, hash: string): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; Buffer.concat(blocks).length < length; counter++) {
    const c = Buffer.from([0, 0, 0, counter]);
    blocks.push(
      createHash(hash)
        .update(Buffer.concat([seed, c]))
        .digest(),
    );
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (left: Uint8Array, right: Uint8Array): Buffer =>
  Buffer.from(left.map((octet, at) => octet ^ (right[at] as number)));

/** EM of any seed and data block, right or wrong. */
function masked(first: number, seed: Uint8Array, block: Uint8Array, mask: string): Buffer {
  const maskedBlock = xor(block, mgf1(seed, block.length, mask));
  return Buffer.concat([Buffer.from([first]), xor(seed, mgf1(maskedBlock, seed.length, mask)), maskedBlock]);
}

describe('EME-OAEP (RFC 8017 §7.1)', () => {
  it('is what RSA Laboratories published as an example (RSAES-OAEP Encryption Scheme, 2000)', () => {
    const message = Buffer.from('d436e99569fd32a7c8a05bbc90d32c49', 'hex');
    const seed = Buffer.from('aafd12f659cae63489b479e5076ddec2f06cb58f', 'hex');
    const encoded = encodeOaep(message, 128, { label: 'sha1', mask: 'sha1' }, () => seed);
    expect(encoded.toString('hex')).to.equal(
      '00eb7a19ace9e3006350e329504b45e2ca82310b26dcd87d5c68f1eea8f55267' +
        'c31b2e8bb4251f84d7e0b2c04626f5aff93edcfb25c9c2b3ff8ae10e839a2ddb' +
        '4cdcfe4ff47728b4a1b7c1362baad29ab48d2869d5024121435811591be392f9' +
        '82fb3e87d095aeb40448db972f3ac14f7bc275195281ce32d2f1b76d4d353e2d',
    );
    expect(found(decodeOaep(encoded, { label: 'sha1', mask: 'sha1' }))).to.equal(message.toString('hex'));
  });

  for (const label of hashes) {
    for (const mask of hashes) {
      it(`is the definition, with ${label} and MGF1 by ${mask}`, () => {
        const length = createHash(label).digest().length;
        fc.assert(
          fc.property(fc.uint8Array({ maxLength: SIZE - 2 * length - 2 }), (message) => {
            const seed = random(length);
            const block = Buffer.concat([
              createHash(label).digest(),
              Buffer.alloc(SIZE - message.length - 2 * length - 2),
              Buffer.from([1]),
              message,
            ]);
            const encoded = encodeOaep(message, SIZE, { label, mask }, () => seed);
            expect(encoded).to.deep.equal(masked(0, seed, block, mask));
            expect(found(decodeOaep(encoded, { label, mask }))).to.equal(Buffer.from(message).toString('hex'));
          }),
          { numRuns: 20 },
        );
      });
    }
  }

  describe('is wrong', () => {
    const sha256 = { label: 'sha256', mask: 'sha256' };
    const label = createHash('sha256').digest();
    const message = random(32);
    const block = (change: (block: Buffer) => void = () => {}): Buffer => {
      const right = Buffer.concat([label, Buffer.alloc(SIZE - 98), Buffer.from([1]), message]);
      change(right);
      return right;
    };
    const decoded = (data: Uint8Array, first = 0): string =>
      found(decodeOaep(masked(first, random(32), data, 'sha256'), sha256));

    it('not without a change', () => {
      expect(decoded(block())).to.equal(Buffer.from(message).toString('hex'));
    });

    it('when the first octet is not zero (Manger)', () => {
      for (const first of [1, 2, 127, 128, 255]) expect(decoded(block(), first), `${first}`).to.equal('wrong');
    });

    it('when any octet of the label is another', () => {
      for (let at = 0; at < 32; at++) {
        const changed = block((data) => {
          data[at] = (data[at] as number) ^ 0x80;
        });
        expect(decoded(changed), `${at}`).to.equal('wrong');
      }
    });

    it('when there is anything but zeros between the label and the 1', () => {
      for (const at of [32, 33, 100, SIZE - 67]) {
        for (const octet of [2, 128, 255]) {
          expect(decoded(block((data) => data.fill(octet, at, at + 1))), `${at}`).to.equal('wrong');
        }
      }
    });

    it('when there is no 1 before the message', () => {
      expect(decoded(block((data) => data.fill(0, 32)))).to.equal('wrong');
      expect(decoded(block((data) => data.fill(2, SIZE - 66, SIZE - 65)))).to.equal('wrong');
    });

    it('when it was masked or labelled by another hash', () => {
      for (const hash of ['sha1', 'sha384', 'sha512']) {
        const encoded = (): Buffer => encodeOaep(message, SIZE, sha256, random);
        expect(found(decodeOaep(encoded(), { label: 'sha256', mask: hash })), hash).to.equal('wrong');
        expect(found(decodeOaep(encoded(), { label: hash, mask: 'sha256' })), hash).to.equal('wrong');
      }
    });
  });
});

describe('EME-PKCS1-v1_5 (RFC 8017 §7.2)', () => {
  it('is 0, 2, padding without zeros, 0, and the message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: SIZE - 11 }), (message) => {
        const encoded = encodePkcs1(message, SIZE, random);
        const end = SIZE - message.length - 1;
        expect(encoded.length).to.equal(SIZE);
        expect([encoded[0], encoded[1], encoded[end]]).to.deep.equal([0, 2, 0]);
        expect(encoded.subarray(2, end).includes(0)).to.equal(false);
        expect(found(decodePkcs1(encoded))).to.equal(Buffer.from(message).toString('hex'));
      }),
    );
  });

  it('has padding without zeros even when the random octets have many', () => {
    let asked = 0;
    const mostlyZeros = (length: number): Uint8Array => {
      asked++;
      return Uint8Array.from({ length }, (_, at) => (at % 3 === 0 ? 7 : 0));
    };
    const encoded = encodePkcs1(Buffer.alloc(16), SIZE, mostlyZeros);
    expect([...encoded.subarray(2, SIZE - 17)].every((octet) => octet === 7)).to.equal(true);
    expect(asked).to.be.greaterThan(1);
  });

  const encoded = (change: (block: Buffer) => void): string => {
    const block = encodePkcs1(random(32), SIZE, random);
    change(block);
    return found(decodePkcs1(block));
  };
  const wrong: Record<string, (block: Buffer) => void> = {
    'the first octet is not 0': (block) => block.fill(1, 0, 1),
    'the second octet is 1, as in a signature': (block) => block.fill(1, 1, 2),
    'the second octet is 0': (block) => block.fill(0, 1, 2),
    'there is no padding': (block) => block.fill(0, 2, 3),
    'there are seven octets of padding': (block) => block.fill(0, 9, 10),
    'there is no zero': (block) => block.fill(9, 2),
  };
  for (const [what, change] of Object.entries(wrong)) {
    it(`is wrong when ${what}`, () => {
      expect(encoded(change)).to.equal('wrong');
    });
  }

  it('is right with eight octets of padding, and with no message', () => {
    expect(encoded((block) => block.fill(0, 10, 11)).length).to.equal(2 * (SIZE - 11));
    expect(
      encoded((block) => {
        block.fill(9, 2);
        block.fill(0, SIZE - 1);
      }),
    ).to.equal('');
  });
});
