import { expect } from 'chai';
import { judgeAttack } from '#src/corpus/judge.js';
import { corpus, keys } from './wss4j.js';

/** What each attack is refused for: the reason of the attack, not something else that happens to be wrong. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  'reference-not-resolved': [
    'sct-body-wrapped-in-header',
    'sct-body-wrapped-no-id',
    'sct-body-wrapped-in-security',
    'sct-plain-id-attribute',
    'sct-timestamp-moved',
    'sct-stripped-timestamp',
    'x509-body-wrapped-no-id',
    'x509-body-wrapped-in-security',
    'x509-plain-id-attribute',
    'x509-to-moved',
    'x509-timestamp-moved',
    'x509-stripped-timestamp',
    'reference-to-nothing',
    'data-reference-repeated',
    'encrypted-data-moved',
    'str-transform-to-wrapped-body',
  ],
  'duplicate-id': [
    'sct-duplicate-id-evil-body',
    'sct-duplicate-id-evil-header-first',
    'x509-duplicate-id-evil-body',
    'x509-duplicate-id-evil-header-first',
  ],
  'security-header-invalid': [
    'sct-two-bodies-evil-last',
    'sct-two-security-headers',
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
    'dkt-circle-of-two',
    'dkt-chain-of-200',
    'dkt-generation-and-offset',
    'cipher-value-not-base64',
    'cipher-reference-http',
    'str-transform-on-body',
  ],
  'part-not-signed': [
    'sct-second-to',
    'sct-stripped-signature',
    'body-not-signed',
    'sequence-not-signed',
    'encrypted-data-nested-8',
  ],
  'security-header-missing': ['sct-stripped-security', 'sct-other-role', 'x509-stripped-security'],
  'digest-mismatch': [
    'sct-body-changed',
    'x509-body-changed',
    'expires-before-created',
    'bad-instant',
    'reference-list-removed',
    'username-nonce-changed',
    'saml-subject-changed',
  ],
  'signature-invalid': [
    'sct-signature-flipped',
    'sct-reference-removed',
    'x509-signature-flipped',
    'x509-reference-removed',
    'x509-digest-md5',
    'sct-of-another-session',
    'str-transform-other-thumbprint',
    'saml-other-holder',
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
    'gcm-as-cbc',
    'encryption-algorithm-unknown',
    'encrypted-key-as-rsa15',
  ],
  'unsupported-token': [
    'sct-key-value-of-attacker',
    'x509-key-value-of-attacker',
    'key-confusion-spki',
    'key-confusion-modulus',
    'dkt-without-reference',
    'x509-bst-garbage',
    'x509-bst-truncated',
    'x509-key-value',
    'saml-sender-vouches-not-signed',
  ],
  'message-expired': ['stale-timestamp', 'old-timestamp-long-life', 'username-stale'],
  'message-from-the-future': ['future-timestamp'],
  'timestamp-missing': ['no-timestamp'],
  'wrong-token': ['sct-swapped-attribution', 'signature-confirmation-wrong'],
  'decryption-failed': [
    'cbc-padding',
    'cbc-truncated',
    'cbc-iv-only',
    'gcm-tag-flipped',
    'gcm-iv-flipped',
    'gcm-truncated-tag',
    'decrypted-doctype',
    'decrypted-breaks-out',
    'encrypted-key-flipped',
    'encrypted-key-garbage',
  ],
  'part-not-encrypted': ['body-not-encrypted'],
  'token-unavailable': ['encrypted-key-unknown-recipient'],
  'token-not-trusted': [
    'x509-untrusted',
    'username-wrong-password',
    'username-wrong-text',
    'saml-signature-stripped',
    'saml-issuer-untrusted',
  ],
  'token-expired': ['x509-expired', 'saml-expired'],
  'forbidden-xml': [
    'doctype',
    'doctype-internal-entity',
    'doctype-external-entity',
    'doctype-billion-laughs',
    'doctype-id-attribute',
  ],
  'malformed-xml': ['attribute-twice'],
  replayed: [
    'replay-sct-1.3-Basic256-sign-encrypt-derived',
    'replay-x509-sign-only',
    'replay-username-token-in-new-message',
  ],
};

describe('attacks on messages of WSS4J 4', () => {
  const codes = new Map(
    Object.entries(refusals).flatMap(([code, names]) => names.map((name) => [name, code] as const)),
  );

  it('are known by name', () => {
    expect(corpus.attacks.map(({ name }) => name)).to.have.members([...codes.keys()]);
  });

  for (const attack of corpus.attacks) {
    it(`${attack.name} is refused (${codes.get(attack.name)}): ${attack.reason}`, () => {
      const { accepted, code } = judgeAttack(attack, corpus, keys);
      expect({ accepted, code }).to.deep.equal({ accepted: false, code: codes.get(attack.name) });
    });
  }

  it('are told from honest messages, which the policies of their kinds accept', () => {
    const kinds = [
      [/^sct-[^-]*-Basic/, 'sct'],
      [/^x509-(sign-only|ski|thumbprint)/, 'x509'],
      [/^encryptedkey/, 'encryptedkey'],
      [/^username-text$/, 'username-text'],
      [/^username-digest$/, 'username-digest'],
      [/vouches$/, 'saml20-sender-vouches'],
      [/holder-of-key$/, 'saml11-holder-of-key'],
    ] as const;
    for (const [names, base] of kinds) {
      const honest = corpus.valid.filter(({ name }) => names.test(name));
      expect(honest, base).not.to.have.lengthOf(0);
      for (const entry of honest) {
        const { accepted, why } = judgeAttack({ ...entry, ...entry.verify, base }, corpus, keys);
        expect(accepted, `${entry.name} as ${base}: ${why}`).to.equal(true);
      }
    }
  });
});
