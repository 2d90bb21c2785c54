import { type IncomingMessage, ProtocolError, type SoapFault } from '@holdfast/soap';
import type { Body } from './batch.js';
import { inputsOf, sequencesOf } from './content-inputs.js';
import { type InitiatorContext, type InitiatorLive, isProven, MAX_STRIKES } from './initiator-session.js';
import { encodeIncoming } from './message-codec.js';
import { identifiersIn, type RmContent, readContent } from './read-content.js';
import type { SessionInput } from './session.js';
import { isTokenFault } from './token-fault.js';

/** What an initiator makes of the messages that come on the back channel. All that one says is one step. */
export class Answers<Transaction> {
  readonly #context: InitiatorContext<Transaction>;

  constructor(context: InitiatorContext<Transaction>) {
    this.#context = context;
  }

  async take(
    live: InitiatorLive<Transaction>,
    message: IncomingMessage,
    sent: { readonly number?: bigint; readonly messageId: string | undefined },
  ): Promise<void> {
    const { config, collaborators, runner } = this.#context;
    const content = readContent(message, config.codec);
    if (!isProven(this.#context, live, message, content)) return;
    this.#context.failure = undefined;
    this.#report(live, content);
    const inputs: SessionInput[] = [
      { to: 'session', kind: 'heard' },
      ...inputsOf(live.session, content, collaborators.random.fraction()),
    ];
    const request = this.#requestOf(live, message, content, sent);
    const reply = request === undefined ? undefined : this.#reply(live, message, content, request);
    await runner.step(live, reply === undefined ? inputs : [...inputs, ...reply.inputs], reply?.options ?? {});
  }

  /** The number of the request that the message is the reply to, if it is one. */
  #requestOf(
    live: InitiatorLive<Transaction>,
    message: IncomingMessage,
    { headers, body, fault, rmFault }: RmContent,
    { number, messageId }: { readonly number?: bigint; readonly messageId: string | undefined },
  ): bigint | undefined {
    const { source, offer } = live.session;
    if (number === undefined || source.kind === 'none' || body !== undefined || rmFault !== undefined) return undefined;
    if (headers.sequence !== undefined && headers.sequence.value.identifier !== offer) return undefined;
    const relations = message.addressing.relatesTo ?? [];
    if (relations.length > 0 && !relations.some((relation) => relation.messageId === messageId)) return undefined;
    if (headers.sequence !== undefined) return number;
    const { actions } = this.#context.config.codec;
    if (Object.values(actions).some((action) => action === message.addressing.action)) return undefined;
    if (!source.window.some((each) => each.number === number && each.request)) return undefined;
    return fault === undefined || this.#isAnswer(live, fault, number) ? number : undefined;
  }

  /** A fault outside of the sequence may be the answer (gSOAP), or may come from what stands before the application. */
  #isAnswer(live: InitiatorLive<Transaction>, fault: SoapFault, number: bigint): boolean {
    if (isTokenFault(fault)) return false;
    const mayPass = fault.code === 'Receiver' && fault.subcodes.length === 0 && fault.detail.length === 0;
    if (!mayPass) return true;
    const strikes = (live.extra.strikes.get(number) ?? 0) + 1;
    live.extra.strikes.set(number, strikes);
    return strikes >= MAX_STRIKES;
  }

  /** The step that a reply makes: accepted with its body, and with the caller's own writes where it has some. */
  #reply(
    live: InitiatorLive<Transaction>,
    message: IncomingMessage,
    { headers }: RmContent,
    request: bigint,
  ): {
    readonly inputs: readonly SessionInput[];
    readonly options: Parameters<InitiatorContext<Transaction>['runner']['step']>[2];
  } {
    const number = headers.sequence?.value.messageNumber;
    const inputs: SessionInput[] = [
      { to: 'session', kind: 'reply', request, ...(number === undefined ? {} : { number }) },
    ];
    const application = this.#application(live, message, request);
    const writes = application.length === 0 ? {} : { application };
    if (number === undefined) {
      const remember = (): readonly Body[] => {
        live.extra.unsequenced.set(request, message);
        return [];
      };
      return { inputs, options: { ...writes, bodies: remember } };
    }
    const body: Body = { log: 'inbound', number, encode: () => encodeIncoming({ message, request }) };
    if (application.length > 0) inputs.push({ to: 'session', kind: 'dealt-with', number, hasReply: false });
    return {
      inputs,
      options: {
        ...writes,
        bodies: (_before, effects) => {
          const isNew = effects.some(
            ({ of, effect }) => of === 'destination' && effect.kind === 'accept' && effect.number === number,
          );
          if (!isNew) return [];
          live.extra.inbound.set(number, { message, request });
          return [body];
        },
      },
    };
  }

  #application(
    live: InitiatorLive<Transaction>,
    message: IncomingMessage,
    request: bigint,
  ): readonly ((transaction: Transaction) => void)[] {
    const { source } = live.session;
    const call = live.extra.calls.get(request);
    const write = call?.inTransaction;
    const isFirst = source.kind !== 'none' && source.window.some((each) => each.number === request);
    if (call === undefined || write === undefined || !isFirst) return [];
    return [
      (transaction) => {
        try {
          write(message, transaction);
        } catch (error) {
          // The reply comes again; without this caller it is left for those who resume.
          live.extra.calls.delete(request);
          call.reject(error);
          throw error;
        }
      },
    ];
  }

  #report(live: InitiatorLive<Transaction>, content: RmContent): void {
    const { log } = this.#context.collaborators;
    const { rmFault, fault } = content;
    if (rmFault !== undefined) {
      this.#context.failure = new ProtocolError(
        'fault-received',
        `The peer answered with the fault "${fault?.reason ?? rmFault.code}".`,
        fault === undefined ? {} : { fault },
      );
      const details = { session: live.key, code: rmFault.code, sequence: rmFault.identifier ?? '' };
      log({ level: 'warning', event: 'rm-fault-received', details });
    }
    const { outbound, inbound } = sequencesOf(live.session);
    const foreign = identifiersIn(content).filter((identifier) => identifier !== outbound && identifier !== inbound);
    for (const sequence of foreign) {
      log({ level: 'warning', event: 'unknown-sequence', details: { session: live.key, sequence } });
    }
  }
}
