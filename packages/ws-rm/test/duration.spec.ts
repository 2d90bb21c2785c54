import { expect } from 'chai';
import fc from 'fast-check';
import { readDuration, writeDuration } from '#src/duration.js';
import { codeOf, thrown } from './support/samples.js';

describe('xs:duration', () => {
  const read: readonly (readonly [string, number])[] = [
    ['PT0S', 0],
    ['PT1S', 1_000],
    ['PT00H01M00S', 60_000],
    ['P1D', 86_400_000],
    ['PT0.5S', 500],
    ['PT1.2345S', 1_234],
    ['P1DT2H3M4.005S', 93_784_005],
    ['P1M', 30 * 86_400_000],
    ['P1Y', 365 * 86_400_000],
    [' PT10M\n', 600_000],
    ['-PT0S', 0],
  ];
  for (const [text, milliseconds] of read) {
    it(`reads ${JSON.stringify(text)}`, () => expect(readDuration(text)).to.equal(milliseconds));
  }

  for (const text of ['', 'P', 'PT', '10', 'PT1', 'P1S', 'PT-1S', '-PT1S', 'PT1S2M', 'P99999999999999999Y', 'PT1.S']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(codeOf(thrown(() => readDuration(text)))).to.equal('invalid-element');
    });
  }

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 12), (milliseconds) => {
        expect(readDuration(writeDuration(milliseconds))).to.equal(milliseconds);
      }),
    );
  });

  it('writes no part that is nothing', () => {
    expect(writeDuration(3_600_000)).to.equal('PT1H');
    expect(writeDuration(90_061_250)).to.equal('P1DT1H1M1.25S');
    expect(writeDuration(0)).to.equal('PT0S');
  });
});
