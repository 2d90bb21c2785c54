import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { EarlierKeys, SecurityContext } from '#src/context.js';
import { decodeContext, encodeContext } from '#src/serialized-context.js';
import { thrown } from './samples.js';

const sample: SecurityContext = {
  version: '1.3',
  identifier: 'urn:uuid:c',
  instance: undefined,
  secret: Buffer.alloc(32, 7),
  identity: 'x509:abc',
  role: 'initiator',
  peer: 'http://bob/',
  created: 1_772_366_000_000,
  expires: 1_772_366_400_000,
  earlier: [],
};

/** The bytes with a checksum that fits. */
function checked(content: Buffer): Buffer {
  return Buffer.concat([content, createHash('sha256').update(content).digest().subarray(0, 8)]);
}

describe('a serialized context', () => {
  it('comes back as it was', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    const instance = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
    const secret = fc.uint8Array({ minLength: 16, maxLength: 64 }).map((octets) => Buffer.from(octets));
    const instant = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
    const context = fc.record<SecurityContext>({
      version: fc.constantFrom('1.3', '2005'),
      identifier: text,
      instance,
      secret,
      identity: text,
      role: fc.constantFrom('initiator', 'recipient'),
      peer: text,
      created: instant,
      expires: instant,
      earlier: fc.array(fc.record<EarlierKeys>({ instance, secret, until: instant }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(context, (value) => {
        expect(decodeContext(encodeContext(value))).to.deep.equal(value);
      }),
    );
  });

  it('says what it is, and of which format', () => {
    const bytes = encodeContext(sample);
    expect(bytes.subarray(0, 4).toString()).to.equal('HFSC');
    expect(bytes[4]).to.equal(2);
  });

  it('is read from the middle of a larger buffer', () => {
    const bytes = encodeContext(sample);
    const inside = Buffer.concat([Buffer.alloc(13), bytes, Buffer.alloc(9)]).subarray(13, 13 + bytes.length);
    expect(decodeContext(new Uint8Array(inside.buffer, inside.byteOffset, inside.length))).to.deep.equal(sample);
  });

  it('has a secret of its own, that is not zeroed with the bytes', () => {
    const bytes = encodeContext(sample);
    const { secret } = decodeContext(bytes);
    bytes.fill(0);
    expect(secret).to.deep.equal(sample.secret);
  });

  it('does not survive the change of any bit', () => {
    const bytes = encodeContext(sample);
    for (let at = 0; at < bytes.length * 8; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at >> 3] = (damaged[at >> 3] as number) ^ (1 << (at & 7));
      thrown(() => decodeContext(damaged), 'invalid-argument');
    }
  });

  it('does not survive being cut', () => {
    const bytes = encodeContext(sample);
    for (let length = 0; length < bytes.length; length++)
      thrown(() => decodeContext(bytes.subarray(0, length)), 'invalid-argument');
  });

  it('of a later format is told from one that is damaged', () => {
    const content = encodeContext(sample).subarray(0, -8);
    content[4] = 3;
    expect(thrown(() => decodeContext(checked(content)), 'invalid-argument').message).to.contain('format 3');
  });

  const header = Buffer.from('HFSC\x01', 'latin1');
  const second = Buffer.from('HFSC\x02', 'latin1');
  const field = (value: string | Buffer, length = Buffer.from(value as string).length) =>
    Buffer.concat([Buffer.of(length >> 8, length & 0xff), Buffer.from(value as string)]);
  const whole = (changes: Partial<Record<'role' | 'version' | 'expires' | 'secret', Buffer>> = {}) => [
    header,
    field(changes.role ?? Buffer.from('initiator')),
    field(changes.version ?? Buffer.from('1.3')),
    field('urn:c'),
    field(''),
    field('x'),
    field(''),
    field(changes.expires ?? Buffer.from('4279cabc2a1c0000', 'hex')),
    field(changes.secret ?? Buffer.alloc(16, 1)),
  ];

  it('of format 1 is read with a checksum that fits, as one that is due to be renewed', () => {
    const { identifier, created, earlier } = decodeContext(checked(Buffer.concat(whole())));
    expect([identifier, created, earlier]).to.deep.equal(['urn:c', 0, []]);
  });

  it('brings the keys that it had before, with secrets of their own', () => {
    const earlier = [
      { instance: 'b', secret: Buffer.alloc(32, 8), until: 5 },
      { instance: undefined, secret: Buffer.alloc(16, 9), until: 4 },
    ];
    const bytes = encodeContext({ ...sample, instance: 'c', earlier });
    const read = decodeContext(bytes);
    bytes.fill(0);
    expect(read.earlier).to.deep.equal(earlier);
  });

  const wrong: Record<string, Buffer[]> = {
    'nothing after its header': [header],
    'a field less': whole().slice(0, -1),
    'a length without its octets': [...whole(), Buffer.of(0)],
    'a length beyond its end': [...whole().slice(0, -1), field('short', 60_000)],
    'another role': whole({ role: Buffer.from('observer') }),
    'another version': whole({ version: Buffer.from('1.5') }),
    'a secret of 15 octets': whole({ secret: Buffer.alloc(15) }),
    'no secret': whole({ secret: Buffer.alloc(0) }),
    'an end that is no number': whole({ expires: Buffer.from('7ff8000000000000', 'hex') }),
    'no end': whole({ expires: Buffer.from('7ff0000000000000', 'hex') }),
    'a field that its format does not have': [...whole(), field(Buffer.alloc(8))],
    'format 2 without its fields': whole().with(0, second),
    'a beginning that is no number': [...whole().with(0, second), field(Buffer.from('7ff8000000000000', 'hex'))],
    'earlier keys cut short': [...whole().with(0, second), field(Buffer.alloc(8)), field('b'), field(Buffer.alloc(16))],
    'an earlier secret of 15 octets': [
      ...whole().with(0, second),
      ...[Buffer.alloc(8), Buffer.from('b'), Buffer.alloc(15), Buffer.alloc(8)].map((value) => field(value)),
    ],
    'an earlier end of 4 octets': [
      ...whole().with(0, second),
      ...[Buffer.alloc(8), Buffer.from('b'), Buffer.alloc(16), Buffer.alloc(4)].map((value) => field(value)),
    ],
    'an end of 4 octets': whole({ expires: Buffer.alloc(4) }),
  };
  for (const [what, parts] of Object.entries(wrong)) {
    it(`is refused with ${what}, although its checksum fits`, () => {
      thrown(() => decodeContext(checked(Buffer.concat(parts))), 'invalid-argument');
    });
  }

  it('is not made of what does not fit', () => {
    thrown(() => encodeContext({ ...sample, identifier: 'x'.repeat(70_000) }), 'unsupported');
  });
});
