import { serialize } from '@holdfast/soap';
import { expect } from 'chai';
import { readLifetime, writeLifetime } from '#src/lifetime.js';
import { after, now, sent, thrown, versions, xml } from './samples.js';

const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

describe('wst:Lifetime', () => {
  for (const [version, namespace] of versions) {
    for (const lifetime of [
      { created: now, expires: after(300_000) },
      { created: undefined, expires: after(1) },
      { created: now, expires: undefined },
      { created: undefined, expires: undefined },
    ]) {
      const parts = Object.entries(lifetime)
        .filter(([, value]) => value !== undefined)
        .map(([name]) => name);
      it(`with ${parts.join(' and ') || 'nothing'} is read as it was written (${version})`, () => {
        expect(readLifetime(sent(writeLifetime(version, lifetime)))).to.deep.equal(lifetime);
      });
    }

    it(`must be in UTC (${version})`, () => {
      for (const instant of ['2026-03-01T12:00:00', '2026-03-01T12:00:00+01:00', 'soon', '']) {
        const text = `<t:Lifetime xmlns:t="${namespace}" xmlns:u="${WSU}"><u:Expires>${instant}</u:Expires></t:Lifetime>`;
        thrown(() => readLifetime(xml(text)), 'security-header-invalid');
      }
    });
  }

  it('is written with Z and milliseconds, which every stack reads right', () => {
    expect(serialize(writeLifetime('1.3', { created: now, expires: undefined }))).to.contain(
      '>2026-03-01T12:00:00.000Z<',
    );
  });
});
