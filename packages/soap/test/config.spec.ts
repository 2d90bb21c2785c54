import { expect } from 'chai';
import { configured, wholeNumber } from '#src/config.js';
import { thrown } from './samples.js';

interface Config {
  readonly size: number;
  readonly name: string | undefined;
}
const defaults: Config = { size: 1, name: undefined };

describe('configured', () => {
  it('puts what is given in the place of the defaults', () => {
    expect(configured('thing', defaults, { size: 2 })).to.deep.equal({ size: 2, name: undefined });
  });

  it('keeps the default of a field given as undefined', () => {
    const given = JSON.parse('{}') as Partial<Config>;
    expect(configured('thing', defaults, Object.assign(given, { size: undefined }))).to.deep.equal(defaults);
  });

  it('refuses an unknown field, naming it and those that there are', () => {
    const error = thrown(() => configured('thing', defaults, { sise: 2 } as Partial<Config>), 'invalid-option');
    expect(error.message).to.equal('thing has no option "sise". There are: name, size.');
  });

  it('refuses names that every object has', () => {
    thrown(() => configured('thing', defaults, { toString: 2 } as unknown as Partial<Config>), 'invalid-option');
  });

  for (const value of [0, 11, 1.5, Number.NaN, '5', null]) {
    it(`refuses ${JSON.stringify(value)} where a whole number from 1 to 10 is expected`, () => {
      const error = thrown(
        () => configured('thing', defaults, { size: value as number }, { size: wholeNumber(1, 10) }),
        'invalid-option',
      );
      expect(error.message).to.equal('The option "size" of thing must be a whole number from 1 to 10.');
    });
  }
});
