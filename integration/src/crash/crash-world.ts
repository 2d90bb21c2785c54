import type { LogEntry, WireExchange } from '@holdfast/soap';
import type { Random } from '@holdfast/ws-rm';
import type { VirtualTime } from '@holdfast/ws-rm/testing';
import type { CrashPlan, Mishap, Side } from './crash-plan.js';
import type { DurableStore, Medium } from './medium.js';
import type { Parties } from './parties.js';
import type { ProcessLife } from './process-life.js';
import type { Witness } from './witness.js';

/** What the processes of a run live in. */
export interface CrashWorld {
  readonly plan: CrashPlan;
  readonly parties: Parties;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly octets: (length: number) => Uint8Array;
  /** A number in [0, 1) of the run's own. */
  readonly dice: () => number;
  readonly witness: Witness;
  readonly media: Readonly<Record<Side, Medium>>;
  /** The way from the initiator to whatever recipient lives at the time, with its losses. */
  readonly link: WireExchange;
  log(side: Side, entry: LogEntry): void;
  /** The store of a side, as one of its processes has it. */
  store(side: Side, life: ProcessLife): DurableStore;
  /** One occasion more for a mishap; if it was planned the process is dead when this returns true. */
  strikes(side: Side, mishap: Mishap): boolean;
  /** Ends a process; the next one comes later. */
  die(side: Side): void;
}

export const ADDRESS = 'http://recipient.test/orders';

/** The operations of the service: one-way, answered, answered with a fault. */
export type Operation = 'notify' | 'ask' | 'reject';

export const NAMESPACE = 'urn:holdfast:test:crash';

export function actionOf(operation: Operation | 'answer'): string {
  return `${NAMESPACE}/${operation}`;
}
