import { HoldfastError, parse } from '@holdfast/soap';
import { expect } from 'chai';
import { attacks } from '#src/testing/index.js';
import { certificateKind, contextKind, type Kind, made, madeByOther, shapes } from '../kinds.js';
import { envelopeText, opened, thrown } from '../samples.js';

const clear: Kind = contextKind('1.3', { encryptBody: false });

describe('the generator of attacks', function () {
  this.timeout(60_000);

  it('gives each attack on a message a name of its own, and says in a line what it tries', () => {
    for (const kind of shapes().filter((_, at) => at % 6 === 0)) {
      const all = [...attacks(made(kind).message)];
      const names = all.map(({ name }) => name);
      expect(new Set(names).size, kind.name).to.equal(names.length);
      for (const { name, about } of all) {
        expect(name).to.match(/^[a-z-]+\/\S.*$/);
        expect(about).to.match(/^[^\n]{5,250}$/);
      }
    }
  });

  it('gives the same attacks for messages of one kind', () => {
    const names = (message: string) => [...attacks(message)].map(({ name }) => name);
    expect(names(made(clear).message)).to.deep.equal(names(made(clear).message));
  });

  it('changes the message, unless it is sent again or back', () => {
    const { message } = made(clear);
    for (const { name, message: sent, replay, reflected } of attacks(message)) {
      expect(sent === message, name).to.equal(name === 'replay/again' || name === 'reflection/verbatim');
      expect(replay, name).to.equal(name.startsWith('replay/'));
      expect(reflected, name).to.equal(name.startsWith('reflection/'));
    }
  });

  it('writes well-formed XML, but where ill-formed XML or work is the attack', () => {
    for (const { name, message } of attacks(made(clear).message)) {
      if (/^(parsing|resources)\//.test(name)) continue;
      try {
        expect(parse(message).root.local, name).to.be.a('string');
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        expect(error.code, name).to.equal('duplicate-id');
      }
    }
  });

  it('needs no more than a message, and does more with what the attacker has', () => {
    const { message, signingKey } = made(clear);
    const other = made(clear, '<x/>').message;
    const bare = [...attacks(message)].length;
    expect([...attacks(message, { other })].length).to.be.greaterThan(bare + 8);
    expect(signingKey).to.have.property('secret');
  });

  it('mixes the messages of two parties when it is given another', () => {
    const kind = certificateKind('direct');
    const { message } = made(kind);
    const otherHolder = madeByOther(kind);
    const names = [...attacks(message, { ...(otherHolder && { otherHolder }), families: ['parties'] })].map(
      ({ name }) => name,
    );
    expect(names).to.include.members([
      'parties/stolen-body',
      'parties/re-signed-ciphertext',
      'parties/claimed-certificate:1',
      'parties/stolen-signature:1',
    ]);
    expect([...attacks(message, { families: ['parties'] })]).to.deep.equal([]);
  });

  it('makes the attacks of some families only', () => {
    const { message, signingKey } = made(clear);
    const all = [...attacks(message, { signingKey })];
    for (const families of [['truncation'], ['parsing', 'confusion']] as const) {
      const wanted = all.filter(({ name }) => families.some((family) => name.startsWith(`${family}/`)));
      expect([...attacks(message, { signingKey, families })]).to.deep.equal(wanted);
      expect(wanted.length).to.be.greaterThan(20);
    }
  });

  it('leaves nothing but the named fault where it may sign anew', () => {
    const { message, signingKey } = made(clear);
    const codes = (options: Parameters<typeof attacks>[1]) =>
      new Map(
        [...attacks(message, options)].map(({ name, message: sent }) => {
          try {
            opened(sent, clear.description, clear.lookup);
            return [name, 'accepted'];
          } catch (error) {
            return [name, (error as HoldfastError).code];
          }
        }),
      );
    const unsigned = codes({});
    const signed = codes(signingKey === undefined ? {} : { signingKey });
    for (const [name, code] of [
      ['time/expired', 'message-expired'],
      ['time/from-the-future', 'message-from-the-future'],
      ['stripping/not-signed:Body', 'part-not-signed'],
      ['stripping/timestamp-and-reference', 'timestamp-missing'],
      ['truncation/hmac-output-length-8', 'algorithm-not-allowed'],
      ['references/manifest', 'security-header-invalid'],
    ] as const) {
      expect(unsigned.get(name), name).to.be.oneOf(['digest-mismatch', 'signature-invalid', code]);
      expect(signed.get(name), name).to.equal(code);
    }
  });

  it('asks for a message with a Security header', () => {
    thrown(() => [...attacks(envelopeText())], 'invalid-argument');
    thrown(() => [...attacks(made(clear).message, { other: envelopeText() })], 'invalid-argument');
    thrown(() => [...attacks('<x/>')], 'invalid-argument');
  });
});
