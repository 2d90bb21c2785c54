import { expect } from 'chai';
import { attacks } from '#src/testing/index.js';
import { alice, thrown } from '../samples.js';
import { carol, describedBy, received, sent } from '../structures/parties.js';

const endorsing = { token: 'X509', endorsing: true, signed: false, encrypted: false } as const;
const by = (signer: typeof alice, seed: number) =>
  sent(
    describedBy('transport', { supportingTokens: [endorsing] }),
    { kind: 'transport', supporting: [{ kind: 'X509', signer, signerReference: 'direct' }] },
    { seed },
  ).text;

describe('a message that the transport protects and a certificate endorses', () => {
  const description = describedBy('transport', { supportingTokens: [endorsing] });

  it("is not endorsed by another's signature over another message", () => {
    const message = by(alice, 41);
    received(message, description);
    const own = by(carol, 42);
    received(own, description);
    const all = [...attacks(message, { otherHolder: { message: own }, families: ['parties'] })];
    for (const { name, message: text } of all) {
      const codes = /claimed/.test(name)
        ? ['signature-invalid']
        : /added/.test(name)
          ? ['security-header-invalid']
          : ['reference-not-resolved', 'token-unavailable'];
      expect(() => received(text, description), name)
        .to.throw()
        .with.property('code')
        .that.is.oneOf(codes);
    }
    expect(all.map(({ name }) => name)).to.include('parties/stolen-signature:1');
  });

  it('is not even asked for where there is nothing that the endorsement could cover', () => {
    const nothing = { ...description, dangerouslyWithoutTimestamp: true };
    thrown(() => received(by(alice, 41), nothing), 'invalid-option');
  });
});
