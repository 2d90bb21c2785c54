import { expect } from 'chai';
import { type PeerOptions, type PeerProcess, startPeer } from './peer-process.js';

/** CXF's servers give every context the lifetime that this says. */
const JAVA = { ...process.env, PEERS_JAVA_OPTS: '-Xmx512m -Dpeers.sct.lifetime=8000' };
const CALLS = { operation: 'echo', count: 6 } as const;

for (const version of ['1.3', '2005'] as const) {
  const common: PeerOptions = { sc: version, rm: 'none' };

  describe(`renewal, ${version}`, () => {
    const running: PeerProcess[] = [];
    const start: typeof startPeer = (...args) => {
      const process = startPeer(...args);
      running.push(process);
      return process;
    };
    afterEach(async () => {
      for (const process of running.splice(0)) await process.stop();
    });

    it('of a context of CXF: calls go on under its new keys', async () => {
      const server = start('cxf', 'serve', { ...common, port: 0 }, JAVA);
      const url = await server.url();
      const client = start('holdfast', 'call', { ...common, ...CALLS, pause: 2_000, url, 'renew-under': 'bootstrap' });
      expect(await client.ended(), client.errors()).to.equal(0);
      expect(client.events.some(({ event }) => event === 'renewed')).to.equal(true);
      expect(client.events.filter(({ event }) => event === 'called')).to.have.length(CALLS.count);
    });

    it('of a context of Metro, which refuses it: another takes its place, and no call fails', async () => {
      const server = start('metro', 'serve', { ...common, port: 0 });
      const url = await server.url();
      const client = start('holdfast', 'call', { ...common, ...CALLS, pause: 2_000, lifetime: 8_000, url });
      expect(await client.ended(), client.errors()).to.equal(0);
      expect(client.events.filter(({ event }) => event === 'called')).to.have.length(CALLS.count);
    });

    it('by CXF, after the end of the context', async () => {
      const server = start('holdfast', 'serve', { ...common, port: 0, lifetime: 3_000 });
      const url = await server.url();
      const client = start('cxf', 'call', { ...common, ...CALLS, count: 3, pause: 4_000, url });
      expect(await client.ended(), client.errors()).to.equal(0);
      expect(server.events.filter(({ event }) => event === 'renewed').length).to.be.at.least(2);
      await server.until(({ event }) => event === 'cancelled');
    });
  });
}
