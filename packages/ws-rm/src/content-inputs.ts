import type { RmContent } from './read-content.js';
import type { SessionInput } from './session.js';
import type { Session } from './session-state.js';

/** The wsrm:Identifiers of a session's two sequences by their direction, as far as they exist. */
export function sequencesOf({ role, source, destination, offer }: Session): {
  readonly outbound: string | undefined;
  readonly inbound: string | undefined;
} {
  if (role === 'initiator') {
    return {
      outbound: source.kind === 'none' || source.kind === 'creating' ? undefined : source.identifier,
      inbound: offer,
    };
  }
  return { outbound: offer, inbound: destination.kind === 'none' ? undefined : destination.identifier };
}

/**
 * What a message says about the sequences of a session, header block by header block: acknowledgements, requests for
 * them, a fault, the end of a sequence. What is about other sequences is left out, and so is the message's own number.
 */
export function inputsOf(session: Session, content: RmContent, jitter?: number): SessionInput[] {
  const { outbound, inbound } = sequencesOf(session);
  const vary = jitter === undefined ? {} : { jitter };
  const inputs: SessionInput[] = [];
  for (const { value } of content.headers.acknowledgements) {
    if (value.identifier !== outbound) continue;
    inputs.push({ to: 'source', input: { kind: 'acknowledgement', acknowledgement: value, ...vary } });
  }
  inputs.push(...faultInputs(session, content), ...bodyInputs(session, content, vary));
  if (content.headers.ackRequests.some(({ value }) => value.identifier === inbound)) {
    inputs.push({ to: 'destination', input: { kind: 'ack-requested' } });
  }
  return inputs;
}

function faultInputs(session: Session, { rmFault }: RmContent): readonly SessionInput[] {
  if (rmFault === undefined) return [];
  const { outbound, inbound } = sequencesOf(session);
  const { code, identifier } = rmFault;
  // A fault that does not say which sequence it is about is about the one that leads.
  const about = identifier ?? (session.role === 'initiator' ? outbound : inbound);
  if (about !== outbound && about !== inbound) return [];
  const side = about === outbound ? 'source' : 'destination';
  switch (code) {
    case 'SequenceTerminated':
      return [{ to: side, input: { kind: 'fault', code: 'terminated' } }];
    case 'UnknownSequence':
      return [{ to: side, input: { kind: 'fault', code: 'unknown' } }];
    case 'SequenceClosed':
      return side === 'source' ? [{ to: side, input: { kind: 'fault', code: 'closed' } }] : [];
    case 'MessageNumberRollover':
      return side === 'source' ? [{ to: side, input: { kind: 'fault', code: 'rollover' } }] : [];
    case 'InvalidAcknowledgement':
      return side === 'destination' ? [{ to: side, input: { kind: 'fault', code: 'invalid-acknowledgement' } }] : [];
    case 'CreateSequenceRefused':
    case 'WSRMRequired':
      return [];
  }
}

function bodyInputs(
  session: Session,
  { body }: RmContent,
  vary: { readonly jitter?: number },
): readonly SessionInput[] {
  if (body === undefined || body.kind === 'create-sequence' || body.kind === 'create-sequence-response') return [];
  const { outbound, inbound } = sequencesOf(session);
  const { identifier } = body.value;
  if (identifier === outbound) {
    switch (body.kind) {
      case 'close-sequence':
        return [{ to: 'source', input: { kind: 'close-by-destination' } }];
      case 'close-sequence-response':
        return [{ to: 'source', input: { kind: 'close-response', ...vary } }];
      case 'terminate-sequence':
        return [{ to: 'source', input: { kind: 'terminate-by-destination' } }];
      case 'terminate-sequence-response':
        return [{ to: 'source', input: { kind: 'terminate-response' } }];
    }
  }
  if (identifier !== inbound) return [];
  switch (body.kind) {
    case 'close-sequence':
    case 'terminate-sequence': {
      const { lastMessageNumber } = body.value;
      const last = lastMessageNumber === undefined ? {} : { lastMessageNumber };
      const kind = body.kind === 'close-sequence' ? 'close' : 'terminate';
      return [{ to: 'destination', input: { kind, ...last } }];
    }
    case 'close-sequence-response':
      return [{ to: 'destination', input: { kind: 'close-response' } }];
    case 'terminate-sequence-response':
      return [{ to: 'destination', input: { kind: 'terminate-response' } }];
  }
}
