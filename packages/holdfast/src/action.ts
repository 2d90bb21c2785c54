import { UsageError } from '@holdfast/soap';

/**
 * Whether this can be a wsa:Action: an absolute IRI (WS-Addressing 1.0 Core §3.1). A peer refuses any other for ever,
 * and with it all that comes after it in its sequence.
 * @throws UsageError `invalid-argument`
 */
export function assertAction(action: unknown): void {
  if (typeof action === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(action)) return;
  throw new UsageError(
    'invalid-argument',
    `The action must be an absolute URI, such as "urn:example:orders/place", and not "${String(action)}".`,
  );
}
