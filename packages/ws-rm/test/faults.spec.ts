import {
  faultEnvelope,
  parse,
  readEnvelope,
  readFault,
  type SoapFault,
  serialize,
  writeEnvelope,
} from '@holdfast/soap';
import { expect } from 'chai';
import {
  type ReceivedRmFault,
  type RmFault,
  type RmFaultCode,
  readRmFault,
  rmFaults,
  writeRmFault,
} from '#src/faults.js';
import { wsrm11Names as names, netrm, WSRM_11 } from '#src/namespaces.js';
import { wsrm11 } from '#src/wsrm-11.js';

const identifier = 'urn:test:sequence';
const samples: Readonly<Record<RmFaultCode, RmFault>> = {
  SequenceTerminated: { code: 'SequenceTerminated', identifier },
  UnknownSequence: { code: 'UnknownSequence', identifier },
  InvalidAcknowledgement: {
    code: 'InvalidAcknowledgement',
    acknowledgement: { identifier, ranges: [{ lower: 3n, upper: 2n }], final: false, nacks: [] },
  },
  MessageNumberRollover: { code: 'MessageNumberRollover', identifier, maxMessageNumber: 10n },
  SequenceClosed: { code: 'SequenceClosed', identifier },
  CreateSequenceRefused: { code: 'CreateSequenceRefused' },
  WSRMRequired: { code: 'WSRMRequired' },
};
const published: Readonly<Record<RmFaultCode, string>> = {
  SequenceTerminated: 'The Sequence has been terminated due to an unrecoverable error.',
  UnknownSequence: 'The value of wsrm:Identifier is not a known Sequence identifier.',
  InvalidAcknowledgement: 'The SequenceAcknowledgement violates the cumulative Acknowledgement invariant.',
  MessageNumberRollover: 'The maximum value for wsrm:MessageNumber has been exceeded.',
  SequenceClosed: 'The Sequence is closed and cannot accept new messages.',
  CreateSequenceRefused: 'The Create Sequence request has been refused by the RM Destination.',
  WSRMRequired: 'The RM Destination requires the use of WSRM.',
};
const aboutSequence = (code: RmFaultCode) => code !== 'CreateSequenceRefused' && code !== 'WSRMRequired';

function read(fault: SoapFault, soap: '1.1' | '1.2'): ReceivedRmFault | undefined {
  const envelope = readEnvelope(parse(serialize(writeEnvelope(faultEnvelope(fault, soap)))));
  const received = readFault(envelope);
  return received === undefined ? undefined : readRmFault(received, wsrm11.readHeaders(envelope).fault, wsrm11);
}

describe('the faults of WS-RM', () => {
  for (const code of Object.keys(samples) as RmFaultCode[]) {
    describe(code, () => {
      const fault = samples[code];

      it('has the published reason', () => expect(rmFaults[code].reason).to.equal(published[code]));

      for (const soap of ['1.1', '1.2'] as const) {
        it(`is read as it was written in SOAP ${soap}`, () => {
          const received = read(writeRmFault(fault, wsrm11, soap), soap);
          expect(received?.code).to.equal(code);
          expect(received?.identifier).to.equal(aboutSequence(code) ? identifier : undefined);
          expect(received?.busy).to.equal(false);
        });
      }

      it('has subcode and detail, and no header block, in SOAP 1.2 (RM-4-1, RM-4-2)', () => {
        const written = writeRmFault(fault, wsrm11, '1.2');
        expect(written.subcodes).to.deep.equal([names(code)]);
        expect(written.headers ?? []).to.deep.equal([]);
        expect(written.detail.length > 0).to.equal(aboutSequence(code));
      });

      if (aboutSequence(code)) {
        it('is the header block SequenceFault with faultcode Client and no detail in SOAP 1.1', () => {
          const written = writeRmFault(fault, wsrm11, '1.1');
          expect(written.code).to.equal('Sender');
          expect(written.subcodes).to.deep.equal([]);
          expect(written.detail).to.deep.equal([]);
          expect(written.headers?.map(({ local }) => local)).to.deep.equal(['SequenceFault']);
        });
      } else {
        it('is the faultcode itself, without header block, in SOAP 1.1', () => {
          const written = writeRmFault(fault, wsrm11, '1.1');
          expect(written.subcodes).to.deep.equal([names(code)]);
          expect(written.headers ?? []).to.deep.equal([]);
        });
      }
    });
  }

  it('is read from faultcode alone, as Metro writes it in SOAP 1.1', () => {
    const fault: SoapFault = { code: 'Sender', subcodes: [names('UnknownSequence')], reason: 'x', detail: [] };
    expect(read(fault, '1.1')?.code).to.equal('UnknownSequence');
  });

  it('is read from the header block where faultcode says otherwise', () => {
    const written = writeRmFault(samples.SequenceClosed, wsrm11, '1.1');
    expect(read({ ...written, subcodes: [names('UnknownSequence')] }, '1.1')?.code).to.equal('SequenceClosed');
  });

  it('is read when WCF spells WsrmRequired', () => {
    const fault: SoapFault = { code: 'Sender', subcodes: [names('WsrmRequired')], reason: 'x', detail: [] };
    expect(read(fault, '1.2')?.code).to.equal('WSRMRequired');
  });

  it('says that a limit was reached, for SOAP 1.2, and is read so (WCF10-B1503)', () => {
    const written = writeRmFault({ code: 'CreateSequenceRefused', busy: true }, wsrm11, '1.2');
    expect(written.code).to.equal('Receiver');
    expect(written.subcodes).to.deep.equal([names('CreateSequenceRefused'), netrm('ConnectionLimitReached')]);
    expect(read(written, '1.2')).to.include({ code: 'CreateSequenceRefused', busy: true });
  });

  it('is told by namespace, never by prefix (RM-4-3)', () => {
    const foreign = { prefix: 'wsrm', namespace: 'urn:not:rm', local: 'UnknownSequence' };
    expect(read({ code: 'Sender', subcodes: [foreign], reason: 'x', detail: [] }, '1.2')).to.equal(undefined);
    const other = { prefix: 'q', namespace: WSRM_11, local: 'UnknownSequence' };
    expect(read({ code: 'Sender', subcodes: [other], reason: 'x', detail: [] }, '1.2')?.code).to.equal(
      'UnknownSequence',
    );
  });

  it('is not made of a subcode that WS-RM does not have', () => {
    const fault: SoapFault = { code: 'Sender', subcodes: [names('toString')], reason: 'x', detail: [] };
    expect(read(fault, '1.2')).to.equal(undefined);
  });

  it('does not write a number above the greatest one (RM-4.5)', () => {
    const [, most] = writeRmFault(
      { code: 'MessageNumberRollover', identifier, maxMessageNumber: 2n ** 64n },
      wsrm11,
      '1.2',
    ).detail;
    expect(most?.children).to.deep.equal(['9223372036854775807']);
  });
});
