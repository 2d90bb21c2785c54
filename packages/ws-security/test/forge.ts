import { createCipheriv } from 'node:crypto';
import { parse, serialize, WSU } from '@holdfast/soap';
import { digest, type SigningKey, signText } from '#src/algorithms/digest.js';
import { DIGEST, ENCRYPTION, SUITES, SYMMETRIC_SIGNATURE } from '#src/algorithms/suites.js';
import { CANONICALIZATION, type CanonicalizationAlgorithm, canonicalize } from '#src/canonical/canonicalize.js';
import { DEFAULT_LABEL, deriveKey } from '#src/elements/derived-key-token.js';
import { DS, WSC_13, WSSE, XENC } from '#src/namespaces.js';
import { alice, context, envelopeText, ORDER } from './samples.js';

/**
 * Messages that an honest party would not make but holds the keys for, so that the one thing that is wrong with each
 * is what it is refused for. A template has comments where a signature is to be put.
 */
export const DECLARATIONS = `xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" xmlns:ds="${DS}" xmlns:xenc="${XENC}" xmlns:wsc="${WSC_13}"`;

export const TIMESTAMP =
  '<wsu:Timestamp wsu:Id="ts"><wsu:Created>2026-03-01T12:00:00Z</wsu:Created><wsu:Expires>2026-03-01T12:05:00Z</wsu:Expires></wsu:Timestamp>';

export const SCT = `<wsc:SecurityContextToken wsu:Id="sct"><wsc:Identifier>${context.identifier}</wsc:Identifier></wsc:SecurityContextToken>`;

const NONCE = Buffer.alloc(16, 7);

/** A DerivedKeyToken of a key that {@link derived} gives. */
export function dkt(id: string, length: number, source = '#sct', more = ''): string {
  return (
    `<wsc:DerivedKeyToken wsu:Id="${id}">${reference(source, `${WSC_13}/${/^#(?!sct$)/.test(source) ? 'dk' : 'sct'}`)}${more}` +
    `<wsc:Length>${length}</wsc:Length><wsc:Nonce>${NONCE.toString('base64')}</wsc:Nonce></wsc:DerivedKeyToken>`
  );
}

export function derived(length: number, secret: Uint8Array = context.secret): Buffer {
  return deriveKey(secret, { label: DEFAULT_LABEL, nonce: NONCE, offset: 0, length });
}

export function reference(uri: string, valueType = `${WSC_13}/dk`): string {
  return `<wsse:SecurityTokenReference><wsse:Reference URI="${uri}" ValueType="${valueType}"/></wsse:SecurityTokenReference>`;
}

/** The tokens of a message under the context: SCT, key that signs, key that encrypts. */
export const TOKENS = SCT + dkt('sign', 24) + dkt('encrypt', 32);

export const contextKey: SigningKey = {
  kind: 'symmetric',
  secret: derived(24),
  algorithm: SYMMETRIC_SIGNATURE.hmacSha1,
};
export const aliceKey: SigningKey = {
  kind: 'asymmetric',
  privateKey: alice.privateKey,
  algorithm: SUITES.Basic256.asymmetricSignature[0],
};

/** An envelope with this Security header; its Body has Id `body`, its addressing headers `action`, `id` and `to`. */
export function envelope(security: string, body = ORDER, headers = ''): string {
  return envelopeText('1.2', body, headers)
    .replace('<s:Header>', `<s:Header><wsse:Security ${DECLARATIONS}>${security}</wsse:Security>`)
    .replace('<s:Body>', `<s:Body xmlns:wsu="${WSU}" wsu:Id="body">`)
    .replace('<wsa:Action', `<wsa:Action xmlns:wsu="${WSU}" wsu:Id="action"`)
    .replace('<wsa:MessageID', `<wsa:MessageID xmlns:wsu="${WSU}" wsu:Id="id"`)
    .replace('<wsa:To', `<wsa:To xmlns:wsu="${WSU}" wsu:Id="to"`);
}

/** Everything that has to be signed. */
export const ALL = ['ts', 'body', 'action', 'id', 'to'];

export interface SignOptions {
  readonly key?: SigningKey;
  /** KeyInfo's content. */
  readonly keyInfo?: string;
  /** As named in the message, when it lies. */
  readonly algorithm?: string;
  readonly method?: string;
  readonly canonicalization?: CanonicalizationAlgorithm;
  readonly transforms?: string;
  readonly transform?: CanonicalizationAlgorithm;
  readonly digestAlgorithm?: string;
  readonly references?: (id: string, digestValue: string) => string;
  readonly value?: (value: Buffer) => Buffer;
}

/** Puts a signature over these parts in the place of `<!--signature-->`. */
export function signed(template: string, ids: readonly string[], options: SignOptions = {}): string {
  const {
    key = contextKey,
    keyInfo = reference('#sign'),
    algorithm = key.algorithm,
    canonicalization = CANONICALIZATION.exclusive,
    transform = CANONICALIZATION.exclusive,
    transforms = `<ds:Transform Algorithm="${transform}"/>`,
    digestAlgorithm = DIGEST.sha1,
    value = (octets: Buffer) => octets,
  } = options;
  const document = parse(template);
  const references = ids.map((id) => {
    const target = document.ids.get(id);
    const octets = target === undefined ? '' : canonicalize(target, transform);
    const digestValue = digest(digestAlgorithm === DIGEST.sha256 ? DIGEST.sha256 : DIGEST.sha1, octets).toString(
      'base64',
    );
    return (
      options.references?.(id, digestValue) ??
      `<ds:Reference URI="#${id}"><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="${digestAlgorithm}"/>` +
        `<ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`
    );
  });
  const signedInfo = parse(
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${canonicalization}"/>` +
      `<ds:SignatureMethod Algorithm="${algorithm}">${options.method ?? ''}</ds:SignatureMethod>${references.join('')}</ds:SignedInfo>`,
  ).root;
  const octets = value(signText(key, canonicalize(signedInfo, canonicalization)));
  return template.replace(
    '<!--signature-->',
    () =>
      `<ds:Signature>${serialize(signedInfo)}<ds:SignatureValue>${octets.toString('base64')}</ds:SignatureValue>` +
      `<ds:KeyInfo>${keyInfo}</ds:KeyInfo></ds:Signature>`,
  );
}

/** An EncryptedData of this text. */
export function encryptedData(
  id: string,
  text: string,
  type: 'Content' | 'Element' = 'Content',
  key: Uint8Array = derived(32),
  keyReference = reference('#encrypt'),
): string {
  const iv = Buffer.alloc(16, 3);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const ciphertext = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  return (
    `<xenc:EncryptedData xmlns:xenc="${XENC}" xmlns:ds="${DS}" xmlns:wsse="${WSSE}" Id="${id}" Type="${XENC}${type}">` +
    `<xenc:EncryptionMethod Algorithm="${ENCRYPTION.aes256Cbc}"/><ds:KeyInfo>${keyReference}</ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${ciphertext}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>`
  );
}

export function referenceList(...ids: readonly string[]): string {
  return `<xenc:ReferenceList>${ids.map((id) => `<xenc:DataReference URI="#${id}"/>`).join('')}</xenc:ReferenceList>`;
}

/** A good message, encrypted and then signed: what the others deviate from. */
export function good(): string {
  return signed(
    envelope(`${TIMESTAMP}${TOKENS}<!--signature-->${referenceList('data')}`, encryptedData('data', ORDER)),
    ALL,
  );
}
