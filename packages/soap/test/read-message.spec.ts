import { expect } from 'chai';
import type { InvalidMessageError } from '#src/errors.js';
import { unproven } from '#src/proof.js';
import { readMessage } from '#src/read-message.js';
import { parse } from '#src/xml/parse.js';
import { envelopeText, thrown, versions } from './samples.js';

const FAULT = '<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>';

describe('readMessage', () => {
  it('reads envelope and addressing, and proves nothing', () => {
    const document = parse(envelopeText('1.2', '<wsa:Action>urn:a</wsa:Action>'));
    const message = readMessage(document);
    expect(message.addressing.action).to.equal('urn:a');
    expect(message.envelope.root).to.equal(document.root);
    expect(message.proof).to.equal(unproven);
  });

  it('prefers wsa:Action to the fallback', () => {
    expect(
      readMessage(parse(envelopeText('1.2', '<wsa:Action>urn:a</wsa:Action>')), 'urn:b').addressing.action,
    ).to.equal('urn:a');
  });

  it('takes the fallback when there is no wsa:Action', () => {
    expect(readMessage(parse(envelopeText('1.1', '')), 'urn:b').addressing).to.deep.equal({ action: 'urn:b' });
    expect(readMessage(parse(envelopeText('1.1', '')), '').addressing).to.deep.equal({ action: '' });
  });

  it('refuses a message without wsa:Action when there is no fallback', () => {
    const error = thrown(() => readMessage(parse(envelopeText('1.2', ''))), 'invalid-addressing-header');
    expect((error as InvalidMessageError).fault?.subcodes[0]?.local).to.equal('MessageAddressingHeaderRequired');
  });

  for (const version of versions) {
    it(`reads a SOAP ${version} fault without WS-Addressing, whatever the fallback`, () => {
      expect(readMessage(parse(envelopeText(version, '', FAULT))).addressing).to.deep.equal({ action: '' });
      expect(readMessage(parse(envelopeText(version, '', FAULT)), '').addressing).to.deep.equal({ action: '' });
    });
  }
});
