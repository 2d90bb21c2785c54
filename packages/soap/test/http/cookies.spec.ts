import { expect } from 'chai';
import fc from 'fast-check';
import { CookieJar } from '#src/http/cookies.js';

const at = (url: string) => new URL(url);
const HERE = at('http://host/app/service');

function jarWith(...setCookies: readonly string[]): CookieJar {
  const jar = new CookieJar();
  jar.store(HERE, setCookies, 0);
  return jar;
}

describe('CookieJar', () => {
  it('gives back what the same host set', () => {
    expect(jarWith('a=1', 'b=2; HttpOnly').header(HERE, 0)).to.equal('a=1; b=2');
  });

  it('gives nothing to another host, whatever Domain says', () => {
    const jar = jarWith('a=1; Domain=host', 'b=2; Domain=.example.org');
    expect(jar.header(at('http://other/app/'), 0)).to.equal(undefined);
    expect(jar.header(at('http://sub.host/app/'), 0)).to.equal(undefined);
    expect(jar.header(at('http://example.org/app/'), 0)).to.equal(undefined);
  });

  it('has nothing to say at first', () => {
    expect(new CookieJar().header(HERE, 0)).to.equal(undefined);
  });

  it('replaces a cookie of the same name and path', () => {
    expect(jarWith('a=1', 'a=2').header(HERE, 0)).to.equal('a=2');
  });

  it('keeps to Path', () => {
    const jar = jarWith('a=1; Path=/app', 'b=2; Path=/app/service', 'c=3; Path=/other', 'd=4; Path=/');
    expect(jar.header(HERE, 0)).to.equal('b=2; a=1; d=4');
    expect(jar.header(at('http://host/application'), 0)).to.equal('d=4');
    expect(jar.header(at('http://host/app'), 0)).to.equal('a=1; d=4');
  });

  it('takes the folder of the request when there is no Path', () => {
    const jar = jarWith('a=1', 'b=2; Path=relative');
    expect(jar.header(at('http://host/app/other'), 0)).to.equal('a=1; b=2');
    expect(jar.header(at('http://host/elsewhere'), 0)).to.equal(undefined);
  });

  it('sends a Secure cookie over https alone', () => {
    const jar = jarWith('a=1; Secure');
    expect(jar.header(HERE, 0)).to.equal(undefined);
    expect(jar.header(at('https://host/app/service'), 0)).to.equal('a=1');
  });

  it('forgets a cookie at Expires', () => {
    const jar = jarWith('a=1; Expires=Thu, 01 Jan 1970 00:00:10 GMT');
    expect(jar.header(HERE, 9_999)).to.equal('a=1');
    expect(jar.header(HERE, 10_000)).to.equal(undefined);
  });

  it('forgets a cookie after Max-Age, which outdoes Expires', () => {
    const jar = jarWith('a=1; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:10 GMT');
    expect(jar.header(HERE, 4_999)).to.equal('a=1');
    expect(jar.header(HERE, 5_000)).to.equal(undefined);
  });

  it('removes a cookie that is set to have expired', () => {
    const jar = jarWith('a=1', 'b=2');
    jar.store(HERE, ['a=; Max-Age=0'], 1);
    expect(jar.header(HERE, 1)).to.equal('b=2');
  });

  it('ignores dates and ages that cannot be read', () => {
    expect(jarWith('a=1; Expires=soon; Max-Age=long').header(HERE, 1e15)).to.equal('a=1');
  });

  for (const header of ['', 'a', '=1', ' =1', 'a b=1', 'a=\r\nInjected: 1', 'a=\u00e9']) {
    it(`ignores ${JSON.stringify(header)}`, () => {
      expect(jarWith(header).header(HERE, 0)).to.equal(undefined);
    });
  }

  it('is bounded in cookies, hosts and length, forgetting the oldest', () => {
    const jar = new CookieJar({ perHost: 2, hosts: 2, length: 10 });
    jar.store(HERE, ['a=1', 'b=2', 'c=3', `d=${'x'.repeat(10)}`], 0);
    expect(jar.header(HERE, 0)).to.equal('b=2; c=3');
    for (const host of ['one', 'two']) jar.store(at(`http://${host}/`), ['a=1'], 0);
    expect(jar.header(HERE, 0)).to.equal(undefined);
    expect(jar.header(at('http://two/'), 0)).to.equal('a=1');
  });

  it('never makes a header that could inject another', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (headers) => {
        const jar = new CookieJar();
        jar.store(HERE, headers, 0);
        expect(jar.header(HERE, 0) ?? '').to.match(/^[\x20-\x7e]*$/);
      }),
    );
  });
});
