import { ANONYMOUS, element, elements, endpointReference, type OutgoingMessage, serialize, text } from '@holdfast/soap';
import { expect } from 'chai';
import { decodeIncoming, decodeOutgoing, encodeIncoming, encodeOutgoing } from '#src/message-codec.js';
import { codeOf, incoming, thrown } from './support/samples.js';
import { contextToken, signedBy } from './support/secured.js';

const q = (local: string) => ({ prefix: 't', namespace: 'urn:test', local });
const outgoing: OutgoingMessage = {
  envelope: {
    version: '1.2',
    headers: [element(q('Priority'), [], 'high')],
    body: [element(q('order'), [['id', '1']], 'a & b')],
  },
  addressing: {
    action: 'urn:test/order',
    to: 'http://x/',
    messageId: 'urn:uuid:1',
    replyTo: endpointReference(ANONYMOUS),
    referenceParameters: [element(q('Customer'), [], '7')],
  },
};

describe('a message as bytes', () => {
  for (const request of [true, false]) {
    it(`that is to be sent is read as it was written (${request ? 'a request' : 'one-way'})`, () => {
      const read = decodeOutgoing(encodeOutgoing({ message: outgoing, request }));
      expect(read.request).to.equal(request);
      const { addressing, envelope } = read.message;
      expect(addressing).to.deep.include({ action: 'urn:test/order', to: 'http://x/', messageId: 'urn:uuid:1' });
      expect(addressing.replyTo?.address).to.equal(ANONYMOUS);
      expect(addressing.referenceParameters?.map(text)).to.deep.equal(['7']);
      expect(envelope.headers.map(({ local }) => local)).to.deep.equal(['Priority']);
      expect(
        envelope.body.map((node) => (typeof node === 'object' && 'local' in node ? text(node) : '')),
      ).to.deep.equal(['a & b']);
    });
  }

  it('is sent again as the very message that was sent first (RSP-RM-1)', () => {
    const once = encodeOutgoing({ message: outgoing, request: true });
    const again = encodeOutgoing(decodeOutgoing(once));
    expect(
      Buffer.from(again)
        .toString('latin1')
        .replace(/^[^\n]*/, ''),
    ).to.equal(
      Buffer.from(once)
        .toString('latin1')
        .replace(/^[^\n]*/, ''),
    );
  });

  it('that came in keeps what was proven about it', () => {
    const token = contextToken('urn:uuid:token');
    const message = incoming({ headers: [element(q('Signed')), element(q('Unsigned'))], body: [element(q('order'))] });
    const proven = { ...message, proof: signedBy([token], ({ local }) => local === 'Unsigned') };
    const { message: read, request } = decodeIncoming(encodeIncoming({ message: proven, request: 5n }));
    const [order] = elements(read.envelope.bodyElement);
    const block = (local: string) => read.envelope.headers.find((header) => header.local === local);
    expect(request).to.equal(5n);
    expect(read.proof.tokens).to.deep.equal([token]);
    expect(read.proof.signers(read.envelope.bodyElement)).to.deep.equal([token]);
    expect(order === undefined ? [] : read.proof.signers(order)).to.deep.equal([token]);
    const [signed, unsigned] = [block('Signed'), block('Unsigned')];
    expect(signed === undefined ? [] : read.proof.signers(signed)).to.deep.equal([token]);
    expect(unsigned === undefined ? [token] : read.proof.signers(unsigned)).to.deep.equal([]);
    expect(read.proof.signers(read.envelope.root)).to.deep.equal([]);
  });

  it('that came in is stored as its reader was shown it: a header block that was left out does not come back', () => {
    const token = contextToken('urn:uuid:token');
    const message = incoming({ headers: [element(q('LeftOut')), element(q('Signed'))], body: [element(q('order'))] });
    const headers = message.envelope.headers.filter(({ local }) => local !== 'LeftOut');
    const shown = { ...message, envelope: { ...message.envelope, headers }, proof: signedBy([token]) };
    const read = decodeIncoming(encodeIncoming({ message: shown })).message;
    expect(read.envelope.headers.map(({ local }) => local)).to.deep.equal(headers.map(({ local }) => local));
    for (const header of read.envelope.headers) expect(read.proof.signers(header)).to.deep.equal([token]);
    expect(serialize(read.envelope.root)).not.to.contain('LeftOut');
  });

  it('that nobody protected proves nothing after the restart either', () => {
    const { message } = decodeIncoming(encodeIncoming({ message: incoming({ body: [element(q('order'))] }) }));
    expect(message.proof.tokens).to.deep.equal([]);
    expect(message.proof.signers(message.envelope.bodyElement)).to.deep.equal([]);
  });

  it('keeps the declarations that its content needs', () => {
    const message = incoming({
      body: [{ ...element(q('order'), [], 'z:value'), declarations: [{ prefix: 'z', namespace: 'urn:z' }] }],
    });
    const read = decodeIncoming(encodeIncoming({ message })).message;
    expect(serialize(read.envelope.root)).to.contain('xmlns:z="urn:z"');
  });

  it('is refused when it is damaged (store-damaged)', () => {
    const sent = Uint8Array.from(encodeOutgoing({ message: outgoing, request: false }));
    const came = Uint8Array.from(encodeIncoming({ message: incoming() }));
    sent[40] = (sent[40] ?? 0) ^ 1;
    came[40] = (came[40] ?? 0) ^ 1;
    expect(codeOf(thrown(() => decodeOutgoing(sent)))).to.equal('store-damaged');
    expect(codeOf(thrown(() => decodeIncoming(came)))).to.equal('store-damaged');
    expect(codeOf(thrown(() => decodeIncoming(new Uint8Array(0))))).to.equal('store-damaged');
  });
});
