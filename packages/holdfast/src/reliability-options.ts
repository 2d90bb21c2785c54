import { configured, UsageError } from '@holdfast/soap';
import {
  type DestinationConfig,
  defaultReliableExchangeConfig,
  defaultReliableHandlerConfig,
  type ReliableExchangeConfig,
  type ReliableHandlerConfig,
  type RetransmissionConfig,
  type SourceConfig,
} from '@holdfast/ws-rm';
import { anObject, oneOf } from './option-checks.js';

/** Changes to the defaults of the initiator's reliable messaging. */
export interface InitiatorReliability
  extends Partial<Omit<ReliableExchangeConfig, 'address' | 'soap' | 'source' | 'binding'>> {
  /** To what the sequence is bound. Default: `token`; without security there is nothing to bind it to. */
  readonly binding?: 'token' | 'identity' | 'dangerouslyNone';
  readonly source?: Partial<Omit<SourceConfig, 'retransmission'>> & {
    readonly retransmission?: Partial<RetransmissionConfig>;
  };
}

/** Changes to the defaults of the recipient's reliable messaging. */
export interface RecipientReliability extends Partial<Omit<ReliableHandlerConfig, 'destination' | 'redelivery'>> {
  readonly destination?: Partial<DestinationConfig>;
  readonly redelivery?: Partial<RetransmissionConfig>;
}

/** @throws UsageError `invalid-option` naming an option that there is not */
export function initiatorReliability(
  given: InitiatorReliability,
): Omit<ReliableExchangeConfig, 'address' | 'soap' | 'binding'> & Pick<InitiatorReliability, 'binding'> {
  assertObject(given);
  const { soap: _, ...defaults } = defaultReliableExchangeConfig;
  const { source = {}, binding, ...others } = given;
  assertPart('source', source);
  const { retransmission = {}, ...ofSource } = source;
  assertPart('source.retransmission', retransmission);
  const { source: defaultSource, ...defaultOthers } = defaults;
  const { retransmission: defaultRetransmission, ...defaultOfSource } = defaultSource;
  const config = {
    ...configured('reliability', defaultOthers, others, {
      requestAcknowledgements: oneOf('always', 'retransmissions'),
      offer: oneOf(true, false),
      codec: anObject,
    }),
    source: {
      ...configured('reliability.source', defaultOfSource, ofSource),
      retransmission: configured('reliability.source.retransmission', defaultRetransmission, retransmission),
    },
  };
  if (binding === undefined) return config;
  const expected = oneOf('token', 'identity', 'dangerouslyNone')(binding);
  if (expected !== undefined) {
    throw new UsageError('invalid-option', `The option "binding" of reliability must be ${expected}.`);
  }
  return { ...config, binding };
}

/** @throws UsageError `invalid-option` naming an option that there is not */
export function recipientReliability(given: RecipientReliability): ReliableHandlerConfig {
  assertObject(given);
  const { destination = {}, redelivery = {}, ...others } = given;
  assertPart('destination', destination);
  assertPart('redelivery', redelivery);
  const { destination: defaultDestination, redelivery: defaultRedelivery, ...defaults } = defaultReliableHandlerConfig;
  const flag = oneOf(true, false);
  return {
    ...configured('reliability', defaults, others, {
      dangerouslyUnsecured: flag,
      acceptUnbound: flag,
      acceptOffers: flag,
      codec: anObject,
    }),
    destination: configured('reliability.destination', defaultDestination, destination, {
      order: oneOf('inOrder', 'any'),
      assurance: oneOf('exactlyOnce', 'atLeastOnce', 'atMostOnce'),
    }),
    redelivery: configured('reliability.redelivery', defaultRedelivery, redelivery),
  };
}

function assertObject(given: unknown): void {
  if (anObject(given) === undefined) return;
  throw new UsageError(
    'invalid-option',
    'The option "reliability" must be "none", or an object of changes to its defaults.',
  );
}

function assertPart(name: string, given: unknown): void {
  if (anObject(given) === undefined) return;
  throw new UsageError('invalid-option', `The option "${name}" of reliability must be an object.`);
}
