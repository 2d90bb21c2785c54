import { createSecureContext } from 'node:tls';
import { UsageError } from '../errors.js';

/** PEM text, or the bytes of it. */
export type Pem = string | Uint8Array;

/** PEM as `node:tls` takes it. */
export function pemOf(pem: Pem): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem);
}

/** One or several PEM as `node:tls` takes them. */
export function pemsOf(pems: Pem | readonly Pem[]): (string | Buffer)[] {
  return typeof pems === 'string' || pems instanceof Uint8Array ? [pemOf(pems)] : pems.map(pemOf);
}

/** @throws UsageError `invalid-option` when certificate and key cannot be read or do not belong together */
export function checkKeyPair(
  role: string,
  { cert, key, passphrase }: { readonly cert?: Pem; readonly key?: Pem; readonly passphrase?: string },
): void {
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert: pemOf(cert), key: pemOf(key), ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    throw new UsageError(
      'invalid-option',
      `The options "tls.cert" and "tls.key" of ${role} must be the PEM of a certificate and of its private key.`,
      { cause },
    );
  }
}
