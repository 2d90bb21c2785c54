import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { digestToken, passwordDigest } from '#src/username/password-digest.js';
import { now } from '../samples.js';

describe('the digest of a password (UsernameToken Profile 1.1 §3.1)', () => {
  const nonce = Buffer.from('0123456789abcdef');
  const sha1 = (...parts: readonly (string | Buffer)[]) =>
    createHash('sha1')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest('base64');

  it('is over nonce, created and password, in this order', () => {
    expect(passwordDigest(nonce, '2026-03-01T12:00:00Z', 'secret')).to.equal(
      sha1(nonce, '2026-03-01T12:00:00Z', 'secret'),
    );
  });

  it('leaves out what the token lacks (R4212)', () => {
    expect(passwordDigest(undefined, '2026', 'secret')).to.equal(sha1('2026', 'secret'));
    expect(passwordDigest(nonce, undefined, 'secret')).to.equal(sha1(nonce, 'secret'));
    expect(passwordDigest(undefined, undefined, 'secret')).to.equal(sha1('secret'));
  });

  it('takes the octets that stand for a password', () => {
    expect(passwordDigest(nonce, '2026', Buffer.from('secret'))).to.equal(passwordDigest(nonce, '2026', 'secret'));
  });

  it('takes a password in UTF-8', () => {
    expect(passwordDigest(undefined, undefined, 'pässwörd')).to.equal(sha1('pässwörd'));
  });

  it('makes a token with nonce and created', () => {
    expect(digestToken({ username: 'joe', password: 'secret', nonce, now })).to.deep.equal({
      username: 'joe',
      password: { type: 'digest', value: passwordDigest(nonce, '2026-03-01T12:00:00.000Z', 'secret') },
      nonce,
      created: { text: '2026-03-01T12:00:00.000Z', instant: now },
    });
  });
});
