import { expect } from 'chai';
import { equalNames } from '#src/x509/distinguished-name.js';

describe('X.509 names', () => {
  const equal: readonly (readonly [string, string, string])[] = [
    ['in the same order', 'CN=a,O=b,C=c', 'CN=a,O=b,C=c'],
    ['in the other order', 'CN=a,O=b,C=c', 'C=c,O=b,CN=a'],
    ['one a line, as the runtime writes them', 'C=c\nO=b\nCN=a', 'CN=a, O=b, C=c'],
    ['with semicolons', 'CN=a;O=b', 'CN=a,O=b'],
    ['with several attributes in one part', 'CN=a+OU=u,O=b', 'CN=a + OU=u\nO=b'],
    ['with other case', 'cn=ALICE,o=Example', 'CN=Alice,O=EXAMPLE'],
    ['with other white space', ' CN = a  b , O=c', 'CN=a b,O=c'],
    ['broken into lines', 'CN=a,\n  O=b', 'CN=a,O=b'],
    ['with a type by number', '2.5.4.3=a,OID.2.5.4.10=b', 'CN=a,O=b'],
    ['with an address of electronic mail under any name', 'E=a@b', '1.2.840.113549.1.9.1=a@b'],
    ['with a state under any name', 'S=x', 'ST=x'],
    ['with an escaped comma', 'O=Foo\\, Inc.', 'O="Foo, Inc."'],
    ['with an escaped plus and equals sign', 'CN=1\\+1\\=2', 'CN="1+1=2"'],
    ['with escaped quotation marks', 'CN=the \\"x\\"', 'CN="the \\"x\\""'],
    ['with escaped octets', 'CN=caf\\C3\\A9', 'CN=café'],
    ['with an escaped backslash before the comma', 'O=a\\\\,CN=b', 'CN=b\nO=a\\\\'],
  ];
  for (const [what, left, right] of equal) {
    it(`are equal ${what}`, () => {
      expect(equalNames(left, right)).to.equal(true);
      expect(equalNames(right, left)).to.equal(true);
    });
  }

  const different: readonly (readonly [string, string, string])[] = [
    ['another value', 'CN=a', 'CN=b'],
    ['another type', 'CN=a', 'O=a'],
    ['a part more', 'CN=a', 'CN=a,O=b'],
    ['a part that repeats', 'CN=a,CN=a', 'CN=a'],
    ['another order than straight or reversed', 'CN=a,O=b,C=c', 'O=b,CN=a,C=c'],
    ['a comma that belongs to the value', 'CN=a\\,O=b', 'CN=a,O=b'],
    ['nothing', '', 'CN=a'],
  ];
  for (const [what, left, right] of different) {
    it(`differ by ${what}`, () => {
      expect(equalNames(left, right)).to.equal(false);
      expect(equalNames(right, left)).to.equal(false);
    });
  }

  it('may be nonsense', () => {
    for (const nonsense of ['"', '\\', '=', ',,,', '"\\', 'CN="', '\\C3', '\n']) {
      expect(equalNames(nonsense, 'CN=a'), nonsense).to.equal(false);
    }
  });
});
