import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { keyToken, MAX_ITERATION, saltPurpose, usernameKey, usernameSalt } from '#src/username/derived-key.js';
import { octets, thrown } from '../samples.js';

describe('a key derived from a password (UsernameToken Profile 1.1 §4)', () => {
  const salt = usernameSalt('mac', octets(7)(15));

  it('is the hash of password and salt, hashed as often as is asked', () => {
    let expected = createHash('sha1').update('secret').update(salt).digest();
    for (let at = 1; at < 1_001; at++) expected = createHash('sha1').update(expected).digest();
    expect(usernameKey('secret', salt, 1_001)).to.deep.equal(expected);
    expect(expected.length).to.equal(20);
  });

  it('differs by password, salt and iterations', () => {
    const keys = [
      usernameKey('secret', salt, 1_000),
      usernameKey('Secret', salt, 1_000),
      usernameKey('secret', usernameSalt('encryption', salt.subarray(1)), 1_000),
      usernameKey('secret', salt, 1_001),
    ];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).to.equal(4);
  });

  it('is the same for a password and its octets', () => {
    expect(usernameKey(Buffer.from('secret'), salt, 1_000)).to.deep.equal(usernameKey('secret', salt, 1_000));
  });

  it('is refused with too few iterations, and with so many that they are an attack', () => {
    for (const iteration of [0, 999, MAX_ITERATION + 1, 1e9, 1_000.5, Number.NaN]) {
      thrown(() => usernameKey('secret', salt, iteration), 'security-header-invalid');
    }
    expect(usernameKey('secret', salt, MAX_ITERATION).length).to.equal(20);
  });

  it('has a salt of 16 octets, of which the first says what it is for', () => {
    expect(salt.length).to.equal(16);
    expect([salt[0], usernameSalt('encryption', octets(8)(15))[0]]).to.deep.equal([1, 2]);
    expect(saltPurpose(salt)).to.equal('mac');
    expect(saltPurpose(Buffer.of(2, 9))).to.equal('encryption');
    expect(saltPurpose(Buffer.of(9, 1))).to.equal(undefined);
    thrown(() => usernameSalt('mac', octets(8)(16)), 'invalid-argument');
  });

  it('has a token that holds no password', () => {
    expect(keyToken('joe', salt)).to.deep.equal({ username: 'joe', salt, iteration: 1_000 });
  });
});
