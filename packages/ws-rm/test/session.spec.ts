import { expect } from 'chai';
import { defaultDestinationConfig, defaultSourceConfig } from '#src/config.js';
import {
  type SessionConfig,
  type SessionEffect,
  type SessionInput,
  sessionTimeout,
  stepSession,
} from '#src/session.js';
import { answerTo, initiatorSession, isOver, recipientSession, type Session } from '#src/session-state.js';
import { NOW, SEQUENCE } from './support/states.js';

const OFFER = 'urn:test:replies';
const base = { acknowledgementInterval: 200, busyAcknowledgementInterval: 20, maxKeptReplies: 2 };
const initiatorConfig: SessionConfig = {
  ...base,
  source: { ...defaultSourceConfig, inactivityTimeout: 0 },
  destination: { ...defaultDestinationConfig, inactivityTimeout: 0, order: 'any' },
};
const recipientConfig: SessionConfig = {
  ...base,
  source: { ...defaultSourceConfig, inactivityTimeout: 0, transmission: 'onRequest' },
  destination: { ...defaultDestinationConfig, inactivityTimeout: 0 },
};

class Played {
  now = NOW;
  state: Session;
  readonly #config: SessionConfig;

  constructor(state: Session, config: SessionConfig) {
    this.state = state;
    this.#config = config;
  }

  take(...inputs: readonly SessionInput[]): readonly SessionEffect[] {
    return inputs.flatMap((input) => {
      const step = stepSession(this.state, input, this.now, this.#config);
      this.state = step.state;
      return step.effects;
    });
  }

  get timeout(): number | undefined {
    return sessionTimeout(this.state, this.#config);
  }
}

const names = (effects: readonly SessionEffect[]) => effects.map(({ of, effect }) => `${of} ${effect.kind}`);

function initiator(requests: number): Played {
  const played = new Played(
    initiatorSession({ soap: '1.2', address: 'urn:x', createId: 'urn:c', offer: OFFER, binding: { kind: 'none' } }),
    initiatorConfig,
  );
  played.take(
    { to: 'source', input: { kind: 'create' } },
    { to: 'session', kind: 'created', identifier: SEQUENCE, accepted: true },
  );
  for (let count = 0; count < requests; count++)
    played.take({ to: 'source', input: { kind: 'submit', request: true } });
  return played;
}

function recipient(offer: string | undefined = OFFER): Played {
  const played = new Played(
    recipientSession(
      {
        soap: '1.2',
        address: 'urn:x',
        createId: 'urn:c',
        binding: { kind: 'none' },
        ...(offer === undefined ? {} : { offer }),
      },
      NOW,
    ),
    recipientConfig,
  );
  played.take({ to: 'destination', input: { kind: 'create', identifier: SEQUENCE } });
  return played;
}

const message = (number: bigint): SessionInput => ({ to: 'destination', input: { kind: 'message', number } });
const dealtWith = (number: bigint, hasReply = true): SessionInput => ({
  to: 'session',
  kind: 'dealt-with',
  number,
  hasReply,
});
const acknowledgeReplies = (upper: bigint): SessionInput => ({
  to: 'source',
  input: {
    kind: 'acknowledgement',
    acknowledgement: { identifier: OFFER, ranges: [{ lower: 1n, upper }], final: false, nacks: [] },
  },
});

describe("the initiator's session", () => {
  it('settles a request by its reply, and gives that out once', () => {
    const played = initiator(1);
    const effects = played.take({ to: 'session', kind: 'reply', request: 1n, number: 1n });
    expect(names(effects)).to.include.members(['destination accept', 'destination deliver', 'session answered']);
    const again = played.take({ to: 'session', kind: 'reply', request: 1n, number: 1n });
    expect(names(again)).to.not.include('destination deliver');
    expect(names(again)).to.not.include('session answered');
  });

  it('acknowledges replies on its own when nothing takes the acknowledgement along', () => {
    const played = initiator(1);
    played.take({ to: 'session', kind: 'reply', request: 1n, number: 1n });
    expect(played.timeout).to.equal(NOW + 200);
    played.now += 200;
    expect(names(played.take({ to: 'session', kind: 'timeout' }))).to.deep.equal(['session send-acknowledgement']);
    expect(played.timeout).to.equal(undefined);
  });

  it('does so sooner while the peer may be holding other replies back for it (Metro)', () => {
    const played = initiator(3);
    played.take({ to: 'session', kind: 'reply', request: 1n, number: 1n });
    expect(played.timeout).to.equal(NOW + 20);
  });

  it('leaves that to the next message when there is one', () => {
    const played = initiator(1);
    played.take({ to: 'session', kind: 'reply', request: 1n, number: 1n });
    played.take({ to: 'source', input: { kind: 'submit', request: true } });
    expect(played.timeout).to.equal(NOW + 2_000);
  });

  it('terminates by itself once it is closed (WCF11-B1301)', () => {
    const played = initiator(0);
    played.take({ to: 'source', input: { kind: 'close' } });
    expect(names(played.take({ to: 'source', input: { kind: 'close-response' } }))).to.include('source send-terminate');
  });

  it('ends the sequence of the replies with that of the requests (WCF-M-14)', () => {
    const played = initiator(0);
    const effects = played.take({ to: 'source', input: { kind: 'fault', code: 'terminated' } });
    expect(names(effects)).to.include('session over');
    expect(isOver(played.state)).to.equal(true);
  });

  it('is not over while a reply waits for whoever takes it', () => {
    const played = initiator(1);
    played.take({ to: 'session', kind: 'reply', request: 1n, number: 1n });
    played.take({ to: 'source', input: { kind: 'fault', code: 'terminated' } });
    expect(isOver(played.state)).to.equal(false);
    expect(names(played.take(dealtWith(1n, false)))).to.include('session over');
  });

  it('lives on when only the sequence of the replies ends', () => {
    const played = initiator(1);
    played.take({ to: 'destination', input: { kind: 'terminate' } });
    expect(played.state.source.kind).to.equal('created');
  });

  it('takes a reply outside of any sequence', () => {
    const played = initiator(1);
    const effects = played.take({ to: 'session', kind: 'reply', request: 1n });
    expect(effects).to.deep.include({ of: 'session', effect: { kind: 'answered', request: 1n } });
  });
});

describe("the recipient's session", () => {
  it('numbers replies by themselves (WCF-M-8)', () => {
    const played = recipient();
    played.take(message(1n), dealtWith(1n, false), message(2n), dealtWith(2n));
    expect(played.state.replies).to.deep.equal([{ request: 2n, reply: 1n, sequenced: true }]);
  });

  it('keeps a reply until it is acknowledged, and answers repeated requests with it (WCF-M-6)', () => {
    const played = recipient();
    played.take(message(1n));
    expect(answerTo(played.state, 1n)).to.deep.equal({ kind: 'later' });
    played.take(dealtWith(1n));
    expect(answerTo(played.state, 1n)).to.deep.equal({
      kind: 'reply',
      reply: { request: 1n, reply: 1n, sequenced: true },
    });
    played.take(acknowledgeReplies(1n));
    expect(answerTo(played.state, 1n)).to.deep.equal({ kind: 'acknowledgement' });
  });

  it('takes no more requests while it keeps as many replies as it may', () => {
    const played = recipient();
    played.take(message(1n), dealtWith(1n), message(2n), dealtWith(2n));
    expect(names(played.take(message(3n)))).to.deep.equal(['destination left', 'destination acknowledge']);
    played.take(acknowledgeReplies(1n));
    expect(names(played.take(message(3n)))).to.include('destination accept');
  });

  it('keeps only the latest replies where no sequence takes them and nobody acknowledges them', () => {
    const played = recipient('');
    played.state = { ...played.state, source: { kind: 'none' } };
    for (const number of [1n, 2n, 3n]) played.take(message(number), dealtWith(number));
    expect(played.state.replies.map(({ request }) => request)).to.deep.equal([2n, 3n]);
  });

  it('drops what the application says about a message that it was not given', () => {
    const played = recipient();
    expect(played.take(dealtWith(1n))).to.deep.equal([{ of: 'session', effect: { kind: 'not-awaited', number: 1n } }]);
    expect(played.state.replies).to.deep.equal([]);
  });

  it('ends the sequence of the replies with that of the requests (WCF-M-14)', () => {
    const played = recipient();
    const effects = played.take({ to: 'destination', input: { kind: 'terminate' } });
    expect(names(effects)).to.include('session over');
    expect(played.state.source).to.deep.equal({ kind: 'none', ended: 'terminated' });
  });

  it('sends nothing by the clock', () => {
    const played = recipient();
    played.take(message(1n), dealtWith(1n));
    expect(played.timeout).to.equal(undefined);
  });
});
