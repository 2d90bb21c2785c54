import { expect } from 'chai';
import fc from 'fast-check';
import type { Binding } from '#src/binding.js';
import { MAX_MESSAGE_NUMBER } from '#src/elements/parts.js';
import { decodeSession, encodeSession } from '#src/session-codec.js';
import { initiatorSession, recipientSession, type Session } from '#src/session-state.js';
import { codeOf, thrown } from './support/samples.js';
import { destinationIn, NOW, sourceIn } from './support/states.js';

const bindings: readonly Binding[] = [
  { kind: 'none' },
  { kind: 'token', uuid: 'urn:uuid:token' },
  { kind: 'token', uuid: 'urn:uuid:token', identity: 'x509:alice' },
  { kind: 'identity', identity: 'x509:alice' },
  { kind: 'identity', context: 'urn:uuid:token' },
];
const initial = initiatorSession({ soap: '1.2', address: 'http://x/', createId: 'urn:c', offer: 'urn:o' });

function samples(): readonly Session[] {
  const sources = (['none', 'creating', 'created', 'rollover', 'closing', 'closed', 'terminating'] as const).map(
    (kind): Session => ({ ...initial, source: sourceIn(kind) }),
  );
  const destinations = (['none', 'created', 'closed', 'terminating'] as const).map(
    (kind): Session => ({ ...initial, destination: destinationIn(kind) }),
  );
  const ends: readonly Session[] = [
    { ...initial, source: { kind: 'none', ended: 'exhausted' } },
    {
      ...initial,
      destination: {
        kind: 'none',
        ended: 'terminated',
        draining: {
          identifier: 'urn:test:sequence',
          received: [{ lower: 1n, upper: 2n }],
          delivered: [{ lower: 1n, upper: 1n }],
          delivering: [],
        },
      },
    },
  ];
  const bound = bindings.map((binding): Session => ({ ...initial, binding }));
  const recipient = recipientSession(
    { soap: '1.1', address: '', createId: 'urn:c', binding: { kind: 'none' }, offer: 'urn:o', expires: 5_000 },
    NOW,
  );
  const replies = [{ request: MAX_MESSAGE_NUMBER, reply: 1n, sequenced: true }];
  return [initial, ...sources, ...destinations, ...ends, ...bound, recipient, { ...recipient, replies }];
}

describe('a session as bytes', () => {
  samples().forEach((session, place) => {
    it(`is read as it was written (${place + 1}: ${session.role}, ${session.source.kind}, ${session.destination.kind})`, () => {
      expect(decodeSession(encodeSession(session))).to.deep.equal(session);
    });
  });

  it('leaves out what holds only while the process lives', () => {
    const created = destinationIn('created');
    if (created.kind !== 'created') throw new Error('unexpected');
    const session: Session = {
      ...initial,
      acknowledgeAt: NOW,
      destination: { ...created, delivering: [{ lower: 3n, upper: 3n }] },
      source: { ...sourceIn('created'), loading: true } as Session['source'],
    };
    const read = decodeSession(encodeSession(session));
    expect(read).to.not.have.property('acknowledgeAt');
    expect(read.destination).to.deep.include({ delivering: [] });
    expect(read.source).to.deep.include({ loading: false });
  });

  it('is refused as damaged when any byte is another (store-damaged)', () => {
    const bytes = encodeSession({ ...initial, source: sourceIn('created') });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(codeOf(thrown(() => decodeSession(damaged)))).to.be.oneOf(['store-damaged', 'store-too-new']);
      }),
    );
  });

  it('is refused when it is cut short, or is nothing of ours', () => {
    const bytes = encodeSession(initial);
    for (const length of [0, 1, 4, 5, bytes.length - 1]) {
      expect(codeOf(thrown(() => decodeSession(bytes.subarray(0, length))))).to.equal('store-damaged');
    }
    expect(codeOf(thrown(() => decodeSession(Buffer.from('{}'))))).to.be.oneOf(['store-damaged', 'store-too-new']);
  });

  it('is refused as too new when a later version wrote it (store-too-new)', () => {
    const bytes = Uint8Array.from(encodeSession(initial));
    bytes[0] = 2;
    expect(codeOf(thrown(() => decodeSession(bytes)))).to.equal('store-too-new');
  });
});
