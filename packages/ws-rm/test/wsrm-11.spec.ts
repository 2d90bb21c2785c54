import { element } from '@holdfast/soap';
import { expect } from 'chai';
import { wsrm11Names as names, WSRM_11 } from '#src/namespaces.js';
import { understoodHeaders } from '#src/understood.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { codeOf, incoming, thrown } from './support/samples.js';

const acknowledgement = (identifier: string) =>
  wsrm11.writeAcknowledgement({ identifier, ranges: [{ lower: 1n, upper: 2n }], final: false, nacks: [] });
const sequence = wsrm11.writeSequence({ identifier: 'urn:test:s', messageNumber: 1n }, '1.2');

describe('the codec of WS-RM 1.1', () => {
  it('reads every header block of one message (RM-3.2-2)', () => {
    const { envelope } = incoming({
      headers: [
        sequence,
        acknowledgement('urn:test:a'),
        acknowledgement('urn:test:b'),
        wsrm11.writeAckRequested({ identifier: 'urn:test:s' }),
        wsrm11.writeUsesSequenceStr('1.2'),
      ],
    });
    const headers = wsrm11.readHeaders(envelope);
    expect(headers.sequence?.value.messageNumber).to.equal(1n);
    expect(headers.acknowledgements.map(({ value }) => value.identifier)).to.deep.equal(['urn:test:a', 'urn:test:b']);
    expect(headers.ackRequests).to.have.length(1);
    expect(headers.usesSequenceStr?.local).to.equal('UsesSequenceSTR');
  });

  it('gives the very elements of the envelope, so that a proof can be asked about them', () => {
    const { envelope } = incoming({ headers: [sequence] });
    expect(envelope.headers).to.include(wsrm11.readHeaders(envelope).sequence?.element);
  });

  it('marks Sequence and UsesSequenceSTR mustUnderstand (RM-3.7-1, RM-6.1-2)', () => {
    for (const block of [sequence, wsrm11.writeUsesSequenceStr('1.2')]) {
      expect(block.attributes).to.have.length(1);
      expect(block.attributes[0]).to.include({ local: 'mustUnderstand', value: '1' });
    }
  });

  it('does not mark AckRequested and SequenceAcknowledgement mustUnderstand (R0540)', () => {
    for (const block of [acknowledgement('urn:test:a'), wsrm11.writeAckRequested({ identifier: 'urn:test:s' })]) {
      expect(block.attributes).to.deep.equal([]);
    }
  });

  it('writes None alone when nothing was received (RM-3.9-4)', () => {
    const block = wsrm11.writeAcknowledgement({ identifier: 'urn:test:s', ranges: [], final: true, nacks: [] });
    expect(block.children.map((node) => (typeof node === 'object' && 'local' in node ? node.local : ''))).to.deep.equal(
      ['Identifier', 'None', 'Final'],
    );
  });

  it('refuses two Sequence header blocks (RM-3.7-4)', () => {
    const { envelope } = incoming({ headers: [sequence, sequence] });
    expect(codeOf(thrown(() => wsrm11.readHeaders(envelope)))).to.equal('invalid-element');
  });

  it('refuses two acknowledgements of one sequence (RM-3.9-1)', () => {
    const { envelope } = incoming({ headers: [acknowledgement('urn:test:a'), acknowledgement('urn:test:a')] });
    expect(codeOf(thrown(() => wsrm11.readHeaders(envelope)))).to.equal('invalid-element');
  });

  it('refuses two AckRequested for one sequence (RM-3.8-4)', () => {
    const block = wsrm11.writeAckRequested({ identifier: 'urn:test:s' });
    const { envelope } = incoming({ headers: [block, block] });
    expect(codeOf(thrown(() => wsrm11.readHeaders(envelope)))).to.equal('invalid-element');
  });

  it('does not read a protocol element from the header (RM-3.3-6)', () => {
    const body = wsrm11.writeBody({ kind: 'terminate-sequence', value: { identifier: 'urn:test:s' } });
    const { envelope } = incoming({ headers: [body] });
    expect(wsrm11.readBody(envelope)).to.equal(undefined);
    expect(wsrm11.readHeaders(envelope)).to.deep.equal({ acknowledgements: [], ackRequests: [] });
  });

  it('reads no SequenceFault in SOAP 1.2 (RM-4-2)', () => {
    const block = element(names('SequenceFault'), [], element(names('FaultCode'), [], 'wsrm:UnknownSequence'));
    expect(wsrm11.readHeaders(incoming({ headers: [block] }).envelope).fault).to.equal(undefined);
  });

  it('leaves header blocks for others alone', () => {
    const role = { prefix: 's', namespace: 'http://www.w3.org/2003/05/soap-envelope', local: 'role' };
    const block = { ...sequence, attributes: [{ ...role, value: 'urn:somebody:else' }] };
    expect(wsrm11.readHeaders(incoming({ headers: [block] }).envelope).sequence).to.equal(undefined);
  });

  it('refuses a Body with more than the protocol element', () => {
    const body = wsrm11.writeBody({ kind: 'terminate-sequence', value: { identifier: 'urn:test:s' } });
    const { envelope } = incoming({ body: [body, element({ prefix: 'x', namespace: 'urn:x', local: 'More' })] });
    expect(codeOf(thrown(() => wsrm11.readBody(envelope)))).to.equal('invalid-element');
  });

  it('refuses an unknown protocol element', () => {
    const { envelope } = incoming({ body: [element(names('SuspendSequence'))] });
    expect(codeOf(thrown(() => wsrm11.readBody(envelope)))).to.equal('invalid-element');
  });

  it('takes the Body of an application for none of its own', () => {
    const { envelope } = incoming({ body: [element({ prefix: 'x', namespace: 'urn:x', local: 'Order' })] });
    expect(wsrm11.readBody(envelope)).to.equal(undefined);
  });

  it('says which header blocks are understood', () => {
    for (const local of ['Sequence', 'AckRequested', 'SequenceAcknowledgement', 'UsesSequenceSTR', 'UsesSequenceSSL']) {
      expect(understoodHeaders({ namespace: WSRM_11, local })).to.equal(true);
    }
    expect(understoodHeaders({ namespace: WSRM_11, local: 'Surprise' })).to.equal(false);
    expect(understoodHeaders({ namespace: 'urn:x', local: 'Sequence' })).to.equal(false);
  });
});
