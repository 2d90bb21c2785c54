import { expect } from 'chai';
import {
  element,
  httpExchange,
  httpServer,
  plainHandler,
  readFault,
  replyAddressing,
  text,
  vocabulary,
} from '#src/index.js';

describe('@holdfast/soap', () => {
  const o = vocabulary('o', 'urn:example:orders');

  it('places an order and reads the answer over HTTP, as its opening example does', async () => {
    const server = await httpServer(
      { port: 0 },
      plainHandler(async ({ envelope, addressing }) => ({
        envelope: { version: envelope.version, headers: [], body: [element(o('Placed'), [], 'thank you')] },
        addressing: replyAddressing(addressing, 'urn:example:orders/Placed'),
      })),
    );
    const exchange = httpExchange();
    const messageId = 'urn:uuid:6c1b4d3e-0000-4000-8000-000000000001';
    const answer = await exchange({
      envelope: { version: '1.2', headers: [], body: [element(o('Place'), [], '12 eggs')] },
      addressing: { action: 'urn:example:orders/Place', to: server.url, messageId },
    });
    await exchange[Symbol.asyncDispose]();
    await server.close();
    expect(answer?.addressing.action).to.equal('urn:example:orders/Placed');
    expect(answer?.addressing.relatesTo?.[0]?.messageId).to.equal(messageId);
    expect(answer && text(answer.envelope.bodyElement)).to.equal('thank you');
    expect(answer && readFault(answer.envelope)).to.equal(undefined);
  });
});
