import { type Exchange, element, type OutgoingMessage, StoreError, type WireExchange } from '@holdfast/soap';
import {
  defaultReliableExchangeConfig,
  type InitiatorCollaborators,
  type ReliableExchange,
  type ReliableExchangeConfig,
  reliableExchange,
  resumeExchanges,
} from '@holdfast/ws-rm';
import type { SecureExchange } from '@holdfast/ws-secconv';
import { replayCache } from '@holdfast/ws-security';
import { ADDRESS, actionOf, type CrashWorld, NAMESPACE, type Operation } from './crash-world.js';
import { securedExchange } from './parties.js';
import type { ProcessLife } from './process-life.js';

/** What the initiator's application knows of its own progress, as it would from a file. */
export interface Progress {
  /** It has asked for the end of the conversation. */
  closing: boolean;
}

/**
 * One life of the initiator: goes on where the one before died, and resolves when the conversation is over. An
 * application that is told that its store failed ends; the next one looks up what is in it.
 */
export async function runInitiator(world: CrashWorld, life: ProcessLife, progress: Progress): Promise<void> {
  try {
    await converse(world, life, progress);
  } catch (error) {
    if (!life.isAlive) return life.death;
    if (!(error instanceof StoreError)) throw error;
    world.die('initiator');
    return life.death;
  }
}

async function converse(world: CrashWorld, life: ProcessLife, progress: Progress): Promise<void> {
  const { plan, parties, time, random, octets, witness } = world;
  const scheduler = life.scheduler(time);
  const secure = securedExchange(parties, mortalWire(world, life), {
    clock: time,
    random: octets,
    replayCache: replayCache(),
  });
  const collaborators: InitiatorCollaborators = {
    store: world.store('initiator', life),
    clock: time,
    scheduler,
    random,
    log: (entry) => {
      if (life.isAlive) world.log('initiator', entry);
    },
    sct: secure.sct,
  };
  const exchange = witnessed(world, secure.exchange);
  const session = await begin(world, exchange, collaborators, progress);
  if (session === undefined) return;
  witness.context(session.status().securityContext);
  while (!progress.closing) {
    const submitted = Number(session.status().submitted);
    if (submitted < witness.promised)
      witness.fail(`${witness.promised} messages were durable, and ${submitted} are left`);
    if (submitted >= plan.messages) break;
    const burst = Math.min(plan.messages - submitted, 1 + Math.floor(world.dice() * plan.burst));
    await Promise.all(Array.from({ length: burst }, (_, at) => submit(world, session, submitted + 1 + at)));
    await pause(scheduler, world.dice() < 0.3 ? world.dice() * 4_000 : 0);
  }
  progress.closing = true;
  await end(world, session, secure);
}

/** The session that an earlier process left, or the first; undefined when there was one and it has ended. */
async function begin(
  world: CrashWorld,
  exchange: Exchange,
  collaborators: InitiatorCollaborators,
  { closing }: Progress,
): Promise<ReliableExchange | undefined> {
  const { media, witness } = world;
  const [resumed, ...others] = await resumeExchanges(exchange, config, collaborators, {
    replies: (reply, delivery) => {
      const message = Number(delivery.request);
      delivery.inTransaction((transaction) => {
        media.initiator.write(transaction, { message, number: 0, sequence: '', context: '' });
        if (world.strikes('initiator', 'dies-in-application')) throw new Error('The process is gone.');
      });
      witness.answeredLate(message, reply);
    },
  });
  if (others.length > 0) witness.fail(`${others.length + 1} sessions were taken up`);
  if (resumed !== undefined || closing) return resumed;
  if (witness.promised > 0) witness.fail(`${witness.promised} messages were durable, and their session is gone`);
  return reliableExchange(exchange, config, collaborators);
}

const config: ReliableExchangeConfig = {
  ...defaultReliableExchangeConfig,
  address: ADDRESS,
  closeTimeout: 24 * 3_600_000,
};

/** Resolves when the message is durable. */
async function submit(world: CrashWorld, session: ReliableExchange, message: number): Promise<void> {
  const { witness, media } = world;
  const operation = operationOf(world, message);
  const outgoing = order(operation, message);
  if (operation === 'notify') {
    witness.durable(message, (await session.send(outgoing)).messageNumber);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    session
      .request(outgoing, {
        durable: (number) => {
          witness.durable(message, number);
          resolve();
        },
        inTransaction: (_reply, transaction) => {
          media.initiator.write(transaction, { message, number: 0, sequence: '', context: '' });
          if (world.strikes('initiator', 'dies-in-application')) throw new Error('The process is gone.');
        },
      })
      .then((reply) => witness.answered(message, reply), reject);
  });
}

/** Ends the conversation as `close()` does: the sequence, then the security context. */
async function end(world: CrashWorld, session: ReliableExchange, secure: SecureExchange): Promise<void> {
  const context = session.status().securityContext;
  world.witness.context(context);
  await session.close();
  // One that is not told of the end keeps the context until it expires; that is not what is asked here.
  if (context !== undefined) await secure.cancel(context).catch(() => {});
  secure.close();
}

/** A process that dies with a request on its lips, or with the answer. */
function mortalWire(world: CrashWorld, life: ProcessLife): WireExchange {
  return async (request, signal) => {
    life.assertAlive();
    if (world.strikes('initiator', 'dies-before-request')) life.assertAlive();
    const answer = await life.through(() => world.link(request, signal));
    if (world.strikes('initiator', 'dies-before-answer')) life.assertAlive();
    return answer;
  };
}

/** Neither side may acknowledge what is not committed. */
function witnessed({ witness, media }: CrashWorld, exchange: Exchange): Exchange {
  return async (message, signal) => {
    witness.context(message.securityContext);
    await witness.acknowledges('initiator', media.initiator, message.envelope.headers);
    const answer = await exchange(message, signal);
    if (answer !== undefined) await witness.acknowledges('recipient', media.recipient, answer.envelope.headers);
    return answer;
  };
}

export function operationOf({ plan }: Pick<CrashWorld, 'plan'>, message: number): Operation {
  const share = ((plan.seed * 7919 + message * 104_729) % 1009) / 1009;
  if (share >= plan.requests) return 'notify';
  return message % 7 === 0 ? 'reject' : 'ask';
}

function order(operation: Operation, message: number): OutgoingMessage {
  const name = { prefix: 't', namespace: NAMESPACE, local: operation };
  return {
    envelope: { version: '1.2', headers: [], body: [element(name, [], String(message))] },
    addressing: { action: actionOf(operation) },
  };
}

function pause(scheduler: { after(millis: number, callback: () => void): unknown }, millis: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(millis, resolve);
  });
}
