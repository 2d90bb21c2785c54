import {
  addressingFault,
  endpointReference,
  type IncomingMessage,
  InvalidMessageError,
  isAnonymous,
  isNone,
  type OutgoingMessage,
  wsa,
} from '@holdfast/soap';
import { type Binding, securityContextOf } from './binding.js';
import { protocolResponse } from './compose.js';
import { bindingOf, CreationRefused } from './creation-binding.js';
import type { CreateSequence } from './elements/create-sequence.js';
import type { RmContent } from './read-content.js';
import {
  creationKey,
  identityOf,
  RECIPIENT_KEY_PREFIX,
  type RecipientContext,
  type RecipientLive,
} from './recipient-session.js';
import { recipientSession, type Session } from './session-state.js';

/** Answers CreateSequence (WS-RM 1.2 §3.4): checks it, holds the sequence to who asks, and keeps the limits. */
export class Creation<Transaction> {
  readonly #context: RecipientContext<Transaction>;
  /** Those under way, so that a repeated one finds the first. */
  readonly #underWay = new Map<string, Promise<RecipientLive<Transaction>>>();
  /** Open sequences by identity. */
  readonly #open = new Map<string, number>();

  constructor(context: RecipientContext<Transaction>) {
    this.#context = context;
  }

  /** @throws CreationRefused; InvalidMessageError, SecurityError as the message deserves */
  async answer(message: IncomingMessage, create: CreateSequence, content: RmContent): Promise<OutgoingMessage> {
    const { config, collaborators } = this.#context;
    assertAcceptable(message, create);
    const binding = bindingOf(message, create, content, config, collaborators.sct);
    const key = creationKey(binding, message.addressing.messageId ?? '');
    let live = this.#underWay.get(key);
    if (live === undefined) {
      live = this.#session(message, create, binding, key).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, live);
    }
    return this.#response(message, await live, create);
  }

  /** A session has come into memory, or has left it. */
  count(session: Session, change: 1 | -1): void {
    const identity = identityOf(session.binding);
    const count = (this.#open.get(identity) ?? 0) + change;
    if (count <= 0) this.#open.delete(identity);
    else this.#open.set(identity, count);
  }

  /** The session that the CreateSequence makes, or has made before (RM-3.4-18). */
  async #session(
    message: IncomingMessage,
    create: CreateSequence,
    binding: Binding,
    key: string,
  ): Promise<RecipientLive<Transaction>> {
    const { config, collaborators, runner } = this.#context;
    const known = await runner.find(key, (session) => {
      if (isSame(session.binding, binding)) return;
      throw new CreationRefused('Its MessageID was used for a sequence that is held to another token.');
    });
    if (known !== undefined) return known;
    const offer =
      config.acceptOffers && create.offer !== undefined && isAnonymous(create.offer.endpoint)
        ? create.offer
        : undefined;
    if (offer !== undefined && (await runner.isTaken(offer.identifier))) {
      throw new CreationRefused('The offered Identifier is in use.');
    }
    this.#assertRoom(binding);
    const expires = this.#granted(create.expires);
    const lifetime = expires === undefined ? {} : { expires };
    const { envelope, addressing } = message;
    const session = recipientSession(
      {
        soap: envelope.version,
        address: addressing.to ?? '',
        createId: addressing.messageId ?? '',
        binding,
        ...(offer === undefined ? {} : { offer: offer.identifier }),
        ...lifetime,
      },
      collaborators.clock.now(),
    );
    const { random } = collaborators;
    const live = runner.begin(`${RECIPIENT_KEY_PREFIX}${random.uuid()}`, session);
    const identifier = `urn:uuid:${random.uuid()}`;
    await runner.step(live, [{ to: 'destination', input: { kind: 'create', identifier, ...lifetime } }]);
    return live;
  }

  #response(message: IncomingMessage, live: RecipientLive<Transaction>, create: CreateSequence): OutgoingMessage {
    const { codec, destination: settings } = this.#context.config;
    const { destination, offer, expires, address, binding } = live.session;
    if (destination.kind === 'none') throw new CreationRefused('The sequence has ended already.');
    const isTaken = offer !== undefined && create.offer !== undefined;
    return protocolResponse(
      {
        kind: 'create-sequence-response',
        value: {
          identifier: destination.identifier,
          incompleteSequenceBehavior: settings.order === 'inOrder' ? 'DiscardFollowingFirstGap' : 'NoDiscard',
          ...(expires === undefined ? {} : { expires }),
          // Byte for byte where CreateSequence went (WCF11-R1112).
          ...(isTaken ? { accept: { acksTo: endpointReference(address) } } : {}),
        },
      },
      message.addressing,
      {},
      { codec, soap: message.envelope.version, securityContext: securityContextOf(binding) },
    );
  }

  #granted(asked: number | undefined): number | undefined {
    const { maxExpires } = this.#context.config;
    if (maxExpires === 0) return asked;
    return asked === undefined ? maxExpires : Math.min(asked, maxExpires);
  }

  #assertRoom(binding: Binding): void {
    const { maxSequences, maxSequencesPerPeer } = this.#context.config;
    if (this.#context.runner.size >= maxSequences)
      throw new CreationRefused('There are too many open sequences.', true);
    if ((this.#open.get(identityOf(binding)) ?? 0) >= maxSequencesPerPeer) {
      throw new CreationRefused('This peer has too many open sequences.', true);
    }
  }
}

/** Checks a CreateSequence as far as it speaks for itself. */
function assertAcceptable({ addressing }: IncomingMessage, create: CreateSequence): void {
  if (addressing.messageId === undefined) {
    throw new InvalidMessageError('invalid-addressing-header', 'A CreateSequence has no wsa:MessageID.', {
      fault: addressingFault('MessageAddressingHeaderRequired', { header: wsa('MessageID') }),
    });
  }
  if (isNone(create.acksTo)) throw new CreationRefused('AcksTo is an address that nothing can be sent to.');
  // Anything else would make us send where a stranger says.
  if (!isAnonymous(create.acksTo)) throw new CreationRefused('AcksTo is not anonymous.');
  if (!isAnonymous(addressing.replyTo)) throw new CreationRefused('ReplyTo is not anonymous.');
  if (create.offer !== undefined && isNone(create.offer.endpoint)) {
    throw new CreationRefused('The Endpoint of the Offer is an address that nothing can be sent to.');
  }
}

function isSame(a: Binding | undefined, b: Binding): boolean {
  return a?.kind === b.kind && identityOf(a) === identityOf(b) && securityContextOf(a) === securityContextOf(b);
}
