import { expect } from 'chai';
import { compareAttributes, compareCodePoints } from '#src/canonical/order.js';

describe('the order of Canonical XML', () => {
  it('is that of code points, not of UTF-16 units', () => {
    // U+FF5E stands before U+1F600, whose first unit is U+D83D.
    const sorted = ['\u{1F600}', '\uFF5E', 'a', 'Z', '\u00e9', '', 'aa'].sort(compareCodePoints);
    expect(sorted).to.deep.equal(['', 'Z', 'a', 'aa', '\u00e9', '\uFF5E', '\u{1F600}']);
  });

  it('compares equal strings as equal, and a prefix before what it begins', () => {
    expect(compareCodePoints('ab', 'ab')).to.equal(0);
    expect(compareCodePoints('ab', 'abc')).to.be.lessThan(0);
    expect(compareCodePoints('\u{1F600}', '\u{1F601}')).to.be.lessThan(0);
  });

  it('puts unqualified attributes first, then sorts by namespace, then by local name', () => {
    const named = (namespace: string, local: string, prefix = 'p') => ({ namespace, local, prefix, value: '' });
    const sorted = [named('urn:b', 'a', 'a'), named('urn:a', 'z', 'z'), named('', 'zz', ''), named('urn:a', 'b', 'y')]
      .sort(compareAttributes)
      .map(({ namespace, local }) => `${namespace} ${local}`);
    expect(sorted).to.deep.equal([' zz', 'urn:a b', 'urn:a z', 'urn:b a']);
  });
});
