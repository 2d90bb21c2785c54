import { expect } from 'chai';
import { ALL, dkt, encryptedData, envelope, SCT, signed, TIMESTAMP, TOKENS } from '../forge.js';
import { changed, opened, part, recipientKeys, secured, thrown, withCertificates, withContext } from '../samples.js';

const clear = { ...withContext, encryptBody: false };

/** How long the call takes is not measured: what it would have to do first is counted. */
function counted(call: (keys: typeof recipientKeys) => unknown): number {
  let lookups = 0;
  try {
    call({
      ...recipientKeys,
      securityContext(identifier, instance) {
        lookups++;
        return recipientKeys.securityContext(identifier, instance);
      },
    });
  } catch {
    return lookups;
  }
  return expect.fail('accepted');
}

describe('a message that asks for work', () => {
  it('with 10,000 references in a signature is refused before any of them is looked at', () => {
    const message = secured(clear);
    const one = /<ds:Reference .*?<\/ds:Reference>/.exec(message)?.[0] ?? '';
    const text = message.replace(one, () => one.repeat(10_000));
    thrown(() => opened(text, clear), 'security-header-invalid');
    expect(counted((keys) => opened(text, clear, keys))).to.equal(0);
  });

  it('with 1,000 tokens is refused before any of them is used', () => {
    const tokens = Array.from({ length: 1_000 }, (_, at) => dkt(`k${at}`, 32)).join('');
    const text = signed(envelope(`${TIMESTAMP}${TOKENS}${tokens}<!--signature-->`), ALL);
    thrown(() => opened(text, clear), 'security-header-invalid');
    expect(counted((keys) => opened(text, clear, keys))).to.equal(0);
  });

  it('with tokens that come to light when something is decrypted is refused', () => {
    const text = signed(envelope(`${TIMESTAMP}${TOKENS}${encryptedData('many', `${SCT}${SCT}`)}<!--signature-->`), ALL);
    thrown(() => opened(text, clear), 'reference-not-resolved');
  });

  it('with more than one signature is refused, all of them good', () => {
    let text = envelope(`${TIMESTAMP}${TOKENS}${'<!--signature-->'.repeat(2)}`);
    for (let count = 0; count < 2; count++) text = signed(text, ALL);
    thrown(() => opened(text, clear), 'security-header-invalid');
  });

  it('with more encrypted keys than any peer makes is refused', () => {
    const message = secured(withCertificates);
    const key = part(message, 'xenc:EncryptedKey');
    const bare = key.replace(/<xenc:ReferenceList>.*<\/xenc:ReferenceList>/s, '');
    const more = Array.from({ length: 17 }, (_, at) => bare.replace(/ Id="[^"]*"/, ` Id="k${at}"`)).join('');
    thrown(() => opened(changed(message, key, more + key), withCertificates), 'security-header-invalid');
  });

  it('with something in the Security header that is not understood is refused', () => {
    for (const strange of ['<wsse:UsernameToken/>', '<x:Y xmlns:x="urn:x"/>', '<wsc:Unknown/>', '<Timestamp/>']) {
      thrown(
        () => opened(signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${strange}`), ALL), clear),
        'security-header-invalid',
      );
    }
  });

  it('brings nothing but a Signature or a token to light in its Security header', () => {
    const token = encryptedData(
      'bst',
      '<wsu:Timestamp xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"/>',
      'Element',
    );
    thrown(
      () => opened(signed(envelope(`${TIMESTAMP}${TOKENS}${token}<!--signature-->`), ALL), clear),
      'decryption-failed',
    );
  });

  it('with a nonce, a label or an offset beyond reason is refused before a key is derived', () => {
    for (const more of ['<wsc:Offset>1000000</wsc:Offset>', `<wsc:Label>${'x'.repeat(10_000)}</wsc:Label>`]) {
      const tokens = SCT + dkt('sign', 24, '#sct', more) + dkt('encrypt', 32);
      thrown(
        () => opened(signed(envelope(`${TIMESTAMP}${tokens}<!--signature-->`), ALL), clear),
        'security-header-invalid',
      );
    }
  });
});
