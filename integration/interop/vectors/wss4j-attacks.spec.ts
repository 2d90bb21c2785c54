import { parse } from '@holdfast/soap';
import {
  DIGEST,
  dangerouslyAccepting,
  defaultProtection,
  ENCRYPTION,
  type ProtectionDescription,
  type ReplayCache,
  replayCache,
  SUITES,
  unprotect,
} from '@holdfast/ws-security';
import { expect } from 'chai';
import { refusal } from './kit.js';
import { type Entry, headerRules, keysFor, manifest, message, now } from './wss4j.js';

/** What each attack is refused for: the reason of the attack, not something else that happens to be wrong. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  'part-not-signed': [
    'sct-body-wrapped-in-header',
    'sct-body-wrapped-no-id',
    'sct-plain-id-attribute',
    'sct-second-to',
    'sct-stripped-signature',
    'x509-body-wrapped-no-id',
    'x509-plain-id-attribute',
    'x509-to-moved',
    'body-not-signed',
    'sequence-not-signed',
    'encrypted-data-nested-8',
  ],
  'security-header-invalid': [
    'sct-body-wrapped-in-security',
    'sct-two-bodies-evil-last',
    'sct-two-security-headers',
    'x509-body-wrapped-in-security',
    'x509-two-bodies-evil-first',
    'x509-two-bodies-evil-last',
    'x509-second-timestamp',
    'x509-two-security-headers',
    'no-references',
    'external-reference-http',
    'reference-xpointer',
    'reference-empty-uri',
    'reference-without-uri',
    'sct-without-identifier',
    'dkt-huge-length',
    'dkt-negative-length',
    'dkt-zero-length',
    'dkt-huge-offset',
    'dkt-large-offset',
    'dkt-negative-offset',
    'dkt-without-nonce',
    'dkt-chain-of-200',
    'dkt-generation-and-offset',
    'cipher-value-not-base64',
    'cipher-reference-http',
  ],
  'duplicate-id': [
    'sct-duplicate-id-evil-body',
    'sct-duplicate-id-evil-header-first',
    'x509-duplicate-id-evil-body',
    'x509-duplicate-id-evil-header-first',
  ],
  'digest-mismatch': [
    'sct-timestamp-moved',
    'sct-body-changed',
    'x509-timestamp-moved',
    'x509-body-changed',
    'expires-before-created',
    'bad-instant',
    'reference-list-removed',
  ],
  'reference-not-resolved': [
    'sct-stripped-timestamp',
    'x509-stripped-timestamp',
    'reference-to-nothing',
    'data-reference-repeated',
    'encrypted-data-moved',
  ],
  'security-header-missing': ['sct-stripped-security', 'sct-other-role', 'x509-stripped-security'],
  'signature-invalid': [
    'sct-signature-flipped',
    'sct-reference-removed',
    'x509-signature-flipped',
    'x509-reference-removed',
    'x509-digest-md5',
    'sct-of-another-session',
  ],
  'algorithm-not-allowed': [
    'sct-c14n-unknown',
    'x509-c14n-unknown',
    'xslt-transform',
    'xpath-transform-selects-nothing',
    'xpath-filter2-transform',
    'base64-transform',
    'many-transforms',
    'hmac-output-length-0',
    'hmac-output-length-8',
    'hmac-output-length-80',
    'hmac-md5',
    'dkt-unknown-algorithm',
    'encryption-algorithm-unknown',
    'encrypted-key-as-rsa15',
    'str-transform-on-body',
  ],
  'unsupported-token': [
    'sct-key-value-of-attacker',
    'x509-key-value-of-attacker',
    'key-confusion-spki',
    'key-confusion-modulus',
    'dkt-without-reference',
    'dkt-circle-of-two',
    'x509-bst-garbage',
    'x509-bst-truncated',
    'x509-key-value',
  ],
  'message-expired': ['stale-timestamp', 'old-timestamp-long-life'],
  'message-from-the-future': ['future-timestamp'],
  'timestamp-missing': ['no-timestamp'],
  'wrong-token': ['sct-swapped-attribution'],
  'decryption-failed': [
    'cbc-padding',
    'cbc-truncated',
    'cbc-iv-only',
    'decrypted-doctype',
    'decrypted-breaks-out',
    'encrypted-key-flipped',
    'encrypted-key-garbage',
  ],
  'part-not-encrypted': ['body-not-encrypted'],
  'token-unavailable': ['encrypted-key-unknown-recipient'],
  'token-not-trusted': ['x509-untrusted'],
  'token-expired': ['x509-expired'],
  'forbidden-xml': [
    'doctype',
    'doctype-internal-entity',
    'doctype-external-entity',
    'doctype-billion-laughs',
    'doctype-id-attribute',
  ],
  'malformed-xml': ['attribute-twice'],
  replayed: ['replay-sct-1.3-Basic256-sign-encrypt-derived', 'replay-x509-sign-only'],
};

/** Attacks on what is not spoken yet: refused, but not for what the attack is about. */
const outOfScope: Readonly<Record<string, readonly string[]>> = {
  'AES-GCM': ['gcm-tag-flipped', 'gcm-iv-flipped', 'gcm-truncated-tag', 'gcm-as-cbc'],
  UsernameTokens: [
    'username-wrong-password',
    'username-wrong-text',
    'username-stale',
    'username-nonce-changed',
    'replay-username-token-in-new-message',
  ],
  'SAML tokens': [
    'saml-subject-changed',
    'saml-signature-stripped',
    'saml-issuer-untrusted',
    'saml-other-holder',
    'saml-expired',
    'saml-sender-vouches-not-signed',
  ],
  'STR-Transform': ['str-transform-other-thumbprint', 'str-transform-to-wrapped-body'],
};

/** Accepted, because what they break is not asked for: signature confirmations are not compared with a request. */
const accepted: readonly string[] = ['signature-confirmation-wrong'];

/** All digests and ciphers: an attack must not be refused for the suite. */
const anySuite = dangerouslyAccepting(SUITES.Basic256Sha256, {
  digest: Object.values(DIGEST),
  encryption: Object.values(ENCRYPTION),
});

function open(
  entry: Entry,
  base: string,
  requireSigned: readonly string[],
  requireEncrypted: readonly string[],
  cache?: ReplayCache,
): unknown {
  const description: ProtectionDescription = {
    ...defaultProtection,
    suite: anySuite,
    order: base.includes('encrypt-sign') ? 'encrypt-then-sign' : 'sign-then-encrypt',
    token: /x509|str-transform|saml/.test(base) ? 'X509' : 'SecurityContextToken',
    signedHeaders: headerRules(requireSigned),
    encryptBody: requireEncrypted.some((name) => name.endsWith('}Body')),
    encryptSignature: requireEncrypted.some((name) => name.endsWith('}Signature')),
  };
  return unprotect(parse(message(entry)), description, keysFor(entry), {
    now,
    ...(cache === undefined ? {} : { replayCache: cache }),
  });
}

describe('attacks on messages of WSS4J 4', () => {
  const codes = new Map(
    Object.entries(refusals).flatMap(([code, names]) => names.map((name) => [name, code] as const)),
  );
  const unspoken = new Map(
    Object.entries(outOfScope).flatMap(([why, names]) => names.map((name) => [name, why] as const)),
  );

  it('are known by name', () => {
    const known = [...codes.keys(), ...unspoken.keys(), ...accepted];
    expect(manifest.attacks.map(({ name }) => name)).to.have.members(known);
  });

  for (const attack of manifest.attacks) {
    const { name, base, reason, after, requireSigned = [], requireEncrypted = [] } = attack;
    const cache = replayCache();
    const run = () => open(attack, base, requireSigned, requireEncrypted, cache);
    const why = unspoken.get(name);

    if (accepted.includes(name)) {
      it(`${name} is accepted: nobody asks for a confirmation`, () => {
        expect(run()).to.have.property('envelope');
      });
    } else if (why !== undefined) {
      it(`${name} is refused: ${why} not being spoken`, () => {
        expect(refusal(run)).to.be.a('string');
      });
    } else {
      it(`${name} is refused (${codes.get(name)}): ${reason}`, () => {
        // A replay is the very message: it is accepted once.
        if (after !== undefined) run();
        expect(refusal(run)).to.equal(codes.get(name));
      });
    }
  }

  it('are told from honest messages, which the same descriptions accept', () => {
    const honest = manifest.valid.filter(({ name }) =>
      /^sct-[^-]*-Basic(128|256|256Sha256)-.*-derived$|^x509-(encrypt-sign|sign-only)$/.test(name),
    );
    expect(honest.length).to.be.greaterThan(8);
    for (const valid of honest) open(valid, valid.name, valid.verify.requireSigned ?? [], []);
  });
});
