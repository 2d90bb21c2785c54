import { type Clock, type Log, ProtocolError, type Scheduler } from '@holdfast/soap';
import type { SecurityContext } from './context.js';
import type { Random } from './random.js';
import { awaitedRenewal, isDue, nextRenewal, type Renewal, type RenewalConfig, type RenewalEvent } from './renewal.js';

/** What renewals happen with. */
export interface RenewerCollaborators {
  readonly clock: Clock;
  readonly random: Random;
  /** Absent: a context is renewed when it is used after its time has come, and not while nobody uses it. */
  readonly scheduler?: Scheduler;
  readonly log: Log;
}

/** Renews contexts before they end, each once at a time. */
export interface Renewer {
  /** Has a context renewed in time, that was established or restored just now. */
  watch(context: SecurityContext): void;
  /** Begins to renew the context in the background, if its time has come. */
  used(context: SecurityContext): void;
  /** No longer renews it. */
  forget(identifier: string): void;
  /** No longer renews any. */
  stop(): void;
}

/** @param renew renews a context, takes the result into use and answers it */
export function renewer(
  config: RenewalConfig,
  { clock, random, scheduler, log }: RenewerCollaborators,
  find: (identifier: string) => SecurityContext | undefined,
  renew: (context: SecurityContext) => Promise<SecurityContext>,
): Renewer {
  const renewals = new Map<string, { renewal: Renewal; cancel: () => void }>();
  const chance = (): number => Buffer.from(random(4)).readUInt32BE() / 2 ** 32;

  const put = (identifier: string, renewal: Renewal): void => {
    renewals.get(identifier)?.cancel();
    let cancel = (): void => undefined;
    if (renewal.state === 'waiting' && scheduler !== undefined) {
      const wait = Math.min(Math.max(renewal.until - clock.now(), 0), MAX_WAIT);
      cancel = scheduler.after(wait, () => {
        const context = find(identifier);
        if (context === undefined) renewals.delete(identifier);
        else if (isDue(renewal, clock.now())) used(context);
        else put(identifier, renewal);
      });
    }
    renewals.set(identifier, { renewal, cancel });
  };

  const happened = (identifier: string, event: RenewalEvent): void => {
    const known = renewals.get(identifier);
    if (known !== undefined) put(identifier, nextRenewal(known.renewal, event, config));
  };

  const used = (context: SecurityContext): void => {
    const { identifier } = context;
    const known = renewals.get(identifier);
    if (known === undefined || !isDue(known.renewal, clock.now())) return;
    happened(identifier, { kind: 'due' });
    renew(context).then(
      ({ created, expires }) => happened(identifier, { kind: 'renewed', created, expires, random: chance() }),
      (error: unknown) => {
        log({ level: 'warning', event: 'context-not-renewed', error, details: { context: identifier } });
        const isRefused = error instanceof ProtocolError && error.fault?.subcodes.some(({ local }) => FINAL.has(local));
        const { expires } = context;
        happened(identifier, isRefused ? { kind: 'refused' } : { kind: 'failed', now: clock.now(), expires });
      },
    );
  };

  const forget = (identifier: string): void => {
    renewals.get(identifier)?.cancel();
    renewals.delete(identifier);
  };

  return {
    watch: (context) => put(context.identifier, awaitedRenewal(context, config, chance())),
    used,
    forget,
    stop() {
      for (const identifier of [...renewals.keys()]) forget(identifier);
    },
  };
}

/** What a recipient says that will not renew, whenever it is asked. */
const FINAL: ReadonlySet<string> = new Set(['UnableToRenew', 'BadContextToken', 'BadRequest', 'InvalidRequest']);

/** The longest that a timer of Node.js waits. */
const MAX_WAIT = 2 ** 31 - 1;
