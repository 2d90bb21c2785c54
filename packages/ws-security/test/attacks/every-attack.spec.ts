import { HoldfastError, InvalidMessageError, parse, SecurityError } from '@holdfast/soap';
import { expect } from 'chai';
import type { Receipt } from '#src/receipt.js';
import { replayCache } from '#src/replay-cache.js';
import { type Attack, type AttackFamilyName, attacks, certificateAuthority } from '#src/testing/index.js';
import { unprotect } from '#src/unprotect.js';
import { everyKind, type Kind, made, madeByOther, ownContext, shapes } from '../kinds.js';
import { alice, bob, now } from '../samples.js';
import { isLimit, reasonsFor } from './reasons.js';

const attacker = certificateAuthority('Another CA', now).issue({ name: 'alice' });
const pem = (raw: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(raw).toString('base64')}\n-----END CERTIFICATE-----\n`;
const recipientCertificate = pem(bob.certificate.raw);

/** Refused before any algorithm of a suite is looked at: one message of each shape says what all would. */
const WHATEVER_SUITE: readonly AttackFamilyName[] = ['parsing', 'resources'];
const OF_SUITES: readonly AttackFamilyName[] = [
  'wrapping',
  'stripping',
  'confusion',
  'algorithms',
  'truncation',
  'transforms',
  'references',
  'splitting',
  'ciphertext',
  'plaintexts',
  'derived-keys',
  'time',
  'usernames',
  'assertions',
  'confirmations',
  'mixing',
  'parties',
  'replay',
  'reflection',
];

/** One of each shape, and every suite. */
const SHAPES = new Set(shapes().map(({ name }) => name));

function open(
  message: string,
  { description, lookup, request }: Kind,
  {
    cache,
    awaiting = request,
  }: { readonly cache?: ReturnType<typeof replayCache>; readonly awaiting?: Receipt | undefined },
): void {
  unprotect(parse(Buffer.from(message)), description, lookup, {
    now,
    ...(cache === undefined ? {} : { replayCache: cache }),
    ...(awaiting === undefined ? {} : { request: awaiting }),
  });
}

/** What the attack is refused for; absent when it is accepted. */
function refusal(attack: Attack, kind: Kind, message: string, sent: Receipt): string | undefined {
  const cache = replayCache();
  if (attack.replay) open(message, kind, { cache });
  try {
    // Without a cache, nothing but the comparison with the request tells.
    open(attack.message, kind, attack.reflected ? { awaiting: sent } : { cache });
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error, attack.name).to.satisfy(
      (each: unknown) => each instanceof SecurityError || each instanceof InvalidMessageError,
    );
    return error.code;
  }
}

describe('every known attack', function () {
  this.timeout(60_000);

  for (const kind of everyKind()) {
    it(`on a message by ${kind.name} is refused, for what is wrong with it`, () => {
      const { message, signingKey, receipt } = made(kind);
      const otherHolder = madeByOther(kind);
      open(message, kind, { cache: replayCache() });
      if (otherHolder !== undefined) open(otherHolder.message, kind, { cache: replayCache() });
      const failures: string[] = [];
      let count = 0;
      for (const attack of attacks(message, {
        other: made(kind, '<o:Cancel xmlns:o="urn:o">other</o:Cancel>').message,
        ...(otherHolder === undefined ? {} : { otherHolder }),
        ...(SHAPES.has(kind.name) ? {} : { families: OF_SUITES }),
        attacker,
        signerCertificate: alice.certificate.raw,
        recipientCertificate,
        ownContext,
        signingKey,
      })) {
        count++;
        const code = refusal(attack, kind, message, receipt);
        const isExpected =
          code === undefined
            ? isLimit(attack.name, kind)
            : reasonsFor(attack.name, kind).some((each) => each === code) || isLimit(attack.name, kind);
        if (!isExpected) failures.push(`${attack.name}: ${code ?? 'ACCEPTED'}`);
      }
      expect(failures).to.deep.equal([]);
      expect(count).to.be.greaterThan(250);
    });
  }

  it('that names one large token again and again is refused for the number of names, before the work', () => {
    const kind = shapes()[0] as Kind;
    const { message, signingKey } = made(kind);
    const all = [...attacks(message, { signingKey, families: ['resources'] })];
    const names = all.find(({ name }) => name === 'resources/names-of-one-token') ?? expect.fail('no such attack');
    expect(() => open(names.message, kind, {})).to.throw(SecurityError, 'too many tokens by reference');
  });

  it('is of a family that is tried on every kind, or on every shape', () => {
    const kind = shapes()[0] as Kind;
    const { message, signingKey } = made(kind);
    const other = made(kind, '<x/>').message;
    const known = new Set<string>([...OF_SUITES, ...WHATEVER_SUITE]);
    for (const { name } of attacks(message, { other, attacker, signingKey })) {
      expect(known.has(name.slice(0, name.indexOf('/'))), name).to.equal(true);
    }
  });
});
