import type { ProtectionToken } from './description.js';

/**
 * Whether a signature is that of one message only, and repeats it when it comes again. With the transport binding a shared
 * key that was not derived signs little more than the Timestamp: messages of one instant have the same signature there
 * (Metro counts in seconds), and it is TLS that keeps messages from being repeated.
 */
export function isSingleUse(
  protection: ProtectionToken,
  { asymmetric, derived }: { readonly asymmetric: boolean; readonly derived: boolean },
): boolean {
  return protection !== 'transport' || asymmetric || derived;
}
