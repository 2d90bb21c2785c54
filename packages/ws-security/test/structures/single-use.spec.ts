import { expect } from 'chai';
import type { ProtectionDescription } from '#src/description.js';
import type { ProtectionKeys } from '#src/keys.js';
import { replayCache } from '#src/replay-cache.js';
import { alice, context, recipientKeys, thrown } from '../samples.js';
import { describedBy, lookup, received, sent } from './parties.js';

const endorsedBy = (token: 'SecurityContextToken' | 'X509', derived: boolean): ProtectionDescription =>
  describedBy('transport', {
    supportingTokens: [{ token, endorsing: true, signed: false, encrypted: false }],
    ...(derived ? {} : { derivedKeys: 'none', acceptUnderivedKeys: true }),
  });
const byContext: ProtectionKeys = {
  kind: 'transport',
  supporting: [{ kind: 'SecurityContextToken', context, includeToken: true }],
};
const byCertificate: ProtectionKeys = {
  kind: 'transport',
  supporting: [{ kind: 'X509', signer: alice, signerReference: 'direct' }],
};
const keys = { ...lookup, ...recipientKeys, securityContext: () => context };

describe('over TLS, a message is known again by what signed its Timestamp', () => {
  for (const [name, description, signing] of [
    ['a key derived for it', endorsedBy('SecurityContextToken', true), byContext],
    ['a certificate', endorsedBy('X509', true), byCertificate],
  ] as const) {
    it(`if that was ${name}`, () => {
      const cache = replayCache();
      const { text } = sent(description, signing);
      received(text, description, keys, { replayCache: cache });
      thrown(() => received(text, description, keys, { replayCache: cache }), 'replayed');
    });
  }

  it('but not if it was a secret that signs every Timestamp of an instant alike', () => {
    const description = endorsedBy('SecurityContextToken', false);
    const cache = replayCache();
    const [one, other] = [sent(description, byContext), sent(description, byContext)];
    expect(one.receipt.signatures).to.deep.equal(other.receipt.signatures);
    for (const { text } of [one, other]) received(text, description, keys, { replayCache: cache });
  });
});
