import {
  child,
  element,
  type FaultCode,
  isNamed,
  type Name,
  type SoapFault,
  type SoapVersion,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { MAX_MESSAGE_NUMBER, writeIdentifier } from './elements/parts.js';
import type { SequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import { type SequenceFault, writeSequenceFault } from './elements/sequence-fault.js';
import { netrm } from './namespaces.js';
import { lesser } from './ranges.js';
import type { RmCodec } from './rm-codec.js';

/** The faults of WS-RM 1.1 by the local name of their subcode (WS-RM 1.2 §4.2 … §4.8), with the published reasons. */
export const rmFaults = {
  SequenceTerminated: {
    code: 'Sender',
    reason: 'The Sequence has been terminated due to an unrecoverable error.',
    aboutSequence: true,
  },
  UnknownSequence: {
    code: 'Sender',
    reason: 'The value of wsrm:Identifier is not a known Sequence identifier.',
    aboutSequence: true,
  },
  InvalidAcknowledgement: {
    code: 'Sender',
    reason: 'The SequenceAcknowledgement violates the cumulative Acknowledgement invariant.',
    aboutSequence: true,
  },
  MessageNumberRollover: {
    code: 'Sender',
    reason: 'The maximum value for wsrm:MessageNumber has been exceeded.',
    aboutSequence: true,
  },
  SequenceClosed: {
    code: 'Sender',
    reason: 'The Sequence is closed and cannot accept new messages.',
    aboutSequence: true,
  },
  CreateSequenceRefused: {
    code: 'Sender',
    reason: 'The Create Sequence request has been refused by the RM Destination.',
    aboutSequence: false,
  },
  WSRMRequired: {
    code: 'Sender',
    reason: 'The RM Destination requires the use of WSRM.',
    aboutSequence: false,
  },
} as const satisfies Record<
  string,
  {
    readonly code: FaultCode;
    readonly reason: string;
    /** Whether SOAP 1.1 carries it as the header block wsrm:SequenceFault. */
    readonly aboutSequence: boolean;
  }
>;

export type RmFaultCode = keyof typeof rmFaults;

/** A fault to be sent, with what its detail needs. */
export type RmFault =
  | {
      readonly code: 'SequenceTerminated' | 'UnknownSequence' | 'SequenceClosed';
      readonly identifier: string;
    }
  | { readonly code: 'InvalidAcknowledgement'; readonly acknowledgement: SequenceAcknowledgement }
  | { readonly code: 'MessageNumberRollover'; readonly identifier: string; readonly maxMessageNumber: bigint }
  /** `busy`: a limit was reached; asking again later may help. */
  | { readonly code: 'CreateSequenceRefused'; readonly busy?: boolean }
  | { readonly code: 'WSRMRequired' };

/** A fault that came in. */
export interface ReceivedRmFault {
  readonly code: RmFaultCode;
  /** The sequence it is about, where the fault says so. */
  readonly identifier?: string;
  /** The peer says that asking again later may help. */
  readonly busy: boolean;
  /** The header block that carried it (SOAP 1.1): a proof is asked about it as well as about the Body. */
  readonly header?: XmlElement;
}

/**
 * The fault in the form of one SOAP version (WS-RM 1.2 §4.1). SOAP 1.2: subcode and detail. SOAP 1.1: about a sequence,
 * faultcode is Client and the header block wsrm:SequenceFault says which; otherwise faultcode is the QName itself.
 */
export function writeRmFault(fault: RmFault, codec: RmCodec, soap: SoapVersion): SoapFault {
  const { reason, aboutSequence } = rmFaults[fault.code];
  const busy = fault.code === 'CreateSequenceRefused' && fault.busy === true;
  const code = busy ? 'Receiver' : rmFaults[fault.code].code;
  const name = codec.names(fault.code);
  const detail = writeDetail(fault, codec);
  if (soap === '1.2') {
    return { code, subcodes: busy ? [name, netrm('ConnectionLimitReached')] : [name], reason, detail };
  }
  if (!aboutSequence) return { code, subcodes: [name], reason, detail: [] };
  const header = writeSequenceFault({ faultCode: name, detail }, codec.names);
  return { code, subcodes: [], reason, detail: [], headers: [header] };
}

/**
 * What a SOAP fault says about reliable messaging, if anything. SOAP 1.1: by the header block where there is one (WCF),
 * else by faultcode (Metro writes the QName there).
 * @param header the wsrm:SequenceFault of the message, where it has one
 */
export function readRmFault(
  fault: SoapFault,
  header: { readonly element: XmlElement; readonly value: SequenceFault } | undefined,
  codec: RmCodec,
): ReceivedRmFault | undefined {
  const code = codeOf(header?.value.faultCode ?? fault.subcodes[0], codec);
  if (code === undefined) return undefined;
  const detail = header === undefined ? fault.detail : [...header.value.detail, ...fault.detail];
  const identifier = identifierIn(detail, codec);
  return {
    code,
    busy: fault.subcodes.some(({ namespace, local }) => {
      const limit = netrm('ConnectionLimitReached');
      return namespace === limit.namespace && local === limit.local;
    }),
    ...(identifier === undefined ? {} : { identifier }),
    ...(header === undefined ? {} : { header: header.element }),
  };
}

function codeOf(name: Name | undefined, codec: RmCodec): RmFaultCode | undefined {
  if (name === undefined || name.namespace !== codec.namespace) return undefined;
  // WCF writes WsrmRequired where the schema has WSRMRequired.
  const local = name.local === 'WsrmRequired' ? 'WSRMRequired' : name.local;
  return Object.hasOwn(rmFaults, local) ? (local as RmFaultCode) : undefined;
}

function writeDetail(fault: RmFault, codec: RmCodec): readonly XmlElement[] {
  switch (fault.code) {
    case 'SequenceTerminated':
    case 'UnknownSequence':
    case 'SequenceClosed':
      return [writeIdentifier(fault.identifier, codec.names)];
    case 'MessageNumberRollover': {
      const most = lesser(fault.maxMessageNumber, MAX_MESSAGE_NUMBER);
      return [
        writeIdentifier(fault.identifier, codec.names),
        element(codec.names('MaxMessageNumber'), [], String(most)),
      ];
    }
    case 'InvalidAcknowledgement':
      return [codec.writeAcknowledgement(fault.acknowledgement)];
    case 'CreateSequenceRefused':
    case 'WSRMRequired':
      return [];
  }
}

function identifierIn(detail: readonly XmlElement[], codec: RmCodec): string | undefined {
  const name = codec.names('Identifier');
  for (const part of detail) {
    const found = isNamed(part, name) ? part : child(part, name);
    if (found !== undefined) return trimmedText(found);
  }
  return undefined;
}
