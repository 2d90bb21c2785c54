import { createHash } from 'node:crypto';
import { SecurityError, UsageError } from '@holdfast/soap';
import { type Password, passwordOctets } from './password-digest.js';
import { DEFAULT_ITERATION, type UsernameToken } from './username-token.js';

/**
 * Iterations that a peer may ask for: a message with more is refused, since each costs about a microsecond before
 * anything of it is proven. Twenty thousand are 20 ms; the stacks that are known to derive such keys write 1,000.
 */
export const MAX_ITERATION = 20_000;

/**
 * The key of a UsernameToken (UsernameToken Profile 1.1 §4): SHA-1 over password and salt, hashed again until there
 * were `iteration` hashes.
 * @returns 20 octets: all of them for a MAC, the first ones for encryption
 * @throws SecurityError `security-header-invalid` below 1,000 and above {@link MAX_ITERATION} iterations
 */
export function usernameKey(password: Password, salt: Uint8Array, iteration: number): Buffer {
  if (!Number.isInteger(iteration) || iteration < DEFAULT_ITERATION || iteration > MAX_ITERATION) {
    throw new SecurityError(
      'security-header-invalid',
      `Iteration of a UsernameToken must be from ${DEFAULT_ITERATION} to ${MAX_ITERATION}.`,
    );
  }
  let key = createHash('sha1').update(passwordOctets(password)).update(salt).digest();
  for (let hashes = 1; hashes < iteration; hashes++) key = createHash('sha1').update(key).digest();
  return key;
}

/** What the key of a UsernameToken is for, as the first octet of its Salt says it (§4). */
export type SaltPurpose = 'mac' | 'encryption';

const FIRST_OCTET = { mac: 1, encryption: 2 } as const satisfies Record<SaltPurpose, number>;

/**
 * A Salt of 16 octets, of which the first one says what the key is for.
 * @param random 15 octets that are used this once
 */
export function usernameSalt(purpose: SaltPurpose, random: Uint8Array): Buffer {
  if (random.length !== 15) throw new UsageError('invalid-argument', 'random: a Salt takes 15 random octets.');
  return Buffer.concat([Uint8Array.of(FIRST_OCTET[purpose]), random]);
}

/**
 * What a Salt says that the key is for; `undefined`: it says nothing. Stacks that derive further keys from this one do
 * not look, and older ones put the octet last, so this is for information.
 */
export function saltPurpose(salt: Uint8Array): SaltPurpose | undefined {
  return salt[0] === FIRST_OCTET.mac ? 'mac' : salt[0] === FIRST_OCTET.encryption ? 'encryption' : undefined;
}

/** A UsernameToken that a key is derived from: it holds no password. */
export function keyToken(username: string, salt: Uint8Array, iteration: number = DEFAULT_ITERATION): UsernameToken {
  return { username, salt: Buffer.from(salt), iteration };
}
