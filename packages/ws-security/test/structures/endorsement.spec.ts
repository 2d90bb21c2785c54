import { expect } from 'chai';
import type { ProtectionDescription, SupportingToken } from '#src/description.js';
import { BASE64_BINARY, X509_V3 } from '#src/namespaces.js';
import { ALL, aliceKey, envelope, reference, type SignOptions, signed, TIMESTAMP, TOKENS } from '../forge.js';
import { alice, thrown } from '../samples.js';
import { describedBy, received } from './parties.js';

/** Endorsing signatures by the key of alice over whatever an attacker, or a careless peer, has her sign. */
const TOKEN =
  `<wsse:BinarySecurityToken wsu:Id="bst" EncodingType="${BASE64_BINARY}" ValueType="${X509_V3}">` +
  `${alice.certificate.raw.toString('base64')}</wsse:BinarySecurityToken>`;
const byAlice: SignOptions = { key: aliceKey, keyInfo: reference('#bst', X509_V3) };
const PLACE = '<!--signature-->';

/** Signed by the context over some parts, and then by alice over others; `first` is the Id of the message signature. */
function made(ids: readonly string[], endorsed: readonly string[], more: SignOptions = {}): string {
  const message = signed(envelope(`${TIMESTAMP}${TOKENS}${TOKEN}${PLACE}<!--second-->`), ids, more);
  const named = message.replace('<ds:Signature>', '<ds:Signature Id="first">').replace('<!--second-->', PLACE);
  return signed(named, endorsed, byAlice);
}

const rule: SupportingToken = { token: 'X509', endorsing: true, signed: false, encrypted: false };
const description: ProtectionDescription = describedBy('SecurityContextToken', {
  encryptBody: false,
  supportingTokens: [rule],
});

describe('structures: what an endorsing signature covers (SP-25)', () => {
  it('is the message signature, and may be more', () => {
    for (const endorsed of [['first'], ['first', 'body'], [...ALL, 'first'], ['first', 'bst']]) {
      const { proof } = received(made(ALL, endorsed), description);
      expect(proof.tokens.map(({ kind }) => kind)).to.deep.equal(['SecurityContextToken', 'X509']);
    }
  });

  it('is refused over anything else', () => {
    for (const endorsed of [['ts'], ['body'], ALL, ['bst'], ['sign'], ['sct']]) {
      thrown(() => received(made(ALL, endorsed), description), 'part-not-signed');
    }
  });

  it('does not make up for what the message signature leaves out', () => {
    for (const left of ALL) {
      const ids = ALL.filter((id) => id !== left);
      thrown(() => received(made(ids, ['first', left]), description), 'part-not-signed');
      thrown(() => received(made(ids, ['first', ...ALL]), description), 'part-not-signed');
    }
  });

  it('covers the header blocks that its rule names', () => {
    const asked = {
      ...description,
      supportingTokens: [
        { ...rule, signedHeaders: [{ namespace: 'http://www.w3.org/2005/08/addressing', local: 'To' }] },
      ],
    };
    received(made(ALL, ['first', 'to']), asked);
    thrown(() => received(made(ALL, ['first']), asked), 'part-not-signed');
  });

  it('covers its token, with protectTokens', () => {
    const asked = { ...description, protectTokens: true };
    received(made([...ALL, 'sct'], ['first', 'bst']), asked);
    thrown(() => received(made([...ALL, 'sct'], ['first']), asked), 'part-not-signed');
    thrown(() => received(made(ALL, ['first', 'bst']), asked), 'part-not-signed');
  });

  it('is covered by the message signature, if it is to be a signed token too', () => {
    const asked = { ...description, supportingTokens: [{ ...rule, signed: true }] };
    received(made([...ALL, 'bst'], ['first']), asked);
    thrown(() => received(made(ALL, ['first', 'bst']), asked), 'part-not-signed');
  });

  it('cannot take the place of the message signature', () => {
    const onlyAlice = signed(envelope(`${TIMESTAMP}${TOKEN}${PLACE}`), ALL, byAlice);
    thrown(() => received(onlyAlice, description), 'wrong-token');
    thrown(() => received(made(ALL, ['first']), { ...description, token: 'X509' }), 'wrong-token');
    const x509 = describedBy('X509', {
      encryptBody: false,
      supportingTokens: [{ ...rule, token: 'SecurityContextToken' }],
    });
    thrown(() => received(made(ALL, ['first']), x509), 'wrong-token');
  });
});
