import { createHash } from 'node:crypto';
import { SecurityError } from '@holdfast/soap';
import { equalSecrets } from '../algorithms/digest.js';
import { invalid, unsupported } from '../refusal.js';
import type { ReplayCache } from '../replay-cache.js';
import { usernameKey } from './derived-key.js';
import { type Password, passwordDigest, passwordOctets } from './password-digest.js';
import type { UsernameCreated, UsernamePassword, UsernameToken } from './username-token.js';

/** A user whose password stands behind a token. */
export interface AuthenticatedUser {
  readonly kind: 'UsernameToken';
  /** The user's name. */
  readonly id: string;
  /** `user:` and the name, as a ProvenToken has it. */
  readonly identity: string;
}

/** The password of a user, or its equivalent; `undefined`: there is no such user. */
export type PasswordLookup = (username: string) => Password | undefined;

export interface UsernameAuthentication {
  readonly password: PasswordLookup;
  readonly now: Date;
  /** Ways to show the password that are accepted. Text belongs on an encrypted connection, or encrypted. */
  readonly accept: readonly UsernamePassword['type'][];
  /** How old a token may be, milliseconds. Default 300,000 (UsernameToken Profile 1.1 §3.1). */
  readonly maxAge?: number;
  /** How much the clocks may differ, milliseconds. Default 60,000. */
  readonly clockSkew?: number;
  /** Remembers nonces. Without it a token can be repeated as long as it is fresh. */
  readonly replayCache?: ReplayCache;
  /** Accepts a digest without Nonce or Created, which whoever overheard it may use for ever. Default false. */
  readonly dangerouslyAcceptDigestWithoutNonce?: boolean;
}

const DEFAULT_MAX_AGE = 300_000;
const DEFAULT_CLOCK_SKEW = 60_000;

/**
 * Whether the one who made the token knows the user's password (UsernameToken Profile 1.1 §3.1). An unknown user and a
 * wrong password are the same refusal, for the same work.
 * @throws SecurityError `token-not-trusted`; `message-expired`, `message-from-the-future`; `replayed`;
 * `security-header-invalid` for a digest without Nonce or Created; `unsupported-token` when the password is shown in a
 * way that is not accepted, or not at all
 */
export function authenticateUsername(token: UsernameToken, options: UsernameAuthentication): AuthenticatedUser {
  const { username, password, nonce, created } = token;
  if (password === undefined) unsupported('A UsernameToken without a Password proves nothing.');
  if (!options.accept.includes(password.type)) {
    unsupported(`A UsernameToken shows its password as ${password.type}, which is not accepted.`);
  }
  if (
    password.type === 'digest' &&
    (nonce === undefined || created === undefined) &&
    options.dangerouslyAcceptDigestWithoutNonce !== true
  ) {
    invalid('A UsernameToken with a digest must have Nonce and Created.');
  }
  assertFresh(created, options);
  const known = options.password(username);
  const shown = password.value;
  const expected = expectedValue(password.type, token, known ?? DECOY);
  const equal = equalSecrets(fingerprint(shown), fingerprint(expected));
  if (!equal || known === undefined) wrongUserOrPassword();
  admit(token, options);
  return { kind: 'UsernameToken', id: username, identity: `user:${username}` };
}

/**
 * The key of a token that shows no password: whatever it signed, the user has signed. To be proven, it must have signed
 * something.
 * @throws SecurityError `token-not-trusted` for an unknown user, for the work that a known one costs;
 * `security-header-invalid` when the token has no Salt, or asks for too many iterations
 */
export function usernameTokenKey(token: UsernameToken, password: PasswordLookup): Buffer {
  const { salt, iteration, username } = token;
  if (salt === undefined || iteration === undefined) invalid('A UsernameToken has no Salt to derive a key with.');
  const known = password(username);
  const key = usernameKey(known ?? DECOY, salt, iteration);
  if (known === undefined) wrongUserOrPassword();
  return key;
}

/** Stands for the password of a user who is unknown; that it is not accepted does not depend on its value. */
const DECOY = 'a password';

function expectedValue(type: UsernamePassword['type'], token: UsernameToken, password: Password): Uint8Array {
  switch (type) {
    case 'text':
      return passwordOctets(password);
    case 'digest':
      return Buffer.from(passwordDigest(token.nonce, token.created?.text, password), 'latin1');
    default:
      return type satisfies never;
  }
}

/** Of one length, whatever is compared. */
function fingerprint(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}

function wrongUserOrPassword(): never {
  throw new SecurityError('token-not-trusted', 'The user of a UsernameToken is unknown, or the password is wrong.');
}

function assertFresh(created: UsernameCreated | undefined, options: UsernameAuthentication): void {
  if (created === undefined) return;
  const { maxAge = DEFAULT_MAX_AGE, clockSkew = DEFAULT_CLOCK_SKEW, now } = options;
  const age = now.getTime() - created.instant.getTime();
  if (age > maxAge + clockSkew) {
    throw new SecurityError(
      'message-expired',
      `A UsernameToken was created ${age} ms ago; ${maxAge} ms (maxAge) and ${clockSkew} ms of clock skew are allowed.`,
    );
  }
  if (age < -clockSkew) {
    throw new SecurityError(
      'message-from-the-future',
      `A UsernameToken was created ${-age} ms ahead of this clock; ${clockSkew} ms of clock skew are allowed.`,
    );
  }
}

/** Only after the password was right: nobody else may fill the cache, or use a nonce up. */
function admit({ username, nonce, created }: UsernameToken, options: UsernameAuthentication): void {
  if (nonce === undefined || options.replayCache === undefined) return;
  const { maxAge = DEFAULT_MAX_AGE, clockSkew = DEFAULT_CLOCK_SKEW, now } = options;
  const from = created?.instant ?? now;
  const until = new Date(from.getTime() + maxAge + clockSkew + 1);
  const key = createHash('sha256')
    .update(`${nonce.toString('base64')} ${username}`)
    .digest('base64');
  options.replayCache.admit(`username-nonce ${key}`, until, now);
}
