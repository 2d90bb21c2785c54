import { expect } from 'chai';
import {
  drawnConversation,
  drawnEndpointConversation,
  runConversation,
  runEndpointConversation,
} from '#src/testing/index.js';

// Another run, or a failing one again: HOLDFAST_SEED=12345 npm test
const given = process.env['HOLDFAST_SEED'];
const first = given === undefined ? 1 : Number(given);

describe('conversations over a hostile link', () => {
  it(`2,000 of the cores keep what they promise, from seed ${first}`, () => {
    let transmissions = 0;
    let deaths = 0;
    for (let seed = first; seed < first + 2_000; seed++) {
      const result = runConversation(drawnConversation(seed));
      transmissions += result.transmissions;
      deaths += result.deaths;
    }
    // A link that loses nothing, and processes that do not die, would prove nothing.
    expect(transmissions).to.be.greaterThan(100_000);
    expect(deaths).to.be.greaterThan(2_000);
  }).timeout(60_000);

  it(`200 of whole endpoints that die at commits and effects do too, from seed ${first}`, async () => {
    let deaths = 0;
    for (let seed = first; seed < first + 200; seed++) {
      deaths += (await runEndpointConversation(drawnEndpointConversation(seed))).deaths;
    }
    expect(deaths).to.be.greaterThan(150);
  }).timeout(60_000);

  for (const at of ['before-commit', 'after-commit', 'failed-commit'] as const) {
    for (const side of ['initiator', 'recipient'] as const) {
      it(`nothing is lost, repeated or out of order when the ${side} meets ${at} at any commit`, async () => {
        for (let count = 1; count <= 14; count++) {
          await runEndpointConversation({
            seed: first + count,
            messages: 4,
            requests: 0.5,
            losses: { requestLost: 0, responseLost: 0, repeated: 0, delayed: 0, maxDelayMillis: 0 },
            deaths: [{ side, at, count }],
            maxHandling: 0,
          });
        }
      }).timeout(20_000);
    }
  }

  it('the same seed makes the same conversation', async () => {
    const options = drawnConversation(first + 7);
    expect(runConversation(options)).to.deep.equal(runConversation(options));
    const endpoints = drawnEndpointConversation(first + 7);
    expect(await runEndpointConversation(endpoints)).to.deep.equal(await runEndpointConversation(endpoints));
  });
});
