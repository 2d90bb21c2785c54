import { expect } from 'chai';
import fc from 'fast-check';
import { awaitedRenewal, defaultRenewalConfig, isDue, nextRenewal, type Renewal } from '#src/renewal.js';

const config = defaultRenewalConfig;
const life = { created: 1_000_000, expires: 2_000_000 };
const renewing: Renewal = { state: 'renewing', failures: 0 };
const failed = { kind: 'failed', now: 1_800_000, expires: life.expires } as const;

describe('the renewal of a context', () => {
  it('is due after 75 to 85 % of its lifetime', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
        const renewal = awaitedRenewal(life, config, random);
        expect(isDue(renewal, 1_749_999)).to.equal(false);
        expect(isDue(renewal, 1_850_000)).to.equal(true);
      }),
    );
    expect(awaitedRenewal(life, config, 0.5)).to.deep.equal({ state: 'waiting', until: 1_800_000, failures: 0 });
  });

  it('never comes where the configuration says so', () => {
    expect(isDue(awaitedRenewal(life, { ...config, at: 1 }, 0), 5_000_000)).to.equal(false);
  });

  it('happens once at a time', () => {
    const waiting = awaitedRenewal(life, config, 0.5);
    const begun = nextRenewal(waiting, { kind: 'due' }, config);
    expect(begun).to.deep.equal(renewing);
    expect(isDue(begun, 5_000_000)).to.equal(false);
    expect(nextRenewal(begun, { kind: 'due' }, config)).to.equal(begun);
  });

  it('is followed by the next one, by the lifetime of the new keys', () => {
    const event = { kind: 'renewed', created: 1_800_000, expires: 2_800_000, random: 0.5 } as const;
    expect(nextRenewal({ state: 'renewing', failures: 3 }, event, config)).to.deep.equal({
      state: 'waiting',
      until: 2_600_000,
      failures: 0,
    });
  });

  it('is tried again after a failure, each time after twice as long', () => {
    const once = nextRenewal(renewing, failed, config);
    expect(once).to.deep.equal({ state: 'waiting', until: 1_805_000, failures: 1 });
    const again = nextRenewal(nextRenewal(once, { kind: 'due' }, config), { ...failed, now: 1_805_000 }, config);
    expect(again).to.deep.equal({ state: 'waiting', until: 1_815_000, failures: 2 });
  });

  it('is given up when another attempt would come after the end, or the recipient will not', () => {
    expect(nextRenewal(renewing, { ...failed, now: 1_999_000 }, config)).to.deep.equal({ state: 'given-up' });
    expect(nextRenewal(renewing, { kind: 'refused' }, config)).to.deep.equal({ state: 'given-up' });
  });

  it('is not changed by what does not concern it', () => {
    const waiting = awaitedRenewal(life, config, 0.5);
    const done = { kind: 'renewed', created: 0, expires: 1, random: 0 } as const;
    for (const event of [done, failed, { kind: 'refused' } as const]) {
      expect(nextRenewal(waiting, event, config)).to.equal(waiting);
    }
    const over: Renewal = { state: 'given-up' };
    for (const event of [done, failed, { kind: 'refused' } as const, { kind: 'due' } as const]) {
      expect(nextRenewal(over, event, config)).to.equal(over);
    }
  });
});
