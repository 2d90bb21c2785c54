import { element, faultEnvelope, type Log, type OutgoingMessage, text, type WireExchange } from '@holdfast/soap';
import { memoryWire } from '@holdfast/soap/testing';
import {
  type DeliveryHandler,
  defaultReliableHandlerConfig,
  type ReliableHandler,
  reliableHandler,
} from '@holdfast/ws-rm';
import { replayCache } from '@holdfast/ws-security';
import { actionOf, type CrashWorld, NAMESPACE } from './crash-world.js';
import { securedHandler } from './parties.js';
import type { ProcessLife } from './process-life.js';

/** One life of the recipient: takes up what its store has, and serves. @returns the way to it */
export function startRecipient(world: CrashWorld, life: ProcessLife): WireExchange {
  const { parties, time, random, octets, witness } = world;
  const store = world.store('recipient', life);
  const log: Log = (entry) => {
    if (life.isAlive) world.log('recipient', entry);
  };
  let reliable: ReliableHandler | undefined;
  const secure = securedHandler(
    parties,
    (message) => (reliable === undefined ? Promise.resolve(undefined) : reliable.handle(message)),
    {
      clock: time,
      random: octets,
      replayCache: replayCache(),
      log: (entry) => {
        if (entry.event === 'context-issued') witness.contextIssued();
        log(entry);
      },
      store,
      cancelled: async (uuid) => reliable?.endContext(uuid),
    },
  );
  reliable = reliableHandler(application(world, life), defaultReliableHandlerConfig, {
    store,
    clock: time,
    scheduler: life.scheduler(time),
    random,
    log,
    sct: secure.sct,
  });
  const ready = reliable.resume();
  ready.catch((error: unknown) => {
    if (life.isAlive) witness.fail(`the recipient could not be resumed: ${error}`);
  });
  const wire = memoryWire(secure.handler);
  return async (request, signal) => {
    await ready;
    return wire(request, signal);
  };
}

function application(world: CrashWorld, life: ProcessLife): DeliveryHandler {
  const { plan, dice, media, witness, time } = world;
  const scheduler = life.scheduler(time);
  return async (message, delivery) => {
    if (plan.maxHandling > 0) {
      await new Promise<void>((resolve) => {
        scheduler.after(dice() * plan.maxHandling, resolve);
      });
    }
    life.assertAlive();
    const { sequence, messageNumber, securityContext = '' } = delivery;
    const content = text(message.envelope.bodyElement);
    delivery.inTransaction((transaction) => {
      const row = { message: Number(content), number: Number(messageNumber), sequence, context: securityContext };
      media.recipient.write(transaction, row);
    });
    witness.context(securityContext);
    if (world.strikes('recipient', 'dies-in-application')) life.assertAlive();
    return replyTo(message.addressing.action, content);
  };
}

function replyTo(action: string, content: string): OutgoingMessage | undefined {
  switch (action) {
    case actionOf('ask'):
      return {
        envelope: {
          version: '1.2',
          headers: [],
          body: [element({ prefix: 't', namespace: NAMESPACE, local: 'answer' }, [], content)],
        },
        addressing: { action: actionOf('answer') },
      };
    case actionOf('reject'):
      return {
        envelope: faultEnvelope({ code: 'Sender', subcodes: [], reason: 'rejected', detail: [] }, '1.2'),
        addressing: { action: actionOf('answer') },
      };
    default:
      return undefined;
  }
}
