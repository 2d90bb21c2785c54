import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  optionalAddressing,
  readEnvelope,
  serialize,
  TransportError,
  text,
  type WireExchange,
  type WireHandler,
  type XmlElement,
} from '@holdfast/soap';
import { decodeContext } from '@holdfast/ws-secconv';
import {
  type ConnectOptions,
  type Conversation,
  connect,
  FaultError,
  keyFromFile,
  ProtocolError,
  type RunningService,
  resume,
  type SqliteStore,
  type SqliteTransaction,
  serve,
  sqliteStore,
} from 'holdfast';
import { sharedPath } from '../shared.js';

/** One message as its sender put it on the wire. */
export interface Recorded {
  readonly from: 'initiator' | 'recipient';
  readonly action: string;
  readonly xml: string;
  /** It never arrived. */
  readonly lost: boolean;
}

export interface Recording {
  readonly messages: readonly Recorded[];
  /** What each side received, as it read it. */
  readonly received: Readonly<Record<'initiator' | 'recipient', readonly string[]>>;
  /** The secrets of the security contexts by Identifier, Base64. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What was delivered, in order. */
  readonly delivered: readonly string[];
}

const NAMESPACE = 'urn:holdfast:demo:orders';
const NOTIFY = `${NAMESPACE}/notify`;
export const PLACE = `${NAMESPACE}/place`;
const REJECT = `${NAMESPACE}/reject`;

const pem = (file: string): string => readFileSync(sharedPath(`peers/keys/${file}`), 'utf8');
const identity = (name: string) => ({
  certificate: pem(`${name}.cert.pem`),
  privateKey: pem(`${name}.key.pem`),
});

/**
 * A conversation like the demonstration's, over real sockets and SQLite, with everything in it that there may be:
 * one-way messages and requests, a fault for an answer, a message that is lost on the way, both sides started again
 * with something unacknowledged, replies that are acknowledged alone, the end of the sequence and of the context.
 */
export async function recordConversation(): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-recorded-'));
  try {
    return await new Stage(folder).play();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Stage {
  readonly #folder: string;
  readonly #messages: Recorded[] = [];
  readonly #received = { initiator: [] as string[], recipient: [] as string[] };
  readonly #secrets: Record<string, string> = {};
  readonly #delivered: string[] = [];
  /** Messages that are to be lost, by action. */
  readonly #losses: string[] = [];
  #isCut = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async play(): Promise<Recording> {
    let [recipientStore, initiatorStore] = await this.#openStores();
    let service = await this.#serve(recipientStore, 0);
    let conversation = await connect(service.url, this.#options(initiatorStore));
    await this.#talk(conversation);

    this.#isCut = true;
    await conversation.send(NOTIFY, order('over the restart'));
    await conversation.suspend();
    await service.close();
    await Promise.all([recipientStore.close(), initiatorStore.close()]);
    this.#isCut = false;

    [recipientStore, initiatorStore] = await this.#openStores();
    service = await this.#serve(recipientStore, service.port);
    conversation = await resume(service.url, this.#options(initiatorStore));
    await this.#talk(conversation);
    await conversation.close();
    await service.close();
    await Promise.all([recipientStore.close(), initiatorStore.close()]);
    return {
      messages: this.#messages,
      received: this.#received,
      secrets: this.#secrets,
      delivered: this.#delivered,
    };
  }

  async #talk(conversation: Conversation<SqliteTransaction>): Promise<void> {
    const before = this.#acknowledgedAlone();
    await conversation.request(PLACE, order('first'));
    await this.#noteSecret(conversation);
    this.#losses.push(NOTIFY, PLACE);
    await Promise.all([
      conversation.send(NOTIFY, order('second')),
      conversation.request(PLACE, order('third')),
      conversation.send(NOTIFY, order('fourth & <last>')),
    ]);
    await conversation.request(REJECT, order('fifth')).then(
      () => Promise.reject(new Error('No fault came.')),
      (error: unknown) =>
        error instanceof ProtocolError && error.fault !== undefined ? undefined : Promise.reject(error),
    );
    // Without another message to ride on, the acknowledgement of the replies leaves alone.
    while (this.#acknowledgedAlone() === before) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #acknowledgedAlone(): number {
    return this.#messages.filter(
      ({ from, action }) => from === 'initiator' && action.endsWith('/SequenceAcknowledgement'),
    ).length;
  }

  async #noteSecret(conversation: Conversation<SqliteTransaction>): Promise<void> {
    const uuid = conversation.status()?.securityContext ?? '';
    const bytes = await conversation.sct?.serialize(uuid);
    if (bytes !== undefined) this.#secrets[uuid] = decodeContext(bytes).secret.toString('base64');
  }

  #options(store: SqliteStore): ConnectOptions<SqliteTransaction> {
    return {
      identity: identity('alice'),
      recipient: pem('bob.cert.pem'),
      trust: pem('ca.cert.pem'),
      store,
      reliability: { source: { retransmission: { interval: 200 } } },
      aroundWire: (wire) => this.#recordInitiator(wire),
    };
  }

  #serve(store: SqliteStore, port: number): Promise<RunningService> {
    return serve<SqliteTransaction>(
      ({ action, body, delivery }) => {
        if (action === REJECT) {
          throw new FaultError({ code: 'Sender', subcodes: [], reason: 'There is no such article.', detail: [] });
        }
        delivery?.inTransaction(() => this.#delivered.push(body === undefined ? '' : text(body)));
        return action === NOTIFY ? undefined : confirmation();
      },
      {
        identity: identity('bob'),
        trust: pem('ca.cert.pem'),
        path: '/orders',
        port,
        store,
        aroundWire: (handler) => this.#recordRecipient(handler),
      },
    );
  }

  #recordInitiator(wire: WireExchange): WireExchange {
    return async (request, signal) => {
      const at = this.#losses.indexOf(request.action);
      if (at >= 0) this.#losses.splice(at, 1);
      const lost = this.#isCut || at >= 0;
      this.#messages.push({
        from: 'initiator',
        action: request.action,
        xml: serialize(request.root),
        lost,
      });
      if (lost) throw new TransportError('connection-lost', 'The message was dropped on purpose.');
      const answer = await wire(request, signal);
      if (answer !== undefined) this.#received.initiator.push(serialize(answer.root));
      return answer;
    };
  }

  #recordRecipient(handler: WireHandler): WireHandler {
    return async (document, info) => {
      this.#received.recipient.push(serialize(document.root));
      const answer = await handler(document, info);
      if (answer !== undefined) {
        this.#messages.push({
          from: 'recipient',
          action: actionOf(answer.root),
          xml: serialize(answer.root),
          lost: false,
        });
      }
      return answer;
    };
  }

  #openStores(): Promise<[SqliteStore, SqliteStore]> {
    const open = (side: string): Promise<SqliteStore> =>
      sqliteStore({
        file: join(this.#folder, side, 'holdfast.db'),
        keys: keyFromFile(join(this.#folder, side, 'holdfast.key'), { create: true }),
      });
    return Promise.all([open('recipient'), open('initiator')]);
  }
}

function actionOf(root: XmlElement): string {
  return optionalAddressing(readEnvelope(root)).action;
}

function order(what: string): string {
  const escaped = what.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<o:order xmlns:o="${NAMESPACE}"><o:note>${escaped}</o:note></o:order>`;
}

function confirmation(): string {
  return `<o:confirmation xmlns:o="${NAMESPACE}">thank you</o:confirmation>`;
}
