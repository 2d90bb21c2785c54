import { type EndpointReference, element, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import fc from 'fast-check';
import { readAckRequested, writeAckRequested } from '#src/elements/ack-requested.js';
import {
  type CreateSequence,
  type Offer,
  readCreateSequence,
  writeCreateSequence,
} from '#src/elements/create-sequence.js';
import {
  type CreateSequenceResponse,
  readCreateSequenceResponse,
  writeCreateSequenceResponse,
} from '#src/elements/create-sequence-response.js';
import {
  readCloseSequence,
  readCloseSequenceResponse,
  readTerminateSequence,
  readTerminateSequenceResponse,
  writeCloseSequence,
  writeCloseSequenceResponse,
  writeTerminateSequence,
  writeTerminateSequenceResponse,
} from '#src/elements/ending.js';
import type { IncompleteSequenceBehavior } from '#src/elements/incomplete-sequence-behavior.js';
import { MAX_MESSAGE_NUMBER } from '#src/elements/parts.js';
import { readSequence, writeSequence } from '#src/elements/sequence.js';
import {
  readSequenceAcknowledgement,
  type SequenceAcknowledgement,
  writeSequenceAcknowledgement,
} from '#src/elements/sequence-acknowledgement.js';
import { readSequenceFault, writeSequenceFault } from '#src/elements/sequence-fault.js';
import { wsrm11Names as names, wsse } from '#src/namespaces.js';
import { normalize } from '#src/ranges.js';
import { transferred } from '../support/samples.js';

const identifier = fc.uuid().map((uuid) => `urn:uuid:${uuid}`);
const number = fc.bigInt(1n, MAX_MESSAGE_NUMBER);
const expires = fc.integer({ min: 1, max: 10 ** 11 });
const behavior = fc.constantFrom<IncompleteSequenceBehavior>(
  'DiscardEntireSequence',
  'DiscardFollowingFirstGap',
  'NoDiscard',
);
const endpoint = fc
  .webUrl()
  .map((address): EndpointReference => ({ address, referenceParameters: [], extensions: [] }));
const partial = <T extends object>(all: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
  fc.record(all, { requiredKeys: required }) as unknown as fc.Arbitrary<T>;

function roundTrip<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  write: (value: Value) => XmlElement,
  read: (element: XmlElement) => Value,
): void {
  it(`${name} is read as it was written`, () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(read(transferred(write(value)))).to.deep.equal(value);
      }),
    );
  });
}

describe('the elements of WS-RM 1.1', () => {
  const offer = partial<Offer>({ identifier, endpoint, expires, incompleteSequenceBehavior: behavior }, [
    'identifier',
    'endpoint',
  ]);
  const create = partial<CreateSequence>({ acksTo: endpoint, expires, offer }, ['acksTo']);
  const response = partial<CreateSequenceResponse>(
    { identifier, expires, incompleteSequenceBehavior: behavior, accept: fc.record({ acksTo: endpoint }) },
    ['identifier'],
  );
  const ending = partial<{ readonly identifier: string; readonly lastMessageNumber?: bigint }>(
    { identifier, lastMessageNumber: number },
    ['identifier'],
  );
  const ranges = fc
    .array(fc.tuple(fc.bigInt(1n, 1_000n), fc.bigInt(0n, 5n)))
    .map((pairs) => normalize(pairs.map(([lower, more]) => ({ lower, upper: lower + more }))));

  roundTrip(
    'CreateSequence',
    create,
    (v) => writeCreateSequence(v, names),
    (e) => readCreateSequence(e, names),
  );
  roundTrip(
    'CreateSequenceResponse',
    response,
    (v) => writeCreateSequenceResponse(v, names),
    (e) => readCreateSequenceResponse(e, names),
  );
  roundTrip(
    'CloseSequence',
    ending,
    (v) => writeCloseSequence(v, names),
    (e) => readCloseSequence(e, names),
  );
  roundTrip(
    'CloseSequenceResponse',
    fc.record({ identifier }),
    (v) => writeCloseSequenceResponse(v, names),
    (e) => readCloseSequenceResponse(e, names),
  );
  roundTrip(
    'TerminateSequence',
    ending,
    (v) => writeTerminateSequence(v, names),
    (e) => readTerminateSequence(e, names),
  );
  roundTrip(
    'TerminateSequenceResponse',
    fc.record({ identifier }),
    (v) => writeTerminateSequenceResponse(v, names),
    (e) => readTerminateSequenceResponse(e, names),
  );
  for (const soap of ['1.1', '1.2'] as const) {
    roundTrip(
      `Sequence in SOAP ${soap}`,
      fc.record({ identifier, messageNumber: number }),
      (v) => writeSequence(v, names, soap),
      (e) => readSequence(e, names),
    );
  }
  roundTrip(
    'AckRequested',
    fc.record({ identifier }),
    (v) => writeAckRequested(v, names),
    (e) => readAckRequested(e, names),
  );
  roundTrip(
    'SequenceAcknowledgement with ranges or None',
    fc.record<SequenceAcknowledgement>({ identifier, ranges, final: fc.boolean(), nacks: fc.constant([]) }),
    (v) => writeSequenceAcknowledgement(v, names),
    (e) => readSequenceAcknowledgement(e, names),
  );
  roundTrip(
    'SequenceAcknowledgement with Nacks',
    fc.record<SequenceAcknowledgement>({
      identifier,
      ranges: fc.constant([]),
      final: fc.constant(false),
      nacks: fc.array(number, { minLength: 1 }),
    }),
    (v) => writeSequenceAcknowledgement(v, names),
    (e) => readSequenceAcknowledgement(e, names),
  );

  it('SequenceFault is read as it was written', () => {
    const detail = [element(names('Identifier'), [], 'urn:test:sequence')];
    const written = writeSequenceFault({ faultCode: names('UnknownSequence'), detail }, names);
    const read = readSequenceFault(transferred(written), names);
    expect(read.faultCode).to.include({ namespace: names('').namespace, local: 'UnknownSequence' });
    expect(read.detail.map(({ local }) => local)).to.deep.equal(['Identifier']);
  });

  it('CreateSequence carries the SecurityTokenReference after the Offer', () => {
    const reference = element(wsse('SecurityTokenReference'));
    const acksTo = { address: 'urn:test:here', referenceParameters: [], extensions: [] };
    const written = writeCreateSequence(
      { acksTo, offer: { identifier: 'urn:test:offer', endpoint: acksTo }, securityTokenReference: reference },
      names,
    );
    expect(
      written.children.map((node) => (typeof node === 'object' && 'local' in node ? node.local : '')),
    ).to.deep.equal(['AcksTo', 'Offer', 'SecurityTokenReference']);
    const read = readCreateSequence(transferred(written), names);
    expect(read.securityTokenReference?.local).to.equal('SecurityTokenReference');
  });
});
