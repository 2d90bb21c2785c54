import { expect } from 'chai';
import { defaultSourceConfig, type SourceConfig } from '#src/config.js';
import { sourceTimeout, stepSource } from '#src/source.js';
import type { SourceEffect, SourceInput } from '#src/source-events.js';
import { createdSource, type SourceState } from '#src/source-state.js';
import { inFlight, NOW, SEQUENCE, sourceConfig, sourceIn } from './support/states.js';

class Source {
  state: SourceState;
  now = NOW;
  readonly config: SourceConfig;

  constructor(config: Partial<SourceConfig> = {}, state: SourceState = createdSource(SEQUENCE, NOW)) {
    this.config = { ...sourceConfig, ...config };
    this.state = state;
  }

  take(input: SourceInput): readonly SourceEffect[] {
    const step = stepSource(this.state, input, this.now, this.config);
    this.state = step.state;
    return step.effects;
  }

  submit(count: number, request = false): readonly SourceEffect[] {
    return Array.from({ length: count }, () => this.take({ kind: 'submit', request })).flat();
  }

  acknowledge(upper: bigint, lower = 1n, final = false): readonly SourceEffect[] {
    return this.take({
      kind: 'acknowledgement',
      acknowledgement: { identifier: SEQUENCE, ranges: [{ lower, upper }], final, nacks: [] },
    });
  }

  get window(): readonly bigint[] {
    return this.state.kind === 'none' ? [] : this.state.window.map(({ number }) => number);
  }
}

const kinds = (effects: readonly SourceEffect[]) => effects.map(({ kind }) => kind);
const sent = (effects: readonly SourceEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'transmit' ? [effect.number] : []));

describe('the RM Source', () => {
  it('numbers messages from 1 without a gap (RM-2.3-1)', () => {
    expect(sent(new Source().submit(4))).to.deep.equal([1n, 2n, 3n, 4n]);
  });

  it('sends a message again under its own number until it is acknowledged (RM-2.3-2, RM-2.3-5)', () => {
    const source = new Source();
    source.submit(2);
    source.acknowledge(1n);
    for (const wait of [2_000, 4_000, 8_000]) {
      source.now += wait;
      expect(sent(source.take({ kind: 'timeout' }))).to.deep.equal([2n]);
    }
    source.acknowledge(2n);
    source.now += 60_000;
    expect(source.take({ kind: 'timeout' })).to.deep.equal([]);
  });

  it('says when it wants to be woken, and a wake-up before that does nothing', () => {
    const source = new Source();
    expect(sourceTimeout(source.state, source.config)).to.equal(undefined);
    source.submit(1);
    expect(sourceTimeout(source.state, source.config)).to.equal(NOW + 2_000);
    source.now = NOW + 1_999;
    expect(source.take({ kind: 'timeout' })).to.deep.equal([]);
  });

  it('keeps no more on the way than the window, and fetches the others when there is room', () => {
    const source = new Source({ window: 4 });
    expect(sent(source.submit(10))).to.deep.equal([1n, 2n, 3n, 4n]);
    expect(source.window).to.have.length(4);
    expect(kinds(source.acknowledge(1n))).to.not.include('load');
    const effects = source.acknowledge(2n);
    expect(effects.find(({ kind }) => kind === 'load')).to.deep.equal({ kind: 'load', lower: 5n, limit: 2 });
    expect(kinds(source.acknowledge(3n))).to.not.include('load');
    const loaded = source.take({
      kind: 'loaded',
      messages: [
        { number: 5n, request: false },
        { number: 6n, request: true },
      ],
    });
    expect(sent(loaded)).to.deep.equal([5n, 6n]);
    expect(source.window).to.deep.equal([4n, 5n, 6n]);
  });

  it('does not let a newer message overtake those that wait', () => {
    const source = new Source({ window: 2 });
    source.submit(3);
    source.acknowledge(1n);
    expect(sent(source.submit(1))).to.deep.equal([]);
  });

  it('has a state that does not grow with what waits', () => {
    const source = new Source({ window: 4 });
    source.submit(10_000);
    expect(source.window).to.have.length(4);
  });

  it('sends a request again although it is acknowledged, until its reply is there (WCF-M-5)', () => {
    const source = new Source();
    source.submit(1, true);
    source.acknowledge(1n);
    source.now += 2_000;
    expect(sent(source.take({ kind: 'timeout' }))).to.deep.equal([1n]);
    expect(source.take({ kind: 'answered', number: 1n })).to.deep.equal([
      { kind: 'discard', ranges: [{ lower: 1n, upper: 1n }] },
    ]);
    expect(source.window).to.deep.equal([]);
  });

  it('gives up a request whose reply never comes, and goes on with the others', () => {
    const source = new Source({ retransmission: { ...sourceConfig.retransmission, maxAttempts: 1 } });
    source.submit(1, true);
    source.acknowledge(1n);
    source.now += 2_000;
    const effects = source.take({ kind: 'timeout' });
    expect(effects).to.deep.include({ kind: 'failed', ranges: [{ lower: 1n, upper: 1n }] });
    expect(source.state.kind).to.equal('created');
  });

  it('ends the sequence when a message cannot be delivered at all', () => {
    const source = new Source({ retransmission: { ...sourceConfig.retransmission, maxAttempts: 1 } });
    source.submit(2);
    source.now += 2_000;
    const effects = source.take({ kind: 'timeout' });
    expect(effects).to.deep.include({ kind: 'failed', ranges: [{ lower: 1n, upper: 2n }] });
    expect(source.state).to.deep.equal({ kind: 'none', ended: 'exhausted' });
  });

  it('sends what it was asked for by Nack at once, unless it is acknowledged (RM-3.9-9, RM-3.9-10)', () => {
    const source = new Source();
    source.submit(3);
    source.acknowledge(1n);
    const nack = (number: bigint) =>
      source.take({
        kind: 'acknowledgement',
        acknowledgement: { identifier: SEQUENCE, ranges: [], final: false, nacks: [number] },
      });
    expect(sent(nack(2n))).to.deep.equal([2n]);
    expect(sent(nack(1n))).to.deep.equal([]);
  });

  it('takes an older acknowledgement that was overtaken for what it is', () => {
    const source = new Source();
    source.submit(3);
    source.acknowledge(3n);
    expect(source.acknowledge(1n)).to.deep.equal([]);
  });

  describe('answers with InvalidAcknowledgement (RM-3.9-11)', () => {
    it('an acknowledgement of a number that was never sent', () => {
      const source = new Source();
      source.submit(2);
      expect(kinds(source.acknowledge(3n))).to.deep.equal(['fault']);
      expect(source.window).to.deep.equal([1n, 2n]);
    });

    it('an acknowledgement of a message that still waits', () => {
      const source = new Source({ window: 2 });
      source.submit(3);
      expect(kinds(source.acknowledge(3n))).to.deep.equal(['fault']);
    });

    it('a Nack of a number that was never sent', () => {
      const acknowledgement = { identifier: SEQUENCE, ranges: [], final: false, nacks: [7n] };
      expect(kinds(new Source().take({ kind: 'acknowledgement', acknowledgement }))).to.deep.equal(['fault']);
    });

    it('a final acknowledgement that drops what was acknowledged before (RM-2.3-3)', () => {
      const source = new Source();
      source.submit(3);
      source.acknowledge(3n);
      expect(kinds(source.acknowledge(2n, 1n, true))).to.deep.equal(['fault']);
      expect(source.state.kind).to.equal('created');
    });
  });

  describe('closing', () => {
    it('waits until everything is acknowledged and answered (WCF11-B1202)', () => {
      const source = new Source();
      source.submit(1);
      source.submit(1, true);
      expect(source.take({ kind: 'close' })).to.deep.equal([]);
      source.acknowledge(2n);
      const effects = source.take({ kind: 'answered', number: 2n });
      expect(effects.at(-1)).to.deep.equal({ kind: 'send-close', lastMessageNumber: 2n });
    });

    it('takes no new message once it is wanted', () => {
      const source = new Source();
      source.submit(1);
      source.take({ kind: 'close' });
      expect(source.submit(1)).to.deep.equal([{ kind: 'not-taken', because: 'closed' }]);
    });

    it('leaves LastMsgNumber out when nothing was sent (RM-3.5-2)', () => {
      expect(new Source().take({ kind: 'close' })).to.deep.equal([{ kind: 'send-close' }]);
    });

    it('gives the same LastMsgNumber to CloseSequence and TerminateSequence (RM-3.6-7)', () => {
      const source = new Source({}, sourceIn('created', true));
      const [close] = source.take({ kind: 'close' });
      source.take({ kind: 'close-response' });
      const [terminate] = source.take({ kind: 'terminate' });
      expect(close).to.deep.equal({ kind: 'send-close', lastMessageNumber: 3n });
      expect(terminate).to.deep.equal({ kind: 'send-terminate', lastMessageNumber: 3n });
    });

    it('is wanted while the sequence is being created: everything goes out first', () => {
      const source = new Source({}, { kind: 'none' });
      source.take({ kind: 'create' });
      source.submit(1);
      source.take({ kind: 'close' });
      expect(sent(source.take({ kind: 'created', identifier: SEQUENCE }))).to.deep.equal([1n]);
      expect(kinds(source.acknowledge(1n))).to.include('send-close');
    });

    it('does not wait for acknowledgements that come only with it, where the configuration says so', () => {
      const source = new Source({ closeAfterAttempts: 2 });
      source.submit(1);
      expect(source.take({ kind: 'close' })).to.deep.equal([]);
      source.now += 2_000;
      expect(kinds(source.take({ kind: 'timeout' }))).to.deep.equal(['transmit', 'send-close']);
      expect(sent(source.take({ kind: 'close-response' }))).to.deep.equal([1n]);
      expect(source.state.kind).to.equal('closing');
      source.acknowledge(1n);
      expect(kinds(source.take({ kind: 'close-response' }))).to.deep.equal(['closed']);
    });

    it('fails what the destination has not taken when it closes first (RM-3.9-7)', () => {
      const source = new Source();
      source.submit(3);
      const effects = source.acknowledge(1n, 1n, true);
      expect(effects).to.deep.include({ kind: 'failed', ranges: [{ lower: 2n, upper: 3n }] });
      expect(source.state.kind).to.equal('closed');
    });
  });

  describe('terminating', () => {
    it('sends nothing but TerminateSequence any more (RM-3.6-2)', () => {
      const source = new Source({}, sourceIn('created'));
      source.take({ kind: 'terminate' });
      source.now += 2_000;
      expect(kinds(source.take({ kind: 'timeout' }))).to.deep.equal(['send-terminate']);
    });

    it('takes UnknownSequence for success (RM-3.6-4b)', () => {
      const source = new Source({}, sourceIn('terminating'));
      source.take({ kind: 'fault', code: 'unknown' });
      expect(source.state).to.deep.equal({ kind: 'none', ended: 'terminated' });
    });

    it('may forget the sequence even when no answer comes (RSP-RM-8)', () => {
      const source = new Source({ maxTerminateAttempts: 1 }, sourceIn('terminating'));
      source.now += 2_000;
      source.take({ kind: 'timeout' });
      expect(source.state).to.deep.equal({ kind: 'none', ended: 'terminated' });
    });
  });

  it('does not assign a number above the greatest (RM-4.5)', () => {
    const source = new Source({ maxMessageNumber: 2n });
    expect(source.submit(3).at(-1)).to.deep.equal({ kind: 'not-taken', because: 'rollover' });
  });

  it('goes on sending what is unacknowledged after MessageNumberRollover (RM-4.5)', () => {
    const source = new Source();
    source.submit(1);
    source.take({ kind: 'fault', code: 'rollover' });
    source.now += 2_000;
    expect(sent(source.take({ kind: 'timeout' }))).to.deep.equal([1n]);
  });

  it('gives up CreateSequence after as many as are allowed', () => {
    const source = new Source({ maxCreateAttempts: 2 }, { kind: 'none' });
    source.take({ kind: 'create' });
    source.now += 2_000;
    expect(kinds(source.take({ kind: 'timeout' }))).to.deep.equal(['send-create']);
    source.now += 4_000;
    expect(source.take({ kind: 'timeout' })).to.deep.equal([{ kind: 'create-given-up' }]);
    expect(source.state.kind).to.equal('creating');
  });

  it('asks for its sequence anew when it is resumed after that', () => {
    const source = new Source({ maxCreateAttempts: 1 }, { kind: 'none' });
    source.take({ kind: 'create' });
    source.now += 2_000;
    source.take({ kind: 'timeout' });
    source.take({ kind: 'resume' });
    expect(kinds(source.take({ kind: 'timeout' }))).to.deep.equal(['send-create']);
  });

  it('drops a sequence whose peer is silent for too long, and not one that is heard', () => {
    const source = new Source({ inactivityTimeout: 10_000 });
    source.now += 9_000;
    source.take({ kind: 'heard' });
    source.now += 9_999;
    source.take({ kind: 'timeout' });
    expect(source.state.kind).to.equal('created');
    source.now += 1;
    source.take({ kind: 'timeout' });
    expect(source.state).to.deep.equal({ kind: 'none', ended: 'inactive' });
  });

  it('asks for a sign of life when nothing else is on the way (WCF-M-20)', () => {
    const source = new Source({ inactivityTimeout: 16_000 });
    expect(sourceTimeout(source.state, source.config)).to.equal(NOW + 8_000);
    source.now += 8_000;
    expect(kinds(source.take({ kind: 'timeout' }))).to.deep.equal(['send-ack-requested']);
    expect(sourceTimeout(source.state, source.config)).to.equal(NOW + 10_000);
  });

  it('ends when the lifetime that was granted is over (RM-3.4-6)', () => {
    const source = new Source({}, { kind: 'none' });
    source.take({ kind: 'create' });
    source.take({ kind: 'created', identifier: SEQUENCE, expires: 5_000 });
    expect(sourceTimeout(source.state, source.config)).to.equal(NOW + 5_000);
    source.now += 5_000;
    expect(source.take({ kind: 'timeout' })).to.deep.equal([{ kind: 'ended', reason: 'expired' }]);
  });

  describe('resuming', () => {
    it('makes everything due that was on the way', () => {
      const source = new Source({}, sourceIn('created'));
      source.take({ kind: 'resume' });
      expect(sourceTimeout(source.state, source.config)).to.equal(NOW);
      expect(sent(source.take({ kind: 'timeout' }))).to.deep.equal([2n, 3n]);
    });

    it('fetches what waits in the store when nothing was on the way', () => {
      const state = sourceIn('created', true);
      const source = new Source({ window: 4 }, { ...state, nextNumber: 9n } as SourceState);
      expect(kinds(source.take({ kind: 'resume' }))).to.deep.equal(['load']);
    });

    it('does not take the time for which the process was down for the silence of the peer', () => {
      const source = new Source({ inactivityTimeout: 10_000 }, sourceIn('created'));
      source.now += 1_000_000;
      source.take({ kind: 'resume' });
      expect(source.state.kind).to.equal('created');
    });
  });

  describe('that sends only on request', () => {
    it('sends nothing by itself, and has nothing to be woken for', () => {
      const source = new Source({ transmission: 'onRequest' });
      expect(source.submit(3)).to.deep.equal([]);
      expect(sourceTimeout(source.state, source.config)).to.equal(undefined);
    });

    it('discards what is acknowledged', () => {
      const source = new Source({ transmission: 'onRequest' });
      source.submit(3);
      expect(source.acknowledge(2n)).to.deep.include({ kind: 'discard', ranges: [{ lower: 1n, upper: 2n }] });
    });
  });

  it('does not change the state that it is given', () => {
    const state = createdSource(SEQUENCE, NOW);
    const before = structuredClone(state);
    stepSource(state, { kind: 'submit', request: false }, NOW, defaultSourceConfig);
    expect(state).to.deep.equal(before);
  });

  it('acknowledges a request in the window without losing its place', () => {
    const source = new Source({}, {
      ...sourceIn('created'),
      window: [inFlight(2n, { request: true }), inFlight(3n)],
    } as SourceState);
    source.acknowledge(3n);
    expect(source.window).to.deep.equal([2n]);
  });
});
