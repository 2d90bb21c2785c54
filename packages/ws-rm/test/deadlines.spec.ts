import { manualTime } from '@holdfast/soap/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { Deadlines } from '#src/deadlines.js';

function deadlines() {
  const time = manualTime();
  const woken: (readonly [string, number])[] = [];
  const all = new Deadlines<string>(time, time, (key) => woken.push([key, time.now()]));
  return { time, woken, all };
}

describe('deadlines', () => {
  it('wake everyone at the time last set, in the order of the times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.integer({ min: 1, max: 1_000 })))),
        (settings) => {
          const { time, woken, all } = deadlines();
          const wanted = new Map<string, number>();
          for (const [key, at] of settings) {
            all.set(key, at ?? undefined);
            if (at === null) wanted.delete(key);
            else wanted.set(key, at);
          }
          time.advance(1_000);
          const expected = [...wanted].sort(([a, x], [b, y]) => x - y || a.localeCompare(b));
          expect([...woken].sort(([a, x], [b, y]) => x - y || a.localeCompare(b))).to.deep.equal(expected);
          expect(woken.map(([, at]) => at)).to.deep.equal(woken.map(([, at]) => at).sort((a, b) => a - b));
        },
      ),
    );
  });

  it('use one timer, however many there are', () => {
    const { time, all } = deadlines();
    for (let at = 1_000; at > 0; at--) all.set(`key ${at}`, at);
    expect(time.pending).to.equal(1);
  });

  it('let a blocked event loop read what came in before anybody is woken late', () => {
    const time = manualTime();
    let late = 0;
    const woken: string[] = [];
    const clock = { now: () => time.now() + late };
    const all = new Deadlines<string>(clock, time, (key) => woken.push(key));
    all.set('a', 100);
    late = 5_000;
    time.advance(100);
    expect(woken).to.deep.equal([]);
    time.advance(200);
    expect(woken).to.deep.equal(['a']);
  });

  it('wake nobody any more when they are stopped', () => {
    const { time, woken, all } = deadlines();
    all.set('a', 10);
    all.stop();
    time.advance(100);
    expect(woken).to.deep.equal([]);
    expect(time.pending).to.equal(0);
  });

  it('reach further than setTimeout counts', () => {
    const delays: number[] = [];
    const scheduler = {
      after: (millis: number) => {
        delays.push(millis);
        return () => {};
      },
    };
    new Deadlines<string>({ now: () => 0 }, scheduler, () => {}).set('a', 365 * 24 * 3_600_000);
    expect(delays).to.deep.equal([2 ** 31 - 1]);
  });
});
