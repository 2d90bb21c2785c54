import {
  type Addressing,
  ANONYMOUS,
  endpointReference,
  faultEnvelope,
  NONE,
  type OutgoingMessage,
  type ProvenToken,
  type XmlElement,
} from '@holdfast/soap';
import { type RmFault, writeRmFault } from '#src/faults.js';
import { readContent } from '#src/read-content.js';
import type { RmBody } from '#src/rm-codec.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { ADDRESS, type Endpoints, order } from './endpoints.js';
import { arrive } from './secured.js';

/** An initiator of which every message is made by hand. */
export class Peer {
  readonly offer: string;
  sequence = 'urn:test:not-created';
  readonly #ends: Endpoints;
  readonly #name: string;
  #token: ProvenToken | undefined;

  constructor(ends: Endpoints, name = 'urn:test:peer', token?: ProvenToken) {
    this.#ends = ends;
    this.#name = name;
    this.#token = token;
    this.offer = `${name}:replies`;
  }

  /** Goes on under another token. */
  under(token: ProvenToken | undefined): this {
    this.#token = token;
    return this;
  }

  async create(
    options: {
      readonly offer?: boolean;
      readonly identifier?: string;
      readonly endpoint?: string;
      readonly acksTo?: string;
      readonly replyTo?: string;
      readonly messageId?: string | undefined;
      readonly expires?: number;
      readonly reference?: XmlElement;
      readonly headers?: readonly XmlElement[];
    } = {},
  ): Promise<OutgoingMessage | undefined> {
    const { offer = true, identifier = this.offer, endpoint = ANONYMOUS, acksTo = ANONYMOUS, expires } = options;
    const { replyTo = ANONYMOUS, reference, headers = [] } = options;
    const messageId = 'messageId' in options ? options.messageId : `${this.#name}:create`;
    const answer = await this.send(
      {
        kind: 'create-sequence',
        value: {
          acksTo: endpointReference(acksTo),
          ...(expires === undefined ? {} : { expires }),
          ...(offer ? { offer: { identifier, endpoint: endpointReference(endpoint) } } : {}),
          ...(reference === undefined ? {} : { securityTokenReference: reference }),
        },
      },
      {
        headers,
        addressing: { replyTo: endpointReference(replyTo), ...(messageId === undefined ? {} : { messageId }) },
      },
    );
    const body = answer === undefined ? undefined : readContent(arrive(answer, undefined), wsrm11).body;
    if (body?.kind === 'create-sequence-response') this.sequence = body.value.identifier;
    return answer;
  }

  message(
    number: bigint,
    options: {
      readonly oneWay?: boolean;
      readonly messageId?: string | undefined;
      readonly replyTo?: string;
      readonly acknowledge?: bigint;
    } = {},
  ): Promise<OutgoingMessage | undefined> {
    const { oneWay = false, replyTo = oneWay ? NONE : ANONYMOUS, acknowledge } = options;
    const messageId = 'messageId' in options ? options.messageId : `urn:test:message:${number}`;
    const { envelope, addressing } = order(String(number), 'order');
    const headers = [
      wsrm11.writeSequence({ identifier: this.sequence, messageNumber: number }, '1.2'),
      ...this.#acknowledgement(acknowledge),
    ];
    return this.#ends.give(
      {
        envelope: { ...envelope, headers },
        addressing: {
          ...addressing,
          to: ADDRESS,
          replyTo: endpointReference(replyTo),
          ...(messageId === undefined ? {} : { messageId }),
        },
      },
      this.#token,
    );
  }

  ackRequested(options: { readonly acknowledge?: bigint } = {}): Promise<OutgoingMessage | undefined> {
    return this.#bare('ack-requested', [
      wsrm11.writeAckRequested({ identifier: this.sequence }),
      ...this.#acknowledgement(options.acknowledge),
    ]);
  }

  acknowledge(upper: bigint): Promise<OutgoingMessage | undefined> {
    return this.#bare('sequence-acknowledgement', this.#acknowledgement(upper));
  }

  close(lastMessageNumber?: bigint): Promise<OutgoingMessage | undefined> {
    return this.send({ kind: 'close-sequence', value: this.#ending(lastMessageNumber) });
  }

  terminate(lastMessageNumber?: bigint): Promise<OutgoingMessage | undefined> {
    return this.send({ kind: 'terminate-sequence', value: this.#ending(lastMessageNumber) });
  }

  fault(fault: RmFault): Promise<OutgoingMessage | undefined> {
    return this.#ends.give(
      {
        envelope: faultEnvelope(writeRmFault(fault, wsrm11, '1.2'), '1.2'),
        addressing: { action: wsrm11.actions.fault, to: ADDRESS },
      },
      this.#token,
    );
  }

  send(
    body: RmBody,
    options: { readonly headers?: readonly XmlElement[]; readonly addressing?: Partial<Addressing> } = {},
  ): Promise<OutgoingMessage | undefined> {
    const { headers = [], addressing = { messageId: `${this.#name}:${body.kind}` } } = options;
    return this.#ends.give(
      {
        envelope: { version: '1.2', headers, body: [wsrm11.writeBody(body)] },
        addressing: {
          action: wsrm11.actions[body.kind],
          to: ADDRESS,
          replyTo: endpointReference(ANONYMOUS),
          ...addressing,
        },
      },
      this.#token,
    );
  }

  #bare(
    kind: 'sequence-acknowledgement' | 'ack-requested',
    headers: readonly XmlElement[],
  ): Promise<OutgoingMessage | undefined> {
    return this.#ends.give(
      {
        envelope: { version: '1.2', headers, body: [] },
        addressing: { action: wsrm11.actions[kind], to: ADDRESS },
      },
      this.#token,
    );
  }

  #acknowledgement(upper: bigint | undefined): readonly XmlElement[] {
    if (upper === undefined) return [];
    const ranges = [{ lower: 1n, upper }];
    return [wsrm11.writeAcknowledgement({ identifier: this.offer, ranges, final: false, nacks: [] })];
  }

  #ending(lastMessageNumber: bigint | undefined): { readonly identifier: string; readonly lastMessageNumber?: bigint } {
    return { identifier: this.sequence, ...(lastMessageNumber === undefined ? {} : { lastMessageNumber }) };
  }
}
