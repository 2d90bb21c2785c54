import { expect } from 'chai';
import fc from 'fast-check';
import {
  type AcknowledgementRange,
  add,
  complement,
  contains,
  contiguous,
  covers,
  highest,
  noRanges,
  normalize,
  numbers,
  type Ranges,
  range,
  size,
  subtract,
  union,
} from '#src/ranges.js';

const most = 40n;
const someNumbers = fc.uniqueArray(fc.bigInt(1n, most), { maxLength: 30 });
const someSet = someNumbers.map((members) => ({
  members: new Set(members),
  ranges: normalize(members.map((number) => ({ lower: number, upper: number }))),
}));
const membersOf = (ranges: Ranges): bigint[] => [...numbers(ranges)];
const ascending = (members: Iterable<bigint>): bigint[] => [...members].sort((a, b) => (a < b ? -1 : 1));

function assertNormal(ranges: Ranges): void {
  ranges.forEach(({ lower, upper }, place) => {
    expect(lower <= upper).to.equal(true);
    const before = ranges[place - 1];
    if (before !== undefined) expect(lower > before.upper + 1n).to.equal(true);
  });
}

describe('ranges', () => {
  it('are sorted, do not overlap and do not adjoin, whatever they are made of', () => {
    const someRange = fc
      .tuple(fc.bigInt(1n, most), fc.bigInt(0n, 5n))
      .map(([lower, more]): AcknowledgementRange => ({ lower, upper: lower + more }));
    fc.assert(
      fc.property(fc.array(someRange), (given) => {
        const ranges = normalize(given);
        assertNormal(ranges);
        const members = new Set(given.flatMap(({ lower, upper }) => membersOf([{ lower, upper }])));
        expect(membersOf(ranges)).to.deep.equal(ascending(members));
      }),
    );
  });

  it('take numbers in any order as a set does', () => {
    fc.assert(
      fc.property(someNumbers, (given) => {
        const ranges = given.reduce<Ranges>(add, noRanges);
        assertNormal(ranges);
        expect(membersOf(ranges)).to.deep.equal(ascending(given));
      }),
    );
  });

  it('are the same set when a number is added twice', () => {
    fc.assert(
      fc.property(someSet, fc.bigInt(1n, most), ({ ranges }, number) => {
        const once = add(ranges, number);
        expect(add(once, number)).to.deep.equal(once);
      }),
    );
  });

  it('know their members', () => {
    fc.assert(
      fc.property(someSet, fc.bigInt(1n, most), ({ members, ranges }, number) => {
        expect(contains(ranges, number)).to.equal(members.has(number));
      }),
    );
  });

  it('unite, subtract and complement as sets do', () => {
    fc.assert(
      fc.property(someSet, someSet, (a, b) => {
        const united = union(a.ranges, b.ranges);
        const rest = subtract(a.ranges, b.ranges);
        assertNormal(united);
        assertNormal(rest);
        expect(membersOf(united)).to.deep.equal(ascending(new Set([...a.members, ...b.members])));
        expect(membersOf(rest)).to.deep.equal(ascending([...a.members].filter((number) => !b.members.has(number))));
        expect(membersOf(complement(a.ranges, 1n, most))).to.deep.equal(
          membersOf(range(1n, most)).filter((number) => !a.members.has(number)),
        );
      }),
    );
  });

  it('cover a set exactly when all of its members are theirs', () => {
    fc.assert(
      fc.property(someSet, someSet, (a, b) => {
        expect(covers(a.ranges, b.ranges)).to.equal([...b.members].every((number) => a.members.has(number)));
      }),
    );
  });

  it('know how many they are, the highest, and how far they go without a gap from 1', () => {
    fc.assert(
      fc.property(someSet, ({ members, ranges }) => {
        let without = 0n;
        while (members.has(without + 1n)) without++;
        expect(size(ranges)).to.equal(BigInt(members.size));
        expect(highest(ranges)).to.equal(ascending(members).at(-1) ?? 0n);
        expect(contiguous(ranges)).to.equal(without);
      }),
    );
  });

  it('are never changed', () => {
    const ranges = Object.freeze([Object.freeze({ lower: 2n, upper: 4n })]);
    add(ranges, 5n);
    add(ranges, 1n);
    union(ranges, range(5n, 9n));
    subtract(ranges, range(3n, 3n));
    expect(ranges).to.deep.equal([{ lower: 2n, upper: 4n }]);
  });

  it('hold the greatest message number', () => {
    const greatest = 9_223_372_036_854_775_807n;
    expect(add(range(greatest - 1n, greatest - 1n), greatest)).to.deep.equal([
      { lower: greatest - 1n, upper: greatest },
    ]);
  });
});
