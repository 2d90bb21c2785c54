import { expect } from 'chai';
import { HeldBytes } from '#src/held-bytes.js';
import { Endpoints, order } from './support/endpoints.js';

describe('the bytes that wait for the application', () => {
  it('are those of the messages that are put and not removed', () => {
    const held = new HeldBytes();
    held.put(1n, 10);
    held.put(2n, 20);
    held.put(2n, 30);
    held.remove(1n);
    held.remove(7n);
    expect(held.total).to.equal(30);
  });

  it('are read from the store when their turn comes, beyond what memory keeps', async () => {
    const ends = new Endpoints();
    let isFirst = true;
    ends.fate = async (message, exchange) => {
      if (!message.addressing.action.endsWith('/notify') || !isFirst) return exchange();
      isFirst = false;
      return undefined;
    };
    const session = ends.initiator();
    const contents = Array.from({ length: 6 }, (_, place) => String(place).repeat(600_000));
    const { message } = ends.recipientStore;
    let read = 0;
    ends.recipientStore.message = (...place) => {
      read += 1;
      return message.apply(ends.recipientStore, place);
    };
    const sent = await ends.time.until(Promise.all(contents.map((content) => session.send(order(content, 'notify')))));
    await ends.time.until(Promise.all(sent.map(({ acknowledged }) => acknowledged)));
    await ends.time.until(session.close());
    expect(ends.delivered).to.deep.equal(contents);
    expect(read).to.be.at.least(2);
  });
});
