import type { Order } from './orders-file.js';
import { storeOf } from './parties.js';

/** What the journals prove at the end. */
export interface Report {
  readonly sent: number;
  readonly delivered: number;
  readonly confirmed: number;
  readonly lost: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  readonly securityContexts: number;
  readonly sequences: number;
}

/** Compares the journals of both parties with the input. */
export async function readReport(folder: string, orders: readonly Order[]): Promise<Report> {
  const journal = await rows(folder, 'recipient');
  const confirmations = await rows(folder, 'initiator');
  const place = new Map(orders.map(({ orderId }, at) => [orderId, at]));
  const seen = new Set<string>();
  let repeated = 0;
  let outOfOrder = 0;
  let last = -1;
  for (const { order_id: orderId } of journal) {
    const at = place.get(String(orderId)) ?? -1;
    if (seen.has(String(orderId))) repeated += 1;
    else if (at < last) outOfOrder += 1;
    seen.add(String(orderId));
    last = Math.max(last, at);
  }
  return {
    sent: orders.length,
    delivered: seen.size,
    confirmed: new Set(confirmations.map((row) => row['order_id'])).size,
    lost: orders.filter(({ orderId }) => !seen.has(orderId)).length,
    repeated,
    outOfOrder,
    securityContexts: new Set(journal.map((row) => row['security_context'])).size,
    sequences: new Set(journal.map((row) => row['sequence'])).size,
  };
}

async function rows(folder: string, party: 'initiator' | 'recipient') {
  const store = await storeOf(folder, party);
  try {
    return await store.application((transaction) => transaction.all('SELECT * FROM journal ORDER BY position'));
  } finally {
    await store.close();
  }
}
