import { expect } from 'chai';
import { Batch, type Body } from '#src/batch.js';

const body = (number: bigint, log: Body['log'] = 'inbound'): Body => ({
  log,
  number,
  encode: () => Uint8Array.of(Number(number)),
});

describe('a batch of steps', () => {
  it('does not write a body that is discarded within it', () => {
    const batch = new Batch();
    batch.put(body(1n));
    batch.put(body(2n));
    batch.discard('inbound', [{ lower: 1n, upper: 1n }]);
    expect(
      batch.changes('s').map((change) => [change.kind, 'number' in change ? change.number : undefined]),
    ).to.deep.equal([['put-message', 2n]]);
  });

  it('removes what is in the store in as few ranges as there are', () => {
    const batch = new Batch();
    for (const number of [1n, 2n, 3n, 7n]) batch.discard('outbound', [{ lower: number, upper: number }]);
    const ranges = batch.changes('s').map((change) => ('lower' in change ? [change.lower, change.upper] : []));
    expect(ranges).to.deep.equal([
      [1n, 3n],
      [7n, 7n],
    ]);
  });

  it('keeps the two logs of a session apart', () => {
    const batch = new Batch();
    batch.put(body(1n, 'outbound'));
    batch.discard('inbound', [{ lower: 1n, upper: 1n }]);
    expect(batch.changes('s').map(({ kind }) => kind)).to.deep.equal(['put-message', 'remove-messages']);
  });

  it('encodes a body once, when it is written', () => {
    let count = 0;
    const batch = new Batch();
    batch.put({
      ...body(1n),
      encode: () => {
        count += 1;
        return new Uint8Array();
      },
    });
    expect(count).to.equal(0);
    batch.changes('s');
    expect(count).to.equal(1);
  });
});
