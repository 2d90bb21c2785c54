import { expect } from 'chai';
import { type ReplayCache, replayCache } from '#src/replay-cache.js';
import { authenticateUsername, type UsernameAuthentication, usernameTokenKey } from '#src/username/authenticate.js';
import { keyToken, usernameKey } from '#src/username/derived-key.js';
import { digestToken } from '#src/username/password-digest.js';
import type { UsernameToken } from '#src/username/username-token.js';
import { after, now, octets, thrown } from '../samples.js';

const nonce = octets(3)(16);
const options: UsernameAuthentication = {
  password: (username) => (username === 'joe' ? 'secret' : undefined),
  now,
  accept: ['text', 'digest'],
};
const digested = (change: Partial<Parameters<typeof digestToken>[0]> = {}): UsernameToken =>
  digestToken({ username: 'joe', password: 'secret', nonce, now, ...change });
const plain = (change: Partial<UsernameToken> = {}): UsernameToken => ({
  username: 'joe',
  password: { type: 'text', value: 'secret' },
  ...change,
});

describe('whoever shows a UsernameToken', () => {
  it('is the user when the digest fits', () => {
    expect(authenticateUsername(digested(), options)).to.deep.equal({
      kind: 'UsernameToken',
      id: 'joe',
      identity: 'user:joe',
    });
  });

  it('is the user when the password is right', () => {
    expect(authenticateUsername(plain(), options).identity).to.equal('user:joe');
  });

  it('is the user when the octets that stand for the password are known', () => {
    const password = () => Buffer.from('secret');
    expect(authenticateUsername(digested(), { ...options, password }).id).to.equal('joe');
    expect(authenticateUsername(plain(), { ...options, password }).id).to.equal('joe');
  });

  it('is refused alike for a wrong password and an unknown user', () => {
    const errors = [
      digested({ password: 'other' }),
      digested({ username: 'jim' }),
      plain({ password: { type: 'text', value: 'other' } }),
      plain({ password: { type: 'text', value: '' } }),
      plain({ username: 'jim' }),
    ].map((token) => thrown(() => authenticateUsername(token, options), 'token-not-trusted').message);
    expect(new Set(errors).size).to.equal(1);
    expect(errors[0]).to.not.contain('secret');
  });

  it('is refused as an unknown user, whatever stands in for the password', () => {
    for (const value of ['a password', 'undefined', '']) {
      thrown(
        () => authenticateUsername(plain({ username: 'jim', password: { type: 'text', value } }), options),
        'token-not-trusted',
      );
      thrown(() => authenticateUsername(digested({ username: 'jim', password: value }), options), 'token-not-trusted');
    }
  });

  it('is refused when nonce or created are not those of the digest', () => {
    thrown(() => authenticateUsername({ ...digested(), nonce: Buffer.alloc(16) }, options), 'token-not-trusted');
    const created = { text: '2026-03-01T12:00:00Z', instant: now };
    thrown(() => authenticateUsername({ ...digested(), created }, options), 'token-not-trusted');
  });

  it('is refused when the digest is shown as the password, and the password as the digest', () => {
    const value = digested().password?.value ?? '';
    thrown(() => authenticateUsername(plain({ password: { type: 'text', value } }), options), 'token-not-trusted');
    const token = { ...digested(), password: { type: 'digest', value: 'secret' } } as const;
    thrown(() => authenticateUsername(token, options), 'token-not-trusted');
  });

  it('is refused without a password', () => {
    thrown(() => authenticateUsername({ username: 'joe' }, options), 'unsupported-token');
    thrown(() => authenticateUsername(keyToken('joe', Buffer.alloc(16)), options), 'unsupported-token');
  });

  it('is refused when the way that it shows the password is not accepted', () => {
    thrown(() => authenticateUsername(plain(), { ...options, accept: ['digest'] }), 'unsupported-token');
    thrown(() => authenticateUsername(digested(), { ...options, accept: ['text'] }), 'unsupported-token');
  });

  describe('by a digest', () => {
    const { nonce: _nonce, ...withoutNonce } = digested();
    const { created: _created, ...withoutCreated } = digested();

    it('must give nonce and created', () => {
      thrown(() => authenticateUsername(withoutNonce, options), 'security-header-invalid');
      thrown(() => authenticateUsername(withoutCreated, options), 'security-header-invalid');
    });

    it('need not, dangerously', () => {
      const password = { type: 'digest', value: '5en6G6MezRroT3XKqkdPOmY/BfQ=' } as const;
      const weak = { ...options, dangerouslyAcceptDigestWithoutNonce: true };
      expect(authenticateUsername({ username: 'joe', password }, weak).id).to.equal('joe');
      thrown(() => authenticateUsername(withoutNonce, weak), 'token-not-trusted');
    });
  });

  describe('in time', () => {
    const at = (millis: number, more: Partial<UsernameAuthentication> = {}) =>
      authenticateUsername(digested(), { ...options, now: after(millis), ...more });

    it('is accepted for five minutes and the clock skew', () => {
      for (const millis of [-60_000, 0, 300_000, 360_000]) expect(at(millis).id).to.equal('joe');
    });

    it('is refused when the token is older, telling by how much', () => {
      expect(thrown(() => at(360_001), 'message-expired').message).to.contain('360001 ms');
      thrown(() => at(11_000, { maxAge: 10_000, clockSkew: 0 }), 'message-expired');
    });

    it('is refused when the token is from the future, telling by how much', () => {
      expect(thrown(() => at(-60_001), 'message-from-the-future').message).to.contain('60001 ms');
    });

    it('is refused for its age when the password is in text, too', () => {
      const created = { text: '2026-03-01T12:00:00Z', instant: now };
      thrown(() => authenticateUsername(plain({ created }), { ...options, now: after(400_000) }), 'message-expired');
    });
  });

  describe('with a nonce', () => {
    const remembering = (cache: ReplayCache, more: Partial<UsernameAuthentication> = {}) => ({
      ...options,
      replayCache: cache,
      ...more,
    });

    it('is accepted once', () => {
      const cache = replayCache();
      authenticateUsername(digested(), remembering(cache));
      thrown(() => authenticateUsername(digested(), remembering(cache)), 'replayed');
      expect(authenticateUsername(digested({ nonce: octets(4)(16) }), remembering(cache)).id).to.equal('joe');
    });

    it('is refused to the last moment that the token is fresh', () => {
      const cache = replayCache();
      authenticateUsername(digested(), remembering(cache));
      thrown(() => authenticateUsername(digested(), remembering(cache, { now: after(360_000) })), 'replayed');
      thrown(() => authenticateUsername(digested(), remembering(cache, { now: after(360_001) })), 'message-expired');
    });

    it('is refused with the same nonce under another Created', () => {
      const cache = replayCache();
      authenticateUsername(digested(), remembering(cache));
      thrown(() => authenticateUsername(digested({ now: after(1_000) }), remembering(cache)), 'replayed');
    });

    it('counts with a password in text, which needs none', () => {
      const cache = replayCache();
      const withNonce = plain({ nonce: Buffer.from(nonce) });
      authenticateUsername(withNonce, remembering(cache));
      thrown(() => authenticateUsername(withNonce, remembering(cache)), 'replayed');
      for (let at = 0; at < 2; at++) authenticateUsername(plain(), remembering(cache));
    });

    it('does not use it up with a wrong password', () => {
      const cache = replayCache();
      thrown(() => authenticateUsername(digested({ password: 'other' }), remembering(cache)), 'token-not-trusted');
      expect(authenticateUsername(digested(), remembering(cache)).id).to.equal('joe');
    });
  });
});

describe('the key of a UsernameToken', () => {
  const salt = octets(5)(16);

  it('is derived from the password of its user', () => {
    const key = usernameTokenKey(keyToken('joe', salt), options.password);
    expect(key).to.deep.equal(usernameKey('secret', salt, 1_000));
  });

  it('is refused for an unknown user', () => {
    thrown(() => usernameTokenKey(keyToken('jim', salt), options.password), 'token-not-trusted');
  });

  it('is refused without a Salt', () => {
    thrown(() => usernameTokenKey({ username: 'joe' }, options.password), 'security-header-invalid');
  });

  it('is refused for an iteration of millions', () => {
    thrown(() => usernameTokenKey(keyToken('joe', salt, 1e7), options.password), 'security-header-invalid');
  });
});
