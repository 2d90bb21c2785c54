import { child, element, text, type XmlElement } from '@holdfast/soap';

/** The Orders service that every peer offers and calls: document/literal wrapped. */
export const ORDERS = 'urn:holdfast:peers:orders';

export type Operation = 'placeOrder' | 'echo' | 'notify' | 'reject';

/** wsa:Action of a request. */
export function actionOf(operation: Operation): string {
  return `${ORDERS}/${operation}`;
}

export const REJECTED_ACTION = `${ORDERS}/rejected`;

const name = (local: string) => ({ prefix: 'o', namespace: ORDERS, local });

/** An element of the service with children that hold only text. */
export function wrapped(local: string, fields: Readonly<Record<string, string>>): XmlElement {
  return element(name(local), [], ...Object.entries(fields).map(([field, value]) => element(name(field), [], value)));
}

/** The body of the i-th request, as every peer makes it. */
export function requestBody(operation: Operation, i: number, filler: string): XmlElement {
  switch (operation) {
    case 'placeOrder':
      return wrapped('placeOrder', { orderId: `order-${i}`, quantity: `${i}`, note: filler });
    case 'echo':
      return wrapped('echo', { text: `${i}:${filler}` });
    case 'notify':
      return wrapped('notify', { id: `${i}`, text: filler });
    case 'reject':
      return wrapped('reject', { reason: `reason-${i}` });
    default:
      return operation satisfies never;
  }
}

/** The operation that a request body asks for, with the values of its fields. */
export function readRequest(
  body: XmlElement | undefined,
): { readonly operation: Operation; readonly field: (local: string) => string } | undefined {
  const operation = body?.namespace === ORDERS ? OPERATIONS.find((known) => known === body.local) : undefined;
  if (body === undefined || operation === undefined) return undefined;
  return { operation, field: (local) => fieldOf(body, local) };
}

const OPERATIONS: readonly Operation[] = ['placeOrder', 'echo', 'notify', 'reject'];

/** The text of a field, '' when it is absent. */
export function fieldOf(of: XmlElement, local: string): string {
  const field = child(of, name(local));
  return field === undefined ? '' : text(field);
}

/** What is wrong with the reply to the i-th request; `undefined`: nothing. */
export function faultInReply(
  operation: Operation,
  i: number,
  filler: string,
  reply: XmlElement | undefined,
): string | undefined {
  const expected = { placeOrder: ['confirmation', `confirmed:order-${i}`], echo: ['text', `${i}:${filler}`] } as const;
  if (operation !== 'placeOrder' && operation !== 'echo') return undefined;
  const [field, value] = expected[operation];
  if (reply === undefined) return 'an empty reply';
  const found = fieldOf(reply, field);
  return found === value ? undefined : `wrong ${field}: ${found.slice(0, 60)}`;
}

/** The reason that a `rejected` detail gives. */
export function rejectedReason(detail: readonly XmlElement[]): string | undefined {
  const rejected = detail.find((entry) => entry.namespace === ORDERS && entry.local === 'rejected');
  return rejected === undefined ? undefined : fieldOf(rejected, 'reason');
}
