import { expect } from 'chai';
import type { DestinationConfig } from '#src/config.js';
import {
  type DestinationEffect,
  type DestinationInput,
  destinationTimeout,
  stepDestination,
} from '#src/destination.js';
import { createdDestination, type DestinationState } from '#src/destination-state.js';
import { destinationConfig, NOW, SEQUENCE } from './support/states.js';

class Destination {
  state: DestinationState = createdDestination(SEQUENCE, NOW);
  now = NOW;
  readonly config: DestinationConfig;

  constructor(config: Partial<DestinationConfig> = {}) {
    this.config = { ...destinationConfig, ...config };
  }

  take(input: DestinationInput): readonly DestinationEffect[] {
    const step = stepDestination(this.state, input, this.now, this.config);
    this.state = step.state;
    return step.effects;
  }

  message(number: bigint): readonly DestinationEffect[] {
    return this.take({ kind: 'message', number });
  }

  delivered(number: bigint): readonly DestinationEffect[] {
    return this.take({ kind: 'delivered', number });
  }
}

const given = (effects: readonly DestinationEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'deliver' ? [effect.number] : []));
const kinds = (effects: readonly DestinationEffect[]) => effects.map(({ kind }) => kind);
const acknowledged = (effects: readonly DestinationEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'acknowledge' ? effect.ranges : []));

describe('the RM Destination', () => {
  it('acknowledges what it accepts, all of it and nothing else (RM-2.3-4)', () => {
    const destination = new Destination();
    destination.message(1n);
    expect(acknowledged(destination.message(3n))).to.deep.equal([
      { lower: 1n, upper: 1n },
      { lower: 3n, upper: 3n },
    ]);
  });

  it('keeps every number in each later acknowledgement (RM-2.3-3)', () => {
    const destination = new Destination();
    for (const number of [3n, 1n, 2n, 5n]) destination.message(number);
    expect(acknowledged(destination.take({ kind: 'ack-requested' }))).to.deep.equal([
      { lower: 1n, upper: 3n },
      { lower: 5n, upper: 5n },
    ]);
  });

  it('does not give a message twice, and acknowledges it again (RM-2.4-3, RSP-RM-15)', () => {
    const destination = new Destination();
    destination.message(1n);
    destination.delivered(1n);
    const effects = destination.message(1n);
    expect(kinds(effects)).to.deep.equal(['duplicate', 'acknowledge']);
  });

  describe('in order', () => {
    it('holds a message back until all lower ones are dealt with (RM-2.4-2)', () => {
      const destination = new Destination();
      expect(given(destination.message(2n))).to.deep.equal([]);
      expect(given(destination.message(1n))).to.deep.equal([1n]);
      expect(given(destination.message(3n))).to.deep.equal([]);
      expect(given(destination.delivered(1n))).to.deep.equal([2n]);
      expect(given(destination.delivered(2n))).to.deep.equal([3n]);
    });

    it('does not deliver what follows a gap when the sequence ends (RM-2.4-2, RM-3.4-16)', () => {
      const destination = new Destination();
      destination.message(1n);
      destination.message(3n);
      const effects = destination.take({ kind: 'terminate', lastMessageNumber: 3n });
      expect(effects).to.deep.include({ kind: 'undeliverable', ranges: [{ lower: 3n, upper: 3n }] });
      expect(effects).to.deep.include({ kind: 'discard', ranges: [{ lower: 3n, upper: 3n }] });
    });

    it('delivers what was accepted also after the end', () => {
      const destination = new Destination();
      destination.message(1n);
      destination.message(2n);
      expect(kinds(destination.take({ kind: 'terminate', lastMessageNumber: 2n }))).to.not.include('drained');
      expect(given(destination.delivered(1n))).to.deep.equal([2n]);
      expect(kinds(destination.delivered(2n))).to.include('drained');
    });
  });

  describe('in any order', () => {
    it('gives each message as it comes', () => {
      const destination = new Destination({ order: 'any' });
      expect(given(destination.message(3n))).to.deep.equal([3n]);
      expect(given(destination.message(1n))).to.deep.equal([1n]);
    });

    it('discards nothing that it accepted when the sequence ends with a gap (RM-3.4-17)', () => {
      const destination = new Destination({ order: 'any' });
      destination.message(3n);
      destination.take({ kind: 'terminate', lastMessageNumber: 3n });
      expect(kinds(destination.delivered(3n))).to.deep.equal(['discard', 'drained']);
    });
  });

  it('takes the outcome only of what it gave out', () => {
    const destination = new Destination();
    destination.message(1n);
    destination.message(2n);
    expect(destination.delivered(2n)).to.deep.equal([]);
    expect(given(destination.delivered(1n))).to.deep.equal([2n]);
  });

  it('gives a message again when the application could not take it', () => {
    const destination = new Destination();
    destination.message(1n);
    destination.message(2n);
    expect(given(destination.take({ kind: 'retry', number: 1n }))).to.deep.equal([1n]);
  });

  it('gives after a restart what was accepted and not dealt with', () => {
    const destination = new Destination();
    destination.message(1n);
    destination.message(2n);
    expect(given(destination.take({ kind: 'resume' }))).to.deep.equal([1n]);
  });

  it('goes on delivering after a restart when the sequence has ended', () => {
    const destination = new Destination();
    destination.message(1n);
    destination.take({ kind: 'terminate', lastMessageNumber: 1n });
    expect(given(destination.take({ kind: 'resume' }))).to.deep.equal([1n]);
    expect(kinds(destination.delivered(1n))).to.include('drained');
  });

  it('marks a message before it is given when it may arrive at most once', () => {
    const destination = new Destination({ assurance: 'atMostOnce' });
    destination.message(1n);
    expect(given(destination.take({ kind: 'resume' }))).to.deep.equal([]);
  });

  describe('keeps its limits (RM-5-2)', () => {
    it('refuses a number too far above the others with MessageNumberRollover', () => {
      const destination = new Destination({ maxGap: 10n });
      expect(kinds(destination.message(10n))).to.include('accept');
      expect(destination.message(11n)).to.deep.equal([
        {
          kind: 'fault',
          fault: { code: 'MessageNumberRollover', identifier: SEQUENCE, maxMessageNumber: 10n },
        },
      ]);
    });

    it('refuses a number above its greatest', () => {
      const [fault] = new Destination({ maxMessageNumber: 5n }).message(6n);
      expect(fault).to.deep.include({ kind: 'fault' });
    });

    it('leaves a message that would be one too many to be repeated, and does not acknowledge it', () => {
      const destination = new Destination({ maxHeld: 2 });
      destination.message(2n);
      destination.message(3n);
      const effects = destination.message(4n);
      expect(kinds(effects)).to.deep.equal(['left', 'acknowledge']);
      expect(acknowledged(effects)).to.deep.equal([{ lower: 2n, upper: 3n }]);
    });

    it('takes the message that is next in order even so', () => {
      const destination = new Destination({ maxHeld: 2 });
      destination.message(2n);
      destination.message(3n);
      expect(given(destination.message(1n))).to.deep.equal([1n]);
    });

    it('leaves messages in order too while the application is slow', () => {
      const destination = new Destination({ maxHeld: 2 });
      destination.message(1n);
      destination.message(2n);
      expect(kinds(destination.message(3n))).to.deep.equal(['left', 'acknowledge']);
      destination.take({ kind: 'delivered', number: 1n });
      expect(kinds(destination.message(3n))).to.include('accept');
    });

    it('leaves a message with which too many bytes would wait, but for the one that is next', () => {
      const destination = new Destination({ maxHeldBytes: 100 });
      destination.take({ kind: 'message', number: 2n, heldBytes: 100 });
      const effects = destination.take({ kind: 'message', number: 3n, heldBytes: 101 });
      expect(kinds(effects)).to.deep.equal(['left', 'acknowledge']);
      expect(given(destination.take({ kind: 'message', number: 1n, heldBytes: 500 }))).to.deep.equal([1n]);
    });

    it('leaves a message that would make one range too many', () => {
      const destination = new Destination({ maxRanges: 2 });
      destination.message(1n);
      destination.message(3n);
      expect(kinds(destination.message(5n))).to.include('left');
      expect(kinds(destination.message(4n))).to.include('accept');
    });
  });

  it('gives Final in every acknowledgement once it is closed (RM-3.9-6)', () => {
    const destination = new Destination();
    destination.message(1n);
    destination.take({ kind: 'close', lastMessageNumber: 1n });
    for (const input of [{ kind: 'ack-requested' }, { kind: 'message', number: 1n }] as const) {
      expect(destination.take(input).at(-1)).to.deep.include({ kind: 'acknowledge', final: true });
    }
  });

  it('accepts nothing new once it is closed (RM-3.5-5)', () => {
    const destination = new Destination();
    destination.take({ kind: 'close' });
    expect(kinds(destination.message(1n))).to.deep.equal(['fault', 'acknowledge']);
  });

  it('ends a sequence whose source contradicts itself about the last number (RM-3.6-7)', () => {
    const below = new Destination();
    below.message(2n);
    expect(below.take({ kind: 'close', lastMessageNumber: 1n })).to.deep.include({
      kind: 'fault',
      fault: { code: 'SequenceTerminated', identifier: SEQUENCE },
    });
    const other = new Destination();
    other.take({ kind: 'close', lastMessageNumber: 2n });
    other.take({ kind: 'terminate', lastMessageNumber: 3n });
    expect(other.state).to.include({ kind: 'none', ended: 'violated' });
  });

  it('says when it wants to be woken, and ends when its time is over', () => {
    const destination = new Destination({ inactivityTimeout: 5_000 });
    expect(destinationTimeout(destination.state, destination.config)).to.equal(NOW + 5_000);
    destination.now += 5_000;
    expect(kinds(destination.take({ kind: 'timeout' }))).to.deep.equal(['ended', 'drained']);
  });

  it('repeats its own TerminateSequence until it is answered', () => {
    const destination = new Destination();
    destination.take({ kind: 'terminate-wanted' });
    destination.now = destinationTimeout(destination.state, destination.config) ?? 0;
    expect(kinds(destination.take({ kind: 'timeout' }))).to.deep.equal(['send-terminate']);
    destination.take({ kind: 'terminate-response' });
    expect(destination.state).to.include({ kind: 'none', ended: 'terminated' });
  });
});
