import { type ProtocolCode, ProtocolError } from '@holdfast/soap';
import type { EndReason } from './source-state.js';

const endings: Readonly<Record<EndReason, readonly [ProtocolCode, string]>> = {
  terminated: ['sequence-terminated', 'The sequence was terminated before the message was through.'],
  refused: [
    'sequence-refused',
    'The peer refused to create the sequence. The cause has its answer; the reason is in its log.',
  ],
  'terminated-by-peer': ['sequence-terminated', 'The peer terminated the sequence.'],
  'unknown-to-peer': [
    'sequence-unknown',
    'The peer does not know the sequence any more. Begin another; check what of the unacknowledged messages arrived.',
  ],
  expired: ['sequence-expired', 'The lifetime of the sequence is over. Ask for a longer one.'],
  inactive: ['sequence-expired', 'The peer was not heard for as long as inactivityTimeout allows.'],
  exhausted: ['delivery-failed', 'A message was sent as often as maxAttempts allows, without success.'],
  violated: ['unexpected-message', 'The peer broke the protocol, and the sequence had to end.'],
};

/** Why what was asked of a sequence will not come, for the caller. */
export function endingError(reason: EndReason, cause?: unknown): ProtocolError {
  const [code, message] = endings[reason];
  return new ProtocolError(code, message, { cause });
}

/** For a caller whose message another process has dealt with. */
export function takenElsewhere(what: 'reply' | 'session'): ProtocolError {
  return new ProtocolError(
    'delivery-failed',
    `Another process that uses the same store took the ${what}. Give each process its own store, or end one before the next begins.`,
  );
}
