import {
  type DestinationConfig,
  defaultDestinationConfig,
  defaultSourceConfig,
  type SourceConfig,
} from '#src/config.js';
import { createdDestination, type DestinationState, noDestination } from '#src/destination-state.js';
import { type AcknowledgementRange, noRanges } from '#src/ranges.js';
import { type InFlight, noSource, type SourceState } from '#src/source-state.js';

export const NOW = 1_000_000;
export const SEQUENCE = 'urn:test:sequence';
export const sourceConfig: SourceConfig = { ...defaultSourceConfig, inactivityTimeout: 0 };
export const destinationConfig: DestinationConfig = { ...defaultDestinationConfig, inactivityTimeout: 0 };

export type SourceKind = SourceState['kind'];
export type DestinationKind = DestinationState['kind'];

export function inFlight(number: bigint, more: Partial<InFlight> = {}): InFlight {
  return { number, request: false, attempts: 1, dueAt: NOW + 2_000, acknowledged: false, ...more };
}

/** A source in each state. Messages 1 … 3 were sent: 1 is acknowledged, and 2 and 3 are not unless `settled`. */
export function sourceIn(kind: SourceKind, settled = false): SourceState {
  const window = settled ? [] : [inFlight(2n), inFlight(3n)];
  const living = {
    nextNumber: 4n,
    unsent: 4n,
    acknowledged: settled ? [{ lower: 1n, upper: 3n }] : [{ lower: 1n, upper: 1n }],
    window,
    loading: false,
    heardAt: NOW,
    identifier: SEQUENCE,
  };
  const repeated = { attempts: 1, dueAt: NOW + 2_000 };
  switch (kind) {
    case 'none':
      return noSource;
    case 'creating':
      return {
        kind,
        nextNumber: 3n,
        unsent: 3n,
        acknowledged: noRanges,
        window: [inFlight(1n, { attempts: 0, dueAt: NOW }), inFlight(2n, { attempts: 0, dueAt: NOW })],
        loading: false,
        heardAt: NOW,
        closeWanted: false,
        ...repeated,
      };
    case 'created':
    case 'rollover':
      return { kind, ...living, closeWanted: false };
    case 'closing':
      return { kind, ...living, ...repeated };
    case 'closed':
      return { kind, ...living, window: [] };
    case 'terminating':
      return { kind, ...living, window: [], ...repeated };
  }
}

/** A destination in each state. 1 and 3 were received, and 1 is delivered. */
export function destinationIn(kind: DestinationKind): DestinationState {
  if (kind === 'none') return noDestination;
  const created = createdDestination(SEQUENCE, NOW);
  if (created.kind !== 'created') throw new Error('A created destination is not created.');
  const received: readonly AcknowledgementRange[] = [
    { lower: 1n, upper: 1n },
    { lower: 3n, upper: 3n },
  ];
  const some = { ...created, received, delivered: [{ lower: 1n, upper: 1n }] };
  switch (kind) {
    case 'created':
      return some;
    case 'closed':
      return { ...some, kind };
    case 'terminating':
      return { ...some, kind, attempts: 1, dueAt: NOW + 2_000 };
  }
}
