import { UsageError, type XmlElement } from '@holdfast/soap';
import type { SigningKey } from '../algorithms/digest.js';
import type { SupportingToken } from '../description.js';
import type { ProtectionKeys, SupportingKeys } from '../keys.js';
import { digestToken } from '../username/password-digest.js';
import type { UsernameToken } from '../username/username-token.js';
import { assertionToken, certificateToken, contextToken, type HeldToken, usernameToken } from './held-tokens.js';
import type { Making } from './making.js';
import { hmacKey, type SharedSecret, signatureKey } from './shared-key-tokens.js';
import type { SignedPart } from './signing.js';

/** A token beside the message's own, ready to be put into the Security header. */
export interface SupportingPart {
  readonly rule: SupportingToken;
  /** The token, if the message holds it. */
  readonly token: XmlElement | undefined;
  /** What comes with it: the reference that it is signed by, DerivedKeyTokens. */
  readonly companions: readonly XmlElement[];
  readonly signedAs: SignedPart | undefined;
  /** What signs the message signature, for an endorsing token. */
  readonly endorser: { readonly key: SigningKey; readonly reference: XmlElement } | undefined;
  release(): void;
}

/** @throws UsageError `invalid-argument` when the keys are not those that the description asks for, in its order */
export function supportingParts({ supporting = [] }: ProtectionKeys, making: Making): readonly SupportingPart[] {
  const rules = making.description.supportingTokens;
  const asked = rules.map(({ token }) => token).join(', ') || 'none';
  const given = supporting.map(({ kind }) => kind).join(', ') || 'none';
  if (asked !== given) {
    throw new UsageError(
      'invalid-argument',
      `supporting: the description asks for these supporting tokens: ${asked}; the keys are of: ${given}.`,
    );
  }
  return rules.map((rule, index) => part(rule, supporting[index] as SupportingKeys, making));
}

function part(rule: SupportingToken, keys: SupportingKeys, making: Making): SupportingPart {
  switch (keys.kind) {
    case 'SecurityContextToken': {
      const { shared, ...held } = contextToken(keys, making);
      return endorsedBySecret(rule, held, rule.endorsing ? shared : undefined, making);
    }
    case 'X509': {
      const { reference, ...held } = certificateToken(keys, making);
      const key = rsaKey(keys.signer.privateKey, making);
      return prepared(rule, held, rule.endorsing ? { key, reference } : undefined);
    }
    case 'UsernameToken':
      if (rule.endorsing) refuseEndorsing('UsernameToken');
      return prepared(rule, usernameToken(username(keys, making), making), undefined);
    case 'SAML': {
      const { named, reference, ...held } = assertionToken(keys.assertion, making);
      const { holder } = keys;
      if (!rule.endorsing) return prepared(rule, held, undefined);
      if (holder === undefined) refuseEndorsing('SAML assertion without the key of its holder');
      if ('privateKey' in holder) return prepared(rule, held, { key: rsaKey(holder.privateKey, making), reference });
      const version = making.description.derivedKeyVersion;
      return endorsedBySecret(rule, held, { secret: holder, version, ...named }, making);
    }
    default:
      return keys satisfies never;
  }
}

function username(keys: Extract<SupportingKeys, { kind: 'UsernameToken' }>, making: Making): UsernameToken {
  const { now } = making.environment;
  switch (keys.form) {
    case 'digest':
      return digestToken({ ...keys, nonce: making.random(16), now });
    case 'text': {
      const value = typeof keys.password === 'string' ? keys.password : Buffer.from(keys.password).toString('utf8');
      return { username: keys.username, password: { type: 'text', value } };
    }
    case 'none':
      return { username: keys.username };
    default:
      return keys satisfies never;
  }
}

function endorsedBySecret(
  rule: SupportingToken,
  held: HeldToken,
  shared: SharedSecret | undefined,
  making: Making,
): SupportingPart {
  if (shared === undefined) return prepared(rule, held, undefined);
  const key = signatureKey(shared, making);
  const endorser = { key: hmacKey(key, making), reference: key.reference };
  const companions = key.token === undefined ? [] : [key.token];
  return prepared(rule, held, endorser, companions, () => key.release());
}

function prepared(
  rule: SupportingToken,
  { elements: [token, ...own], signedAs }: HeldToken,
  endorser: SupportingPart['endorser'],
  more: readonly XmlElement[] = [],
  release: () => void = () => undefined,
): SupportingPart {
  if ((rule.encrypted || rule.signed) && token === undefined) {
    throw new UsageError(
      'invalid-argument',
      `supporting: a ${rule.token} that is signed or encrypted must be in the message.`,
    );
  }
  return { rule, token, companions: [...own, ...more], signedAs, endorser, release };
}

function rsaKey(privateKey: Extract<SigningKey, { kind: 'asymmetric' }>['privateKey'], making: Making): SigningKey {
  return { kind: 'asymmetric', privateKey, algorithm: making.description.suite.asymmetricSignature[0] };
}

function refuseEndorsing(what: string): never {
  throw new UsageError('unsupported', `supporting: a ${what} cannot endorse a message.`);
}
