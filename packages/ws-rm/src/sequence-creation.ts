import {
  ANONYMOUS,
  endpointReference,
  type IncomingMessage,
  type OutgoingMessage,
  ProtocolError,
  type SoapFault,
} from '@holdfast/soap';
import { commonSigner, securityContextOf } from './binding.js';
import { protocolRequest } from './compose.js';
import type { CreateSequence } from './elements/create-sequence.js';
import { freshUrn, type InitiatorContext, type InitiatorLive, initiatorStyle, isProven } from './initiator-session.js';
import { readContent, rmBlocks } from './read-content.js';
import type { SessionInput } from './session.js';
import type { Session } from './session-state.js';
import { isTokenFault } from './token-fault.js';

/**
 * Creates the initiator's sequence: first the token, durable with the session, then CreateSequence with a reference to
 * it (WS-RM 1.2 §3.4, §6.1). The clock of the session calls it again until there is an answer.
 */
export class SequenceCreation<Transaction> {
  readonly #context: InitiatorContext<Transaction>;
  #busy = false;

  constructor(context: InitiatorContext<Transaction>) {
    this.#context = context;
  }

  async attempt(live: InitiatorLive<Transaction>): Promise<void> {
    // One that is still waiting for its answer is not doubled.
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#attemptOnce(live);
    } finally {
      this.#busy = false;
    }
  }

  async #attemptOnce(live: InitiatorLive<Transaction>): Promise<void> {
    const { exchange, signal } = this.#context;
    try {
      if (live.session.binding === undefined) await this.#bind(live);
      const answer = await exchange(this.#message(live.session, live), signal);
      if (answer !== undefined) await this.#process(live, answer);
    } catch (error) {
      if (!signal.aborted) await this.#failed(live, error);
    }
  }

  /** Serialize, store, then use: whoever comes back after a crash finds session and token, or neither. */
  async #bind(live: InitiatorLive<Transaction>): Promise<void> {
    const { collaborators, config, kind, runner, signal } = this.#context;
    const { sct } = collaborators;
    if (sct === undefined) return;
    const uuid = await sct.getUuid(config.address, signal);
    const bytes = await sct.serialize(uuid);
    const binding = kind === 'token' ? ({ kind, uuid } as const) : ({ kind: 'identity', context: uuid } as const);
    await runner.step(live, [{ to: 'session', kind: 'bound', binding }], {
      changes: [{ kind: 'put-token', uuid, bytes }],
    });
  }

  #message(session: Session, live: InitiatorLive<Transaction>): OutgoingMessage {
    const { collaborators, config } = this.#context;
    const { binding, soap, createId } = session;
    const isBound = binding?.kind === 'token' && collaborators.sct !== undefined;
    const reference = isBound ? collaborators.sct?.reference(binding.uuid) : undefined;
    return protocolRequest(
      {
        kind: 'create-sequence',
        value: {
          ...this.#asked(session),
          ...(reference === undefined ? {} : { securityTokenReference: reference }),
        },
      },
      {
        to: config.address,
        messageId: createId,
        headers: reference === undefined ? [] : [config.codec.writeUsesSequenceStr(soap)],
      },
      initiatorStyle(this.#context, live),
    );
  }

  /** AcksTo, ReplyTo and the Endpoint of the Offer are one and the same string, as WCF and Metro demand. */
  #asked({ offer: identifier }: Session): CreateSequence {
    const { expires } = this.#context.config;
    const lifetime = expires === 0 ? {} : { expires };
    const endpoint = endpointReference(ANONYMOUS);
    const offer =
      identifier === undefined
        ? {}
        : { offer: { identifier, endpoint, incompleteSequenceBehavior: 'NoDiscard' as const, ...lifetime } };
    return { acksTo: endpoint, ...lifetime, ...offer };
  }

  async #process(live: InitiatorLive<Transaction>, answer: IncomingMessage): Promise<void> {
    const { config, collaborators, kind, runner } = this.#context;
    const content = readContent(answer, config.codec);
    const { session } = live;
    const proven = isProven(this.#context, live, answer, content);
    if (content.fault !== undefined) {
      await this.#refused(live, content.fault, { busy: content.rmFault?.busy === true, proven });
      return;
    }
    if (!proven || content.body?.kind !== 'create-sequence-response') {
      this.#warn(live, 'create-answer-ignored');
      return;
    }
    const { identifier, expires, accept } = content.body.value;
    // What was not offered cannot be accepted, and the two sequences cannot be one.
    if ((accept !== undefined && session.offer === undefined) || identifier === session.offer) {
      await runner.step(live, [{ to: 'source', input: { kind: 'end', reason: 'violated' } }]);
      return;
    }
    const inputs: SessionInput[] = [];
    if (kind === 'identity' && session.binding === undefined) {
      const identity = commonSigner(answer, rmBlocks(content.headers))?.identity;
      if (identity === undefined) return;
      inputs.push({ to: 'session', kind: 'bound', binding: { kind: 'identity', identity } });
    }
    inputs.push({
      to: 'session',
      kind: 'created',
      identifier,
      accepted: accept !== undefined,
      jitter: collaborators.random.fraction(),
      ...(expires === undefined ? {} : { expires }),
    });
    this.#context.failure = undefined;
    await runner.step(live, inputs);
  }

  async #failed(live: InitiatorLive<Transaction>, error: unknown): Promise<void> {
    this.#context.failure = error;
    this.#warn(live, 'create-sequence-failed');
    const fault = error instanceof ProtocolError ? error.fault : undefined;
    // A fault that came instead of a token or of a readable answer is anybody's.
    if (fault !== undefined) await this.#refused(live, fault, { busy: false, proven: false, error });
  }

  /** Only the peer itself can refuse for good; anything else leaves it to the clock of the session to ask again. */
  async #refused(
    live: InitiatorLive<Transaction>,
    fault: SoapFault,
    refusal: { readonly busy: boolean; readonly proven: boolean; readonly error?: unknown },
  ): Promise<void> {
    const { busy, proven, error } = refusal;
    this.#context.failure =
      error ??
      new ProtocolError('fault-received', `The peer answered CreateSequence with the fault "${fault.reason}".`, {
        fault,
      });
    this.#warn(live, 'create-sequence-refused');
    if (busy) return;
    if (isTokenFault(fault)) {
      await this.#replaceToken(live);
      return;
    }
    const mayPass = fault.code === 'Receiver' && fault.subcodes.length === 0;
    if (proven && !mayPass) await this.#giveUp(live);
  }

  /**
   * No sequence exists yet, so nothing durable is lost when another token takes the place of the refused one: at the
   * next attempt, lest who refuses tokens be asked for them without a pause.
   */
  async #replaceToken(live: InitiatorLive<Transaction>): Promise<void> {
    const { collaborators, config, runner } = this.#context;
    const uuid = securityContextOf(live.session.binding);
    if (uuid === undefined) return;
    await collaborators.sct?.forget?.(uuid);
    const offer = config.offer ? { offer: freshUrn(this.#context) } : {};
    await runner.step(live, [{ to: 'session', kind: 'unbound', createId: freshUrn(this.#context), ...offer }], {
      changes: [{ kind: 'remove-token', uuid }],
    });
  }

  async #giveUp(live: InitiatorLive<Transaction>): Promise<void> {
    await this.#context.runner.step(live, [{ to: 'source', input: { kind: 'refused' } }]);
  }

  #warn(live: InitiatorLive<Transaction>, event: string): void {
    const { failure, collaborators } = this.#context;
    collaborators.log({
      level: 'warning',
      event,
      details: { session: live.key },
      ...(failure === undefined ? {} : { error: failure }),
    });
  }
}
