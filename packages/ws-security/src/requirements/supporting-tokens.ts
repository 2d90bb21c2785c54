import { isNamed, type ProvenToken, SecurityError, type XmlElement } from '@holdfast/soap';
import type { ProtectionDescription, SupportingToken } from '../description.js';
import { readSecurityContextToken, versionOf } from '../elements/security-context-token.js';
import type { KeyLookup } from '../keys.js';
import { wsse } from '../namespaces.js';
import type { Opened } from '../opening/opening.js';
import type { VerifiedSignature } from '../opening/signatures.js';
import { invalid, unsupported } from '../refusal.js';
import type { ReplayCache } from '../replay-cache.js';
import { isAssertion } from '../saml/read-assertion.js';
import { authenticateUsername } from '../username/authenticate.js';
import { readUsernameToken } from '../username/username-token.js';
import { cameEncrypted } from './encryption.js';
import { covers, type Roles } from './message-signature.js';

interface Judgement {
  readonly opened: Opened;
  readonly roles: Roles;
  readonly description: ProtectionDescription;
  readonly keys: KeyLookup;
  readonly now: Date;
  /** Is told of the nonces that are used up. */
  readonly nonces: ReplayCache;
}

/**
 * Every token that the description asks for beside the message's own, proven; tokens that it does not ask for are refused,
 * since somebody might take them for proven.
 * @throws SecurityError `wrong-token`, `part-not-signed`, `part-not-encrypted`, and what the tokens themselves are refused for
 */
export function supportingTokens(judgement: Judgement): readonly ProvenToken[] {
  const { opened, roles, description } = judgement;
  const claimed = new Set<XmlElement>();
  for (const signature of [roles.message, ...roles.endorsing]) {
    if (signature?.carrier !== undefined) claimed.add(signature.carrier);
  }
  const proven: ProvenToken[] = [];
  for (const [index, rule] of description.supportingTokens.entries()) {
    const endorsing = roles.endorsing[index];
    const carrier = endorsing === undefined ? unclaimed(opened, rule, claimed) : endorsing.carrier;
    if (carrier !== undefined) claimed.add(carrier);
    checkProtection(carrier, endorsing, rule, judgement);
    const token = endorsing?.token ?? provenBy(carrier as XmlElement, rule, judgement);
    if (token !== undefined) proven.push(token);
  }
  refuseOthers(opened, roles, claimed);
  return proven;
}

/** The first element of the kind that no other rule, and no signature, has taken. */
function unclaimed(opened: Opened, rule: SupportingToken, claimed: ReadonlySet<XmlElement>): XmlElement {
  const found = opened.tokens.all.find((token) => kindOf(token) === rule.token && !claimed.has(token));
  if (found === undefined) throw new SecurityError('wrong-token', `The message has no ${rule.token}, as it must.`);
  return found;
}

function kindOf(token: XmlElement): SupportingToken['token'] | undefined {
  if (isNamed(token, wsse('UsernameToken'))) return 'UsernameToken';
  if (isNamed(token, wsse('BinarySecurityToken'))) return 'X509';
  if (isAssertion(token)) return 'SAML';
  if (token.local === 'SecurityContextToken' && versionOf(token.namespace) !== undefined) return 'SecurityContextToken';
  return undefined;
}

function checkProtection(
  carrier: XmlElement | undefined,
  endorsing: VerifiedSignature | undefined,
  rule: SupportingToken,
  { opened, roles: { message } }: Judgement,
): void {
  if (message === undefined) return;
  if (rule.signed && !isSigned(carrier, endorsing, message, opened)) {
    throw new SecurityError('part-not-signed', `The supporting ${rule.token} is not covered by the message signature.`);
  }
  if (rule.encrypted && (carrier === undefined || !cameEncrypted(opened, carrier))) {
    throw new SecurityError('part-not-encrypted', `The supporting ${rule.token} did not come encrypted.`);
  }
}

function isSigned(
  carrier: XmlElement | undefined,
  endorsing: VerifiedSignature | undefined,
  message: VerifiedSignature,
  opened: Opened,
): boolean {
  if (carrier !== undefined) return covers(opened, message, carrier);
  // A certificate that the message only names is signed by way of an STR-Transform.
  const certificate = endorsing?.certificate?.fingerprint;
  return certificate !== undefined && message.covered.some((part) => part.certificate?.fingerprint === certificate);
}

/** What a token proves that signs nothing itself. */
function provenBy(carrier: XmlElement, rule: SupportingToken, judgement: Judgement): ProvenToken | undefined {
  switch (rule.token) {
    case 'UsernameToken':
      return user(carrier, rule, judgement);
    case 'SAML':
      return subject(carrier, judgement);
    case 'X509':
    case 'SecurityContextToken':
      return undefined;
    default:
      return rule.token satisfies never;
  }
}

function user(carrier: XmlElement, rule: SupportingToken, judgement: Judgement): ProvenToken | undefined {
  const { keys, now, nonces, description } = judgement;
  const token = readUsernameToken(carrier);
  const accepted = rule.passwords ?? ['digest', 'text'];
  if (token.password === undefined) {
    if (!accepted.includes('none')) unsupported('A UsernameToken without a Password proves nothing.');
    return undefined;
  }
  return authenticateUsername(token, {
    password: (username) => keys.password?.(username),
    now,
    accept: accepted.filter((type) => type !== 'none'),
    maxAge: description.maxAge,
    clockSkew: description.clockSkew,
    replayCache: nonces,
  });
}

/** The subject of an assertion that is confirmed without a key of its own (SAML Token Profile 1.1 §3.5). */
function subject(carrier: XmlElement, { opened, roles, keys }: Judgement): ProvenToken {
  const { message, endorsing } = roles;
  const isBound = message === undefined || covers(opened, message, carrier);
  // A key that anybody may make vouches for nobody, and neither does a connection that anybody may open.
  const isKnown =
    message === undefined ? keys.assertions?.vouchedByTransport === true : message.token.kind !== 'EncryptedKey';
  const isVouched = isKnown || endorsing.some((each) => each !== undefined);
  return opened.messageKeys.assertions.confirmed(carrier, isBound, isVouched);
}

function refuseOthers(opened: Opened, roles: Roles, claimed: ReadonlySet<XmlElement>): void {
  const contexts = [roles.message, ...roles.endorsing].flatMap((signature) =>
    signature?.token.kind === 'SecurityContextToken' ? [signature.token.id] : [],
  );
  const certificates = opened.signatures.map(({ certificate }) => certificate?.fingerprint);
  for (const token of opened.tokens.all) {
    const kind = kindOf(token);
    if (kind === undefined || claimed.has(token)) continue;
    if (
      kind === 'X509' &&
      (opened.tokens.isUsed(token) || certificates.includes(opened.tokens.x509(token, false).certificate.fingerprint))
    )
      continue;
    if (kind === 'SecurityContextToken') {
      if (contexts.includes(readSecurityContextToken(token).identifier)) continue;
      throw new SecurityError(
        'wrong-token',
        'The message holds a SecurityContextToken other than the one that signs it.',
      );
    }
    invalid(`The message holds a ${kind} token that its description does not ask for.`);
  }
}
