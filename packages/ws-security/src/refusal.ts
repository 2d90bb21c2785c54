import { SecurityError } from '@holdfast/soap';

/** An algorithm outside the agreed suite. */
export function notAllowed(what: string, algorithm: string): never {
  throw new SecurityError(
    'algorithm-not-allowed',
    `The ${what} algorithm "${algorithm.slice(0, 100)}" is not of the agreed suite.`,
  );
}

/** A token, or a way to name one, that is not spoken here. */
export function unsupported(message: string): never {
  throw new SecurityError('unsupported-token', message);
}

/** A Security header that is not as it must be. */
export function invalid(message: string): never {
  throw new SecurityError('security-header-invalid', message);
}

/** Whatever is wrong with a ciphertext: it must not be told apart. */
export function undecryptable(): SecurityError {
  return new SecurityError(
    'decryption-failed',
    'An encrypted part cannot be decrypted with the key that the message names.',
  );
}
