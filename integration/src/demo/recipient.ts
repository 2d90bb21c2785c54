import { child, text } from '@holdfast/soap';
import { type SqliteTransaction, serve } from 'holdfast';
import { printEvent } from '../peer/events.js';
import { confirmationBody, ORDER_ID } from './orders-file.js';
import { identityOf, storeOf, trustIn } from './parties.js';

/** The process that takes the orders: each is written into the journal by the transaction that marks it delivered. */
export async function runRecipient(folder: string, port: number): Promise<void> {
  const store = await storeOf(folder, 'recipient');
  const service = await serve<SqliteTransaction>(
    ({ body, delivery }) => {
      const element = body && child(body, ORDER_ID);
      if (element === undefined || delivery === undefined) throw new Error('That is no order.');
      const orderId = text(element);
      delivery.inTransaction((transaction) => {
        transaction.run(
          'INSERT INTO journal (order_id, message_number, security_context, sequence) VALUES (?, ?, ?, ?)',
          orderId,
          Number(delivery.messageNumber),
          delivery.securityContext ?? '',
          delivery.sequence,
        );
        printEvent('delivered', { orderId });
      });
      return confirmationBody(orderId);
    },
    { identity: identityOf(folder, 'recipient'), trust: trustIn(folder), port, path: '/orders', store },
  );
  printEvent('ready', { url: service.url, resumed: service.resumed });
  process.once('SIGTERM', () => {
    service
      .close()
      .then(() => store.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  });
}
