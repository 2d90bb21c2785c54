import { expect } from 'chai';
import { type PeerEvent, type PeerOptions, type PeerProcess, startPeer } from './peer-process.js';

/** Every way to begin a conversation, with derived keys and without, in every suite; the versions of SOAP take turns. */
const CELLS: readonly PeerOptions[] = [
  ...['x509', 'anonymous', 'username', 'username-tls', 'x509-tls'].flatMap((bootstrap) =>
    ['yes', 'no'].flatMap((derived) =>
      ['Basic128', 'Basic256', 'Basic256Sha256'].map((suite) => ({ sc: '1.3', bootstrap, derived, suite })),
    ),
  ),
  ...['anonymous', 'username', 'username-tls', 'x509-tls'].map((bootstrap) => ({ sc: '2005', bootstrap })),
].map((cell, at) => ({ ...cell, rm: 'none', soap: at % 2 === 0 ? '1.1' : '1.2' }));

const CALLS = { operation: 'mixed', count: 4 } as const;

for (const peer of ['cxf', 'metro'] as const) {
  for (const cell of CELLS) {
    const name = Object.entries(cell)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ');

    describe(`${peer}: ${name}`, () => {
      const running: PeerProcess[] = [];
      const start: typeof startPeer = (...args) => {
        const process = startPeer(...args);
        running.push(process);
        return process;
      };
      afterEach(async () => {
        for (const process of running.splice(0)) await process.stop();
      });

      it('is served by it', async () => {
        const server = start(peer, 'serve', { ...cell, port: 0 });
        const client = start('holdfast', 'call', { ...cell, ...CALLS, url: await server.url() });
        expect(await client.ended(), client.errors()).to.equal(0);
        expect(named(client, 'called')).to.have.length(CALLS.count);
        expect(named(server, 'delivered')).to.have.length(CALLS.count);
      });

      it('serves it', async () => {
        const server = start('holdfast', 'serve', { ...cell, port: 0 });
        const client = start(peer, 'call', { ...cell, ...CALLS, url: await server.url() });
        const code = await client.ended();
        expect(named(client, 'called'), client.errors()).to.have.length(CALLS.count);
        expect(named(server, 'delivered')).to.have.length(CALLS.count);
        if (mayCancel(peer, cell)) {
          expect(code, client.errors()).to.equal(0);
          await server.until(({ event }) => event === 'cancelled');
        } else {
          expect(named(server, 'cancelled')).to.deep.equal([]);
        }
      });
    });
  }
}

/** CXF's clients cancel by what they began with: of a client that nobody knows, that proves nothing. */
function mayCancel(peer: string, { bootstrap }: PeerOptions): boolean {
  return !(peer === 'cxf' && bootstrap === 'anonymous');
}

function named(process: PeerProcess, name: string): readonly PeerEvent[] {
  return process.events.filter(({ event }) => event === name);
}
