import { elements, parse, type XmlElement } from '@holdfast/soap';
import {
  type AlgorithmSuite,
  ASYMMETRIC_SIGNATURE,
  DIGEST,
  dangerouslyAccepting,
  KEY_TRANSPORT,
  MGF,
  SUITES,
  SYMMETRIC_SIGNATURE,
  unprotect,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { clark, contentOf, refusal } from './kit.js';
import { describedBy, headerRules, keysFor, manifest, message, now, type Valid } from './wss4j.js';

/** What is not spoken yet, by name: each is refused, and for that reason. */
const outOfScope: Readonly<Record<string, { readonly code: string; readonly names: readonly string[] }>> = {
  'canonicalization other than exclusive without comments': {
    code: 'algorithm-not-allowed',
    names: ['c14n-inclusive', 'c14n-exclusive-with-comments'],
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

/** A suite that has the ciphers of a message, with whatever else the message has. */
function suiteOf(entry: Valid): AlgorithmSuite {
  const {
    signatureAlgorithms = [],
    digestAlgorithms = [],
    encryptionAlgorithms = [],
    keyTransportAlgorithms = [],
  } = entry;
  const among = <T extends string>(known: Readonly<Record<string, T>>, found: readonly string[]): readonly T[] =>
    Object.values(known).filter((algorithm) => found.includes(algorithm));
  const suites: readonly AlgorithmSuite[] = Object.values(SUITES);
  const suite = suites.find(({ encryption }) => encryptionAlgorithms.every((each) => each === encryption[0]));
  const oaep = entry.name.startsWith('transport-');
  return dangerouslyAccepting(suite ?? SUITES.Basic256, {
    symmetricSignature: among(SYMMETRIC_SIGNATURE, signatureAlgorithms),
    asymmetricSignature: among(ASYMMETRIC_SIGNATURE, signatureAlgorithms),
    digest: among(DIGEST, digestAlgorithms),
    keyTransport: among(KEY_TRANSPORT, keyTransportAlgorithms),
    ...(oaep ? { oaepDigest: [DIGEST.sha256], oaepMgf: [MGF.mgf1Sha256] } : {}),
  });
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
        proof.signers(part).some(({ id }) => id === token?.id),
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
