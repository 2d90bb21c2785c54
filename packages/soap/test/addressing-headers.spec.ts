import { expect } from 'chai';
import fc from 'fast-check';
import { type Addressing, ANONYMOUS, endpointReference, NONE, REPLY } from '#src/addressing.js';
import { addressingFault } from '#src/addressing-faults.js';
import {
  faultAddressing,
  isAnonymous,
  isNone,
  optionalAddressing,
  readAddressing,
  readEndpointReference,
  replyAddressing,
  writeAddressing,
  writeEndpointReference,
} from '#src/addressing-headers.js';
import { readEnvelope, writeEnvelope } from '#src/envelope.js';
import type { InvalidMessageError } from '#src/errors.js';
import { wsa } from '#src/namespaces.js';
import { receiverFault } from '#src/soap-faults.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { attribute, element, text } from '#src/xml/tree.js';
import { envelope, o, order, thrown, versions } from './samples.js';

const ACTION = '<wsa:Action>urn:a</wsa:Action>';
const read = (header: string): Addressing => readAddressing(envelope('1.2', header));
const epr = (content: string): string => `<wsa:ReplyTo>${content}</wsa:ReplyTo>`;

function refused(header: string): { readonly subcodes: readonly string[]; readonly problem: string | undefined } {
  const { fault } = thrown(() => read(header), 'invalid-addressing-header') as InvalidMessageError;
  const problem = fault?.detail.find(({ local }) => local === 'ProblemHeaderQName');
  return {
    subcodes: fault?.subcodes.map(({ local }) => local) ?? [],
    problem: problem === undefined ? undefined : text(problem),
  };
}

describe('readAddressing', () => {
  for (const version of versions) {
    it(`reads every property in SOAP ${version}`, () => {
      const addressing = readAddressing(
        envelope(
          version,
          `${ACTION}<wsa:To>urn:t</wsa:To><wsa:MessageID>urn:m</wsa:MessageID>
           <wsa:RelatesTo>urn:r1</wsa:RelatesTo><wsa:RelatesTo RelationshipType="urn:kind">urn:r2</wsa:RelatesTo>
           <wsa:From><wsa:Address>urn:from</wsa:Address></wsa:From>
           <wsa:ReplyTo><wsa:Address>urn:reply</wsa:Address></wsa:ReplyTo>
           <wsa:FaultTo><wsa:Address>urn:fault</wsa:Address></wsa:FaultTo>
           <q:P wsa:IsReferenceParameter="true">1</q:P>`,
        ),
      );
      expect(addressing).to.deep.include({
        action: 'urn:a',
        to: 'urn:t',
        messageId: 'urn:m',
        relatesTo: [
          { messageId: 'urn:r1', relationshipType: REPLY },
          { messageId: 'urn:r2', relationshipType: 'urn:kind' },
        ],
        from: endpointReference('urn:from'),
        replyTo: endpointReference('urn:reply'),
        faultTo: endpointReference('urn:fault'),
      });
      expect(addressing.referenceParameters?.map(({ local }) => local)).to.deep.equal(['P']);
    });
  }

  it('leaves out what is not in the message', () => {
    expect(read(ACTION)).to.deep.equal({ action: 'urn:a' });
  });

  it('collapses white space', () => {
    expect(read(`<wsa:Action>\n  urn:a\t</wsa:Action>${epr('<wsa:Address> urn:b\n </wsa:Address>')}`)).to.deep.equal({
      action: 'urn:a',
      replyTo: endpointReference('urn:b'),
    });
  });

  it('passes over header blocks for other roles', () => {
    expect(read(`${ACTION}<wsa:Action s:role="urn:other">urn:x</wsa:Action>`)).to.deep.equal({ action: 'urn:a' });
  });

  it('reads the first of the WS-Addressing headers that are for the next node', () => {
    const next = 'http://www.w3.org/2003/05/soap-envelope/role/next';
    expect(read(`<wsa:Action s:role="${next}">urn:a</wsa:Action>`).action).to.equal('urn:a');
  });

  it('takes IsReferenceParameter as an xs:boolean', () => {
    const { referenceParameters } = read(
      `${ACTION}<q:A wsa:IsReferenceParameter="1"/><q:B wsa:IsReferenceParameter="false"/><q:C IsReferenceParameter="true"/>`,
    );
    expect(referenceParameters?.map(({ local }) => local)).to.deep.equal(['A']);
  });

  it('refuses a message without Action: MessageAddressingHeaderRequired', () => {
    expect(refused('<wsa:To>urn:t</wsa:To>')).to.deep.equal({
      subcodes: ['MessageAddressingHeaderRequired'],
      problem: 'wsa:Action',
    });
  });

  for (const [name, content] of [
    ['Action', 'urn:b'],
    ['To', 'urn:b'],
    ['MessageID', 'urn:b'],
    ['From', '<wsa:Address>urn:b</wsa:Address>'],
    ['ReplyTo', '<wsa:Address>urn:b</wsa:Address>'],
    ['FaultTo', '<wsa:Address>urn:b</wsa:Address>'],
  ] as const) {
    it(`refuses ${name} twice: InvalidCardinality, naming it`, () => {
      const header = `<wsa:${name}>${content}</wsa:${name}>`;
      expect(refused((name === 'Action' ? '' : ACTION) + header + header)).to.deep.equal({
        subcodes: ['InvalidAddressingHeader', 'InvalidCardinality'],
        problem: `wsa:${name}`,
      });
    });
  }

  const broken: readonly (readonly [string, string, string])[] = [
    ['an empty To', '<wsa:To> </wsa:To>', 'InvalidAddress'],
    ['an empty MessageID', '<wsa:MessageID/>', 'InvalidAddress'],
    ['an element in To', '<wsa:To>urn:a<q:x>b</q:x></wsa:To>', 'InvalidAddress'],
    ['a ReplyTo without Address', epr(''), 'MissingAddressInEPR'],
    ['a ReplyTo that is a text', epr('urn:a'), 'MissingAddressInEPR'],
    ['a ReplyTo with an empty Address', epr('<wsa:Address/>'), 'InvalidAddress'],
    [
      'a ReplyTo with two addresses',
      epr('<wsa:Address>urn:a</wsa:Address><wsa:Address>urn:b</wsa:Address>'),
      'InvalidEPR',
    ],
    [
      'ReferenceParameters twice',
      epr('<wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters/><wsa:ReferenceParameters/>'),
      'InvalidEPR',
    ],
    [
      'a reference parameter that would be an address of the reply',
      epr(
        '<wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters><wsa:To>urn:evil</wsa:To></wsa:ReferenceParameters>',
      ),
      'InvalidEPR',
    ],
    [
      'a reference parameter that is in no namespace',
      epr('<wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters><x/></wsa:ReferenceParameters>'),
      'InvalidEPR',
    ],
    [
      'a reference parameter that would be a security header',
      epr(
        '<wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters><w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/></wsa:ReferenceParameters>',
      ),
      'InvalidEPR',
    ],
  ];
  for (const [name, header, subsubcode] of broken) {
    it(`refuses ${name}: ${subsubcode}`, () => {
      expect(refused(ACTION + header).subcodes).to.deep.equal(['InvalidAddressingHeader', subsubcode]);
    });
  }
});

describe('optionalAddressing', () => {
  it('has the action "" for a message without WS-Addressing', () => {
    expect(optionalAddressing(envelope('1.1', ''))).to.deep.equal({ action: '' });
  });

  it('still refuses what is there and wrong', () => {
    thrown(() => optionalAddressing(envelope('1.1', '<wsa:To/>')), 'invalid-addressing-header');
  });
});

describe('writeAddressing', () => {
  const full: Addressing = {
    action: 'urn:a',
    to: 'urn:t',
    messageId: 'urn:m',
    relatesTo: [
      { messageId: 'urn:r', relationshipType: REPLY },
      { messageId: 'urn:r2', relationshipType: 'urn:kind' },
    ],
    from: endpointReference('urn:from'),
    replyTo: endpointReference('urn:reply'),
    faultTo: endpointReference('urn:fault'),
    referenceParameters: [element(o('Key'), [], '1')],
  };

  it('writes Action, MessageID, RelatesTo, ReplyTo, FaultTo, From, To, then reference parameters', () => {
    expect(writeAddressing(full, '1.2').map(({ local }) => local)).to.deep.equal([
      'Action',
      'MessageID',
      'RelatesTo',
      'RelatesTo',
      'ReplyTo',
      'FaultTo',
      'From',
      'To',
      'Key',
    ]);
  });

  for (const version of versions) {
    it(`marks Action and To, and nothing else, as mandatory in SOAP ${version}`, () => {
      const mandatory = envelope('1.2', '')
        .headers.concat(writeAddressing(full, version))
        .filter((block) => block.attributes.some(({ local, value }) => local === 'mustUnderstand' && value === '1'));
      expect(mandatory.map(({ local }) => local)).to.deep.equal(['Action', 'To']);
    });
  }

  it('marks copied reference parameters', () => {
    const key = writeAddressing(full, '1.2').at(-1);
    expect(key && attribute(key, wsa('IsReferenceParameter'))).to.equal('true');
  });

  it('writes RelationshipType only when it is not that of a reply', () => {
    const [, , reply, other] = writeAddressing(full, '1.2');
    expect(reply && attribute(reply, 'RelationshipType')).to.equal(undefined);
    expect(other && attribute(other, 'RelationshipType')).to.equal('urn:kind');
  });

  it('writes nothing for the action ""', () => {
    expect(writeAddressing({ ...full, action: '' }, '1.2')).to.deep.equal([]);
  });

  for (const name of [wsa('To'), { prefix: '', namespace: '', local: 'x' }]) {
    it(`refuses {${name.namespace}}${name.local} as a reference parameter`, () => {
      thrown(
        () => writeAddressing({ action: 'urn:a', referenceParameters: [element(name, [], 'x')] }, '1.2'),
        'invalid-argument',
      );
    });
  }

  it('writes what readAddressing reads', () => {
    const iri = fc.webUrl().map((url) => url.trim());
    const reference = iri.map((address) => endpointReference(address));
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          action: iri,
          to: optional(iri),
          messageId: optional(iri),
          relatesTo: optional(
            fc.array(fc.record({ messageId: iri, relationshipType: fc.constantFrom(REPLY, 'urn:x') }), {
              minLength: 1,
            }),
          ),
          from: optional(reference),
          replyTo: optional(reference),
          faultTo: optional(reference),
        }),
        fc.constantFrom(...versions),
        (properties, version) => {
          const addressing = Object.fromEntries(
            Object.entries(properties).filter(([, value]) => value !== undefined),
          ) as unknown as Addressing;
          const written = serialize(writeEnvelope(order(version), { addressing }));
          expect(readAddressing(readEnvelope(parse(written)))).to.deep.equal(addressing);
        },
      ),
    );
  });
});

describe('endpoint references', () => {
  const written = (content: string) =>
    parse(`<q:AcksTo xmlns:q="urn:q" xmlns:wsa="http://www.w3.org/2005/08/addressing">${content}</q:AcksTo>`).root;

  it('are read whatever the element is called, with parameters, metadata and extensions', () => {
    const reference = readEndpointReference(
      written(
        '<wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters><q:P/></wsa:ReferenceParameters><wsa:Metadata><q:M/></wsa:Metadata><q:E/>',
      ),
    );
    expect(reference.address).to.equal('urn:a');
    expect(reference.referenceParameters.map(({ local }) => local)).to.deep.equal(['P']);
    expect(reference.extensions.map(({ local }) => local)).to.deep.equal(['Metadata', 'E']);
  });

  it('are written as they were read', () => {
    const content =
      '<wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters><q:P>1</q:P></wsa:ReferenceParameters><q:E/>';
    const reference = readEndpointReference(written(content));
    const name = { prefix: 'q', namespace: 'urn:q', local: 'AcksTo' };
    const again = readEndpointReference(parse(serialize(writeEndpointReference(name, reference))).root);
    expect(again.referenceParameters.map(text)).to.deep.equal(['1']);
    expect(again.extensions.map(({ local }) => local)).to.deep.equal(['E']);
  });

  it('keep what a QName in a parameter needs', () => {
    const root = parse(
      '<a xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:k="urn:k"><wsa:Address>urn:a</wsa:Address><wsa:ReferenceParameters><q:P xmlns:q="urn:q">k:v</q:P></wsa:ReferenceParameters></a>',
    ).root;
    const addressing = replyAddressing({ action: 'urn:a', replyTo: readEndpointReference(root) }, 'urn:b');
    const text12 = serialize(writeEnvelope(order(), { addressing }));
    expect(text12).to.contain('xmlns:k="urn:k"');
  });
});

describe('replyAddressing', () => {
  it('goes to ReplyTo, relates to the request and carries the reference parameters', () => {
    const key = element(o('Key'), [], '1');
    const replyTo = { ...endpointReference('urn:reply'), referenceParameters: [key] };
    expect(replyAddressing({ action: 'urn:a', messageId: 'urn:m', replyTo }, 'urn:b', 'urn:n')).to.deep.equal({
      action: 'urn:b',
      to: 'urn:reply',
      messageId: 'urn:n',
      relatesTo: [{ messageId: 'urn:m', relationshipType: REPLY }],
      referenceParameters: [key],
    });
  });

  it('goes to the anonymous address when there is no ReplyTo', () => {
    expect(replyAddressing({ action: 'urn:a' }, 'urn:b')).to.deep.equal({ action: 'urn:b', to: ANONYMOUS });
  });
});

describe('faultAddressing', () => {
  const request: Addressing = {
    action: 'urn:a',
    messageId: 'urn:m',
    replyTo: endpointReference('urn:reply'),
    faultTo: endpointReference('urn:fault'),
  };

  it('goes to FaultTo', () => {
    expect(faultAddressing(request, receiverFault).to).to.equal('urn:fault');
  });

  it('goes to ReplyTo when there is no FaultTo', () => {
    const { faultTo: _, ...without } = request;
    expect(faultAddressing(without, receiverFault).to).to.equal('urn:reply');
  });

  it('has the action of SOAP faults, of WS-Addressing faults, or that given', () => {
    expect(faultAddressing(request, receiverFault).action).to.equal('http://www.w3.org/2005/08/addressing/soap/fault');
    expect(faultAddressing(request, addressingFault('ActionNotSupported')).action).to.equal(
      'http://www.w3.org/2005/08/addressing/fault',
    );
    expect(faultAddressing(request, receiverFault, { action: 'urn:f' }).action).to.equal('urn:f');
  });
});

describe('isAnonymous and isNone', () => {
  it('an absent reference is anonymous', () => {
    expect(isAnonymous(undefined)).to.equal(true);
    expect(isNone(undefined)).to.equal(false);
  });

  it('tell the two special addresses', () => {
    expect(isAnonymous(endpointReference(ANONYMOUS))).to.equal(true);
    expect(isNone(endpointReference(NONE))).to.equal(true);
    expect(isAnonymous(endpointReference('http://localhost/'))).to.equal(false);
  });
});
