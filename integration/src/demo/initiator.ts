import { child, text } from '@holdfast/soap';
import { defaultRetransmissionConfig, defaultSourceConfig } from '@holdfast/ws-rm';
import { connect, type Reply, type SqliteTransaction } from 'holdfast';
import { printEvent } from '../peer/events.js';
import { ORDER_ID, orderBody, PLACE_ORDER, readOrders } from './orders-file.js';
import { certificateOf, identityOf, storeOf, trustIn } from './parties.js';

/** Orders that are on the way at a time. */
const AT_A_TIME = 8;

/** The process that places the orders of a file, and goes on where an earlier one was killed. */
export async function runInitiator(folder: string, url: string, file: string): Promise<void> {
  const store = await storeOf(folder, 'initiator');
  const orders = readOrders(file);
  const confirmed = (reply: Reply, transaction: SqliteTransaction): void => {
    const element = reply.body && child(reply.body, ORDER_ID);
    const orderId = element === undefined ? '' : text(element);
    transaction.run('INSERT INTO journal (order_id) VALUES (?)', orderId);
    printEvent('confirmed', { orderId });
  };
  const conversation = await connect<SqliteTransaction>(url, {
    identity: identityOf(folder, 'initiator'),
    recipient: certificateOf(folder, 'recipient'),
    trust: trustIn(folder),
    store,
    // The other side is killed on purpose: what it missed is repeated soon.
    reliability: {
      source: {
        ...defaultSourceConfig,
        retransmission: { ...defaultRetransmissionConfig, interval: 150, maxInterval: 1_000 },
      },
    },
    replies: (reply) => reply.delivery.inTransaction((transaction) => confirmed(reply, transaction)),
  });
  // Message n is order n: what the sequence holds already was placed by an earlier process.
  let next = Number(conversation.status()?.submitted ?? 0n);
  if (next === 0 && (await confirmations(store)) > 0) next = orders.length;
  printEvent('ready', { next });
  const place = async (): Promise<void> => {
    for (let order = orders[next]; order !== undefined; order = orders[next]) {
      next += 1;
      await conversation.request(PLACE_ORDER, orderBody(order), { inTransaction: confirmed });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, place));
  await conversation.close();
  await store.close();
  printEvent('closed');
}

function confirmations(store: Awaited<ReturnType<typeof storeOf>>): Promise<number> {
  return store.application((transaction) => Number(transaction.get('SELECT count(*) AS n FROM journal')?.['n'] ?? 0));
}
