import { isElement, isForUs, type ReadEnvelope, type XmlElement } from '@holdfast/soap';
import { readAckRequested, writeAckRequested } from './elements/ack-requested.js';
import { readCreateSequence, writeCreateSequence } from './elements/create-sequence.js';
import { readCreateSequenceResponse, writeCreateSequenceResponse } from './elements/create-sequence-response.js';
import {
  readCloseSequence,
  readCloseSequenceResponse,
  readTerminateSequence,
  readTerminateSequenceResponse,
  writeCloseSequence,
  writeCloseSequenceResponse,
  writeTerminateSequence,
  writeTerminateSequenceResponse,
} from './elements/ending.js';
import { invalid } from './elements/parts.js';
import { readSequence, writeSequence } from './elements/sequence.js';
import { readSequenceAcknowledgement, writeSequenceAcknowledgement } from './elements/sequence-acknowledgement.js';
import { readSequenceFault } from './elements/sequence-fault.js';
import { writeUsesSequenceStr } from './elements/uses-sequence.js';
import { WSRM_11, wsrm11Names } from './namespaces.js';
import type { Block, RmBody, RmCodec, RmHeaders } from './rm-codec.js';

const names = wsrm11Names;

/** WS-ReliableMessaging 1.1 and 1.2 (namespace 200702). */
export const wsrm11: RmCodec = {
  version: '1.1',
  namespace: WSRM_11,
  names,
  actions: {
    'create-sequence': `${WSRM_11}/CreateSequence`,
    'create-sequence-response': `${WSRM_11}/CreateSequenceResponse`,
    'close-sequence': `${WSRM_11}/CloseSequence`,
    'close-sequence-response': `${WSRM_11}/CloseSequenceResponse`,
    'terminate-sequence': `${WSRM_11}/TerminateSequence`,
    'terminate-sequence-response': `${WSRM_11}/TerminateSequenceResponse`,
    'sequence-acknowledgement': `${WSRM_11}/SequenceAcknowledgement`,
    'ack-requested': `${WSRM_11}/AckRequested`,
    fault: `${WSRM_11}/fault`,
  },
  readHeaders,
  readBody,
  writeBody,
  writeSequence: (value, soap) => writeSequence(value, names, soap),
  writeAcknowledgement: (value) => writeSequenceAcknowledgement(value, names),
  writeAckRequested: (value) => writeAckRequested(value, names),
  writeUsesSequenceStr: (soap) => writeUsesSequenceStr(names, soap),
};

function readHeaders(envelope: ReadEnvelope): RmHeaders {
  const blocks = envelope.headers.filter((block) => block.namespace === WSRM_11 && isForUs(block, envelope.version));
  const all = <Value>(local: string, read: (of: XmlElement, by: typeof names) => Value): readonly Block<Value>[] =>
    blocks.filter((block) => block.local === local).map((element) => ({ element, value: read(element, names) }));
  const one = <Value>(local: string, read: (of: XmlElement, by: typeof names) => Value): Block<Value> | undefined => {
    const found = all(local, read);
    if (found.length > 1) invalid(`A message has more than one wsrm:${local} header block.`);
    return found[0];
  };
  const sequence = one('Sequence', readSequence);
  const fault = envelope.version === '1.1' ? one('SequenceFault', readSequenceFault) : undefined;
  const usesSequenceStr = one('UsesSequenceSTR', () => undefined)?.element;
  const usesSequenceSsl = one('UsesSequenceSSL', () => undefined)?.element;
  return {
    acknowledgements: different('SequenceAcknowledgement', all('SequenceAcknowledgement', readSequenceAcknowledgement)),
    ackRequests: different('AckRequested', all('AckRequested', readAckRequested)),
    ...(sequence === undefined ? {} : { sequence }),
    ...(fault === undefined ? {} : { fault }),
    ...(usesSequenceStr === undefined ? {} : { usesSequenceStr }),
    ...(usesSequenceSsl === undefined ? {} : { usesSequenceSsl }),
  };
}

/** Several blocks of one kind may only be about different sequences (WS-RM 1.2 §3.8, §3.9). */
function different<Value extends { readonly identifier: string }>(
  local: string,
  blocks: readonly Block<Value>[],
): readonly Block<Value>[] {
  if (new Set(blocks.map(({ value }) => value.identifier)).size < blocks.length) {
    invalid(`A message has two wsrm:${local} header blocks for one sequence.`);
  }
  return blocks;
}

function readBody(envelope: ReadEnvelope): RmBody | undefined {
  const children = envelope.body.filter(isElement);
  const [first] = children;
  if (first === undefined || first.namespace !== WSRM_11) return undefined;
  if (children.length > 1) invalid(`The Body has more than its wsrm:${first.local}.`);
  switch (first.local) {
    case 'CreateSequence':
      return { kind: 'create-sequence', value: readCreateSequence(first, names) };
    case 'CreateSequenceResponse':
      return { kind: 'create-sequence-response', value: readCreateSequenceResponse(first, names) };
    case 'CloseSequence':
      return { kind: 'close-sequence', value: readCloseSequence(first, names) };
    case 'CloseSequenceResponse':
      return { kind: 'close-sequence-response', value: readCloseSequenceResponse(first, names) };
    case 'TerminateSequence':
      return { kind: 'terminate-sequence', value: readTerminateSequence(first, names) };
    case 'TerminateSequenceResponse':
      return { kind: 'terminate-sequence-response', value: readTerminateSequenceResponse(first, names) };
    default:
      return invalid(`A Body carries the unknown protocol element wsrm:${first.local}.`);
  }
}

function writeBody(body: RmBody): XmlElement {
  switch (body.kind) {
    case 'create-sequence':
      return writeCreateSequence(body.value, names);
    case 'create-sequence-response':
      return writeCreateSequenceResponse(body.value, names);
    case 'close-sequence':
      return writeCloseSequence(body.value, names);
    case 'close-sequence-response':
      return writeCloseSequenceResponse(body.value, names);
    case 'terminate-sequence':
      return writeTerminateSequence(body.value, names);
    case 'terminate-sequence-response':
      return writeTerminateSequenceResponse(body.value, names);
  }
}
