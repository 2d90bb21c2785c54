import { createHash } from 'node:crypto';
import type { UsernameToken } from './username-token.js';

/** A password, or the octets that stand for it where only its hash is kept (a password equivalent). */
export type Password = string | Uint8Array;

/**
 * SHA-1 of nonce, created and password (UsernameToken Profile 1.1 §3.1), Base64. What the token lacks is left out (BSP
 * R4212).
 * @param created the characters of wsu:Created, exactly
 */
export function passwordDigest(nonce: Uint8Array | undefined, created: string | undefined, password: Password): string {
  const hash = createHash('sha1');
  if (nonce !== undefined) hash.update(nonce);
  if (created !== undefined) hash.update(created, 'utf8');
  return hash.update(passwordOctets(password)).digest('base64');
}

/** Whose token it is, and what with and when it is made. */
export interface DigestTokenRequest {
  readonly username: string;
  readonly password: Password;
  /** Octets that are used this once: 16 at least. */
  readonly nonce: Uint8Array;
  readonly now: Date;
}

/** A UsernameToken that shows a digest of the password, with Nonce and Created. */
export function digestToken({ username, password, nonce, now }: DigestTokenRequest): UsernameToken {
  const created = now.toISOString();
  return {
    username,
    password: { type: 'digest', value: passwordDigest(nonce, created, password) },
    nonce: Buffer.from(nonce),
    created: { text: created, instant: now },
  };
}

export function passwordOctets(password: Password): Uint8Array {
  return typeof password === 'string' ? Buffer.from(password, 'utf8') : password;
}
