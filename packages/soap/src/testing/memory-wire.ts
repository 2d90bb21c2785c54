import { writeEnvelope } from '../envelope.js';
import { TransportError } from '../errors.js';
import { faultEnvelope } from '../fault-body.js';
import { versionOfNamespace } from '../soap-version.js';
import { faultOf, type WireExchange, type WireHandler, type WireInfo } from '../wire.js';
import { parse } from '../xml/parse.js';
import { serialize } from '../xml/serialize.js';
import type { XmlDocument, XmlElement } from '../xml/tree.js';

/**
 * A wire that ends in a handler of the same process. Both directions are serialized and parsed, so nothing is shared,
 * and what the handler throws comes back as a fault, as over HTTP.
 * @param info what the handler is told of its client; its action is that of each request
 */
export function memoryWire(handler: WireHandler, info: Partial<WireInfo> = {}): WireExchange {
  return async (request, signal) => {
    if (signal?.aborted === true) {
      throw new TransportError('aborted', 'The request was aborted by its caller.', { cause: signal.reason });
    }
    const document = transferred(request.root);
    const action = request.action === '' ? {} : { action: request.action };
    try {
      const response = await handler(document, { secure: false, ...info, ...action });
      return response === undefined ? undefined : transferred(response.root);
    } catch (error) {
      const version = versionOfNamespace(document.root.namespace) ?? request.version;
      return transferred(writeEnvelope(faultEnvelope(faultOf(error), version)));
    }
  };
}

function transferred(root: XmlElement): XmlDocument {
  return parse(serialize(root));
}
