import { readFileSync } from 'node:fs';
import { element, type XmlElement } from '@holdfast/soap';
import { parse } from 'csv-parse/sync';

/** One line of the input file: column names and values. */
export type Order = Readonly<Record<string, string>> & { readonly orderId: string };

/** The orders of a CSV file with a header line. @throws Error naming the file when it cannot be read as one */
export function readOrders(file: string): readonly Order[] {
  const rows = rowsOf(file);
  const orders = rows.filter((row): row is Order => row['orderId'] !== undefined && row['orderId'] !== '');
  if (orders.length === 0 || orders.length !== rows.length) throw new Error(`${file}: each line needs an orderId.`);
  // Columns become elements.
  const column = Object.keys(orders[0] ?? {}).find((name) => !/^[A-Za-z_][\w.-]*$/.test(name));
  if (column !== undefined) throw new Error(`${file}: the column "${column}" must be a word, for it names an element.`);
  return orders;
}

function rowsOf(file: string): readonly Readonly<Record<string, string>>[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(`${file}: it cannot be read (${code}). Name a CSV file whose header has an orderId.`);
  }
  try {
    return parse(content, { columns: true, bom: true });
  } catch (error) {
    throw new Error(`${file}: it is not CSV with a header line. ${(error as Error).message}.`);
  }
}

export const DEMO = 'urn:holdfast:demo:orders';
export const PLACE_ORDER = `${DEMO}/placeOrder`;

const name = (local: string) => ({ prefix: 'o', namespace: DEMO, local });

/** The body of the message that places an order. */
export function orderBody(order: Order): XmlElement {
  return element(
    name('placeOrder'),
    [],
    ...Object.entries(order).map(([column, value]) => element(name(column), [], value)),
  );
}

export function confirmationBody(orderId: string): XmlElement {
  return element(name('confirmation'), [], element(name('orderId'), [], orderId));
}

export const ORDER_ID = name('orderId');
