import { serialize, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import type { ProtectionDescription, ProtectionToken } from '#src/description.js';
import { writeSignatureConfirmation } from '#src/elements/signature-confirmation.js';
import type { KeyLookup, ProtectionKeys } from '#src/keys.js';
import type { Receipt } from '#src/receipt.js';
import { alice, bob, changed, context, contextKeys, part, thrown } from '../samples.js';
import {
  aliceLookup,
  assertion,
  describedBy,
  layoutOf,
  lookup,
  proofKey,
  received,
  secretAssertion,
  sent,
  user,
} from './parties.js';

const toBob = { recipient: bob.certificate, recipientReference: 'thumbprint' } as const;
const toAlice = { recipient: alice.certificate, recipientReference: 'thumbprint' } as const;

/** A request, and what its response is protected with. */
interface Exchange {
  readonly token: ProtectionToken;
  readonly request: ProtectionKeys;
  response(receipt: Receipt): ProtectionKeys;
  readonly lookup?: KeyLookup;
}

const exchanges: readonly Exchange[] = [
  { token: 'SecurityContextToken', request: contextKeys(), response: () => contextKeys(false), lookup },
  {
    token: 'X509',
    request: { kind: 'X509', signer: alice, signerReference: 'direct', ...toBob },
    response: () => ({ kind: 'X509', signer: bob, signerReference: 'thumbprint', ...toAlice }),
  },
  {
    token: 'EncryptedKey',
    request: { kind: 'EncryptedKey', ...toBob },
    response: ({ encryptedKey }) => ({ kind: 'EncryptedKey', key: encryptedKey ?? expect.fail('no key') }),
  },
  {
    token: 'UsernameToken',
    request: { kind: 'UsernameToken', ...user },
    response: () => ({ kind: 'UsernameToken', ...user }),
    lookup,
  },
  {
    token: 'SAML',
    request: { kind: 'SAML', assertion: assertion('2.0', alice), holder: alice, ...toBob },
    response: () => ({ kind: 'SAML', assertion: assertion('2.0', bob), holder: bob, ...toAlice }),
  },
  {
    token: 'SAML',
    request: { kind: 'SAML', assertion: secretAssertion('1.1'), secret: proofKey },
    response: () => ({
      kind: 'SAML',
      assertion: secretAssertion('1.1', proofKey, alice.certificate),
      secret: proofKey,
    }),
  },
  { token: 'transport', request: { kind: 'transport' }, response: () => ({ kind: 'transport' }) },
];

const options = (['sign-then-encrypt', 'encrypt-then-sign'] as const).flatMap((order) =>
  [false, true].map((encryptSignature) => ({ order, encryptSignature, signatureConfirmation: true })),
);

describe('structures: the response confirms the signatures of its request (WSS-8.5-1, WSS-8.5-3, WSS-8.5-4, SP-26)', () => {
  for (const { token, request, response, lookup: keys = aliceLookup } of exchanges) {
    it(`under ${token}${'secret' in request ? ' with a secret' : ''}, in every order`, () => {
      for (const option of options) {
        const description = describedBy(token, option);
        const asked = sent(description, request);
        const { receipt } = received(asked.text, description);
        const answer = sent(description, response(receipt), { request: receipt, seed: 42 });
        const found = received(answer.text, description, keys, { request: asked.receipt });
        expect(found.token?.kind).to.equal(token === 'transport' ? undefined : token);
        const { text } = sent({ ...description, encryptSignature: false }, response(receipt), {
          request: receipt,
          seed: 44,
        });
        const [value = ''] = asked.receipt.signatures.map((octets) => octets.toString('base64'));
        expect(part(text, 'wsse11:SignatureConfirmation').includes(`Value="${value}"`)).to.equal(token !== 'transport');
        // What tells which signature it was is as hidden as that was (WSS-8.5-3).
        expect(layoutOf(answer.text).includes('SignatureConfirmation')).to.equal(
          !option.encryptSignature || token === 'transport',
        );
        thrown(
          () =>
            received(
              sent({ ...description, signatureConfirmation: false }, response(receipt), { request: receipt, seed: 43 })
                .text,
              description,
              keys,
              { request: asked.receipt },
            ),
          'wrong-token',
        );
      }
    });
  }

  const description = describedBy('SecurityContextToken', { signatureConfirmation: true });
  const receiptFor = (...signatures: readonly string[]): Receipt => ({
    signatures: signatures.map((value) => Buffer.from(value)),
    encryptedKey: undefined,
  });
  const answered = (confirmed: Receipt | undefined, expected: Receipt, more: Partial<ProtectionDescription> = {}) => {
    const asked = { ...description, ...more };
    const { text } = sent(asked, contextKeys(false), confirmed === undefined ? {} : { request: confirmed });
    return received(text, asked, lookup, { request: expected });
  };

  it('each exactly once, in any order', () => {
    const two = receiptFor('one', 'two');
    answered(two, two);
    answered(receiptFor('two', 'one'), two);
    answered(receiptFor('one', 'one'), receiptFor('one', 'one'));
    for (const [confirmed, expected] of [
      [undefined, two],
      [receiptFor('one'), two],
      [receiptFor('one', 'two', 'three'), two],
      [receiptFor('one', 'one'), two],
      [receiptFor('one', 'one', 'two'), two],
      [receiptFor('three'), receiptFor('one')],
      [receiptFor(), two],
      [two, receiptFor()],
      [undefined, receiptFor()],
    ] as const) {
      const error = thrown(() => answered(confirmed, expected), 'wrong-token');
      expect(error.message).to.match(/confirm/);
    }
  });

  it('an unsigned request by exactly one confirmation without a value (WSS-8.5-2)', () => {
    answered(receiptFor(), receiptFor());
    const transport = describedBy('transport', { signatureConfirmation: true });
    const { text } = sent(transport, { kind: 'transport' }, { request: receiptFor() });
    const open = (message: string) => received(message, transport, lookup, { request: receiptFor() });
    expect(open(text).proof.tokens).to.deep.equal([]);
    const confirmation = part(text, 'wsse11:SignatureConfirmation');
    thrown(
      () => open(changed(text, confirmation, confirmation + confirmation.replace(/Id="/, 'Id="x'))),
      'wrong-token',
    );
    thrown(() => open(changed(text, confirmation, confirmation.replace(/(?=wsu:Id)/, 'Value="" '))), 'wrong-token');
    thrown(() => open(changed(text, confirmation, '')), 'wrong-token');
  });

  it('is refused where the message signature does not cover it', () => {
    const expected = receiptFor('one');
    const { text } = sent({ ...description, signatureConfirmation: false }, contextKeys(false));
    const forged = serialize(writeSignatureConfirmation('conf', Buffer.from('one')) as XmlElement);
    const message = text.replace('</wsse:Security>', `${forged}$&`);
    thrown(() => received(message, description, lookup, { request: expected }), 'part-not-signed');
  });

  it('R5441 is refused without a wsu:Id, where it is asked for', () => {
    const transport = describedBy('transport', { signatureConfirmation: true });
    const { text } = sent(transport, { kind: 'transport' }, { request: receiptFor() });
    const confirmation = part(text, 'wsse11:SignatureConfirmation');
    const bare = changed(text, confirmation, confirmation.replace(/ wsu:Id="[^"]*"/, ''));
    thrown(() => received(bare, transport, lookup, { request: receiptFor() }), 'security-header-invalid');
  });

  it('is neither written nor asked for in a request, and not asked for where nobody said so', () => {
    const { text } = sent(description, contextKeys());
    expect(text).to.not.contain('SignatureConfirmation');
    received(text, description);
    const confirmed = sent(description, contextKeys(false), { request: receiptFor('one') }).text;
    received(confirmed, { ...description, signatureConfirmation: false }, lookup, { request: receiptFor('other') });
    expect(context.identifier).to.be.a('string');
  });

  it('in clear where the signature must be encrypted is refused', () => {
    const expected = receiptFor('one');
    const { text } = sent(description, contextKeys(false), { request: expected });
    const hidden = { ...description, encryptSignature: true };
    const clear = sent(hidden, contextKeys(false), { request: expected }).text;
    received(clear, hidden, lookup, { request: expected });
    thrown(() => received(text, hidden, lookup, { request: expected }), 'part-not-encrypted');
  });
});

describe('structures: a response under the key of its request (SP-12, WSS-7-5, WSS-7-6)', () => {
  const description = describedBy('EncryptedKey');
  const request = (seed: number) => sent(description, { kind: 'EncryptedKey', ...toBob }, { seed });
  const response = (receipt: Receipt) =>
    sent(description, { kind: 'EncryptedKey', key: receipt.encryptedKey ?? expect.fail('no key') }, { seed: 9 });

  it('names it by EncryptedKeySHA1, with derived keys of every kind', () => {
    for (const derivedKeys of ['explicit', 'implied', 'none'] as const) {
      for (const derivedKeyVersion of ['1.3', '2005'] as const) {
        if (derivedKeys === 'implied' && derivedKeyVersion === '2005') continue;
        const asked = describedBy('EncryptedKey', {
          derivedKeys,
          derivedKeyVersion,
          acceptUnderivedKeys: derivedKeys === 'none',
        });
        const first = sent(asked, { kind: 'EncryptedKey', ...toBob });
        const { receipt, token } = received(first.text, asked);
        const answer = sent(asked, {
          kind: 'EncryptedKey',
          key: receipt.encryptedKey ?? expect.fail('no key'),
        });
        expect(answer.text).to.contain('#EncryptedKeySHA1').and.to.not.contain('<xenc:EncryptedKey');
        const found = received(answer.text, asked, aliceLookup, { request: first.receipt });
        expect(found.token).to.deep.equal(token);
        expect(found.receipt.encryptedKey).to.deep.equal(first.receipt.encryptedKey);
      }
    }
  });

  it('is refused under the key of another request, or under one of its own', () => {
    const [one, other] = [request(1), request(2)];
    const answer = response(received(one.text, description).receipt);
    received(answer.text, description, aliceLookup, { request: one.receipt });
    thrown(() => received(answer.text, description, aliceLookup, { request: other.receipt }), 'token-unavailable');
    thrown(() => received(answer.text, description, aliceLookup), 'token-unavailable');
    // Anybody can make a key for alice.
    const own = sent(description, { kind: 'EncryptedKey', ...toAlice }, { seed: 3 });
    received(own.text, description, aliceLookup);
    thrown(() => received(own.text, description, aliceLookup, { request: one.receipt }), 'wrong-token');
  });

  it('is refused where it takes the secret for another one', () => {
    const one = request(1);
    const key = { sha1: one.receipt.encryptedKey?.sha1 ?? '', secret: new Uint8Array(32) };
    const answer = sent(description, { kind: 'EncryptedKey', key });
    expect(() => received(answer.text, description, aliceLookup, { request: one.receipt })).to.throw();
  });
});
