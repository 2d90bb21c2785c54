import { expect } from 'chai';
import fc from 'fast-check';
import { decodeBase64 } from '#src/base64.js';
import { thrown } from './samples.js';

describe('xs:base64Binary', () => {
  it('is what any octets are written as', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        const buffer = Buffer.from(octets);
        expect(decodeBase64(buffer.toString('base64'), 'it')).to.deep.equal(buffer);
      }),
    );
  });

  it('may have XML white space anywhere', () => {
    expect(decodeBase64(' A B\r\n\tC D ', 'it')).to.deep.equal(Buffer.from('ABCD', 'base64'));
  });

  it('may be of many megabytes', () => {
    expect(decodeBase64('A'.repeat(12_000_000), 'it').length).to.equal(9_000_000);
  });

  for (const text of [
    'A',
    'AB',
    'ABC',
    'ABCDE',
    'A===',
    '====',
    '=',
    'AB=C',
    'AB==CDEF',
    'AB-_',
    'AB!=',
    'ABC\u00a0D',
    'ABCD=',
    '*'.repeat(8_000_000),
  ]) {
    it(`is not ${JSON.stringify(text.slice(0, 10))}${text.length > 10 ? ' and so on' : ''}`, () => {
      const { message } = thrown(() => decodeBase64(text, 'The thing'), 'security-header-invalid');
      expect(message).to.match(/^The thing is not valid Base64/);
    });
  }
});
