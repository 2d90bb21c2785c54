import { type ProvenToken, type ReadEnvelope, SecurityError, type XmlDocument, type XmlElement } from '@holdfast/soap';
import { checkDescription, type ProtectionDescription } from './description.js';
import type { KeyLookup } from './keys.js';
import { type Opened, open } from './opening/opening.js';
import { shapeOf } from './opening/shape.js';
import { proofOf, type SecurityProof } from './proof.js';
import type { Receipt } from './receipt.js';
import type { ReplayCache } from './replay-cache.js';
import { checkConfirmation } from './requirements/confirmation.js';
import { checkEncryption } from './requirements/encryption.js';
import { checkLayout } from './requirements/layout.js';
import { covers, type Roles, signatureRoles } from './requirements/message-signature.js';
import { supportingTokens } from './requirements/supporting-tokens.js';
import { checkTimestamp } from './requirements/timestamp.js';
import { isSingleUse } from './single-use.js';
import type { Certificate } from './x509/certificate.js';

export interface UnprotectEnvironment {
  readonly now: Date;
  /** Absent: repetitions are not looked for. */
  readonly replayCache?: ReplayCache;
  /** For a response: what {@link protect} gave for its request. */
  readonly request?: Receipt;
}

/** A message that holds what its description asks for. */
export interface Unprotected {
  /** Only with what is proven: header blocks that no signature covers are left out of `headers`. */
  readonly envelope: ReadEnvelope;
  readonly proof: SecurityProof;
  /**
   * The token whose signature covers every part that had to be signed. With the transport binding the first supporting
   * token; absent when there is none.
   */
  readonly token: ProvenToken | undefined;
  /** That token's certificate, when it has one. */
  readonly certificate: Certificate | undefined;
  /** Header blocks that came without protection. Nothing in them may be relied on. */
  readonly unprotectedHeaders: readonly XmlElement[];
  /** What {@link protect} needs to make the response. */
  readonly receipt: Receipt;
}

/**
 * Opens a secured message: decrypts, verifies, and makes sure that everything the description asks for was really
 * signed, by the right kind of token, and encrypted. What is absent is never valid.
 * @throws SecurityError saying exactly what is wrong: for the log, not for the peer
 */
export function unprotect(
  document: XmlDocument,
  description: ProtectionDescription,
  keys: KeyLookup,
  environment: UnprotectEnvironment,
): Unprotected {
  checkDescription(description);
  const { security } = shapeOf(document.root, description.role);
  if (security === undefined) {
    throw new SecurityError('security-header-missing', 'The message has no Security header.');
  }
  const { now, request, replayCache } = environment;
  const admissions = replayCache === undefined ? undefined : new Admissions();
  const opened = open(document, security, description, keys, { now, request, replayCache: admissions }, (message) =>
    judged(message, description, keys, environment, admissions ?? new Admissions()),
  );
  // At the very end: a message that is refused must not use up what an honest one is known by.
  if (replayCache !== undefined) admissions?.passOn(replayCache);
  return opened;
}

function judged(
  opened: Opened,
  description: ProtectionDescription,
  keys: KeyLookup,
  { now, request }: UnprotectEnvironment,
  admissions: Admissions,
): Unprotected {
  const roles = signatureRoles(opened, description);
  checkLayout(opened, description.layout);
  checkResponseKey(roles, request);
  const expires = checkTimestamp(opened, description, now);
  checkEncryption(opened, roles.message, description);
  const supporting = supportingTokens({ opened, roles, description, keys, now, nonces: admissions });
  checkConfirmation(opened, roles.message, description, request);
  refuseReflection(opened, request);
  for (const signature of opened.signatures) {
    if (!isSingleUse(description.token, signature)) continue;
    admissions.admit(signature.value.toString('base64'), expires, now);
  }

  const { message } = roles;
  const tokens = message === undefined ? supporting : [message.token, ...supporting];
  const { shape } = opened;
  const blocks = shape.blocks.filter((block) => block !== shape.security);
  const isProven = (block: XmlElement): boolean => message === undefined || covers(opened, message, block);
  const first = roles.endorsing.find((signature) => signature !== undefined);
  return {
    envelope: {
      version: shape.version,
      root: opened.tree.root,
      bodyElement: shape.body,
      headers: blocks.filter(isProven),
      body: shape.body.children,
    },
    proof: proofOf(opened, message, tokens),
    token: tokens[0],
    certificate: (message ?? first)?.certificate,
    unprotectedHeaders: blocks.filter((block) => !isProven(block)),
    receipt: receiptOf(opened, roles, request),
  };
}

/** Anybody can make an EncryptedKey for us: a response under one must be under that of its request. */
function checkResponseKey({ message }: Roles, request: Receipt | undefined): void {
  if (message?.token.kind !== 'EncryptedKey' || request === undefined) return;
  if (message.token.id !== request.encryptedKey?.sha1) {
    throw new SecurityError('wrong-token', 'The response is not protected by the key of its request.');
  }
}

/** With a shared key our own request could be sent back to us as its response. */
function refuseReflection({ signatures }: Opened, request: Receipt | undefined): void {
  if (signatures.some(({ value }) => request?.signatures.some((own) => own.equals(value)))) {
    throw new SecurityError('replayed', 'The response is the request itself.');
  }
}

function receiptOf(opened: Opened, { message }: Roles, request: Receipt | undefined): Receipt {
  const signatures = opened.signatures.map(({ value }) => value);
  if (message?.token.kind !== 'EncryptedKey') return { signatures, encryptedKey: undefined };
  const { id } = message.token;
  const received = opened.messageKeys.received.find((key) => key.kind === 'ours' && key.key.token.id === id);
  const encryptedKey =
    received?.kind === 'ours' ? { sha1: id, secret: Buffer.from(received.key.secret) } : request?.encryptedKey;
  return { signatures, encryptedKey };
}

/** What the message is known by, held back until all of it was found good. */
class Admissions implements ReplayCache {
  readonly #entries: { readonly key: string; readonly until: Date; readonly now: Date }[] = [];

  admit(key: string, until: Date, now: Date): void {
    this.#entries.push({ key, until, now });
  }

  passOn(cache: ReplayCache): void {
    for (const { key, until, now } of this.#entries) cache.admit(key, until, now);
  }
}
