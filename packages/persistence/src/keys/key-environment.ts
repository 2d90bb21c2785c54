import { UsageError } from '@holdfast/soap';
import type { KeySource } from './key-source.js';
import { KEY_RECIPE, keyFromText } from './key-text.js';

/**
 * A key in an environment variable: 32 bytes in base64, base64url or hexadecimal. Read when the store opens.
 *
 * @throws UsageError (from the source) `missing-key` when the variable is not set or empty, `invalid-key` when it is not a key
 */
export function keyFromEnvironment(name: string): KeySource {
  return () => {
    const text = process.env[name];
    if (text === undefined || text.trim() === '') {
      throw new UsageError(
        'missing-key',
        `The environment variable ${name} is not set. It must have the key of the store; a new one is made with: ${KEY_RECIPE}`,
      );
    }
    return keyFromText(text, `The environment variable ${name}`);
  };
}
