import { expect } from 'chai';
import { readEnvelope, writeEnvelope } from '#src/envelope.js';
import type { InvalidMessageError } from '#src/errors.js';
import { SOAP_11, SOAP_12 } from '#src/namespaces.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { element, elements } from '#src/xml/tree.js';
import { envelope, o, order, thrown, versions } from './samples.js';

const read = (text: string) => readEnvelope(parse(text));
const s11 = (content: string) => `<s:Envelope xmlns:s="${SOAP_11}">${content}</s:Envelope>`;
const s12 = (content: string) => `<s:Envelope xmlns:s="${SOAP_12}">${content}</s:Envelope>`;

describe('readEnvelope', () => {
  for (const version of versions) {
    describe(`SOAP ${version}`, () => {
      const s = version === '1.1' ? s11 : s12;

      it('gives the version, the header blocks and the children of Body', () => {
        const result = envelope(version, '<o:One/><o:Two/>', '<o:Place/>');
        expect(result.version).to.equal(version);
        expect(result.headers.map(({ local }) => local)).to.deep.equal(['One', 'Two']);
        expect(result.body).to.have.length(1);
      });

      it('gives the very elements of the document', () => {
        const document = parse(s('<s:Header><o:One xmlns:o="urn:o"/></s:Header><s:Body/>'));
        const result = readEnvelope(document);
        const [header, body] = elements(document.root);
        expect(result.root).to.equal(document.root);
        expect(result.bodyElement).to.equal(body);
        expect(result.headers[0]).to.equal(header?.children[0]);
      });

      it('reads an element as well as a document', () => {
        expect(readEnvelope(parse(s('<s:Body/>')).root).version).to.equal(version);
      });

      it('reads an envelope without a Header', () => {
        expect(read(s('<s:Body/>')).headers).to.deep.equal([]);
      });

      it('reads white space and comments between the parts', () => {
        expect(read(s('\n <!-- c --> <s:Header> <!-- c --> </s:Header>\n<s:Body/> ')).headers).to.deep.equal([]);
      });

      const broken: readonly (readonly [string, string])[] = [
        ['no Body', ''],
        ['a Header alone', '<s:Header/>'],
        ['two Bodies', '<s:Body/><s:Body/>'],
        ['two Headers', '<s:Header/><s:Header/><s:Body/>'],
        ['a Header after the Body', '<s:Body/><s:Header/>'],
        ['an unqualified element after the Body', '<s:Body/><x/>'],
        ['an element before the Body', '<x/><s:Body/>'],
        ['a foreign element before the Body', '<o:x xmlns:o="urn:o"/><s:Body/>'],
        ['a Body in another namespace', '<o:Body xmlns:o="urn:o"/>'],
        ['text beside the parts', 'text<s:Body/>'],
        ['text beside the header blocks', '<s:Header>text</s:Header><s:Body/>'],
        ['a header block in no namespace', '<s:Header><x/></s:Header><s:Body/>'],
      ];
      for (const [name, content] of broken) {
        it(`refuses ${name}`, () => {
          thrown(() => read(s(content)), 'not-an-envelope');
        });
      }
    });
  }

  it('refuses anything after the Body in SOAP 1.2', () => {
    thrown(() => read(s12('<s:Body/><o:x xmlns:o="urn:o"/>')), 'not-an-envelope');
  });

  it('passes over qualified elements after the Body in SOAP 1.1', () => {
    expect(read(s11('<s:Body/><o:x xmlns:o="urn:o"/>')).body).to.deep.equal([]);
  });

  it('refuses a document that is not an Envelope', () => {
    thrown(() => read('<html/>'), 'not-an-envelope');
  });

  it('refuses an Envelope of another version with a VersionMismatch fault that names the known ones', () => {
    const error = thrown(() => read('<Envelope xmlns="urn:other"><Body/></Envelope>'), 'version-mismatch');
    const { fault } = error as InvalidMessageError;
    expect(fault?.code).to.equal('VersionMismatch');
    expect(fault?.headers?.[0]?.local).to.equal('Upgrade');
  });
});

describe('writeEnvelope', () => {
  for (const version of versions) {
    it(`writes what readEnvelope reads, in SOAP ${version}`, () => {
      const root = writeEnvelope({ version, headers: [element(o('Block'))], body: [element(o('Place'), [], 'x')] });
      const result = read(serialize(root));
      expect(result.version).to.equal(version);
      expect(result.headers.map(({ local }) => local)).to.deep.equal(['Block']);
      expect(serialize(writeEnvelope(result))).to.equal(serialize(root));
    });
  }

  it('writes no Header when there is nothing to be in it', () => {
    expect(serialize(writeEnvelope(order()))).to.equal(
      `<s:Envelope xmlns:s="${SOAP_12}"><s:Body><o:Place xmlns:o="urn:example:orders">12 eggs</o:Place></s:Body></s:Envelope>`,
    );
  });

  it('writes the header blocks of WS-Addressing first', () => {
    const root = writeEnvelope(
      { ...order(), headers: [element(o('Block'))] },
      { addressing: { action: 'urn:a', to: 'urn:t' } },
    );
    expect(read(serialize(root)).headers.map(({ local }) => local)).to.deep.equal(['Action', 'To', 'Block']);
  });

  it('keeps the namespaces that QNames in a forwarded Body need', () => {
    const incoming = read(
      `<s:Envelope xmlns:s="${SOAP_12}" xmlns:xs="urn:schema"><s:Body><o:x xmlns:o="urn:o" kind="xs:int">xs:y</o:x></s:Body></s:Envelope>`,
    );
    const copy = writeEnvelope({ version: '1.1', headers: [], body: incoming.body });
    expect(serialize(copy)).to.contain('<o:x xmlns:o="urn:o" xmlns:xs="urn:schema" kind="xs:int">xs:y</o:x>');
  });
});
