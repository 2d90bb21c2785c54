import { expect } from 'chai';
import { readEnvelope, writeEnvelope } from '#src/envelope.js';
import type { InvalidMessageError } from '#src/errors.js';
import { faultEnvelope } from '#src/fault-body.js';
import { assertUnderstood, isForUs, mustUnderstand, roleOf } from '#src/header-block.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { attribute, elements, resolveQName, type XmlElement } from '#src/xml/tree.js';
import { envelope, thrown, versions } from './samples.js';

const block = (version: '1.1' | '1.2', attributes: string): XmlElement =>
  envelope(version, `<q:Block ${attributes}/>`).headers[0] as XmlElement;

describe('mustUnderstand', () => {
  for (const version of versions) {
    for (const [value, expected] of [
      ['1', true],
      ['0', false],
      ['true', true],
      ['false', false],
      [' 1 ', true],
    ] as const) {
      it(`reads "${value}" as ${expected} in SOAP ${version}`, () => {
        expect(mustUnderstand(block(version, `s:mustUnderstand="${value}"`), version)).to.equal(expected);
      });
    }

    it(`is false when absent in SOAP ${version}`, () => {
      expect(mustUnderstand(block(version, ''), version)).to.equal(false);
    });

    it(`does not count without the namespace of SOAP ${version}`, () => {
      expect(mustUnderstand(block(version, 'mustUnderstand="1"'), version)).to.equal(false);
    });

    for (const value of ['', '2', 'TRUE', 'yes', '01']) {
      it(`refuses "${value}" in SOAP ${version}`, () => {
        thrown(() => mustUnderstand(block(version, `s:mustUnderstand="${value}"`), version), 'invalid-element');
      });
    }
  }
});

describe('roleOf and isForUs', () => {
  const next11 = 'http://schemas.xmlsoap.org/soap/actor/next';
  const next12 = 'http://www.w3.org/2003/05/soap-envelope/role/next';
  const rows: readonly (readonly ['1.1' | '1.2', string, string | undefined, boolean])[] = [
    ['1.1', '', undefined, true],
    ['1.1', 's:actor=""', undefined, true],
    ['1.1', `s:actor="${next11}"`, next11, true],
    ['1.1', 's:actor="urn:other"', 'urn:other', false],
    ['1.1', 's:role="urn:other"', undefined, true],
    ['1.2', '', undefined, true],
    ['1.2', `s:role="${next12}"`, next12, true],
    ['1.2', 's:role="http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"', undefined, true],
    [
      '1.2',
      's:role="http://www.w3.org/2003/05/soap-envelope/role/none"',
      'http://www.w3.org/2003/05/soap-envelope/role/none',
      false,
    ],
    ['1.2', 's:role="urn:other"', 'urn:other', false],
    ['1.2', 's:actor="urn:other"', undefined, true],
  ];
  for (const [version, attributes, role, forUs] of rows) {
    it(`SOAP ${version} <Block ${attributes}>: ${role ?? 'ultimate receiver'}, ${forUs ? 'for us' : 'not for us'}`, () => {
      expect(roleOf(block(version, attributes), version)).to.equal(role);
      expect(isForUs(block(version, attributes), version)).to.equal(forUs);
    });
  }

  it('a role that this node plays makes a block ours', () => {
    expect(isForUs(block('1.2', 's:role="urn:other"'), '1.2', ['urn:other'])).to.equal(true);
  });
});

describe('assertUnderstood', () => {
  it('accepts mandatory header blocks that are understood', () => {
    const read = envelope('1.2', '<q:Block s:mustUnderstand="true"/>');
    assertUnderstood(read, ({ namespace }) => namespace === 'urn:example:q');
  });

  it('accepts what is not mandatory, or for somebody else', () => {
    const read = envelope('1.2', '<q:A/><q:B s:mustUnderstand="0"/><q:C s:mustUnderstand="1" s:role="urn:other"/>');
    assertUnderstood(read, () => false);
  });

  it('refuses mandatory header blocks that are not, and names each', () => {
    const read = envelope('1.2', '<q:A s:mustUnderstand="1"/><o:B s:mustUnderstand="true"/><q:C/>');
    const error = thrown(() => assertUnderstood(read, () => false), 'not-understood');
    expect(error.message)
      .to.contain('{urn:example:q}A')
      .and.to.contain('{urn:example:orders}B')
      .and.not.to.contain('}C');
  });

  it('answers SOAP 1.2 with NotUnderstood header blocks whose QNames resolve', () => {
    const read = envelope('1.2', '<q:A s:mustUnderstand="1"/><o:B s:mustUnderstand="1"/>');
    const { fault } = thrown(() => assertUnderstood(read, () => false), 'not-understood') as InvalidMessageError;
    if (fault === undefined) return expect.fail('no fault');
    const answer = readEnvelope(parse(serialize(writeEnvelope(faultEnvelope(fault, '1.2')))));
    expect(answer.headers.map(({ local }) => local)).to.deep.equal(['NotUnderstood', 'NotUnderstood']);
    expect(answer.headers.map((one) => resolveQName(one, attribute(one, 'qname') ?? ''))).to.deep.equal([
      { namespace: 'urn:example:q', local: 'A' },
      { namespace: 'urn:example:orders', local: 'B' },
    ]);
  });

  it('answers SOAP 1.1 with the MustUnderstand fault alone', () => {
    const read = envelope('1.1', '<q:A s:mustUnderstand="1"/>');
    const { fault } = thrown(() => assertUnderstood(read, () => false), 'not-understood') as InvalidMessageError;
    if (fault === undefined) return expect.fail('no fault');
    const root = writeEnvelope(faultEnvelope(fault, '1.1'));
    expect(elements(root)).to.have.length(1);
    expect(serialize(root)).to.match(/<faultcode[^>]*>s:MustUnderstand</);
  });
});
