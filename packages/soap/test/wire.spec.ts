import { expect } from 'chai';
import { ANONYMOUS, endpointReference, NONE } from '#src/addressing.js';
import { faultAddressing, replyAddressing } from '#src/addressing-headers.js';
import { InvalidMessageError } from '#src/errors.js';
import { faultEnvelope, readFault } from '#src/fault-body.js';
import type { LogEntry } from '#src/log.js';
import type { Handler, IncomingMessage } from '#src/message.js';
import { readMessage } from '#src/read-message.js';
import { senderFault } from '#src/soap-faults.js';
import { memoryWire } from '#src/testing/index.js';
import { assertSameAction, faultOf, plainExchange, plainHandler, wireResponse } from '#src/wire.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { text } from '#src/xml/tree.js';
import { envelopeText, order, rejected, thrown, versions } from './samples.js';

const info = { secure: false };
const echo: Handler = async ({ envelope, addressing }) => ({
  envelope: { version: envelope.version, headers: [], body: envelope.body },
  addressing: replyAddressing(addressing, 'urn:reply'),
});

/** What the handler says to this text, read as a client would. */
async function answer(handler: Handler, request: string, action?: string): Promise<IncomingMessage | undefined> {
  const response = await plainHandler(handler)(parse(request), action === undefined ? info : { ...info, action });
  return response === undefined ? undefined : readMessage(parse(serialize(response.root)), '');
}

describe('plainExchange and plainHandler', () => {
  for (const version of versions) {
    it(`carry a message and its answer in SOAP ${version}`, async () => {
      const exchange = plainExchange(memoryWire(plainHandler(echo)));
      const reply = await exchange({
        envelope: order(version, 'three'),
        addressing: { action: 'urn:a', to: 'urn:t', messageId: 'urn:m' },
      });
      expect(reply?.addressing).to.deep.include({ action: 'urn:reply', to: ANONYMOUS });
      expect(reply?.addressing.relatesTo?.[0]?.messageId).to.equal('urn:m');
      expect(reply && text(reply.envelope.bodyElement)).to.equal('three');
    });
  }

  it('say nothing when the handler says nothing', async () => {
    const exchange = plainExchange(memoryWire(plainHandler(async () => undefined)));
    expect(await exchange({ envelope: order(), addressing: { action: 'urn:a' } })).to.equal(undefined);
  });

  it('refuse a message that asks for a security context', async () => {
    const exchange = plainExchange(memoryWire(plainHandler(echo)));
    await rejected(
      exchange({ envelope: order(), addressing: { action: 'urn:a' }, securityContext: 'urn:uuid:1' }),
      'unsupported',
    );
  });

  it('return a fault as an answer', async () => {
    const exchange = plainExchange(
      memoryWire(
        plainHandler(async ({ addressing }) => ({
          envelope: faultEnvelope(senderFault, '1.2'),
          addressing: faultAddressing(addressing, senderFault),
        })),
      ),
    );
    const reply = await exchange({ envelope: order(), addressing: { action: 'urn:a' } });
    expect(reply && readFault(reply.envelope)?.code).to.equal('Sender');
  });
});

describe('plainHandler', () => {
  const ACTION = '<wsa:Action>urn:a</wsa:Action><wsa:MessageID>urn:m</wsa:MessageID>';

  it('hides from the peer what the handler threw, and tells the log', async () => {
    const entries: LogEntry[] = [];
    const handler = plainHandler(
      async () => {
        throw new Error('the password is 1234');
      },
      { log: (entry) => entries.push(entry) },
    );
    const response = await handler(parse(envelopeText('1.2', ACTION)), info);
    expect(response?.fault).to.equal('Receiver');
    expect(response && serialize(response.root)).not.to.contain('1234');
    expect(entries.map(({ event, error }) => [event, (error as Error).message])).to.deep.equal([
      ['message-refused', 'the password is 1234'],
    ]);
  });

  it('relates the fault to the request', async () => {
    const reply = await answer(() => Promise.reject(new Error('no')), envelopeText('1.2', ACTION));
    expect(reply?.addressing.relatesTo?.[0]?.messageId).to.equal('urn:m');
  });

  it('answers a message without Action with MessageAddressingHeaderRequired', async () => {
    const reply = await answer(echo, envelopeText('1.2', '<wsa:To>urn:t</wsa:To>'));
    expect(reply && readFault(reply.envelope)?.subcodes[0]?.local).to.equal('MessageAddressingHeaderRequired');
    expect(reply?.addressing.action).to.equal('http://www.w3.org/2005/08/addressing/fault');
  });

  it('answers two Actions that differ with ActionMismatch', async () => {
    const reply = await answer(echo, envelopeText('1.1', ACTION), 'urn:b');
    expect(reply && readFault(reply.envelope)?.subcodes.at(-1)?.local).to.equal('ActionMismatch');
  });

  it('gives a message without WS-Addressing the action of HTTP, and answers without WS-Addressing', async () => {
    let action = '';
    const reply = await answer(
      (message) => {
        action = message.addressing.action;
        return echo(message);
      },
      envelopeText('1.1', '', '<o:Place>x</o:Place>'),
      'urn:http',
    );
    expect(action).to.equal('urn:http');
    expect(reply?.addressing).to.deep.equal({ action: '' });
    expect(reply && text(reply.envelope.bodyElement)).to.equal('x');
  });

  it('asks whether mandatory header blocks are understood when it is told how', async () => {
    const handler = plainHandler(echo, { understood: ({ local }) => local === 'Action' });
    const header = (name: string) =>
      `<wsa:Action s:mustUnderstand="1">urn:a</wsa:Action><q:${name} s:mustUnderstand="1"/>`;
    expect((await handler(parse(envelopeText('1.2', header('Other'))), info))?.fault).to.equal('MustUnderstand');
    expect((await handler(parse(envelopeText('1.2', header('Action'))), info))?.fault).to.equal(undefined);
  });

  it('says nothing to the address none', async () => {
    const header = `${ACTION}<wsa:ReplyTo><wsa:Address>${NONE}</wsa:Address></wsa:ReplyTo>`;
    expect(await answer(echo, envelopeText('1.2', header))).to.equal(undefined);
    expect(await answer(() => Promise.reject(new Error('no')), envelopeText('1.2', header))).to.equal(undefined);
  });

  it('leaves an envelope of an unknown version to the transport', async () => {
    await rejected(plainHandler(echo)(parse('<Envelope xmlns="urn:x"/>'), info), 'version-mismatch');
  });
});

describe('wireResponse', () => {
  it('names the code of a fault', () => {
    const response = wireResponse({ envelope: faultEnvelope(senderFault, '1.1'), addressing: { action: 'urn:a' } });
    expect(response?.fault).to.equal('Sender');
    expect(wireResponse({ envelope: order(), addressing: { action: 'urn:a' } })).not.to.have.property('fault');
  });

  it('is nothing for the address none', () => {
    const addressing = replyAddressing({ action: 'urn:a', replyTo: endpointReference(NONE) }, 'urn:b');
    expect(wireResponse({ envelope: order(), addressing })).to.equal(undefined);
  });
});

describe('faultOf', () => {
  it('is the fault of the specification when there is one', () => {
    expect(faultOf(new InvalidMessageError('not-understood', 'x', { fault: senderFault }))).to.equal(senderFault);
  });

  it('is a Sender fault for other messages that could not be read', () => {
    expect(faultOf(new InvalidMessageError('not-an-envelope', 'x')).code).to.equal('Sender');
  });

  it('is a Receiver fault for everything else', () => {
    expect(faultOf(new Error('x')).code).to.equal('Receiver');
    expect(faultOf('x').code).to.equal('Receiver');
  });
});

describe('assertSameAction', () => {
  it('accepts an HTTP action that is absent, empty or the same', () => {
    for (const http of [undefined, '', 'urn:a']) assertSameAction('urn:a', http);
  });

  it('refuses another one', () => {
    thrown(() => assertSameAction('urn:a', 'urn:b'), 'invalid-addressing-header');
  });
});
