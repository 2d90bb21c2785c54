import type { HoldfastError } from '@holdfast/soap';
import type { Kind } from '../kinds.js';

type Code = HoldfastError['code'];

/**
 * What each attack is to be refused for, by the first pattern that its name matches; where there are several codes, the
 * kind of message says which check comes first. An attack that is refused for anything else has another fault than the
 * one that it is made for, and proves nothing.
 */
const REASONS: readonly (readonly [RegExp, ...Code[]])[] = [
  [/^wrapping\/second-same-id/, 'duplicate-id'],
  // The Id of an assertion is its name, which a forged one keeps.
  [/^wrapping\/[a-z-]+\/no-id:Assertion/, 'duplicate-id', 'reference-not-resolved', 'security-header-invalid'],
  [/^wrapping\/(before-header|trailer)\//, 'security-header-invalid', 'duplicate-id'],
  [/^wrapping\/(second-header|other-|renamed|root-renamed)/, 'security-header-invalid'],
  [/^wrapping\/second-/, 'security-header-invalid', 'part-not-signed', 'duplicate-id'],
  [/^wrapping\/(security-in-block|whole-envelope)/, 'security-header-missing'],
  [/^wrapping\/envelope-in-/, 'reference-not-resolved'],
  [/^wrapping\/changed/, 'digest-mismatch', 'reference-not-resolved', 'security-header-invalid'],
  [/^wrapping\/(rebound|inner)/, 'digest-mismatch', 'security-header-invalid', 'part-not-encrypted'],
  [
    /^wrapping\/(body|timestamp)\//,
    'digest-mismatch',
    'reference-not-resolved',
    'part-not-encrypted',
    'token-unavailable',
    'duplicate-id',
  ],
  [
    /^wrapping\/header\//,
    'part-not-signed',
    'reference-not-resolved',
    'timestamp-missing',
    'wrong-token',
    'security-header-invalid',
    'token-unavailable',
    'duplicate-id',
  ],
  [
    /^wrapping\/[a-z-]+\/(same-id|as-)/,
    'duplicate-id',
    'reference-not-resolved',
    'security-header-invalid',
    'token-unavailable',
  ],
  [/^wrapping\//, 'reference-not-resolved', 'security-header-invalid', 'token-unavailable'],

  [/^stripping\/.*(-and-empty-one|security-emptied)$/, 'timestamp-missing'],
  [/^stripping\/(header|security|security-to-.*|role-.*)$/, 'security-header-missing'],
  [/^stripping\/(KeyInfo|SignatureValue|SignedInfo|second-security|signature.*-emptied)/, 'security-header-invalid'],
  [/^stripping\/(not-signed|all-but-timestamp)/, 'part-not-signed'],
  [/^stripping\/all-references/, 'security-header-invalid', 'part-not-signed'],
  [/^stripping\/reference:/, 'signature-invalid'],
  [/^stripping\/part:/, 'reference-not-resolved', 'token-unavailable'],
  [/^stripping\/signature/, 'part-not-signed', 'wrong-token', 'reference-not-resolved'],
  [/^stripping\/encrypted-part/, 'part-not-signed', 'reference-not-resolved'],
  [/^stripping\/timestamp-and-reference/, 'timestamp-missing', 'reference-not-resolved'],
  [/^stripping\/unsigned-body/, 'reference-not-resolved'],
  [/^stripping\/(plaintext|empty|reference-list)/, 'digest-mismatch', 'part-not-encrypted', 'reference-not-resolved'],
  [/^stripping\/token/, 'token-unavailable', 'digest-mismatch', 'part-not-encrypted', 'reference-not-resolved'],

  [/^confusion\/hmac-/, 'signature-invalid', 'unsupported-token', 'algorithm-not-allowed'],
  [/^confusion\/attackers-(key-value|x509-data)/, 'unsupported-token', 'algorithm-not-allowed'],
  [/^confusion\/attackers-(key-identifier|token-elsewhere)/, 'token-unavailable', 'algorithm-not-allowed'],
  [/^confusion\/attackers-encrypted-key/, 'wrong-token', 'algorithm-not-allowed'],
  [/^confusion\/(attackers-|certificate-replaced)/, 'token-not-trusted', 'algorithm-not-allowed'],
  [/^confusion\/certificate-(id-moved)/, 'token-unavailable', 'reference-not-resolved'],
  [/^confusion\/certificate-(empty|encoding|garbage|truncated)/, 'unsupported-token'],
  [/^confusion\/certificate-/, 'security-header-invalid'],
  [/^confusion\/own-context/, 'wrong-token', 'part-not-encrypted'],
  [/^confusion\/decoy-context/, 'wrong-token'],
  [/^confusion\/context-(instance|other-identifier)/, 'context-unknown'],
  [/^confusion\/context-/, 'security-header-invalid'],
  [/^confusion\/twice-/, 'duplicate-id'],
  [/^confusion\/(decoy|username-added|assertion-added)/, 'security-header-invalid', 'part-not-signed'],
  [/^confusion\/endorsed-by-attacker/, 'security-header-invalid', 'algorithm-not-allowed'],
  [/^confusion\/key-info-(empty|reference-empty|two-)/, 'security-header-invalid'],
  [/^confusion\/key-info-(key-name|mgmt|retrieval|reference-to-timestamp)/, 'unsupported-token'],
  [/^confusion\/key-info-/, 'token-unavailable', 'context-unknown', 'wrong-token', 'unsupported-token'],

  [/^algorithms\/.*-(missing|unnamed|doubled)/, 'security-header-invalid'],
  [/^algorithms\/(signature-as|transport)-/, 'algorithm-not-allowed', 'unsupported-token'],
  [/^algorithms\//, 'algorithm-not-allowed'],
  [/^truncation\/hmac/, 'algorithm-not-allowed'],
  [/^truncation\/.*-(doubled|not-base64)/, 'security-header-invalid'],
  [/^truncation\/signature/, 'signature-invalid'],
  [/^truncation\/digest/, 'digest-mismatch'],
  [/^transforms\/(none|two-lists|without-algorithm)/, 'security-header-invalid'],
  [/^transforms\//, 'algorithm-not-allowed'],

  [
    /^references\/(case-changed|percent-encoded|to-nothing|to-envelope|to-header|to-security|to-signed-info)/,
    'reference-not-resolved',
  ],
  [/^references\/list-(repeated|to-)/, 'reference-not-resolved'],
  [/^references\/list-empty/, 'part-not-encrypted', 'reference-not-resolved', 'digest-mismatch'],
  [/^references\/to-another-part/, 'part-not-signed'],
  [/^references\/to-signature/, 'digest-mismatch'],
  [/^references\/doubled-id/, 'duplicate-id'],
  [/^references\//, 'security-header-invalid'],

  [
    /^splitting\/(digest-(in-comment|after)|white-space|attribute|comment-in-body)/,
    'digest-mismatch',
    'reference-not-resolved',
  ],
  [/^splitting\/(element|text)-/, 'digest-mismatch', 'part-not-encrypted'],
  [/^splitting\/(digest-replaced|value-in-comment)/, 'signature-invalid'],
  [/^splitting\/two-signatures/, 'signature-invalid', 'digest-mismatch', 'duplicate-id'],
  [/^splitting\//, 'security-header-invalid', 'duplicate-id'],

  [/^ciphertext\/bare-copied-in-(header|encrypted-header)/, 'part-not-signed', 'decryption-failed'],
  [/^ciphertext\/bare-moved/, 'digest-mismatch'],
  [/^ciphertext\/bare-/, 'decryption-failed'],
  [/^ciphertext\/(twice|key-twice):/, 'duplicate-id'],
  [/^ciphertext\/twice-other-id/, 'part-not-encrypted', 'decryption-failed', 'security-header-invalid'],
  [/^ciphertext\/key-(cut|empty|flipped|long|ones|zero)/, 'decryption-failed', 'signature-invalid'],
  [/^ciphertext\/(key-for-nobody|empty-key-info|key-name)/, 'unsupported-token'],
  [
    /^ciphertext\/key-(elsewhere|is|not)/,
    'token-unavailable',
    'context-unknown',
    'wrong-token',
    'security-header-invalid',
  ],
  [/^ciphertext\/signing-key/, 'decryption-failed', 'unsupported-token'],
  [/^ciphertext\/(moved|without-id|wrapped|to-be-echoed)/, 'reference-not-resolved'],
  [/^ciphertext\/(before|after|unlisted)/, 'part-not-encrypted', 'digest-mismatch'],
  [
    /^ciphertext\/(body-encrypted|copy-in-body|nested|no-value|not-base64|reference|two|type|value)/,
    'security-header-invalid',
  ],
  [/^ciphertext\//, 'decryption-failed'],
  [/^plaintexts\/forged/, 'digest-mismatch'],
  [/^plaintexts\//, 'decryption-failed'],

  [/^derived-keys\/(algorithm|qualified)/, 'algorithm-not-allowed'],
  [/^derived-keys\/(circle|source-(certificate|itself|timestamp)|token-emptied)/, 'unsupported-token'],
  [/^derived-keys\/source-(body|not-there)/, 'token-unavailable'],
  [/^derived-keys\/source-(elsewhere|unknown)/, 'context-unknown', 'wrong-token'],
  [/^derived-keys\//, 'security-header-invalid'],

  [/^time\/(expired|old|year-zero)/, 'message-expired'],
  [/^time\/from-the-future/, 'message-from-the-future'],
  [/^time\/(prolonged|renewed)/, 'digest-mismatch'],
  [/^time\//, 'security-header-invalid'],

  [/^usernames\/(digest-as-text|empty-password|other-(name|nonce|password))/, 'token-not-trusted'],
  [/^usernames\/(no-password|unknown-type)/, 'unsupported-token'],
  [/^usernames\/other-salt/, 'decryption-failed'],
  [/^usernames\/other-created/, 'message-from-the-future'],
  [/^usernames\//, 'security-header-invalid'],

  [/^assertions\/(embedded|forged-signed|other-id|xsw[12468])/, 'token-unavailable'],
  [/^assertions\/(as-bearer|conditions|no-|other-holder|prolonged|subject)/, 'digest-mismatch'],
  [/^assertions\/(issuer|signature-stripped|xsw5)/, 'token-not-trusted', 'part-not-signed', 'digest-mismatch'],
  [/^assertions\/forged-same-id/, 'duplicate-id'],
  [/^assertions\/signature-outside/, 'algorithm-not-allowed'],
  [/^assertions\/other-version/, 'unsupported-token', 'digest-mismatch'],
  [/^assertions\//, 'security-header-invalid', 'digest-mismatch', 'part-not-signed'],
  [/^confirmations\//, 'wrong-token'],

  [/^mixing\/(digest|signature-SignatureValue|signature-SignedInfo)/, 'signature-invalid'],
  [/^mixing\/signature/, 'token-unavailable', 'reference-not-resolved', 'security-header-invalid'],
  [
    /^mixing\/(derived-key|encrypted-key)/,
    'signature-invalid',
    'decryption-failed',
    'token-unavailable',
    'reference-not-resolved',
  ],
  [/^mixing\/(cipher-data|username)/, 'decryption-failed', 'digest-mismatch'],
  [/^mixing\/(security-beside|other-body-behind)/, 'security-header-invalid', 'duplicate-id'],
  [/^mixing\/contents-joined/, 'part-not-encrypted', 'digest-mismatch'],
  [/^mixing\//, 'reference-not-resolved', 'digest-mismatch', 'token-unavailable'],

  [
    /^parties\/stolen-token(-added|-signed)/,
    'part-not-signed',
    'wrong-token',
    'reference-not-resolved',
    'token-unavailable',
  ],
  [/^parties\/stolen-token/, 'reference-not-resolved', 'token-unavailable'],
  [/^parties\/stolen-body/, 'digest-mismatch', 'security-header-invalid'],
  [/^parties\/re-signed-ciphertext-late/, 'part-not-signed', 'wrong-token', 'security-header-invalid'],
  [/^parties\/re-signed-ciphertext/, 'wrong-token', 'digest-mismatch', 'security-header-invalid'],
  [/^parties\/claimed-(certificate|assertion)/, 'signature-invalid', 'digest-mismatch'],
  [/^parties\/claimed-username/, 'decryption-failed', 'digest-mismatch'],
  [/^parties\/claimed-/, 'signature-invalid', 'decryption-failed'],
  [/^parties\/added-/, 'security-header-invalid'],
  [/^parties\/stolen-/, 'reference-not-resolved', 'token-unavailable', 'security-header-invalid'],

  [/^replay\//, 'replayed'],
  [/^reflection\//, 'replayed', 'wrong-token'],

  [/^resources\/(attributes|deep|long-name|namespaces|unclosed)/, 'xml-limit-exceeded'],
  [/^resources\/data-references/, 'reference-not-resolved'],
  [/^resources\/huge-rsa-key/, 'unsupported-token'],
  [/^resources\/huge-signature-value/, 'signature-invalid'],
  [/^resources\/signatures/, 'security-header-invalid', 'duplicate-id'],
  [/^resources\//, 'security-header-invalid'],
  [/^parsing\/body-/, 'security-header-invalid'],
  [/^parsing\/encoding-empty/, 'malformed-xml'],
  [/^parsing\/encoding-/, 'unsupported-encoding'],
  [/^parsing\/(doctype|processing-instruction|xml-1\.1)/, 'forbidden-xml'],
  [/^parsing\//, 'malformed-xml'],
];

/** The codes that an attack on a message of this kind may be refused with. */
export function reasonsFor(name: string, kind: Kind): readonly Code[] {
  const [, ...codes] = REASONS.find(([pattern]) => pattern.test(name)) ?? [];
  return isSeenByDigest(name, kind) ? [...codes, 'digest-mismatch'] : codes;
}

/**
 * Whether a change is seen by a digest before anything else: where the generator cannot sign anew, since the signature is
 * encrypted or another one endorses it, and where ciphertext that is changed is what is signed.
 */
function isSeenByDigest(name: string, { description }: Kind): boolean {
  const { encryptSignature, order, supportingTokens } = description;
  if (encryptSignature || supportingTokens.some(({ endorsing }) => endorsing)) return true;
  const isSigned = /^(confusion\/certificate|ciphertext\/(?!bare))/.test(name) && description.protectTokens;
  return (
    isSigned || (order === 'encrypt-then-sign' && /^(ciphertext\/(?!bare)|plaintexts|algorithms\/cipher)/.test(name))
  );
}

/** Attacks on what cannot be prevented where the description asks for no better: each with its row in docs/threats.md. */
const LIMITS: readonly (readonly [attack: RegExp, holds: (kind: Kind) => boolean])[] = [
  // Encrypted first, and signed with a private key: anybody may sign what another encrypted.
  [
    /^parties\/re-signed-ciphertext/,
    ({ description: { token, order } }) => (token === 'X509' || token === 'SAML') && order === 'encrypt-then-sign',
  ],
  // Whoever reads a password, its digest, or an assertion that its bearer confirms can present it as well.
  [
    /^parties\/claimed-(username|assertion)-signed/,
    ({ description: { supportingTokens } }) =>
      supportingTokens.some(({ endorsing, encrypted }) => !endorsing && !encrypted) &&
      supportingTokens.every(({ endorsing }) => !endorsing),
  ],
];

export function isLimit(name: string, kind: Kind): boolean {
  return LIMITS.some(([attack, holds]) => attack.test(name) && holds(kind));
}
