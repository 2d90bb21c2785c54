import {
  type Addressing,
  ANONYMOUS,
  endpointReference,
  faultAddressing,
  faultEnvelope,
  NONE,
  type OutgoingMessage,
  replyAddressing,
  type SoapFault,
  type SoapVersion,
  type XmlElement,
} from '@holdfast/soap';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import type { RmActions, RmBody, RmCodec } from './rm-codec.js';

/** What every message about a session has in common. */
export interface Style {
  readonly codec: RmCodec;
  readonly soap: SoapVersion;
  /** UUID of the security context that protects it. */
  readonly securityContext: string | undefined;
}

/** The header blocks of WS-RM that go with a message. */
export interface Riders {
  readonly sequence?: { readonly identifier: string; readonly messageNumber: bigint };
  readonly acknowledgement?: SequenceAcknowledgement;
  /** The identifier of the sequence that an acknowledgement is asked for. */
  readonly ackRequested?: string;
}

/** An application's message with its place in the sequence. Its own action and addressing stay (RM-3.3-2). */
export function withRiders(message: OutgoingMessage, riders: Riders, style: Style): OutgoingMessage {
  const { envelope, addressing } = message;
  const headers = [...writeRiders(riders, style), ...envelope.headers];
  return under(style, { envelope: { ...envelope, headers }, addressing });
}

/** A protocol request of the initiator: it has a MessageID, and its answer comes on the back channel. */
export function protocolRequest(
  body: RmBody,
  options: {
    readonly to: string;
    readonly messageId: string;
    readonly riders?: Riders;
    readonly headers?: readonly XmlElement[];
  },
  style: Style,
): OutgoingMessage {
  const { to, messageId, riders = {}, headers = [] } = options;
  return under(style, {
    envelope: {
      version: style.soap,
      headers: [...headers, ...writeRiders(riders, style)],
      body: [style.codec.writeBody(body)],
    },
    addressing: {
      action: style.codec.actions[body.kind],
      messageId,
      replyTo: endpointReference(ANONYMOUS),
      to,
    },
  });
}

/** The answer to a protocol request. */
export function protocolResponse(body: RmBody, request: Addressing, riders: Riders, style: Style): OutgoingMessage {
  return under(style, {
    envelope: { version: style.soap, headers: writeRiders(riders, style), body: [style.codec.writeBody(body)] },
    addressing: replyAddressing(request, style.codec.actions[body.kind]),
  });
}

/** A message with nothing but header blocks, sent as a request: an acknowledgement, or the wish for one. */
export function bareRequest(
  kind: 'sequence-acknowledgement' | 'ack-requested',
  options: { readonly to: string; readonly messageId: string; readonly riders: Riders },
  style: Style,
): OutgoingMessage {
  const { to, messageId, riders } = options;
  return under(style, {
    envelope: { version: style.soap, headers: writeRiders(riders, style), body: [] },
    addressing: {
      action: style.codec.actions[kind],
      messageId,
      replyTo: endpointReference(kind === 'ack-requested' ? ANONYMOUS : NONE),
      to,
    },
  });
}

/**
 * An acknowledgement that stands alone on the back channel. It goes to AcksTo, which is anonymous, whatever ReplyTo the
 * request had.
 */
export function bareResponse(request: Addressing, riders: Riders, style: Style): OutgoingMessage {
  const { replyTo: _, faultTo: __, ...rest } = request;
  return under(style, {
    envelope: { version: style.soap, headers: writeRiders(riders, style), body: [] },
    addressing: replyAddressing(rest, style.codec.actions['sequence-acknowledgement']),
  });
}

/** A fault on the back channel; a fault about a sequence goes to AcksTo, which is anonymous (RM-3.3-5). */
export function faultResponse(
  fault: SoapFault,
  request: Addressing,
  options: { readonly action?: keyof RmActions; readonly riders?: Riders },
  style: Style,
): OutgoingMessage {
  const { replyTo: _, faultTo: __, ...rest } = request;
  const { action, riders = {} } = options;
  const envelope = faultEnvelope(fault, style.soap);
  return under(style, {
    envelope: { ...envelope, headers: [...writeRiders(riders, style), ...envelope.headers] },
    addressing: faultAddressing(rest, fault, action === undefined ? {} : { action: style.codec.actions[action] }),
  });
}

function writeRiders({ sequence, acknowledgement, ackRequested }: Riders, { codec, soap }: Style): XmlElement[] {
  const blocks: XmlElement[] = [];
  if (sequence !== undefined) blocks.push(codec.writeSequence(sequence, soap));
  if (acknowledgement !== undefined) blocks.push(codec.writeAcknowledgement(acknowledgement));
  if (ackRequested !== undefined) blocks.push(codec.writeAckRequested({ identifier: ackRequested }));
  return blocks;
}

function under(style: Style, message: OutgoingMessage): OutgoingMessage {
  return style.securityContext === undefined ? message : { ...message, securityContext: style.securityContext };
}
