import {
  attribute,
  child,
  element,
  elements,
  SOAP_11,
  SOAP_12,
  serialize,
  serializeContent,
  UsageError,
  withAttribute,
  withChildren,
  type XmlElement,
  xml,
} from '@holdfast/soap';
import { encryptOctets } from './algorithms/cipher.js';
import { digest, type SigningKey, signText } from './algorithms/digest.js';
import { transportKey, writtenTransport } from './algorithms/key-transport.js';
import { KEY_LENGTH } from './algorithms/suites.js';
import { canonicalize } from './canonical/canonicalize.js';
import type { ProtectionDescription } from './description.js';
import { writeBinarySecurityToken } from './elements/binary-security-token.js';
import { DEFAULT_LABEL, deriveKey, NONCE_LENGTH, writeDerivedKeyToken } from './elements/derived-key-token.js';
import { writeEncryptedData, writeEncryptedKey, writeReferenceList } from './elements/encrypted-data.js';
import { dkType, sctType, writeSecurityContextToken } from './elements/security-context-token.js';
import { type TokenReference, writeTokenReference } from './elements/security-token-reference.js';
import { writeSignature, writeSignedInfo } from './elements/signature.js';
import { writeTimestamp } from './elements/timestamp.js';
import type { ProtectionKeys, SecurityContextKey } from './keys.js';
import { ENCRYPTED_KEY, WSU_ID, wsse, X509_V3 } from './namespaces.js';
import type { ReplayCache } from './replay-cache.js';
import { certificateReference } from './x509/reference.js';

/** What protection needs of the world. */
export interface ProtectionEnvironment {
  readonly now: Date;
  /** Cryptographically strong octets. */
  random(length: number): Uint8Array;
  /**
   * Remembers what we sign, so that nobody can send it back to us: with a context, both sides have the same keys. To be
   * the cache that {@link unprotect} is given, and one endpoint's alone. Absent: reflection is not looked for.
   */
  readonly replayCache?: ReplayCache;
}

/**
 * Secures an envelope: adds the Security header (Strict layout), signs the Timestamp, the Body and every header block,
 * and encrypts the Body's content, as the description says. Each call uses fresh keys, a fresh Timestamp and fresh nonces.
 * @param envelope a soap:Envelope without a Security header of its own
 * @returns the new envelope; the one given is not changed
 * @throws UsageError when the envelope has a Security header already, or the keys do not fit the description;
 *   SecurityError `replayed` when the replay cache is full
 */
export function protect(
  envelope: XmlElement,
  description: ProtectionDescription,
  keys: ProtectionKeys,
  environment: ProtectionEnvironment,
): XmlElement {
  if (keys.kind !== description.token) {
    throw new UsageError(
      'invalid-argument',
      `The description asks for ${description.token}, the keys are of ${keys.kind}.`,
    );
  }
  const parts = partsOf(envelope);
  const ids = idSource(environment);
  const blocks = parts.blocks.map((block) => withId(block, ids));
  const body = withId(parts.body, ids);
  const timestamp = writeTimestamp(
    ids(),
    environment.now,
    new Date(environment.now.getTime() + description.timeToLive),
  );

  const tokens =
    keys.kind === 'SecurityContextToken'
      ? contextTokens(keys.context, keys.includeToken, description, environment, ids)
      : certificateTokens(keys, description, environment, ids);
  // An empty Body too: CXF and Metro hold it against their policy otherwise.
  const { encryptBody } = description;

  const layout =
    description.order === 'sign-then-encrypt'
      ? signThenEncrypt(blocks, body, timestamp, tokens, description, encryptBody, environment, ids)
      : encryptThenSign(blocks, body, timestamp, tokens, description, encryptBody, environment, ids);
  tokens.release();

  const security = element(
    wsse('Security'),
    [[{ ...parts.soap('mustUnderstand') }, '1']],
    timestamp,
    ...layout.security,
  );
  const header = element(parts.soap('Header'), [], security, ...blocks);
  return withChildren(envelope, [header, layout.body]);
}

interface Layout {
  /** What follows the Timestamp in the Security header. */
  readonly security: readonly XmlElement[];
  readonly body: XmlElement;
}

function signThenEncrypt(
  blocks: readonly XmlElement[],
  body: XmlElement,
  timestamp: XmlElement,
  tokens: Tokens,
  description: ProtectionDescription,
  encryptBody: boolean,
  environment: ProtectionEnvironment,
  ids: () => string,
): Layout {
  const signature = signParts([...blocks, body, timestamp], tokens, description, environment, ids);
  const encryptedBody = encryptBody ? encryptContent(body, tokens, description, environment, ids) : undefined;
  const encryptedSignature = description.encryptSignature
    ? encryptElement(signature, tokens, description, environment, ids)
    : undefined;
  const references = [encryptedBody?.id, encryptedSignature?.id].filter((id) => id !== undefined);
  return {
    // A receiver works from the top: what is to be decrypted is named before the signature over the plaintext.
    security: [...tokens.elements(references), encryptedSignature?.data ?? signature],
    body: encryptedBody?.parent ?? body,
  };
}

function encryptThenSign(
  blocks: readonly XmlElement[],
  body: XmlElement,
  timestamp: XmlElement,
  tokens: Tokens,
  description: ProtectionDescription,
  encryptBody: boolean,
  environment: ProtectionEnvironment,
  ids: () => string,
): Layout {
  const encryptedBody = encryptBody ? encryptContent(body, tokens, description, environment, ids) : undefined;
  const signedBody = encryptedBody?.parent ?? body;
  const signature = signParts([...blocks, signedBody, timestamp], tokens, description, environment, ids);
  const encryptedSignature = description.encryptSignature
    ? encryptElement(signature, tokens, description, environment, ids)
    : undefined;
  return {
    security: [
      ...tokens.elements(encryptedSignature === undefined ? [] : [encryptedSignature.id]),
      encryptedSignature?.data ?? signature,
      ...(encryptedBody === undefined ? [] : [writeReferenceList([encryptedBody.id])]),
    ],
    body: signedBody,
  };
}

/** The keys of one message and the tokens that carry them. */
interface Tokens {
  readonly signingKey: SigningKey;
  /** The reference in the signature's KeyInfo. */
  readonly signingReference: XmlElement;
  readonly encryptionKey: Uint8Array;
  /** The reference in each EncryptedData's KeyInfo. */
  readonly encryptionReference: XmlElement;
  /** The tokens in the order of the header, with a list of what is encrypted if there is anything. */
  elements(encrypted: readonly string[]): readonly XmlElement[];
  /** Zeroes the keys. */
  release(): void;
}

function contextTokens(
  context: SecurityContextKey,
  includeToken: boolean,
  { suite }: ProtectionDescription,
  environment: ProtectionEnvironment,
  ids: () => string,
): Tokens {
  const { version, identifier, instance } = context;
  const tokenId = includeToken ? ids() : undefined;
  const reference: TokenReference =
    tokenId === undefined
      ? {
          kind: 'direct',
          uri: identifier,
          valueType: sctType(version),
          ...(instance === undefined ? {} : { instance }),
        }
      : { kind: 'direct', uri: `#${tokenId}`, valueType: sctType(version) };
  const source = writeTokenReference(reference);
  const derive = (length: number): { id: string; key: Buffer; token: XmlElement } => {
    const id = ids();
    const nonce = environment.random(NONCE_LENGTH);
    const key = deriveKey(context.secret, { label: DEFAULT_LABEL, nonce, offset: 0, length });
    return { id, key, token: writeDerivedKeyToken({ version, id, source, length, nonce }) };
  };
  const signing = derive(suite.signatureKeyLength);
  const encryption = derive(suite.encryptionKeyLength);
  const derived = (id: string): XmlElement =>
    writeTokenReference({ kind: 'direct', uri: `#${id}`, valueType: dkType(version) });
  return {
    signingKey: { kind: 'symmetric', secret: signing.key, algorithm: suite.symmetricSignature[0] },
    signingReference: derived(signing.id),
    encryptionKey: encryption.key,
    encryptionReference: derived(encryption.id),
    elements: (encrypted) => [
      ...(tokenId === undefined ? [] : [writeSecurityContextToken({ version, identifier, instance }, tokenId)]),
      signing.token,
      encryption.token,
      ...(encrypted.length === 0 ? [] : [writeReferenceList(encrypted)]),
    ],
    release: () => {
      signing.key.fill(0);
      encryption.key.fill(0);
    },
  };
}

function certificateTokens(
  keys: Extract<ProtectionKeys, { kind: 'X509' }>,
  { suite }: ProtectionDescription,
  environment: ProtectionEnvironment,
  ids: () => string,
): Tokens {
  const { signer, signerReference, recipient } = keys;
  const binaryId = signerReference === 'direct' ? ids() : undefined;
  const keyId = ids();
  const key = Buffer.from(environment.random(KEY_LENGTH[suite.encryption[0]]));
  const method = writtenTransport(suite);
  const encryptedKey = transportKey(method, recipient.publicKey, key, (length) => environment.random(length));
  return {
    signingKey: { kind: 'asymmetric', privateKey: signer.privateKey, algorithm: suite.asymmetricSignature[0] },
    signingReference: writeTokenReference(
      signerReference === 'direct'
        ? { kind: 'direct', uri: `#${binaryId}`, valueType: X509_V3 }
        : certificateReference(signer.certificate, signerReference),
    ),
    encryptionKey: key,
    encryptionReference: writeTokenReference({ kind: 'direct', uri: `#${keyId}` }, ENCRYPTED_KEY),
    elements: (encrypted) => [
      ...(binaryId === undefined ? [] : [writeBinarySecurityToken(binaryId, signer.certificate)]),
      writeEncryptedKey({
        id: keyId,
        method,
        keyReference: writeTokenReference(certificateReference(recipient, keys.recipientReference)),
        octets: encryptedKey,
        references: encrypted,
      }),
    ],
    release: () => key.fill(0),
  };
}

function signParts(
  parts: readonly XmlElement[],
  tokens: Tokens,
  { suite, maxAge, clockSkew }: ProtectionDescription,
  { now, replayCache }: ProtectionEnvironment,
  ids: () => string,
): XmlElement {
  const [digestAlgorithm] = suite.digest;
  const references = parts.map((part) => ({
    id: idOf(part) as string,
    digestAlgorithm,
    digest: digest(digestAlgorithm, canonicalize(part)),
  }));
  const signedInfo = writeSignedInfo(tokens.signingKey.algorithm, references);
  const value = signText(tokens.signingKey, canonicalize(signedInfo));
  replayCache?.admit(value.toString('base64'), new Date(now.getTime() + maxAge + clockSkew), now);
  return writeSignature(ids(), signedInfo, value, tokens.signingReference);
}

function encryptContent(
  parent: XmlElement,
  tokens: Tokens,
  description: ProtectionDescription,
  environment: ProtectionEnvironment,
  ids: () => string,
): { readonly id: string; readonly parent: XmlElement } {
  const encrypted = encryptText(
    serializeContent(parent.children, ELSEWHERE),
    'content',
    tokens,
    description,
    environment,
    ids,
  );
  return { id: encrypted.id, parent: withChildren(parent, [encrypted.data]) };
}

/**
 * Declarations are not taken from the outside, so that the content can be read wherever it is decrypted. It must not
 * fall into a default namespace there either (XML Encryption §4.3.3), so the one it is written under is one that no
 * element can be in.
 */
const ELSEWHERE = new Map([['', '\0']]);

function encryptElement(
  of: XmlElement,
  tokens: Tokens,
  description: ProtectionDescription,
  environment: ProtectionEnvironment,
  ids: () => string,
): { readonly id: string; readonly data: XmlElement } {
  return encryptText(serialize(of), 'element', tokens, description, environment, ids);
}

function encryptText(
  text: string,
  type: 'element' | 'content',
  tokens: Tokens,
  { suite }: ProtectionDescription,
  environment: ProtectionEnvironment,
  ids: () => string,
): { readonly id: string; readonly data: XmlElement } {
  const id = ids();
  const [algorithm] = suite.encryption;
  const octets = encryptOctets(algorithm, tokens.encryptionKey, text, (length) => environment.random(length));
  return { id, data: writeEncryptedData({ id, type, algorithm, keyReference: tokens.encryptionReference, octets }) };
}

function partsOf(envelope: XmlElement): {
  readonly soap: (local: string) => { readonly prefix: string; readonly namespace: string; readonly local: string };
  readonly blocks: readonly XmlElement[];
  readonly body: XmlElement;
} {
  const { namespace, prefix } = envelope;
  if (envelope.local !== 'Envelope' || (namespace !== SOAP_11 && namespace !== SOAP_12) || prefix === '') {
    throw new UsageError('invalid-argument', 'Only a SOAP envelope with a prefixed name can be protected.');
  }
  const soap = (local: string) => ({ prefix, namespace, local });
  const body = child(envelope, soap('Body'));
  if (body === undefined) throw new UsageError('invalid-argument', 'The envelope to be protected has no Body.');
  const header = child(envelope, soap('Header'));
  const blocks = header === undefined ? [] : elements(header);
  if (blocks.some((block) => block.local === 'Security' && block.namespace === wsse('').namespace)) {
    throw new UsageError('invalid-argument', 'The envelope to be protected has a Security header already.');
  }
  return { soap, blocks, body };
}

function withId(of: XmlElement, ids: () => string): XmlElement {
  return idOf(of) === undefined ? withAttribute(of, WSU_ID, ids()) : of;
}

/** An element has one of the two, never both (WSS 1.1 §4.1). */
function idOf(of: XmlElement): string | undefined {
  return attribute(of, WSU_ID) ?? attribute(of, xml('id'));
}

/** Ids that no payload has by chance: a random part for the message, and a count. */
function idSource(environment: ProtectionEnvironment): () => string {
  const message = Buffer.from(environment.random(6)).toString('hex');
  let count = 0;
  return () => `_${message}-${++count}`;
}
