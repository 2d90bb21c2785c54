import { type IncomingMessage, isElement, isFault, isNamed, text, type XmlNode } from '@holdfast/soap';
import {
  contains,
  covers,
  decodeSession,
  normalize,
  numbers,
  type Reception,
  readSequenceAcknowledgement,
  type SequenceAcknowledgement,
  wsrm11,
} from '@holdfast/ws-rm';
import type { JournalRow } from './journal.js';
import type { Medium } from './medium.js';

/** Watches one run, and says so as soon as something happens that was promised not to. */
export class Witness {
  /** Rejects with the first thing that went wrong. */
  readonly violation: Promise<never>;
  readonly #contexts = new Set<string>();
  readonly #answered = new Set<number>();
  readonly #isAnsweredWithFault: (message: number) => boolean;
  #reject: (error: Error) => void = () => {};
  #promised = 0;
  #issued = 0;
  #asked = 0;
  #late = 0;

  constructor(isAnsweredWithFault: (message: number) => boolean) {
    this.#isAnsweredWithFault = isAnsweredWithFault;
    this.violation = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.violation.catch(() => {});
  }

  /** How many messages the initiator's application was told are durable. */
  get promised(): number {
    return this.#promised;
  }

  get contextsIssued(): number {
    return this.#issued;
  }

  /** Replies that were given to those who take them for callers that died. */
  get late(): number {
    return this.#late;
  }

  durable(message: number, messageNumber: bigint): void {
    if (messageNumber !== BigInt(message)) this.fail(`message ${message} has the number ${messageNumber}`);
    this.#promised = Math.max(this.#promised, message);
  }

  /** A caller got its reply. */
  answered(message: number, reply: IncomingMessage): void {
    if (this.#answered.has(message)) this.fail(`the caller of ${message} was answered twice`);
    this.#answered.add(message);
    this.#reply(message, reply);
  }

  /** A reply whose caller died was given to the application. */
  answeredLate(message: number, reply: IncomingMessage): void {
    if (this.#answered.has(message)) this.fail(`the reply to ${message} was given out again after its caller had it`);
    this.#late += 1;
    this.#reply(message, reply);
  }

  /** The security context of a session, or of a message that was delivered. */
  context(uuid: string | undefined): void {
    if (uuid === undefined) return;
    this.#contexts.add(uuid);
    if (this.#contexts.size > 1) this.fail(`the conversation went on under another token: ${[...this.#contexts]}`);
  }

  contextIssued(): void {
    this.#issued += 1;
  }

  /** A request for a security context leaves; each one beyond the first must have a reason. */
  contextAsked(mishaps: number): void {
    this.#asked += 1;
    if (this.#contexts.size > 0) this.fail('another security context was asked for, although the session has one');
    if (this.#asked > 1 + mishaps) this.fail(`security context ${this.#asked} was asked for after ${mishaps} mishaps`);
  }

  /** Whatever these header blocks of a side acknowledge must be committed in its store. */
  async acknowledges(name: string, medium: Medium, headers: readonly XmlNode[]): Promise<void> {
    for (const block of headers) {
      if (!isElement(block) || !isNamed(block, wsrm11.names('SequenceAcknowledgement'))) continue;
      const uncommitted = await notCommitted(medium, readSequenceAcknowledgement(block, wsrm11.names));
      if (uncommitted !== undefined) this.fail(`the ${name} acknowledged ${uncommitted}, which is not in its store`);
    }
  }

  /** What the journal of the recipient must be at the end: every message, once, in order, all in one sequence. */
  assertDelivered(rows: readonly JournalRow[], messages: number): void {
    const all = Array.from({ length: messages }, (_, at) => at + 1);
    const found = rows.map(({ message }) => message);
    if (found.join() !== all.join()) this.fail(`of ${messages} messages these were delivered: ${found}`);
    if (rows.some(({ message, number }) => message !== number))
      this.fail('a message was delivered under another number');
    for (const { context } of rows) this.context(context);
    const sequences = new Set(rows.map(({ sequence }) => sequence));
    if (sequences.size !== 1) this.fail(`the messages came in ${sequences.size} sequences`);
  }

  /** What the journal of the initiator must be at the end: the reply to every request, once. */
  assertAnswered(rows: readonly JournalRow[], requests: readonly number[]): void {
    const found = rows.map(({ message }) => message).sort((a, b) => a - b);
    if (found.join() !== requests.join()) this.fail(`of the requests ${requests} these were answered: ${found}`);
  }

  fail(what: string): void {
    this.#reject(new Error(what));
  }

  #reply(message: number, { envelope }: IncomingMessage): void {
    if (isFault(envelope) !== this.#isAnsweredWithFault(message)) this.fail(`the reply to ${message} is another one`);
    else if (!isFault(envelope) && text(envelope.bodyElement) !== String(message)) {
      this.fail(`the reply to ${message} is that to ${text(envelope.bodyElement)}`);
    }
  }
}

/** The first number that is acknowledged and not committed: neither dealt with, nor with its body in the store. */
async function notCommitted(
  { store }: Medium,
  { identifier, ranges }: SequenceAcknowledgement,
): Promise<bigint | undefined> {
  const acknowledged = normalize(ranges);
  const first = await find(store, identifier);
  // A session that is over has left the store; its journal is looked at in the end.
  if (first === undefined) return undefined;
  for (const number of numbers(acknowledged)) {
    if (!covers(first.reception.received, [{ lower: number, upper: number }])) return number;
    if (contains(first.reception.delivered, number)) continue;
    if ((await store.message(first.key, 'inbound', number)) !== undefined) continue;
    const now = await find(store, identifier);
    if (now !== undefined && !contains(now.reception.delivered, number)) return number;
  }
  return undefined;
}

async function find(
  store: Medium['store'],
  identifier: string,
): Promise<{ readonly key: string; readonly reception: Reception } | undefined> {
  const stored = await store.sessionOf(identifier);
  if (stored === undefined) return undefined;
  const { destination } = decodeSession(stored.state);
  const reception = destination.kind === 'none' ? destination.draining : destination;
  return reception === undefined ? undefined : { key: stored.key, reception };
}
