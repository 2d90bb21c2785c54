/** When an initiator renews its contexts. */
export interface RenewalConfig {
  /** After which part of a context's lifetime, 0 to 1; 1 or more: never. Default 0.8. */
  readonly at: number;
  /** By how much of the lifetime that is moved at random to either side, so that many do not come at once. Default 0.05. */
  readonly jitter: number;
  /** How long after a failure it is tried again at first, milliseconds; each time it doubles. Default 5,000. */
  readonly retry: number;
}

export const defaultRenewalConfig: RenewalConfig = { at: 0.8, jitter: 0.05, retry: 5_000 };

/**
 * Where the renewal of one context is.
 *
 * | state | `due` | `renewed` | `failed` | `refused` |
 * |---|---|---|---|---|
 * | waiting | renewing | - | - | - |
 * | renewing | - | waiting, for the next one | waiting, for another attempt, or given up at the end | given up |
 * | given up | - | - | - | - |
 *
 * What is given up ends with its lifetime, and another context takes its place when one is needed.
 */
export type Renewal =
  | { readonly state: 'waiting'; readonly until: number; readonly failures: number }
  | { readonly state: 'renewing'; readonly failures: number }
  | { readonly state: 'given-up' };

/** What happens to it; instants are milliseconds since the epoch. */
export type RenewalEvent =
  /** Its time has come. */
  | { readonly kind: 'due' }
  /** The context has new keys. @param random 0 to 1 */
  | { readonly kind: 'renewed'; readonly created: number; readonly expires: number; readonly random: number }
  /** No answer, or none that says anything: trying again may help, until the context expires. */
  | { readonly kind: 'failed'; readonly now: number; readonly expires: number }
  /** The recipient will not. */
  | { readonly kind: 'refused' };

/** The renewal of a context that was established or restored just now. @param random 0 to 1 */
export function awaitedRenewal(
  { created, expires }: { readonly created: number; readonly expires: number },
  { at, jitter }: RenewalConfig,
  random: number,
): Renewal {
  if (at >= 1) return { state: 'given-up' };
  const part = Math.min(Math.max(at + jitter * (2 * random - 1), 0), 1);
  return { state: 'waiting', until: created + (expires - created) * part, failures: 0 };
}

/** What the event makes of it; what does not concern its state changes nothing. */
export function nextRenewal(renewal: Renewal, event: RenewalEvent, config: RenewalConfig): Renewal {
  switch (event.kind) {
    case 'due':
      return renewal.state === 'waiting' ? { state: 'renewing', failures: renewal.failures } : renewal;
    case 'renewed':
      return renewal.state === 'renewing' ? awaitedRenewal(event, config, event.random) : renewal;
    case 'failed': {
      if (renewal.state !== 'renewing') return renewal;
      const until = event.now + config.retry * 2 ** renewal.failures;
      if (until >= event.expires) return { state: 'given-up' };
      return { state: 'waiting', until, failures: renewal.failures + 1 };
    }
    case 'refused':
      return renewal.state === 'renewing' ? { state: 'given-up' } : renewal;
    default:
      return event satisfies never;
  }
}

/** Whether it is to be renewed now. */
export function isDue(renewal: Renewal, now: number): boolean {
  return renewal.state === 'waiting' && renewal.until <= now;
}
