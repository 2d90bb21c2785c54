import { HoldfastError, parse } from '@holdfast/soap';
import { expect } from 'chai';
import { type ReplayCache, replayCache } from '#src/replay-cache.js';
import { type Attack, attacks, certificateAuthority } from '#src/testing/index.js';
import { unprotect } from '#src/unprotect.js';
import { everyKind, type Kind, made, ownContext } from '../kinds.js';
import { alice, bob, now } from '../samples.js';

const attacker = certificateAuthority('Another CA', now).issue({ name: 'alice' });
const pem = (raw: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(raw).toString('base64')}\n-----END CERTIFICATE-----\n`;

function against(kind: Kind): { readonly message: string; readonly all: readonly Attack[] } {
  const { message, signingKey } = made(kind);
  const other = made(kind, '<o:Cancel xmlns:o="urn:o">other</o:Cancel>').message;
  const all = [
    ...attacks(message, {
      other,
      attacker,
      signerCertificate: alice.certificate.raw,
      recipientCertificate: pem(bob.certificate.raw),
      ownContext,
      ...(signingKey === undefined ? {} : { signingKey }),
    }),
  ];
  return { message, all };
}

function open(message: string, { description, lookup, request }: Kind, replayCache: ReplayCache): unknown {
  const environment = { now, replayCache, ...(request === undefined ? {} : { request }) };
  return unprotect(parse(Buffer.from(message)), description, lookup, environment);
}

/** The code of the refusal; absent when it was accepted. */
function refusal(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return error.code;
  }
}

describe('every known attack', function () {
  this.timeout(60_000);

  for (const kind of everyKind()) {
    it(`on a message by ${kind.name} is refused`, () => {
      const { message, all } = against(kind);
      expect(open(message, kind, replayCache())).to.have.property('envelope');
      const accepted = all.filter((attack) => {
        const cache = replayCache();
        if (attack.replay) open(message, kind, cache);
        return refusal(() => open(attack.message, kind, cache)) === undefined;
      });
      expect(accepted.map(({ name }) => name)).to.deep.equal([]);
      expect(all.length).to.be.greaterThan(250);
    });
  }
});
