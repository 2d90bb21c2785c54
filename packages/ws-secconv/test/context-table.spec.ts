import { expect } from 'chai';
import type { SecurityContext } from '#src/context.js';
import { ContextTable } from '#src/context-table.js';

const context = (identifier: string, more: Partial<SecurityContext> = {}): SecurityContext => ({
  version: '1.3',
  identifier,
  instance: undefined,
  secret: Buffer.alloc(32, 7),
  identity: 'x509:a',
  role: 'initiator',
  peer: 'http://bob/',
  created: 0,
  expires: 1_000,
  earlier: [],
  ...more,
});

describe('the table of contexts', () => {
  it('finds a context by Identifier, also when it has expired', () => {
    const table = new ContextTable();
    const one = context('urn:1');
    table.put(one);
    expect(table.get('urn:1')).to.equal(one);
    expect(table.get('urn:2')).to.equal(undefined);
    expect(table.size).to.equal(1);
  });

  it('finds it by Identifier and Instance, when an Instance is named', () => {
    const table = new ContextTable();
    table.put(context('urn:1'));
    table.put(context('urn:2', { instance: 'b' }));
    expect(table.keys('urn:1', undefined, 0)?.identifier).to.equal('urn:1');
    expect(table.keys('urn:1', 'a', 0)).to.equal(undefined);
    expect(table.keys('urn:2', undefined, 0)).to.equal(undefined);
    expect(table.keys('urn:2', 'b', 0)?.identifier).to.equal('urn:2');
    expect(table.keys('urn:2', 'a', 0)).to.equal(undefined);
  });

  it('finds earlier keys as long as they hold, and zeroes them then', () => {
    const table = new ContextTable();
    const secrets = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
    const earlier = [
      { instance: 'a', secret: secrets[0], until: 500 },
      { instance: undefined, secret: secrets[1], until: 300 },
    ];
    table.put(context('urn:1', { instance: 'b', earlier }));
    expect(table.keys('urn:1', 'a', 499)).to.include({ instance: 'a', secret: secrets[0], expires: 500 });
    expect(table.keys('urn:1', undefined, 299)?.secret).to.equal(secrets[1]);
    expect(table.keys('urn:1', undefined, 300)).to.equal(undefined);
    table.sweepEarlier(300);
    expect(table.get('urn:1')?.earlier.map(({ instance }) => instance)).to.deep.equal(['a']);
    expect([secrets[0][0], secrets[1][0]]).to.deep.equal([1, 0]);
    table.end('urn:1');
    expect(secrets[0][0]).to.equal(0);
  });

  it('finds the context with a peer as long as it lives', () => {
    const table = new ContextTable();
    table.put(context('urn:1'));
    expect(table.forPeer('http://bob/', 999)?.identifier).to.equal('urn:1');
    expect(table.forPeer('http://bob/', 1_000)).to.equal(undefined);
    expect(table.forPeer('http://other/', 0)).to.equal(undefined);
  });

  it('has the newest context with a peer, and none when that one ends', () => {
    const table = new ContextTable();
    table.put(context('urn:1'));
    table.put(context('urn:2'));
    expect(table.forPeer('http://bob/', 0)?.identifier).to.equal('urn:2');
    table.end('urn:1');
    expect(table.forPeer('http://bob/', 0)?.identifier).to.equal('urn:2');
    table.end('urn:2');
    expect(table.forPeer('http://bob/', 0)).to.equal(undefined);
  });

  it('knows no peer of a context that was issued', () => {
    const table = new ContextTable();
    table.put(context('urn:1', { role: 'recipient', peer: '' }));
    expect(table.forPeer('', 0)).to.equal(undefined);
  });

  it('counts the contexts of each identity', () => {
    const table = new ContextTable();
    table.put(context('urn:1'));
    table.put(context('urn:2'));
    table.put(context('urn:3', { identity: 'x509:b' }));
    table.put(context('urn:2'));
    expect([table.countOf('x509:a'), table.countOf('x509:b'), table.countOf('x509:c'), table.size]).to.deep.equal([
      2, 1, 0, 3,
    ]);
    table.end('urn:1');
    table.end('urn:1');
    expect([table.countOf('x509:a'), table.size]).to.deep.equal([1, 2]);
  });

  it('zeroes the secret of a context that ends', () => {
    const table = new ContextTable();
    const all = ['urn:1', 'urn:2', 'urn:3', 'urn:4'].map((id, at) => context(id, { expires: at * 100 }));
    for (const each of all) table.put(each);
    table.end('urn:4');
    expect(table.sweep(101)).to.deep.equal(['urn:1', 'urn:2']);
    const ended = () => all.map(({ secret }) => secret.every((octet) => octet === 0));
    expect(ended()).to.deep.equal([true, true, false, true]);
    table.clear();
    expect(ended()).to.deep.equal([true, true, true, true]);
    expect(table.size).to.equal(0);
  });
});
