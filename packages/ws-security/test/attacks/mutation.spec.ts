import { HoldfastError, parse } from '@holdfast/soap';
import { seededRandom } from '@holdfast/soap/testing';
import { expect } from 'chai';
import { canonicalize } from '#src/canonical/canonicalize.js';
import type { ProtectionDescription } from '#src/description.js';
import type { KeyLookup } from '#src/keys.js';
import {
  certificateKeys,
  contextKeys,
  opened,
  recipientKeys,
  secured,
  withCertificates,
  withContext,
} from '../samples.js';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** What the application would see of a message, and whom it would believe. */
function seen(message: Uint8Array, description: ProtectionDescription, keys: KeyLookup): string {
  const { envelope, token, proof } = opened(message, description, keys);
  return [
    `${token.kind} ${token.id} ${token.identity}`,
    canonicalize(envelope.bodyElement),
    ...envelope.headers.map((block) => canonicalize(block)),
    ...envelope.headers.map((block) => proof.signers(block).map(({ id }) => id)),
  ].join('\n');
}

/** A message with one octet changed, lost, added, or with a bit flipped. */
function mutated(message: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * message.length);
  const octet = Math.floor(random() * 256);
  switch (Math.floor(random() * 4)) {
    case 0:
      return Buffer.concat([message.subarray(0, at), message.subarray(at + 1)]);
    case 1:
      return Buffer.concat([message.subarray(0, at), Buffer.of(octet), message.subarray(at)]);
    default: {
      const result = Buffer.from(message);
      result[at] = random() < 0.5 ? octet : (result[at] as number) ^ (1 << Math.floor(random() * 8));
      return result;
    }
  }
}

describe('a message of which any single octet was changed', () => {
  const variants: readonly (readonly [string, ProtectionDescription, boolean, number])[] = [
    ['signed, then encrypted', withContext, true, 1_200],
    ['as a response', withContext, false, 600],
    ['with its signature encrypted', { ...withContext, encryptSignature: true }, true, 900],
    ['encrypted, then signed', { ...withContext, order: 'encrypt-then-sign' }, true, 900],
    ['signed in clear', { ...withContext, encryptBody: false }, true, 900],
    ['by certificates', withCertificates, true, 500],
    ['by certificates, encrypted, then signed', { ...withCertificates, order: 'encrypt-then-sign' }, true, 300],
  ];
  for (const [what, description, includeToken, count] of variants) {
    it(`is refused, or what is protected in it is as it was (${what}; ${count} mutations, SEED=${SEED})`, () => {
      const random = seededRandom(SEED);
      const keys = description.token === 'X509' ? certificateKeys : contextKeys(includeToken);
      const message = Buffer.from(secured(description, keys));
      const before = seen(message, description, recipientKeys);
      let refused = 0;
      for (let round = 0; round < count; round++) {
        const other = mutated(message, random);
        try {
          expect(seen(other, description, recipientKeys), `round ${round}: ${other.toString('utf8')}`).to.equal(before);
        } catch (error) {
          if (!(error instanceof HoldfastError)) throw error;
          refused++;
        }
      }
      expect(refused).to.be.greaterThan(count * 0.7);
    });
  }

  it('is never a surprise to the parser', () => {
    const random = seededRandom(SEED);
    const message = Buffer.from(secured());
    for (let round = 0; round < 1_000; round++) {
      let other: Buffer = message;
      for (let times = 0; times < 4; times++) other = mutated(other, random);
      try {
        expect(parse(other).root.local).to.be.a('string');
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
      }
    }
  });
});
