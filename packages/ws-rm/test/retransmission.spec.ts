import { expect } from 'chai';
import fc from 'fast-check';
import { defaultRetransmissionConfig as config } from '#src/config.js';
import { backoff } from '#src/retransmission.js';

describe('backoff', () => {
  it('doubles the interval with each attempt, up to the longest', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((attempts) => backoff(attempts, undefined, config));
    expect(delays).to.deep.equal([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('varies by no more than the jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, fraction) => {
          const plain = backoff(attempts, undefined, config);
          expect(backoff(attempts, fraction, config)).to.be.within(plain * 0.8 - 1, plain * 1.2 + 1);
        },
      ),
    );
  });
});
