import { expect } from 'chai';
import { type DestinationEffect, type DestinationInput, stepDestination } from '#src/destination.js';
import type { SequenceAcknowledgement } from '#src/elements/sequence-acknowledgement.js';
import { stepSource } from '#src/source.js';
import type { SourceEffect, SourceInput } from '#src/source-events.js';
import {
  type DestinationKind,
  destinationConfig,
  destinationIn,
  NOW,
  SEQUENCE,
  type SourceKind,
  sourceConfig,
  sourceIn,
} from './support/states.js';

/*
 * The two state tables of WS-RM 1.2, appendix (CHECKLIST §5.6, §5.7): a row an event, a column a state. A cell is the
 * effects and then, after an arrow, the next state where it is another. `-` stands for what cannot happen: such an event
 * changes nothing. Effects that only carry out others (the discarding of bodies, the tale of what was lost) are not
 * shown.
 */

const acknowledgement = (upper: bigint, more: Partial<SequenceAcknowledgement> = {}): SequenceAcknowledgement => ({
  identifier: SEQUENCE,
  ranges: [{ lower: 1n, upper }],
  final: false,
  nacks: [],
  ...more,
});

type SourceRow = readonly [
  string,
  SourceInput,
  Readonly<Record<SourceKind, string>>,
  { readonly settled?: boolean; readonly later?: number }?,
];

const everywhere = (cell: string): Readonly<Record<SourceKind, string>> => ({
  none: cell,
  creating: cell,
  created: cell,
  rollover: cell,
  closing: cell,
  closed: cell,
  terminating: cell,
});

const sourceTable: readonly SourceRow[] = [
  ['create wanted', { kind: 'create' }, { ...everywhere('-'), none: 'send-create → creating' }],
  [
    'CreateSequenceResponse',
    { kind: 'created', identifier: SEQUENCE },
    { ...everywhere('-'), creating: 'transmit 1, transmit 2 → created' },
  ],
  ['CreateSequenceRefused', { kind: 'refused' }, { ...everywhere('-'), creating: 'ended refused → none' }],
  [
    'the application submits a message',
    { kind: 'submit', request: false },
    {
      none: 'not-taken ended',
      creating: '-',
      created: 'transmit 4',
      rollover: 'not-taken rollover',
      closing: 'not-taken closed',
      closed: 'not-taken closed',
      terminating: 'not-taken closed',
    },
  ],
  [
    'retransmission timer',
    { kind: 'timeout' },
    {
      none: '-',
      creating: 'send-create',
      created: 'transmit 2, transmit 3',
      rollover: 'transmit 2, transmit 3',
      closing: 'transmit 2, transmit 3, send-close',
      closed: '-',
      terminating: 'send-terminate',
    },
    { later: 2_000 },
  ],
  [
    'acknowledgement, not final',
    { kind: 'acknowledgement', acknowledgement: acknowledgement(2n) },
    {
      none: '-',
      creating: 'fault UnknownSequence',
      created: 'acknowledged 2',
      rollover: 'acknowledged 2',
      closing: 'acknowledged 2',
      closed: 'acknowledged 2',
      terminating: '-',
    },
  ],
  [
    'acknowledgement, final',
    { kind: 'acknowledgement', acknowledgement: acknowledgement(2n, { final: true }) },
    {
      none: '-',
      creating: 'fault UnknownSequence',
      created: 'acknowledged 2, closed → closed',
      rollover: 'acknowledged 2, closed → closed',
      closing: 'acknowledged 2, closed → closed',
      closed: 'acknowledged 2',
      terminating: '-',
    },
  ],
  [
    'Nack',
    { kind: 'acknowledgement', acknowledgement: acknowledgement(0n, { ranges: [], nacks: [2n] }) },
    {
      none: '-',
      creating: 'fault UnknownSequence',
      created: 'transmit 2',
      rollover: 'transmit 2',
      closing: 'transmit 2',
      closed: '-',
      terminating: '-',
    },
  ],
  ['MessageNumberRollover', { kind: 'fault', code: 'rollover' }, { ...everywhere('-'), created: ' → rollover' }],
  [
    'close wanted, everything settled',
    { kind: 'close' },
    {
      ...everywhere('-'),
      created: 'send-close 3 → closing',
      rollover: 'send-close 3 → closing',
      closing: 'send-close 3',
    },
    { settled: true },
  ],
  [
    'CloseSequence from the RM Destination',
    { kind: 'close-by-destination' },
    {
      none: '-',
      creating: '-',
      created: 'respond close, closed → closed',
      rollover: 'respond close, closed → closed',
      closing: 'respond close, closed → closed',
      closed: 'respond close',
      terminating: 'respond close',
    },
  ],
  ['CloseSequenceResponse', { kind: 'close-response' }, { ...everywhere('-'), closing: 'closed → closed' }],
  [
    'SequenceClosed',
    { kind: 'fault', code: 'closed' },
    {
      ...everywhere('-'),
      created: 'closed → closed',
      rollover: 'closed → closed',
      closing: 'closed → closed',
    },
  ],
  [
    'terminate wanted',
    { kind: 'terminate' },
    {
      none: '-',
      creating: '-',
      created: 'send-terminate 3 → terminating',
      rollover: 'send-terminate 3 → terminating',
      closing: 'send-terminate 3 → terminating',
      closed: 'send-terminate 3 → terminating',
      terminating: 'send-terminate 3',
    },
  ],
  [
    'TerminateSequence from the RM Destination',
    { kind: 'terminate-by-destination' },
    {
      none: '-',
      creating: '-',
      created: 'respond terminate, ended terminated-by-peer → none',
      rollover: 'respond terminate, ended terminated-by-peer → none',
      closing: 'respond terminate, ended terminated-by-peer → none',
      closed: 'respond terminate, ended terminated-by-peer → none',
      terminating: 'respond terminate, ended terminated-by-peer → none',
    },
  ],
  [
    'TerminateSequenceResponse',
    { kind: 'terminate-response' },
    { ...everywhere('-'), terminating: 'ended terminated → none' },
  ],
  [
    'UnknownSequence',
    { kind: 'fault', code: 'unknown' },
    { ...everywhere('ended unknown-to-peer → none'), none: '-', terminating: 'ended terminated → none' },
  ],
  [
    'SequenceTerminated',
    { kind: 'fault', code: 'terminated' },
    { ...everywhere('ended terminated-by-peer → none'), none: '-' },
  ],
  [
    'invalid acknowledgement',
    { kind: 'acknowledgement', acknowledgement: acknowledgement(9n) },
    {
      ...everywhere('fault InvalidAcknowledgement'),
      none: '-',
      creating: 'fault UnknownSequence',
      terminating: '-',
    },
  ],
];

function sourceCell(effects: readonly SourceEffect[], from: SourceKind, to: SourceKind): string {
  const shown = effects.flatMap((effect): readonly string[] => {
    switch (effect.kind) {
      case 'discard':
      case 'failed':
        return [];
      case 'transmit':
        return [`transmit ${effect.number}`];
      case 'acknowledged':
        return [
          `acknowledged ${effect.ranges.map(({ lower, upper }) => (lower === upper ? lower : `${lower}-${upper}`)).join()}`,
        ];
      case 'not-taken':
        return [`not-taken ${effect.because}`];
      case 'respond':
        return [`respond ${effect.to}`];
      case 'fault':
        return [`fault ${effect.fault.code}`];
      case 'ended':
        return [`ended ${effect.reason}`];
      case 'send-close':
      case 'send-terminate':
        return [effect.kind];
      default:
        return [effect.kind];
    }
  });
  return `${shown.join(', ')}${from === to ? '' : ` → ${to}`}`;
}

describe('the state table of the RM Source', () => {
  const kinds: readonly SourceKind[] = ['none', 'creating', 'created', 'rollover', 'closing', 'closed', 'terminating'];
  for (const [event, input, cells, { settled = false, later = 0 } = {}] of sourceTable) {
    for (const kind of kinds) {
      const expected = cells[kind] === '-' ? '' : cells[kind].replace(/(send-close|send-terminate) 3/, '$1');
      it(`${event}, ${kind}: ${cells[kind]}`, () => {
        const step = stepSource(sourceIn(kind, settled), input, NOW + later, sourceConfig);
        expect(sourceCell(step.effects, kind, step.state.kind)).to.equal(expected);
        const ending = step.effects.find((effect) => effect.kind === 'send-close' || effect.kind === 'send-terminate');
        if (ending !== undefined) expect(ending).to.include({ lastMessageNumber: 3n });
      });
    }
  }

  for (const kind of kinds) {
    const ends = kind !== 'none' && kind !== 'creating';
    it(`expiry, ${kind}: ${ends ? 'ended expired → none' : '-'}`, () => {
      const state = sourceIn(kind, true);
      const expiring = ends ? { ...state, expiresAt: NOW + 10 } : state;
      const step = stepSource(expiring, { kind: 'timeout' }, NOW + 10, sourceConfig);
      expect(sourceCell(step.effects, kind, step.state.kind)).to.equal(ends ? 'ended expired → none' : '');
    });
  }
});

type DestinationRow = readonly [string, DestinationInput, Readonly<Record<DestinationKind, string>>];

const destinationTable: readonly DestinationRow[] = [
  [
    'CreateSequence, accepted',
    { kind: 'create', identifier: SEQUENCE },
    { none: ' → created', created: '-', closed: '-', terminating: '-' },
  ],
  [
    'a new message',
    { kind: 'message', number: 2n },
    {
      none: '-',
      created: 'accept 2, deliver 2, acknowledge 1-3',
      closed: 'fault SequenceClosed, acknowledge 1,3 final',
      terminating: 'fault SequenceTerminated',
    },
  ],
  [
    'a message that was accepted already',
    { kind: 'message', number: 1n },
    {
      none: '-',
      created: 'duplicate 1, acknowledge 1,3',
      closed: 'duplicate 1, acknowledge 1,3 final',
      terminating: 'fault SequenceTerminated',
    },
  ],
  [
    'a message whose number is out of range',
    { kind: 'message', number: 1_000_000n },
    {
      none: '-',
      created: 'fault MessageNumberRollover',
      closed: 'fault SequenceClosed, acknowledge 1,3 final',
      terminating: 'fault SequenceTerminated',
    },
  ],
  [
    'AckRequested',
    { kind: 'ack-requested' },
    {
      none: '-',
      created: 'acknowledge 1,3',
      closed: 'acknowledge 1,3 final',
      terminating: 'fault SequenceTerminated',
    },
  ],
  [
    'CloseSequence',
    { kind: 'close', lastMessageNumber: 3n },
    {
      none: '-',
      created: 'respond close, acknowledge 1,3 final → closed',
      closed: 'respond close, acknowledge 1,3 final',
      terminating: 'fault SequenceTerminated',
    },
  ],
  [
    'close wanted',
    { kind: 'close-wanted' },
    { none: '-', created: 'send-close → closed', closed: '-', terminating: '-' },
  ],
  ['CloseSequenceResponse', { kind: 'close-response' }, { none: '-', created: '-', closed: '-', terminating: '-' }],
  [
    'TerminateSequence',
    { kind: 'terminate', lastMessageNumber: 3n },
    {
      none: '-',
      created: 'respond terminate, acknowledge 1,3 final, ended terminated → none',
      closed: 'respond terminate, acknowledge 1,3 final, ended terminated → none',
      terminating: 'respond terminate, acknowledge 1,3 final, ended terminated → none',
    },
  ],
  [
    'terminate wanted',
    { kind: 'terminate-wanted' },
    {
      none: '-',
      created: 'send-terminate → terminating',
      closed: 'send-terminate → terminating',
      terminating: 'send-terminate',
    },
  ],
  [
    'TerminateSequenceResponse',
    { kind: 'terminate-response' },
    { none: '-', created: '-', closed: '-', terminating: 'ended terminated → none' },
  ],
  [
    'UnknownSequence',
    { kind: 'fault', code: 'unknown' },
    {
      none: '-',
      created: 'ended unknown-to-peer → none',
      closed: 'ended unknown-to-peer → none',
      terminating: 'ended unknown-to-peer → none',
    },
  ],
  [
    'SequenceTerminated',
    { kind: 'fault', code: 'terminated' },
    {
      none: '-',
      created: 'ended terminated-by-peer → none',
      closed: 'ended terminated-by-peer → none',
      terminating: 'ended terminated-by-peer → none',
    },
  ],
  [
    'InvalidAcknowledgement',
    { kind: 'fault', code: 'invalid-acknowledgement' },
    { none: '-', created: '-', closed: '-', terminating: '-' },
  ],
];

function destinationCell(effects: readonly DestinationEffect[], from: DestinationKind, to: DestinationKind): string {
  const shown = effects.flatMap((effect): readonly string[] => {
    switch (effect.kind) {
      case 'discard':
      case 'undeliverable':
      case 'drained':
        return [];
      case 'accept':
      case 'duplicate':
      case 'left':
      case 'deliver':
        return [`${effect.kind} ${effect.number}`];
      case 'acknowledge': {
        const ranges = effect.ranges.map(({ lower, upper }) => (lower === upper ? lower : `${lower}-${upper}`)).join();
        return [`acknowledge ${ranges}${effect.final ? ' final' : ''}`];
      }
      case 'respond':
        return [`respond ${effect.to}`];
      case 'fault':
        return [`fault ${effect.fault.code}`];
      case 'ended':
        return [`ended ${effect.reason}`];
      default:
        return [effect.kind];
    }
  });
  return `${shown.join(', ')}${from === to ? '' : ` → ${to}`}`;
}

describe('the state table of the RM Destination', () => {
  const kinds: readonly DestinationKind[] = ['none', 'created', 'closed', 'terminating'];
  for (const [event, input, cells] of destinationTable) {
    for (const kind of kinds) {
      it(`${event}, ${kind}: ${cells[kind]}`, () => {
        const step = stepDestination(destinationIn(kind), input, NOW, destinationConfig);
        expect(destinationCell(step.effects, kind, step.state.kind)).to.equal(cells[kind] === '-' ? '' : cells[kind]);
      });
    }
  }

  for (const kind of kinds) {
    it(`expiry, ${kind}: ${kind === 'none' ? '-' : 'ended expired → none'}`, () => {
      const state = destinationIn(kind);
      const expiring = state.kind === 'none' ? state : { ...state, expiresAt: NOW + 10 };
      const step = stepDestination(expiring, { kind: 'timeout' }, NOW + 10, destinationConfig);
      const expected = kind === 'none' ? '' : 'ended expired → none';
      expect(destinationCell(step.effects, kind, step.state.kind)).to.equal(expected);
    });
  }
});
