import {
  ANONYMOUS,
  element,
  endpointReference,
  type Handler,
  HoldfastError,
  type IncomingMessage,
  type LogEntry,
  type OutgoingMessage,
  replyAddressing,
  type SoapVersion,
  serialize,
  text,
  vocabulary,
  type WireExchange,
  type WireRequest,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { type ManualTime, manualTime, memoryWire, seededRandom } from '@holdfast/soap/testing';
import { type Credential, certificateTrust, credential, replayCache } from '@holdfast/ws-security';
import { certificateAuthority } from '@holdfast/ws-security/testing';
import { expect } from 'chai';
import { mutualX509Initiator, mutualX509Recipient } from '#src/bootstraps/mutual-x509.js';
import {
  defaultSecureExchangeConfig,
  defaultSecureHandlerConfig,
  type SecureExchangeConfig,
  type SecureHandlerConfig,
} from '#src/config.js';
import type { ContextStore } from '#src/context-store.js';
import { type SecureExchange, type SecureExchangeCollaborators, secureExchange } from '#src/secure-exchange.js';
import { type SecureHandler, type SecureHandlerCollaborators, secureHandler } from '#src/secure-handler.js';

export const start = Date.parse('2026-03-01T12:00:00.000Z');
export const authority = certificateAuthority('Test CA', new Date(start));

export function issued(name: string, { certificate, privateKey } = authority.issue({ name })): Credential {
  return credential(certificate, privateKey);
}

export const alice = issued('alice');
export const bob = issued('bob');
export const carol = issued('carol');
export const trust = certificateTrust({ anchors: authority.certificate });

export const identityOf = ({ certificate }: Credential): string => `x509:${certificate.fingerprint}`;

let seed = 1;
/** Octets that are the same in every run; each caller has others. */
export function octets(): (length: number) => Uint8Array {
  const random = seededRandom(seed++);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

export const BOB = 'http://bob/';
export const o = vocabulary('o', 'urn:o');

let messages = 0;
/** A message of the application's. */
export function order(
  content = '12 eggs',
  more: Partial<OutgoingMessage> & {
    readonly version?: SoapVersion;
    readonly headers?: readonly XmlElement[];
    readonly to?: string;
  } = {},
): OutgoingMessage {
  const { version = '1.2', headers = [], to = BOB, ...rest } = more;
  return {
    envelope: { version, headers, body: [element(o('Place'), [], content)] },
    addressing: {
      action: 'urn:o/Place',
      to,
      messageId: `urn:uuid:m${++messages}`,
      replyTo: endpointReference(ANONYMOUS),
    },
    ...rest,
  };
}

/** Answers each message with its own body. */
export const echo: Handler = async ({ envelope, addressing }) => ({
  envelope: { version: envelope.version, headers: [], body: envelope.body },
  addressing: replyAddressing(addressing, 'urn:o/Placed', `urn:uuid:r${++messages}`),
});

export const content = (message: IncomingMessage | undefined): string | undefined =>
  message && text(message.envelope.bodyElement);

/** What is on the wire: the tests read it, change it, and hold it back. */
export interface Tap {
  readonly requests: WireRequest[];
  readonly responses: (XmlDocument | undefined)[];
  /** Takes the place of the wire. */
  onRequest?: (request: WireRequest, next: WireExchange) => Promise<XmlDocument | undefined>;
}

export function tapped(wire: WireExchange, tap: Tap): WireExchange {
  return async (request, signal) => {
    tap.requests.push(request);
    const response = await (tap.onRequest === undefined ? wire(request, signal) : tap.onRequest(request, wire));
    tap.responses.push(response);
    return response;
  };
}

export interface RecipientOptions {
  readonly config?: Partial<SecureHandlerConfig>;
  readonly collaborators?: Partial<SecureHandlerCollaborators>;
  readonly handler?: Handler;
  readonly who?: Credential;
  readonly time?: ManualTime;
  /** Whether messages come over TLS. Default false. */
  readonly secure?: boolean;
}

export interface Recipient extends SecureHandler {
  readonly log: LogEntry[];
  readonly time: ManualTime;
  readonly wire: WireExchange;
}

export function recipient(options: RecipientOptions = {}): Recipient {
  const { time = manualTime(start), handler = echo, who = bob, secure = false } = options;
  const log: LogEntry[] = [];
  const made = secureHandler(
    handler,
    {
      ...defaultSecureHandlerConfig,
      bootstrap: mutualX509Recipient({
        credential: who,
        trust,
        certificates: [alice.certificate, carol.certificate],
      }),
      ...options.config,
    },
    {
      clock: time,
      random: octets(),
      replayCache: replayCache(),
      log: (entry) => log.push(entry),
      ...options.collaborators,
    },
  );
  return { ...made, log, time, wire: memoryWire(made.handler, { secure }) };
}

export interface InitiatorOptions {
  readonly config?: Partial<SecureExchangeConfig>;
  readonly collaborators?: Partial<SecureExchangeCollaborators>;
  readonly who?: Credential;
  readonly to?: Credential;
}

export interface Initiator extends SecureExchange {
  readonly tap: Tap;
}

export function initiator(wire: WireExchange, time: ManualTime, options: InitiatorOptions = {}): Initiator {
  const { who = alice, to = bob } = options;
  const tap: Tap = { requests: [], responses: [] };
  const made = secureExchange(
    tapped(wire, tap),
    {
      ...defaultSecureExchangeConfig,
      bootstrap: mutualX509Initiator({ signer: who, recipient: to.certificate, trust }),
      ...options.config,
    },
    { clock: time, random: octets(), replayCache: replayCache(), ...options.collaborators },
  );
  return { ...made, tap };
}

/** Both sides, on one wire and one clock. */
export function conversation(
  options: { readonly initiator?: InitiatorOptions; readonly recipient?: RecipientOptions } = {},
): {
  readonly ours: Initiator;
  readonly theirs: Recipient;
  readonly time: ManualTime;
} {
  const theirs = recipient(options.recipient);
  return { ours: initiator(theirs.wire, theirs.time, options.initiator), theirs, time: theirs.time };
}

/** A store of contexts in memory; what it holds can be looked at. */
export function contextStore(): ContextStore &
  Required<Pick<ContextStore, 'uuids'>> & { readonly kept: Map<string, Uint8Array>; gets: number } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    gets: 0,
    put: async (uuid, bytes) => void kept.set(uuid, Uint8Array.from(bytes)),
    async get(uuid) {
      this.gets++;
      const bytes = kept.get(uuid);
      return bytes && Uint8Array.from(bytes);
    },
    remove: async (uuid) => void kept.delete(uuid),
    uuids: async () => [...kept.keys()],
  };
}

/** A promise that is settled from outside. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Lets everything that is due in the process happen. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

export const wireText = (request: WireRequest | undefined): string =>
  request === undefined ? expect.fail('nothing was sent') : serialize(request.root);

export async function rejected(promise: Promise<unknown>, code: string): Promise<HoldfastError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code, error.message).to.equal(code);
    return error;
  }
  return expect.fail(`nothing was thrown; expected ${code}`);
}

export function thrown(call: () => unknown, code: string): HoldfastError {
  try {
    call();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code, error.message).to.equal(code);
    return error;
  }
  return expect.fail(`nothing was thrown; expected ${code}`);
}

/** The local names of the fault's subcodes, in an answer that must be one. */
export function faultOfAnswer(answer: IncomingMessage | undefined): string {
  if (answer === undefined) return expect.fail('there was no answer');
  return serialize(answer.envelope.bodyElement);
}
