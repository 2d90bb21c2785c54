import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialize, type WireExchange, type WireHandler, type XmlElement } from '@holdfast/soap';

/** Writes every message of a wire into a folder: `0001-in.xml`, `0002-out.xml` … in order. */
export interface Recorder {
  wire(wire: WireExchange): WireExchange;
  handler(handler: WireHandler): WireHandler;
  /** A context's secret, so that the record can be read: `secrets.jsonl`. */
  secret(identifier: string, secret: Uint8Array): void;
}

/** @param folder '' records nothing */
export function recorder(folder: string): Recorder {
  if (folder === '') return { wire: (wire) => wire, handler: (handler) => handler, secret: () => {} };
  mkdirSync(folder, { recursive: true });
  let count = 0;
  const write = (direction: 'in' | 'out', root: XmlElement | undefined): void => {
    if (root === undefined) return;
    count += 1;
    writeFileSync(join(folder, `${String(count).padStart(4, '0')}-${direction}.xml`), serialize(root));
  };
  return {
    wire: (wire) => async (request, signal) => {
      write('out', request.root);
      const answer = await wire(request, signal);
      write('in', answer?.root);
      return answer;
    },
    handler: (handler) => async (document, info) => {
      write('in', document.root);
      const answer = await handler(document, info);
      write('out', answer?.root);
      return answer;
    },
    secret(identifier, secret) {
      const line = { id: identifier, secret: Buffer.from(secret).toString('base64') };
      appendFileSync(join(folder, 'secrets.jsonl'), `${JSON.stringify(line)}\n`);
    },
  };
}
