import { elements, parse, type XmlElement } from '@holdfast/soap';
import { SUITES, type SuiteName, unprotect } from '@holdfast/ws-security';
import { expect } from 'chai';
import { clark, contentOf, refusal } from './kit.js';
import { describedBy, headerRules, keysFor, manifest, message, now, type Valid } from './wss4j.js';

/** What is not spoken yet, by name: each is refused, and for that reason. */
const outOfScope: Readonly<Record<string, { readonly code: string; readonly names: readonly string[] }>> = {
  'AES-GCM': {
    code: 'algorithm-not-allowed',
    names: [
      ...['sign-encrypt-derived', 'encrypt-sign-derived', 'encrypt-sign-direct'].map(
        (rest) => `sct-2005-Basic128GCM-${rest}`,
      ),
      ...['sign-encrypt-direct', 'encrypt-sign-derived', 'encrypt-sign-direct'].map(
        (rest) => `sct-1.3-Basic128GCM-${rest}`,
      ),
      ...['sign-encrypt-derived', 'sign-encrypt-direct', 'encrypt-sign-derived'].map(
        (rest) => `sct-2005-Basic256GCM-${rest}`,
      ),
      ...['sign-encrypt-derived', 'sign-encrypt-direct', 'encrypt-sign-direct'].map(
        (rest) => `sct-1.3-Basic256GCM-${rest}`,
      ),
      'encrypted-signature-gcm',
    ],
  },
  'Triple DES': {
    code: 'algorithm-not-allowed',
    names: [
      ...['sign-encrypt-derived', 'encrypt-sign-derived', 'encrypt-sign-direct'].map(
        (rest) => `sct-2005-TripleDes-${rest}`,
      ),
      ...['sign-encrypt-direct', 'encrypt-sign-derived', 'encrypt-sign-direct'].map(
        (rest) => `sct-1.3-TripleDes-${rest}`,
      ),
    ],
  },
  'signatures with SHA-384 and SHA-512, and RSA-PSS': {
    code: 'algorithm-not-allowed',
    names: ['sct-1.3-hmac-sha384', 'sct-1.3-hmac-sha512', 'x509-rsa-sha384', 'x509-rsa-pss-sha256'],
  },
  'canonicalization other than exclusive without comments': {
    code: 'algorithm-not-allowed',
    names: ['c14n-inclusive', 'c14n-exclusive-with-comments'],
  },
  'key transport other than RSA-OAEP with SHA-1': {
    code: 'algorithm-not-allowed',
    names: ['transport-rsa-1_5', 'transport-oaep-digest-sha256', 'transport-oaep11-sha256-mgf1sha256'],
  },
  'signatures with an EncryptedKey that nobody signed for': {
    code: 'wrong-token',
    names: ['encryptedkey-derived', 'encryptedkey-direct'],
  },
  "keys of the request's EncryptedKey": {
    code: 'unsupported-token',
    names: ['response-encryptedkeysha1-derived', 'response-encryptedkeysha1-direct'],
  },
  'implied derived keys': { code: 'decryption-failed', names: ['implied-derived-key-1.3'] },
  UsernameTokens: {
    code: 'security-header-invalid',
    names: ['username-text', 'username-digest', 'username-none'],
  },
  'encrypted UsernameTokens': { code: 'decryption-failed', names: ['username-text-encrypted'] },
  EncryptedHeader: { code: 'reference-not-resolved', names: ['encrypted-header-encrypt-sign'] },
  'STR-Transform': {
    code: 'security-header-invalid',
    names: ['str-transform-thumbprint', 'str-transform-issuer-serial'],
  },
  'SAML tokens': { code: 'security-header-invalid', names: ['saml11-holder-of-key', 'saml20-sender-vouches'] },
};

/** The suite that has all the algorithms of a message. */
function suiteOf({ signatureAlgorithms = [], digestAlgorithms = [], encryptionAlgorithms = [] }: Valid): SuiteName {
  const names = Object.keys(SUITES) as SuiteName[];
  const fits = names.find((name) => {
    const { symmetricSignature, asymmetricSignature, digest, encryption } = SUITES[name];
    const within = (found: readonly string[], allowed: readonly string[]) =>
      found.every((each) => allowed.includes(each));
    return (
      within(signatureAlgorithms, [...symmetricSignature, ...asymmetricSignature]) &&
      within(digestAlgorithms, digest) &&
      within(encryptionAlgorithms, encryption)
    );
  });
  return fits ?? 'Basic256';
}

const open = (entry: Valid, acceptUnderivedKeys = false) => {
  const { encrypted = [], verify } = entry;
  const description = describedBy(
    suiteOf(entry),
    /x509|transport|str-transform/.test(entry.name) ? 'X509' : 'SecurityContextToken',
    {
      signedHeaders: headerRules(verify.requireSigned ?? []),
      encryptBody: encrypted.some(({ path }) => path === 'Envelope/Body'),
      encryptSignature: encrypted.some(({ path }) => path.endsWith('/Signature')),
      acceptUnderivedKeys,
      order: entry.name.includes('encrypt-sign') ? 'encrypt-then-sign' : 'sign-then-encrypt',
    },
  );
  return unprotect(parse(message(entry)), description, keysFor(entry), { now });
};

/** The names of the Body and of the header blocks that must have been signed. */
function signedParts({ signed, verify }: Valid): readonly string[] {
  return signed === undefined
    ? (verify.requireSigned ?? []).filter((name) => !name.endsWith('Timestamp'))
    : signed.filter(({ path }) => !path.includes('/Security/')).map(({ name }) => name);
}

describe('valid messages of WSS4J 4', () => {
  const refused = new Map(
    Object.entries(outOfScope).flatMap(([why, { code, names }]) => names.map((name) => [name, { why, code }] as const)),
  );
  const underived = (name: string) => /(^sct|^response).*-direct$/.test(name);

  it('are known by name, those that are not spoken yet too', () => {
    const names = manifest.valid.map(({ name }) => name);
    for (const name of refused.keys()) expect(names, name).to.include(name);
    expect(refused.size).to.be.lessThan(names.length);
  });

  for (const entry of manifest.valid) {
    const { name } = entry;
    const out = refused.get(name);
    if (out !== undefined) {
      it(`${name} is refused: ${out.why} (${out.code})`, () => {
        expect(refusal(() => open(entry))).to.equal(out.code);
      });
      continue;
    }

    it(`${name} is accepted, with the stated parts signed and the stated Body`, () => {
      const { envelope, proof, token } = open(entry, underived(name));
      const found = [...envelope.headers, envelope.bodyElement].filter((part) =>
        proof.signers(part).some(({ id }) => id === token.id),
      );
      expect(found.map(clark)).to.have.members(signedParts(entry));
      const before = parse(entry.plaintext).root;
      const body = elements(before).find(({ local }) => local === 'Body') as XmlElement;
      expect(contentOf(envelope.bodyElement)).to.equal(contentOf(body));
    });

    if (underived(name)) {
      it(`${name} is refused where keys must be derived`, () => {
        expect(refusal(() => open(entry))).to.equal('wrong-token');
      });
    }
  }
});
