import { pathToFileURL } from 'node:url';
import { sharedPath } from '../shared.js';

/** An element that the judge found signed or encrypted. */
export interface Found {
  readonly name: string;
  readonly path: string;
  readonly content?: boolean;
}

/** What the judge answers; which members there are depends on the question. */
export interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly signed?: readonly Found[];
  readonly encrypted?: readonly Found[];
  readonly signatures?: readonly unknown[];
  readonly decrypted?: string;
  readonly xml?: string;
  readonly octets?: string;
  readonly errors?: readonly string[];
}

/** WSS4J, asked from a test. */
export interface Judge {
  ask(question: Readonly<Record<string, unknown>>): Promise<Answer>;
  stop(): void;
}

export async function startJudge(): Promise<Judge> {
  const client = (await import(pathToFileURL(sharedPath('peers/java/judge/client.mjs')).href)) as { start(): Judge };
  return client.start();
}
