import { expect } from 'chai';
import fc from 'fast-check';
import { type AddressingFaultName, addressingFault, addressingFaults } from '#src/addressing-faults.js';
import { readEnvelope, writeEnvelope } from '#src/envelope.js';
import type { FaultCode, SoapFault } from '#src/fault.js';
import { faultEnvelope, isFault, readFault, writeFault } from '#src/fault-body.js';
import { wsa } from '#src/namespaces.js';
import { receiverFault, versionMismatchFault } from '#src/soap-faults.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { element, resolveQName, text, vocabulary } from '#src/xml/tree.js';
import { envelope, o, versions } from './samples.js';

const names = (fault: SoapFault | undefined) => fault?.subcodes.map(({ namespace, local }) => ({ namespace, local }));
const transferred = (fault: SoapFault, version: '1.1' | '1.2') =>
  readEnvelope(parse(serialize(writeEnvelope(faultEnvelope(fault, version)))));
const fault11 = (content: string) => readFault(envelope('1.1', '', `<s:Fault>${content}</s:Fault>`));
const fault12 = (content: string) => readFault(envelope('1.2', '', `<s:Fault>${content}</s:Fault>`));

describe('writeFault', () => {
  const fault: SoapFault = {
    code: 'Sender',
    subcodes: [o('Rejected'), o('TooMany')],
    reason: 'no',
    detail: [element(o('Detail'))],
    role: 'urn:role',
  };

  it('writes SOAP 1.1 with unqualified children in order and the last subcode', () => {
    expect(serialize(writeFault(fault, '1.1'))).to.equal(
      '<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode xmlns:o="urn:example:orders">o:TooMany</faultcode><faultstring>no</faultstring><faultactor>urn:role</faultactor><detail><o:Detail xmlns:o="urn:example:orders"/></detail></s:Fault>',
    );
  });

  it('writes SOAP 1.2 with nested subcodes', () => {
    expect(serialize(writeFault(fault, '1.2'))).to.equal(
      '<s:Fault xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:o="urn:example:orders">o:Rejected</s:Value><s:Subcode><s:Value xmlns:o="urn:example:orders">o:TooMany</s:Value></s:Subcode></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason><s:Role>urn:role</s:Role><s:Detail><o:Detail xmlns:o="urn:example:orders"/></s:Detail></s:Fault>',
    );
  });

  for (const [code, name] of [
    ['Sender', 'Client'],
    ['Receiver', 'Server'],
    ['MustUnderstand', 'MustUnderstand'],
    ['VersionMismatch', 'VersionMismatch'],
    ['DataEncodingUnknown', 'Client'],
  ] as const) {
    it(`writes ${code} as ${name} in SOAP 1.1`, () => {
      expect(serialize(writeFault({ ...receiverFault, code }, '1.1'))).to.match(
        new RegExp(`<faultcode[^>]*>s:${name}</faultcode>`),
      );
    });
  }

  it('chooses a prefix for a subcode that has none, or that of SOAP', () => {
    for (const name of [{ namespace: 'urn:q', local: 'A' }, vocabulary('s', 'urn:q')('A')]) {
      for (const version of versions) {
        const read = readFault(transferred({ ...receiverFault, subcodes: [name] }, version));
        expect(names(read)).to.deep.equal([{ namespace: 'urn:q', local: 'A' }]);
      }
    }
  });
});

describe('readFault', () => {
  it('finds none in another Body', () => {
    expect(readFault(envelope('1.2', '', '<o:Place/>'))).to.equal(undefined);
    expect(readFault(envelope('1.2', '', ''))).to.equal(undefined);
    expect(readFault(envelope('1.2', '', '<o:Fault/>'))).to.equal(undefined);
    expect(isFault(envelope('1.1', '', '<o:Fault/>'))).to.equal(false);
  });

  it('reads what writeFault wrote, in SOAP 1.2', () => {
    const code = fc.constantFrom<FaultCode>(
      'VersionMismatch',
      'MustUnderstand',
      'DataEncodingUnknown',
      'Sender',
      'Receiver',
    );
    const reason = fc.string().map((value) => value.replace(/[^\x20-\x7e]/g, '').trim());
    fc.assert(
      fc.property(code, reason, fc.integer({ min: 0, max: 3 }), (given, words, depth) => {
        const subcodes = Array.from({ length: depth }, (_, index) => o(`Sub${index}`));
        const read = readFault(transferred({ code: given, subcodes, reason: words, detail: [] }, '1.2'));
        expect(read).to.deep.equal({
          code: given,
          subcodes: subcodes.map(({ namespace, local }) => ({ namespace, local })),
          reason: words,
          detail: [],
        });
      }),
    );
  });

  describe('SOAP 1.1', () => {
    const rows: readonly (readonly [
      string,
      FaultCode,
      readonly { readonly namespace: string; readonly local: string }[],
    ])[] = [
      ['s:Client', 'Sender', []],
      ['s:Server', 'Receiver', []],
      ['s:MustUnderstand', 'MustUnderstand', []],
      ['s:VersionMismatch', 'VersionMismatch', []],
      [' s:Server\n', 'Receiver', []],
      ['Server', 'Receiver', []],
      ['o:Refused', 'Sender', [{ namespace: 'urn:example:orders', local: 'Refused' }]],
      [
        's:Client.Authentication',
        'Sender',
        [{ namespace: 'http://schemas.xmlsoap.org/soap/envelope/', local: 'Client.Authentication' }],
      ],
      [
        's:Server.Memory',
        'Receiver',
        [{ namespace: 'http://schemas.xmlsoap.org/soap/envelope/', local: 'Server.Memory' }],
      ],
      ['undeclared:Odd', 'Sender', [{ namespace: '', local: 'Odd' }]],
      ['wsa:ActionNotSupported', 'Sender', [wsa('ActionNotSupported')]],
      ['wsa:EndpointUnavailable', 'Receiver', [wsa('EndpointUnavailable')]],
      ['wsa:InvalidCardinality', 'Sender', [wsa('InvalidAddressingHeader'), wsa('InvalidCardinality')]],
    ];
    for (const [faultcode, code, subcodes] of rows) {
      it(`reads faultcode ${JSON.stringify(faultcode)} as ${code}`, () => {
        const fault = fault11(`<faultcode>${faultcode}</faultcode><faultstring>no</faultstring>`);
        expect(fault?.code).to.equal(code);
        expect(names(fault)).to.deep.equal(subcodes.map(({ namespace, local }) => ({ namespace, local })));
      });
    }

    it('reads faultstring, faultactor and the elements of detail', () => {
      const fault = fault11(
        '<faultcode>s:Client</faultcode><faultstring> no </faultstring><faultactor>urn:x</faultactor><detail><o:A/><o:B/></detail>',
      );
      expect(fault?.reason).to.equal('no');
      expect(fault?.role).to.equal('urn:x');
      expect(fault?.detail.map(({ local }) => local)).to.deep.equal(['A', 'B']);
    });

    it('reads a fault that lacks everything', () => {
      expect(fault11('')).to.deep.equal({ code: 'Receiver', subcodes: [], reason: '', detail: [] });
    });
  });

  describe('SOAP 1.2', () => {
    it('prefers the reason in English', () => {
      const fault = fault12(
        '<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="de">nein</s:Text><s:Text xml:lang="en-GB">no</s:Text></s:Reason>',
      );
      expect(fault?.reason).to.equal('no');
    });

    it('takes the first reason when none is in English', () => {
      const fault = fault12(
        '<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="de">nein</s:Text><s:Text xml:lang="fr">non</s:Text></s:Reason>',
      );
      expect(fault?.reason).to.equal('nein');
    });

    it('reads a code that SOAP does not have as a subcode', () => {
      const fault = fault12('<s:Code><s:Value>o:Odd</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason>');
      expect(fault?.code).to.equal('Sender');
      expect(names(fault)).to.deep.equal([{ namespace: 'urn:example:orders', local: 'Odd' }]);
    });

    it('reads a fault that lacks everything', () => {
      expect(fault12('')).to.deep.equal({ code: 'Receiver', subcodes: [], reason: '', detail: [] });
    });
  });
});

describe('faultEnvelope', () => {
  it('writes Upgrade with VersionMismatch in SOAP 1.2 alone', () => {
    expect(faultEnvelope(versionMismatchFault, '1.2').headers.map(({ local }) => local)).to.deep.equal(['Upgrade']);
    expect(faultEnvelope(versionMismatchFault, '1.1').headers).to.deep.equal([]);
  });

  it('keeps header blocks of other namespaces in both versions', () => {
    const fault = { ...receiverFault, headers: [element(o('Block'))] };
    for (const version of versions) expect(faultEnvelope(fault, version).headers).to.have.length(1);
  });
});

describe('the faults of WS-Addressing', () => {
  for (const name of Object.keys(addressingFaults) as AddressingFaultName[]) {
    for (const version of versions) {
      it(`${name} comes back the same over SOAP ${version}`, () => {
        const fault = addressingFault(name, { header: wsa('To'), iri: 'urn:i', action: 'urn:a', retryAfterMillis: 7 });
        const read = readFault(transferred(fault, version));
        expect(read?.code).to.equal(addressingFaults[name].code);
        expect(names(read)).to.deep.equal([{ namespace: wsa(name).namespace, local: name }]);
        expect(read?.reason).to.equal(addressingFaults[name].reason);
        expect(read?.detail.map((one) => [one.local, text(one)])).to.deep.equal([
          ['ProblemHeaderQName', 'wsa:To'],
          ['ProblemAction', 'urn:a'],
          ['RetryAfter', '7'],
          ['ProblemIRI', 'urn:i'],
        ]);
      });
    }
  }

  for (const subsubcode of addressingFaults.InvalidAddressingHeader.subsubcodes) {
    for (const version of versions) {
      it(`${subsubcode} comes back below InvalidAddressingHeader over SOAP ${version}`, () => {
        const read = readFault(transferred(addressingFault('InvalidAddressingHeader', { subsubcode }), version));
        expect(names(read)?.map(({ local }) => local)).to.deep.equal(['InvalidAddressingHeader', subsubcode]);
      });
    }
  }

  it('have their detail in the header block FaultDetail in SOAP 1.1, and no detail element', () => {
    const read = transferred(addressingFault('ActionNotSupported', { action: 'urn:a' }), '1.1');
    expect(read.headers.map(({ local }) => local)).to.deep.equal(['FaultDetail']);
    expect(serialize(read.bodyElement)).not.to.contain('<detail');
  });

  it('name a problem header of any namespace by a QName that resolves', () => {
    const { detail } = addressingFault('InvalidAddressingHeader', { header: { namespace: 'urn:q', local: 'X' } });
    const root = parse(serialize(detail[0] ?? element(o('none')))).root;
    expect(resolveQName(root, text(root))).to.deep.equal({ namespace: 'urn:q', local: 'X' });
  });
});
