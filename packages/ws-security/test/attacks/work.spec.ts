import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HoldfastError, parse } from '@holdfast/soap';
import { expect } from 'chai';
import { opened } from '../samples.js';
import { HOSTILE, type Hostile } from './hostile.js';

const SMALL = 60_000;
/** Four times as much to read takes about four times as long; what is quadratic takes sixteen times as long. */
const LARGE = 4 * SMALL;
const MOST_GROWTH = 9;
/** What one octet may cost, in terms of what it costs to read an octet of a document that is full of elements. */
const MOST_WORK = 12;
const ATTEMPTS = 8;

/** Microseconds of CPU: what other processes do is not counted, and what disturbs all the same is got rid of by the next attempt. */
function cpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function refusal({ description }: Hostile, message: Buffer): () => void {
  return () => {
    try {
      opened(message, description);
    } catch (error) {
      if (error instanceof HoldfastError) return;
      throw error;
    }
    expect.fail('accepted');
  };
}

describe('a hostile message is refused in a time that grows no faster than the message', () => {
  const ordinary = Buffer.from(`<a>${'<b c="d">e</b>'.repeat(LARGE / 14)}</a>`);
  let reading = Number.POSITIVE_INFINITY;
  before(() => {
    for (let times = 0; times < 5; times++)
      reading = Math.min(
        reading,
        cpu(() => parse(ordinary)),
      );
  });

  for (const hostile of HOSTILE) {
    it(`${hostile.name}, by ${hostile.by}`, () => {
      const refuseSmall = refusal(hostile, Buffer.from(hostile.message(SMALL)));
      const refuseLarge = refusal(hostile, Buffer.from(hostile.message(LARGE)));
      let [small, large] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        small = Math.min(small, cpu(refuseSmall));
        large = Math.min(large, cpu(refuseLarge));
        if (large < reading / 4 || (large < MOST_WORK * reading && large < MOST_GROWTH * small)) return;
      }
      expect.fail(
        `${LARGE / SMALL} times the size took ${large} in place of ${small} microseconds; reading: ${reading}`,
      );
    });
  }

  it('and in little memory, a megabyte of each', async () => {
    const script = fileURLToPath(new URL('./hostile-process.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=160', script]);
    const { refused, maxResidentKilobytes } = JSON.parse(stdout) as Record<string, number>;
    expect(refused).to.equal(HOSTILE.length);
    expect(maxResidentKilobytes).to.be.lessThan(500_000);
  }).timeout(180_000);
});
