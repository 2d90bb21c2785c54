import { expect } from 'chai';
import { type PeerEvent, type PeerOptions, type PeerProcess, type Stack, startPeer } from './peer-process.js';

/** What both sides agree on, and which application messages are lost once on the way. */
interface Cell {
  readonly peer: Exclude<Stack, 'holdfast'>;
  readonly common: PeerOptions;
  /** Lost when Holdfast calls, and when Holdfast serves. gSOAP repeats one-way messages only at the end. */
  readonly lost: readonly [calling: string, serving: string];
  /** What only Holdfast is told: gSOAP takes no security options, and leaves them out. */
  readonly ours?: PeerOptions;
}

const CELLS: readonly Cell[] = [
  { peer: 'cxf', common: { sc: '1.3', rm: 'none' }, lost: ['', ''] },
  { peer: 'cxf', common: { sc: '1.3', rm: '1.1' }, lost: ['3,4', '3,4'] },
  { peer: 'cxf', common: { sc: '2005', rm: 'none', soap: '1.1' }, lost: ['', ''] },
  { peer: 'cxf', common: { sc: '2005', rm: '1.1' }, lost: ['', ''] },
  { peer: 'metro', common: { sc: '1.3', rm: '1.1', str: 'yes' }, lost: ['3,4', '3,4'] },
  { peer: 'metro', common: { sc: '2005', rm: 'none', soap: '1.1' }, lost: ['', ''] },
  { peer: 'metro', common: { sc: '2005', rm: '1.1', str: 'yes' }, lost: ['', ''] },
  { peer: 'gsoap', common: { rm: '1.1' }, lost: ['3,4', '3'], ours: { sc: 'none' } },
];

const COUNT = 20;
const CALLS = { operation: 'mixed', count: COUNT } as const;

/** The order in which a service must be given the mixed calls: what each delivered event says of itself. */
const IN_ORDER = Array.from({ length: COUNT }, (_, at) => {
  const i = at + 1;
  return ['placeOrder', 'notify', 'echo'][i % 3];
});

for (const { peer, common, lost, ours = {} } of CELLS) {
  const cell = Object.entries(common)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

  describe(`${peer}: ${cell}`, () => {
    const running: PeerProcess[] = [];
    const start: typeof startPeer = (...args) => {
      const process = startPeer(...args);
      running.push(process);
      return process;
    };
    afterEach(async () => {
      for (const process of running.splice(0)) await process.stop();
    });

    it('is served by it: every call arrives once, in order, and the conversation is ended', async () => {
      const server = start(peer, 'serve', { ...common, port: 0 });
      const url = await server.url();
      const client = start('holdfast', 'call', { ...common, ...ours, ...CALLS, url, ...dropOption(lost[0]) });
      expect(await client.ended(), client.errors()).to.equal(0);
      expect(named(client, 'called')).to.have.length(COUNT);
      expect(named(client, 'dropped')).to.have.length(dropCount(lost[0]));
      expect(named(client, 'closed')).to.have.length(1);
      if (common['rm'] !== 'none')
        expect(named(client, 'terminated')).to.deep.include({ event: 'terminated', reason: 'terminated' });
      await server.until((event) => event.event === 'delivered' && event['position'] === COUNT);
      assertInOrder(server, common['rm'] !== 'none');
    });

    it('serves it: every call arrives once, in order, and the conversation is ended', async () => {
      const server = start('holdfast', 'serve', { ...common, ...ours, port: 0, ...dropOption(lost[1]) });
      const url = await server.url();
      const client = start(peer, 'call', { ...common, ...CALLS, url });
      expect(await client.ended(), client.errors()).to.equal(0);
      expect(named(client, 'called')).to.have.length(COUNT);
      expect(named(server, 'dropped')).to.have.length(dropCount(lost[1]));
      assertInOrder(server, common['rm'] !== 'none');
      if (common['rm'] !== 'none') await server.until(({ event }) => event === 'terminated');
      if (common['sc'] !== undefined) await server.until(({ event }) => event === 'cancelled');
    });
  });
}

function named(process: PeerProcess, name: string): readonly PeerEvent[] {
  return process.events.filter(({ event }) => event === name);
}

/** @param reliable without sequences a call that is answered at once may overtake the next */
function assertInOrder(server: PeerProcess, reliable: boolean): void {
  const delivered = named(server, 'delivered');
  const operations = delivered.map(({ operation }) => operation);
  if (reliable) expect(operations).to.deep.equal(IN_ORDER);
  else expect(operations).to.have.members(IN_ORDER);
  const orders = delivered.filter(({ operation }) => operation === 'placeOrder').map(({ orderId }) => orderId);
  expect(orders).to.deep.equal([3, 6, 9, 12, 15, 18].map((i) => `order-${i}`));
  const notices = delivered.filter(({ operation }) => operation === 'notify').map(({ id }) => id);
  expect(notices).to.deep.equal([1, 4, 7, 10, 13, 16, 19]);
}

function dropOption(numbers: string): PeerOptions {
  return numbers === '' ? {} : { drop: numbers };
}

function dropCount(numbers: string): number {
  return numbers === '' ? 0 : numbers.split(',').length;
}
