import { optionalAddressing, readEnvelope, TransportError, type WireExchange, type WireHandler } from '@holdfast/soap';
import { ORDERS } from './orders.js';

/** Counts application messages and says which are lost: each of the numbers once, by the order of their coming. */
export function loss(numbers: ReadonlySet<number>, lost: (number: number) => void): (action: string) => boolean {
  let count = 0;
  return (action) => {
    if (!action.startsWith(ORDERS)) return false;
    count += 1;
    if (!numbers.has(count)) return false;
    lost(count);
    return true;
  };
}

/** A wire that loses messages on the way out. */
export function losingWire(wire: WireExchange, isLost: (action: string) => boolean): WireExchange {
  return async (request, signal) => {
    if (isLost(request.action)) throw new TransportError('connection-lost', 'The message was dropped on purpose.');
    return wire(request, signal);
  };
}

/** A server that loses messages on arrival: the connection breaks, and nothing is processed. */
export function losingHandler(handler: WireHandler, isLost: (action: string) => boolean): WireHandler {
  return async (document, info) => {
    const { action } = optionalAddressing(readEnvelope(document));
    if (isLost(action)) throw new TransportError('connection-lost', 'The message was dropped on purpose.');
    return handler(document, info);
  };
}
