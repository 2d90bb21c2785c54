import {
  attribute,
  elements,
  isNamed,
  type Proof,
  type ProvenToken,
  type ReadEnvelope,
  SecurityError,
  SOAP_11,
  SOAP_12,
  type XmlDocument,
  type XmlElement,
} from '@holdfast/soap';
import { matches, type ProtectionDescription } from './description.js';
import { readSecurityContextToken, versionOf } from './elements/security-context-token.js';
import { readTimestamp } from './elements/timestamp.js';
import type { KeyLookup } from './keys.js';
import { wsse } from './namespaces.js';
import { type Decrypted, type Opened, open, type VerifiedSignature } from './opening.js';
import type { ReplayCache } from './replay-cache.js';
import type { Certificate } from './x509/certificate.js';

export interface UnprotectEnvironment {
  readonly now: Date;
  /** Absent: repetitions are not looked for. */
  readonly replayCache?: ReplayCache;
}

/** A message that holds what its description asks for. */
export interface Unprotected {
  /** Only with what is proven: header blocks that no signature covers are left out of `headers`. */
  readonly envelope: ReadEnvelope;
  readonly proof: Proof;
  /** The token whose signature covers every part that had to be signed. */
  readonly token: ProvenToken;
  /** That token's certificate, when it is an X.509 token. */
  readonly certificate: Certificate | undefined;
  /** Header blocks that came without protection. Nothing in them may be relied on. */
  readonly unprotectedHeaders: readonly XmlElement[];
}

/**
 * Opens a secured message: decrypts, verifies, and makes sure that everything the description asks for was really
 * signed, by one signature of the right kind of token, and encrypted. What is absent is never valid.
 * @throws SecurityError saying exactly what is wrong: for the log, not for the peer
 */
export function unprotect(
  document: XmlDocument,
  description: ProtectionDescription,
  keys: KeyLookup,
  environment: UnprotectEnvironment,
): Unprotected {
  const before = shape(document.root);
  if (before.security === undefined) {
    throw new SecurityError('security-header-missing', 'The message has no Security header.');
  }
  const opened = open(document, before.security, description.suite, keys, environment.now);
  const message = shape(opened.tree.root);
  const signature = messageSignature(opened, message, description);
  refuseDecoys(opened, signature);
  const expires = checkTimestamp(opened, description, environment.now);
  checkEncryption(opened, message, signature, description);
  environment.replayCache?.admit(signature.value.toString('base64'), expires, environment.now);

  const proof = proofOf(opened, signature);
  const covered = new Set(signature.covered.map((part) => opened.tree.current(part)));
  const blocks = message.blocks.filter((block) => block !== message.security);
  return {
    envelope: {
      version: message.version,
      root: opened.tree.root,
      bodyElement: message.body,
      headers: blocks.filter((block) => covered.has(block)),
      body: message.body.children,
    },
    proof,
    token: signature.token,
    certificate: signature.certificate,
    unprotectedHeaders: blocks.filter((block) => !covered.has(block)),
  };
}

/**
 * The Security header of an envelope that is for us, before anything in it is believed.
 * @throws SecurityError `security-header-invalid` when the envelope has another shape than a SOAP envelope, or two such headers
 */
export function securityHeader(root: XmlElement): XmlElement | undefined {
  return shape(root).security;
}

interface Shape {
  readonly version: '1.1' | '1.2';
  readonly blocks: readonly XmlElement[];
  readonly body: XmlElement;
  readonly security: XmlElement | undefined;
}

function shape(root: XmlElement): Shape {
  const { namespace } = root;
  if (root.local !== 'Envelope' || (namespace !== SOAP_11 && namespace !== SOAP_12))
    invalid('The message is not a SOAP envelope.');
  const parts = elements(root);
  const [first, second] = parts;
  const hasHeader = first !== undefined && isNamed(first, { namespace, local: 'Header' });
  const body = hasHeader ? second : first;
  if (body === undefined || !isNamed(body, { namespace, local: 'Body' }) || parts.length > (hasHeader ? 2 : 1)) {
    invalid('The envelope must hold at most one Header and then exactly one Body.');
  }
  const blocks = hasHeader ? elements(first) : [];
  const version = namespace === SOAP_11 ? '1.1' : '1.2';
  const ours = blocks.filter((block) => isNamed(block, wsse('Security')) && isForUltimateReceiver(block, namespace));
  if (ours.length > 1) invalid('The message has two Security headers for one role.');
  return { version, blocks, body, security: ours[0] };
}

function isForUltimateReceiver(block: XmlElement, namespace: string): boolean {
  const role = attribute(block, { namespace, local: namespace === SOAP_11 ? 'actor' : 'role' });
  return role === undefined || role === '' || role === `${SOAP_12}/role/ultimateReceiver`;
}

/** The signature of the message, if it covers all that must be covered. */
function messageSignature(opened: Opened, message: Shape, description: ProtectionDescription): VerifiedSignature {
  if (opened.timestamp === undefined)
    throw new SecurityError('timestamp-missing', 'The Security header has no Timestamp.');
  const { signature } = opened;
  if (signature === undefined) throw new SecurityError('part-not-signed', 'The message is not signed.');
  const { token, derived } = signature;
  if (token.kind !== description.token || !(derived || token.kind === 'X509' || description.acceptUnderivedKeys)) {
    throw new SecurityError('wrong-token', `The message is not signed with a key of a ${description.token}.`);
  }
  // Anybody can sign with a certificate what somebody else encrypted; with a context nobody else has the keys.
  if (token.kind === 'X509' && description.order === 'sign-then-encrypt' && signature.overCiphertext) {
    throw new SecurityError(
      'part-not-signed',
      'The message signature covers what was encrypted before, not what it says.',
    );
  }
  const timestamp = opened.tree.current(opened.timestamp);
  const required = [
    message.body,
    timestamp,
    ...message.blocks.filter((block) => block !== message.security && matches(description.signedHeaders, block)),
  ];
  const covered = new Set(signature.covered.map((part) => opened.tree.current(part)));
  const missing = required.find((part) => !covered.has(part));
  if (missing !== undefined) {
    throw new SecurityError('part-not-signed', `${missing.local} is not covered by the message signature.`);
  }
  return signature;
}

/** A SecurityContextToken beside the one that signs could only be there to mislead whoever looks at the first. */
function refuseDecoys({ tree, security }: Opened, { token }: VerifiedSignature): void {
  for (const part of elements(tree.current(security))) {
    if (part.local !== 'SecurityContextToken' || versionOf(part.namespace) === undefined) continue;
    if (token.kind !== 'SecurityContextToken' || readSecurityContextToken(part).identifier !== token.id) {
      throw new SecurityError(
        'wrong-token',
        'The message holds a SecurityContextToken other than the one that signs it.',
      );
    }
  }
}

function checkTimestamp(opened: Opened, description: ProtectionDescription, now: Date): Date {
  const { created, expires } = readTimestamp(opened.tree.current(opened.timestamp as XmlElement));
  const { clockSkew, maxAge } = description;
  const ahead = created.getTime() - now.getTime();
  if (ahead > clockSkew) {
    throw new SecurityError(
      'message-from-the-future',
      `The message was created ${ahead} ms from now; at most ${clockSkew} ms (clockSkew) are accepted.`,
    );
  }
  const oldest = created.getTime() + maxAge;
  const end = Math.min(expires?.getTime() ?? oldest, oldest) + clockSkew;
  if (end <= now.getTime()) {
    throw new SecurityError(
      'message-expired',
      `The message expired ${now.getTime() - end} ms ago, clockSkew and maxAge considered.`,
    );
  }
  return new Date(end);
}

function checkEncryption(
  opened: Opened,
  message: Shape,
  signature: VerifiedSignature,
  description: ProtectionDescription,
): void {
  if (description.encryptBody && message.body.children.some((node) => typeof node !== 'string' || node.trim() !== '')) {
    const found = opened.decrypted.find(
      (decrypted) => decrypted.part === 'body' && isBySameParty(decrypted, signature, description),
    );
    if (found === undefined)
      throw new SecurityError('part-not-encrypted', 'The content of the Body did not come encrypted.');
  }
  if (description.encryptSignature && !signature.encrypted) {
    throw new SecurityError('part-not-encrypted', 'The message signature did not come encrypted.');
  }
}

/** With a context, both keys are derived from the same one; with certificates, the content key was made for us. */
function isBySameParty(part: Decrypted, signature: VerifiedSignature, description: ProtectionDescription): boolean {
  return signature.token.kind === 'SecurityContextToken'
    ? (part.derived || description.acceptUnderivedKeys) &&
        part.token.kind === 'SecurityContextToken' &&
        part.token.id === signature.token.id
    : part.token.kind === 'EncryptedKey';
}

function proofOf({ tree, decrypted }: Opened, { token: signer, covered }: VerifiedSignature): Proof {
  const signers = new Map<XmlElement, ProvenToken[]>();
  for (const part of covered) add(signers, tree.current(part), signer);
  const encrypters = new Map<XmlElement, ProvenToken[]>();
  for (const { token, element } of decrypted) add(encrypters, tree.current(element), token);
  const ask =
    (answers: ReadonlyMap<XmlElement, readonly ProvenToken[]>) =>
    (element: XmlElement): readonly ProvenToken[] => {
      const direct = answers.get(element);
      if (direct !== undefined) return direct;
      for (const [outer, tokens] of answers) if (contains(outer, element)) return tokens;
      return [];
    };
  return { signers: ask(signers), encrypters: ask(encrypters), tokens: [signer] };
}

function add(to: Map<XmlElement, ProvenToken[]>, element: XmlElement, token: ProvenToken): void {
  const tokens = to.get(element);
  if (tokens === undefined) to.set(element, [token]);
  else if (!tokens.some((known) => known.kind === token.kind && known.id === token.id)) tokens.push(token);
}

function contains(outer: XmlElement, inner: XmlElement): boolean {
  return outer.children.some(
    (node) => typeof node === 'object' && node.kind === 'element' && (node === inner || contains(node, inner)),
  );
}

function invalid(message: string): never {
  throw new SecurityError('security-header-invalid', message);
}
