import { expect } from 'chai';
import { virtualTime } from '#src/testing/index.js';
import { rejected } from '../support/samples.js';

describe('virtualTime', () => {
  it('jumps from timer to timer until the promise is settled', async () => {
    const time = virtualTime(0);
    const seen: number[] = [];
    const all = new Promise<string>((resolve) => {
      time.after(5_000, () => {
        seen.push(time.now());
        time.after(1_000, () => resolve('done'));
      });
      time.after(100, () => seen.push(time.now()));
    });
    expect(await time.until(all)).to.equal('done');
    expect(seen).to.deep.equal([100, 5_000]);
    expect(time.now()).to.equal(6_000);
  });

  it('says so when nothing is left to happen', async () => {
    expect(await rejected(virtualTime().until(new Promise(() => {})))).to.be.instanceOf(Error);
  });

  it('says so when it takes longer than it may', async () => {
    const time = virtualTime();
    const late = new Promise((resolve) => time.after(1_000, () => resolve(undefined)));
    expect(await rejected(time.until(late, 999))).to.be.instanceOf(Error);
  });

  it('does not call back what was cancelled', async () => {
    const time = virtualTime();
    let called = false;
    time.after(10, () => {
      called = true;
    })();
    await time.pass(100);
    expect(called).to.equal(false);
  });
});
