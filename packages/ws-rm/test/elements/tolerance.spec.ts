import { expect } from 'chai';
import { readCreateSequence } from '#src/elements/create-sequence.js';
import { readCreateSequenceResponse } from '#src/elements/create-sequence-response.js';
import { readCloseSequence, readTerminateSequence } from '#src/elements/ending.js';
import { readSequence } from '#src/elements/sequence.js';
import { acknowledgedRanges, readSequenceAcknowledgement } from '#src/elements/sequence-acknowledgement.js';
import { readSequenceFault } from '#src/elements/sequence-fault.js';
import { wsrm11Names as names } from '#src/namespaces.js';
import { codeOf, rm, thrown } from '../support/samples.js';

const ID = '<r:Identifier>urn:test:s</r:Identifier>';
const acknowledgement = (content: string) =>
  readSequenceAcknowledgement(rm(`<r:SequenceAcknowledgement>${ID}${content}</r:SequenceAcknowledgement>`), names);

describe('reading what peers write', () => {
  it('takes Upper before Lower (gSOAP)', () => {
    expect(acknowledgement('<r:AcknowledgementRange Upper="4" Lower="1"/>').ranges).to.deep.equal([
      { lower: 1n, upper: 4n },
    ]);
  });

  it('reads the ranges where None stands beside them (CXF)', () => {
    expect(acknowledgement('<r:AcknowledgementRange Lower="1" Upper="2"/><r:None/>').ranges).to.deep.equal([
      { lower: 1n, upper: 2n },
    ]);
  });

  it('takes Final before the ranges (gSOAP)', () => {
    const read = acknowledgement('<r:Final/><r:AcknowledgementRange Lower="1" Upper="2"/>');
    expect(read.final).to.equal(true);
    expect(read.ranges).to.have.length(1);
  });

  it('takes the range 0-0 for nothing (WCF10-B1402)', () => {
    const read = acknowledgement('<r:AcknowledgementRange Lower="0" Upper="0"/>');
    expect(read.ranges).to.deep.equal([]);
    expect(acknowledgedRanges(read)).to.deep.equal([]);
  });

  it('takes ranges in any order (RM-3.9-3)', () => {
    const read = acknowledgement(
      '<r:AcknowledgementRange Lower="5" Upper="6"/><r:AcknowledgementRange Lower="1" Upper="4"/>',
    );
    expect(acknowledgedRanges(read)).to.deep.equal([{ lower: 1n, upper: 6n }]);
  });

  it('takes white space around numbers and identifiers', () => {
    const read = acknowledgement('<r:AcknowledgementRange Lower=" 1" Upper="2 "/>');
    expect(read.ranges).to.deep.equal([{ lower: 1n, upper: 2n }]);
    const sequence = rm(
      '<r:Sequence><r:Identifier> urn:test:s\n</r:Identifier><r:MessageNumber>\n 7 </r:MessageNumber></r:Sequence>',
    );
    expect(readSequence(sequence, names)).to.deep.equal({ identifier: 'urn:test:s', messageNumber: 7n });
  });

  it('reads a Sequence without mustUnderstand (gSOAP)', () => {
    const sequence = rm(`<r:Sequence>${ID}<r:MessageNumber>1</r:MessageNumber></r:Sequence>`);
    expect(readSequence(sequence, names).messageNumber).to.equal(1n);
  });

  it('reads Expires as PT00H01M00S, and takes PT0S for never', () => {
    const create = (expires: string) =>
      readCreateSequence(
        rm(
          `<r:CreateSequence><r:AcksTo><a:Address>urn:x:y</a:Address></r:AcksTo><r:Expires>${expires}</r:Expires></r:CreateSequence>`,
        ),
        names,
      ).expires;
    expect(create('PT00H01M00S')).to.equal(60_000);
    expect(create('PT0S')).to.equal(undefined);
  });

  it('ignores extension elements and attributes (RM-3.1-1)', () => {
    const sequence = rm(
      `<r:Sequence x:a="1" xmlns:x="urn:x">${ID}<r:MessageNumber>1</r:MessageNumber><x:More/></r:Sequence>`,
    );
    expect(readSequence(sequence, names).messageNumber).to.equal(1n);
    const buffer = '<n:BufferRemaining xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm">8</n:BufferRemaining>';
    expect(acknowledgement(`<r:AcknowledgementRange Lower="1" Upper="2"/>${buffer}`).ranges).to.have.length(1);
  });

  it('reads the greatest message number (WCF10-B1201)', () => {
    const sequence = rm(`<r:Sequence>${ID}<r:MessageNumber>9223372036854775807</r:MessageNumber></r:Sequence>`);
    expect(readSequence(sequence, names).messageNumber).to.equal(9_223_372_036_854_775_807n);
  });
});

describe('what contradicts itself', () => {
  const contradictions: readonly (readonly [string, string])[] = [
    ['a range with Lower above Upper (RM-3.9-2)', '<r:AcknowledgementRange Lower="3" Upper="2"/>'],
    [
      'ranges that overlap (RM-3.9-2)',
      '<r:AcknowledgementRange Lower="1" Upper="3"/><r:AcknowledgementRange Lower="3" Upper="4"/>',
    ],
    ['a range from 0 to more than 0', '<r:AcknowledgementRange Lower="0" Upper="3"/>'],
    ['Nack beside ranges (RM-3.9-8)', '<r:AcknowledgementRange Lower="1" Upper="3"/><r:Nack>4</r:Nack>'],
    ['Final beside Nack (RM-3.9-6)', '<r:Nack>4</r:Nack><r:Final/>'],
  ];
  for (const [what, content] of contradictions) {
    it(`is no set of numbers: ${what}`, () => {
      expect(acknowledgedRanges(acknowledgement(content))).to.equal(undefined);
    });
  }
});

describe('what is not WS-RM', () => {
  const acksTo = '<r:AcksTo><a:Address>urn:x:y</a:Address></r:AcksTo>';
  const offer = (content: string) =>
    `<r:CreateSequence>${acksTo}<r:Offer>${ID}<r:Endpoint><a:Address>urn:x:y</a:Address></r:Endpoint>${content}</r:Offer></r:CreateSequence>`;
  const refused: readonly (readonly [string, () => unknown])[] = [
    [
      'a Sequence without Identifier (RM-3.7-3)',
      () => readSequence(rm('<r:Sequence><r:MessageNumber>1</r:MessageNumber></r:Sequence>'), names),
    ],
    ['a Sequence without MessageNumber (RM-3.7-3)', () => readSequence(rm(`<r:Sequence>${ID}</r:Sequence>`), names)],
    [
      'MessageNumber 0 (RM-3.7-3)',
      () => readSequence(rm(`<r:Sequence>${ID}<r:MessageNumber>0</r:MessageNumber></r:Sequence>`), names),
    ],
    [
      'MessageNumber 2^63 (RM-3.7-3)',
      () =>
        readSequence(rm(`<r:Sequence>${ID}<r:MessageNumber>9223372036854775808</r:MessageNumber></r:Sequence>`), names),
    ],
    [
      'a MessageNumber that is no number',
      () => readSequence(rm(`<r:Sequence>${ID}<r:MessageNumber>1e3</r:MessageNumber></r:Sequence>`), names),
    ],
    [
      'a negative MessageNumber',
      () => readSequence(rm(`<r:Sequence>${ID}<r:MessageNumber>-1</r:MessageNumber></r:Sequence>`), names),
    ],
    [
      'two MessageNumbers',
      () =>
        readSequence(
          rm(`<r:Sequence>${ID}<r:MessageNumber>1</r:MessageNumber><r:MessageNumber>2</r:MessageNumber></r:Sequence>`),
          names,
        ),
    ],
    [
      'an Identifier that is no absolute URI (RM-3.4-7)',
      () =>
        readSequence(
          rm('<r:Sequence><r:Identifier>seq</r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence>'),
          names,
        ),
    ],
    [
      'an Identifier without end',
      () =>
        readSequence(
          rm(
            `<r:Sequence><r:Identifier>urn:${'x'.repeat(2_000)}</r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence>`,
          ),
          names,
        ),
    ],
    ['an acknowledgement of nothing at all (RM-3.9-4)', () => acknowledgement('')],
    ['a range without Lower', () => acknowledgement('<r:AcknowledgementRange Upper="2"/>')],
    ['a range of no numbers', () => acknowledgement('<r:AcknowledgementRange Lower="a" Upper="2"/>')],
    ['CreateSequence without AcksTo (RM-3.4-2)', () => readCreateSequence(rm('<r:CreateSequence/>'), names)],
    [
      'an Offer without Endpoint (RM-3.4-9)',
      () => readCreateSequence(rm(`<r:CreateSequence>${acksTo}<r:Offer>${ID}</r:Offer></r:CreateSequence>`), names),
    ],
    [
      'an unknown IncompleteSequenceBehavior (RM-3.4-14)',
      () => readCreateSequence(rm(offer('<r:IncompleteSequenceBehavior>Forget</r:IncompleteSequenceBehavior>')), names),
    ],
    ['an Expires that is no duration', () => readCreateSequence(rm(offer('<r:Expires>soon</r:Expires>')), names)],
    [
      'an Accept without AcksTo (RM-3.4-11)',
      () =>
        readCreateSequenceResponse(rm(`<r:CreateSequenceResponse>${ID}<r:Accept/></r:CreateSequenceResponse>`), names),
    ],
    ['a response without Identifier', () => readCreateSequenceResponse(rm('<r:CreateSequenceResponse/>'), names)],
    ['CloseSequence without Identifier (RM-3.5-2)', () => readCloseSequence(rm('<r:CloseSequence/>'), names)],
    [
      'a LastMsgNumber of 0',
      () =>
        readTerminateSequence(
          rm(`<r:TerminateSequence>${ID}<r:LastMsgNumber>0</r:LastMsgNumber></r:TerminateSequence>`),
          names,
        ),
    ],
    ['a SequenceFault without FaultCode', () => readSequenceFault(rm('<r:SequenceFault/>'), names)],
    [
      'a FaultCode with an undeclared prefix (RM-4-3)',
      () =>
        readSequenceFault(rm('<r:SequenceFault><r:FaultCode>z:UnknownSequence</r:FaultCode></r:SequenceFault>'), names),
    ],
  ];
  for (const [what, read] of refused) {
    it(`is refused: ${what}`, () => {
      expect(codeOf(thrown(read))).to.be.oneOf(['invalid-element', 'invalid-addressing-header']);
    });
  }
});
