import type { SessionEffect } from './session.js';
import type { Session } from './session-state.js';

/** Whether the step made a difference that must outlast the process before its effects are performed. */
export function mustCommit(before: Session, after: Session, effects: readonly SessionEffect[]): boolean {
  return (
    before.source.kind !== after.source.kind ||
    before.destination.kind !== after.destination.kind ||
    before.binding !== after.binding ||
    effects.some(({ of, effect }) => lasting[after.role][of].has(effect.kind))
  );
}

const lastingOfSource: ReadonlySet<string> = new Set([
  'send-create',
  'transmit',
  'send-close',
  'send-terminate',
  'failed',
  'ended',
]);
const lastingOfDestination = ['accept', 'undeliverable', 'ended', 'drained'];
const lastingOfSession: ReadonlySet<string> = new Set(['answered', 'over']);

const lasting: Readonly<Record<Session['role'], Readonly<Record<SessionEffect['of'], ReadonlySet<string>>>>> = {
  initiator: {
    source: lastingOfSource,
    destination: new Set(lastingOfDestination),
    session: lastingOfSession,
  },
  recipient: {
    source: lastingOfSource,
    // A message that the application is through with would be given to it again.
    destination: new Set([...lastingOfDestination, 'discard']),
    session: lastingOfSession,
  },
};
