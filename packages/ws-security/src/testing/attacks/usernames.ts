import { child, childrenNamed, type XmlElement } from '@holdfast/soap';
import { WSSE, WSSE_11, wsse, wsse11, wsu } from '../../namespaces.js';
import type { AttackFamily, Draft } from './attack.js';
import { after, append, before, content, type Edit, remove, set, unset } from './edit.js';
import { resealed } from './reseal.js';
import { node } from './secured-message.js';

const PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

/** UsernameTokens of somebody else, without what proves them, or with less of it. Signed anew where they are signed. */
export const usernames: AttackFamily = function* (message, options) {
  const [token] = message.usernameTokens;
  if (token === undefined) return;
  const username = child(token, wsse('Username'));
  const [password] = childrenNamed(token, wsse('Password'));
  const nonce = child(token, wsse('Nonce'));
  const created = child(token, wsu('Created'));
  const salt = child(token, wsse11('Salt'));
  const iteration = child(token, wsse11('Iteration'));
  const draft = (
    what: string,
    about: string,
    ...edits: readonly (readonly [XmlElement | undefined, Edit])[]
  ): Draft => ({
    name: `usernames/${what}`,
    about,
    result: resealed(message.with(...edits), options),
  });
  yield draft('other-name', 'The name of somebody else.', [username, content('admin')]);
  yield draft('no-name', 'No name.', [username, remove]);
  yield draft('empty-name', 'An empty name.', [username, content()]);
  yield draft('two-names-first', 'Two names, that of somebody else first.', [
    username,
    before({ ...(username ?? token), children: ['admin'] }),
  ]);
  yield draft('two-names-last', 'Two names, that of somebody else last.', [
    username,
    after({ ...(username ?? token), children: ['admin'] }),
  ]);
  yield draft('element-in-name', 'Another name within the name.', [
    username,
    append(node(`<wsse:Username xmlns:wsse="${WSSE}">admin</wsse:Username>`)),
  ]);
  yield draft('emptied', 'The token is emptied.', [token, content()]);
  yield draft(
    'unknown-child',
    'The token holds something unknown that is like a password.',
    [token, append(node('<x:Password xmlns:x="urn:attacker">x</x:Password>'))],
    [password, remove],
  );
  if (password !== undefined) {
    const digest = password.attributes.some(({ value }) => value.endsWith('#PasswordDigest'));
    yield draft('no-password', 'The password is taken out.', [password, remove]);
    yield draft('empty-password', 'The password is empty.', [password, content()]);
    yield draft('other-password', 'Another password.', [
      password,
      content(digest ? 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' : 'guess'),
    ]);
    yield draft('two-passwords', 'Two passwords.', [password, after({ ...password, children: ['guess'] })]);
    yield draft('two-passwords-first', 'Two passwords, the wrong one first.', [
      password,
      before({ ...password, children: ['guess'] }),
    ]);
    yield draft('unknown-type', 'A password of an unknown type.', [password, set('Type', 'urn:attacker')]);
    yield draft('element-in-password', 'An element within the password.', [
      password,
      append(node('<x:Y xmlns:x="urn:attacker">x</x:Y>')),
    ]);
    if (digest) {
      yield draft('digest-as-text', 'The digest is said to be the password itself.', [
        password,
        set('Type', `${PROFILE}#PasswordText`),
      ]);
      yield draft('digest-untyped', 'The digest loses its type.', [password, unset('Type')]);
      yield draft('no-nonce', 'The Nonce is taken out.', [nonce, remove]);
      yield draft('other-nonce', 'Another Nonce.', [nonce, content('AAAAAAAAAAAAAAAAAAAAAA==')]);
      yield draft('empty-nonce', 'An empty Nonce.', [nonce, content()]);
      yield draft('no-created', 'Created is taken out.', [created, remove]);
      yield draft('other-created', 'Created is put off, so that the token lives longer.', [
        created,
        content('2099-01-01T00:00:00Z'),
      ]);
      yield draft(
        'nonce-and-created-shifted',
        'An octet of Created is moved into the Nonce: the digest joins them without a mark between.',
        ...shifted(nonce, created),
      );
      yield draft('two-nonces', 'Two Nonces.', [
        nonce,
        after({ ...(nonce ?? token), children: ['AAAAAAAAAAAAAAAAAAAAAA=='] }),
      ]);
      yield draft('two-created', 'Two Createds.', [
        created,
        after({ ...(created ?? token), children: ['2099-01-01T00:00:00Z'] }),
      ]);
    } else {
      yield draft('text-as-digest', 'The password is said to be a digest.', [
        password,
        set('Type', `${PROFILE}#PasswordDigest`),
      ]);
    }
  }
  if (salt !== undefined || iteration !== undefined) {
    const count = (value: string): readonly [XmlElement, Edit] =>
      iteration === undefined
        ? [token, append(node(`<wsse11:Iteration xmlns:wsse11="${WSSE_11}">${value}</wsse11:Iteration>`))]
        : [iteration, content(value)];
    for (const value of ['0', '1', '-1', '2147483647', '99999999999999999999', 'x']) {
      yield draft(`iteration-${value}`, `The key is to be derived in ${value} rounds.`, count(value));
    }
    yield draft('no-salt', 'The Salt is taken out.', [salt, remove]);
    yield draft('other-salt', 'Another Salt.', [salt, content('AQAAAAAAAAAAAAAAAAAAAA==')]);
    yield draft('huge-salt', 'A Salt of 100,000 octets.', [salt, content(Buffer.alloc(100_000).toString('base64'))]);
    yield draft('two-salts', 'Two Salts.', [
      salt,
      after({ ...(salt ?? token), children: ['AQAAAAAAAAAAAAAAAAAAAA=='] }),
    ]);
  }
};

/** The octets that the digest is made of are the same; where Nonce ends and Created begins is not. */
function shifted(
  nonce: XmlElement | undefined,
  created: XmlElement | undefined,
): readonly (readonly [XmlElement, Edit])[] {
  if (nonce === undefined || created === undefined) return [];
  const text = created.children.join('');
  const octets = Buffer.concat([Buffer.from(nonce.children.join(''), 'base64'), Buffer.from(text.slice(0, 1))]);
  return [
    [nonce, content(octets.toString('base64'))],
    [created, content(text.slice(1))],
  ];
}
