import type { SourceConfig } from './config.js';
import type { Instant } from './instant.js';
import { contains, normalize, type Ranges } from './ranges.js';
import { backoff } from './retransmission.js';
import type { SourceEffect } from './source-events.js';
import type { EstablishedSource, InFlight } from './source-state.js';

/** What acknowledgements settle. A request goes on until its reply is there. */
export function settledBy(
  state: EstablishedSource,
  fresh: Ranges,
  config: SourceConfig,
): { readonly window: readonly InFlight[]; readonly settled: Ranges } {
  if (fresh.length === 0) return { window: state.window, settled: [] };
  if (config.transmission === 'onRequest') return { window: state.window, settled: fresh };
  const window: InFlight[] = [];
  const settled: bigint[] = [];
  for (const each of state.window) {
    if (!contains(fresh, each.number)) window.push(each);
    else if (each.request) window.push({ ...each, acknowledged: true });
    else settled.push(each.number);
  }
  return { window, settled: normalize(settled.map((number) => ({ lower: number, upper: number }))) };
}

/** Sends every message that is due. */
export function sendDue(
  window: readonly InFlight[],
  now: Instant,
  jitter: number | undefined,
  config: SourceConfig,
): { readonly window: readonly InFlight[]; readonly effects: readonly SourceEffect[] } {
  const effects: SourceEffect[] = [];
  const next = window.map((each) => {
    if (each.dueAt > now) return each;
    const { sent, effect } = send(each, now, jitter, config);
    effects.push(effect);
    return sent;
  });
  return effects.length === 0 ? { window, effects } : { window: next, effects };
}

export function send(
  message: InFlight,
  now: Instant,
  jitter: number | undefined,
  config: SourceConfig,
): { readonly sent: InFlight; readonly effect: SourceEffect } {
  const attempts = message.attempts + 1;
  return {
    sent: { ...message, attempts, dueAt: now + backoff(attempts, jitter, config.retransmission) },
    effect: { kind: 'transmit', number: message.number, attempt: attempts },
  };
}

/** One message that cannot be delivered breaks the sequence; a reply that never comes fails only its own request. */
export function giveUp(
  window: readonly InFlight[],
  now: Instant,
  maxAttempts: number,
): { readonly window: readonly InFlight[]; readonly failed: Ranges; readonly isBroken: boolean } {
  const spent = window.filter(({ attempts, dueAt }) => dueAt <= now && attempts >= maxAttempts);
  return {
    window: spent.length === 0 ? window : window.filter((each) => !spent.includes(each)),
    failed: spent.map(({ number }) => ({ lower: number, upper: number })),
    isBroken: spent.some(({ acknowledged }) => !acknowledged),
  };
}
