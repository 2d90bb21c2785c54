import { expect } from 'chai';
import { replayCache } from '#src/replay-cache.js';
import { MAX_ITERATION } from '#src/username/derived-key.js';
import { changed, part, thrown } from '../samples.js';
import { describedBy, lookup, received, sent, user } from './parties.js';

const description = describedBy('UsernameToken');
const keys = { kind: 'UsernameToken', ...user } as const;

describe('structures: a key of a password (R4216, R4217, R4218, R4214, R4215)', () => {
  const { text } = sent(description, keys);

  it('is named by a direct reference with the type of the token, and shows no password', () => {
    expect(text).to.match(/<wsse:Reference URI="#[^"]*" ValueType="[^"]*#UsernameToken"/);
    const token = part(text, 'wsse:UsernameToken');
    expect(token).to.contain('Salt>').and.to.contain('Iteration>1000<').and.to.not.contain('Password');
  });

  it('is refused for another password or user', () => {
    const wrong = sent(description, { ...keys, password: 'wrong' }).text;
    expect(() => received(wrong, description)).to.throw();
    thrown(
      () =>
        received(sent({ ...description, encryptBody: false }, { ...keys, password: 'wrong' }).text, {
          ...description,
          encryptBody: false,
        }),
      'signature-invalid',
    );
    thrown(() => received(sent(description, { ...keys, username: 'who' }).text, description), 'token-not-trusted');
    thrown(() => received(changed(text, '>joe<', '>jim<'), description), 'token-not-trusted');
    const { password, ...nobody } = lookup;
    expect(password).to.be.a('function');
    thrown(() => received(text, description, nobody), 'token-not-trusted');
  });

  it('is refused with less or more work than is reasonable, and with another Salt', () => {
    for (const count of ['999', '0', '-1', '', 'many', `${MAX_ITERATION + 1}`, '999999999999']) {
      const message = changed(text, '>1000<', `>${count}<`);
      thrown(() => received(message, description), 'security-header-invalid');
    }
    expect(() => received(changed(text, '>1000<', '>1001<'), description)).to.throw();
    const salt = part(text, 'wsse11:Salt');
    expect(() => received(changed(text, salt, salt.replace(/>....../, '>AAAAAA')), description)).to.throw();
    thrown(() => received(changed(text, salt, ''), description), 'security-header-invalid');
    thrown(() => received(changed(text, salt, salt + salt), description), 'security-header-invalid');
  });

  it('takes a password beside it for an error', () => {
    const shown = `<wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">${user.password}</wsse:Password>`;
    thrown(() => received(text.replace('</wsse:Username>', `$&${shown}`), description), 'security-header-invalid');
  });

  it('is derived anew for each message, which is refused a second time', () => {
    const cache = replayCache();
    received(text, description, lookup, { replayCache: cache });
    thrown(() => received(text, description, lookup, { replayCache: cache }), 'replayed');
    received(sent(description, keys, { seed: 3 }).text, description, lookup, { replayCache: cache });
    const salts = [3, 4].map((seed) => part(sent(description, keys, { seed }).text, 'wsse11:Salt'));
    expect(salts[0]).to.not.equal(salts[1]);
  });

  it('cannot encrypt by itself: it is too short for the ciphers', () => {
    thrown(() => sent({ ...description, derivedKeys: 'none' }, keys), 'invalid-option');
    const signing = { ...description, derivedKeys: 'none', encryptBody: false, acceptUnderivedKeys: true } as const;
    expect(received(sent(signing, keys).text, signing).token?.identity).to.equal('user:joe');
  });
});
