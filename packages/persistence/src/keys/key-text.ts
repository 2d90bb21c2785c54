import { UsageError } from '@holdfast/soap';

/** Length of a key-encryption key, in bytes. */
export const KEY_LENGTH = 32;

/** How a new key is made, for messages that must say it. */
export const KEY_RECIPE = 'openssl rand -base64 32';

/**
 * The key that a text means: 32 bytes in base64, base64url or hexadecimal.
 *
 * @param where names the place in the error, such as `The environment variable X`
 * @throws UsageError `invalid-key`; the text itself is never in the message
 */
export function keyFromText(text: string, where: string): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) {
    return new Uint8Array(Buffer.from(trimmed, 'hex'));
  }
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) {
    return new Uint8Array(Buffer.from(trimmed, 'base64'));
  }
  throw new UsageError(
    'invalid-key',
    `${where} is not a key: it must be 32 random bytes in base64 or hexadecimal. Make one with: ${KEY_RECIPE}`,
  );
}
