import type { ReadEnvelope, SoapVersion, XmlElement } from '@holdfast/soap';
import type { AckRequested } from './elements/ack-requested.js';
import type { CreateSequence } from './elements/create-sequence.js';
import type { CreateSequenceResponse } from './elements/create-sequence-response.js';
import type { EndingRequest, EndingResponse } from './elements/ending.js';
import type { RmNames } from './elements/parts.js';
import type { Sequence } from './elements/sequence.js';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import type { SequenceFault } from './elements/sequence-fault.js';

/** A header block with what it says. A proof is asked about the element. */
export interface Block<Value> {
  readonly element: XmlElement;
  readonly value: Value;
}

/** The header blocks of WS-RM in one message. */
export interface RmHeaders {
  readonly sequence?: Block<Sequence>;
  readonly acknowledgements: readonly Block<SequenceAcknowledgement>[];
  readonly ackRequests: readonly Block<AckRequested>[];
  /** SOAP 1.1 only. */
  readonly fault?: Block<SequenceFault>;
  readonly usesSequenceStr?: XmlElement;
  readonly usesSequenceSsl?: XmlElement;
}

/** The protocol element that a Body carries. */
export type RmBody =
  | { readonly kind: 'create-sequence'; readonly value: CreateSequence }
  | { readonly kind: 'create-sequence-response'; readonly value: CreateSequenceResponse }
  | { readonly kind: 'close-sequence'; readonly value: EndingRequest }
  | { readonly kind: 'close-sequence-response'; readonly value: EndingResponse }
  | { readonly kind: 'terminate-sequence'; readonly value: EndingRequest }
  | { readonly kind: 'terminate-sequence-response'; readonly value: EndingResponse };

/** The wsa:Action of each protocol message. */
export interface RmActions {
  readonly 'create-sequence': string;
  readonly 'create-sequence-response': string;
  readonly 'close-sequence': string;
  readonly 'close-sequence-response': string;
  readonly 'terminate-sequence': string;
  readonly 'terminate-sequence-response': string;
  readonly 'sequence-acknowledgement': string;
  readonly 'ack-requested': string;
  readonly fault: string;
}

/** One version of WS-RM on the wire. The cores and the shells know versions only through this. */
export interface RmCodec {
  readonly version: '1.1';
  readonly namespace: string;
  readonly names: RmNames;
  readonly actions: RmActions;
  /**
   * The header blocks of this version that are for the ultimate receiver.
   * @throws InvalidMessageError `invalid-element` when one is malformed, or stands there more often than it may
   */
  readHeaders(envelope: ReadEnvelope): RmHeaders;
  /**
   * The protocol element in the Body, if it is one of this version.
   * @throws InvalidMessageError `invalid-element` when it is malformed
   */
  readBody(envelope: ReadEnvelope): RmBody | undefined;
  writeBody(body: RmBody): XmlElement;
  writeSequence(value: Sequence, soap: SoapVersion): XmlElement;
  writeAcknowledgement(value: SequenceAcknowledgement): XmlElement;
  writeAckRequested(value: AckRequested): XmlElement;
  writeUsesSequenceStr(soap: SoapVersion): XmlElement;
}
