import fc from 'fast-check';
import { replayCache } from '#src/replay-cache.js';
import { after, now, thrown } from './samples.js';

describe('the replay cache', () => {
  it('admits what it has not seen', () => {
    const cache = replayCache();
    cache.admit('one', after(1_000), now);
    cache.admit('two', after(1_000), now);
  });

  it('refuses what it has seen, until its time is over', () => {
    const cache = replayCache();
    cache.admit('one', after(1_000), now);
    thrown(() => cache.admit('one', after(1_000), now), 'replayed');
    thrown(() => cache.admit('one', after(1_000), after(999)), 'replayed');
    cache.admit('one', after(2_000), after(1_000));
  });

  it('refuses a repetition the second and the third time too', () => {
    const cache = replayCache();
    cache.admit('one', after(1_000), now);
    for (const at of [1, 2, 500, 999]) thrown(() => cache.admit('one', after(1_000), after(at)), 'replayed');
  });

  it('remembers a message that lives long while others that live short come and go', () => {
    const cache = replayCache();
    cache.admit('long', after(1_000), now);
    for (let at = 1; at < 1_000; at += 7) {
      cache.admit(`short ${at}`, after(at + 3), after(at));
      thrown(() => cache.admit('long', after(1_000), after(at)), 'replayed');
    }
  });

  it('refuses what was admitted into the generation before', () => {
    const cache = replayCache();
    cache.admit('a', after(100), now);
    cache.admit('b', after(200), after(50));
    cache.admit('c', after(300), after(150));
    thrown(() => cache.admit('b', after(200), after(199)), 'replayed');
    thrown(() => cache.admit('c', after(300), after(299)), 'replayed');
  });

  it('refuses everything new when it is full, rather than to forget', () => {
    const cache = replayCache({ maxEntries: 2 });
    cache.admit('one', after(1_000), now);
    cache.admit('two', after(1_000), now);
    thrown(() => cache.admit('three', after(1_000), now), 'replayed');
    thrown(() => cache.admit('one', after(1_000), now), 'replayed');
  });

  it('has room again when all that it remembered is over', () => {
    const cache = replayCache({ maxEntries: 2 });
    cache.admit('one', after(1_000), now);
    cache.admit('two', after(1_000), after(500));
    cache.admit('three', after(2_000), after(1_000));
    cache.admit('four', after(2_000), after(1_000));
  });

  it('says exactly what a cache says that forgets nothing before its time', () => {
    const event = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      wait: fc.nat(60),
      life: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const cache = replayCache();
        const model = new Map<string, number>();
        let at = 0;
        for (const { key, wait, life } of events) {
          at += wait;
          const admit = (): void => cache.admit(key, after(at + life), after(at));
          if ((model.get(key) ?? 0) > at) {
            thrown(admit, 'replayed');
          } else {
            admit();
            model.set(key, at + life);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
