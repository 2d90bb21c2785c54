import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  ProtocolError,
  trimmedText,
  type XmlElement,
} from '@holdfast/soap';
import { readBinarySecret, writeBinarySecret, writeEntropy } from './entropy.js';
import { type Lifetime, readLifetime, writeLifetime } from './lifetime.js';
import { type TrustVersion, trustVersionOf, trustVocabulary, wst } from './namespaces.js';
import { writeAppliesTo } from './request-security-token.js';

/** How the requestor comes to the key (WS-Trust 1.3 §4.4). */
export type ProofToken =
  /** From both entropies; the last part of the algorithm's URI. */
  | { readonly kind: 'computed'; readonly algorithm: string }
  /** The issuer says it. */
  | { readonly kind: 'secret'; readonly secret: Uint8Array };

/** wst:RequestSecurityTokenResponse (WS-Trust 1.3 §3.2). */
export interface RequestSecurityTokenResponse {
  readonly version: TrustVersion;
  readonly context?: string;
  readonly tokenType?: string;
  readonly token?: XmlElement;
  /** The references to use when the token is, and when it is not, in the message. */
  readonly attachedReference?: XmlElement;
  readonly unattachedReference?: XmlElement;
  readonly appliesTo?: string;
  readonly proof?: ProofToken;
  /** The issuer's part of the key. */
  readonly entropy?: Uint8Array;
  readonly lifetime?: Lifetime;
  /** Bits. */
  readonly keySize?: number;
  readonly cancelled?: boolean;
}

/** The body of the answer, in the form that the version gives it (WS-Trust 1.3 §3.2). */
export function writeRequestSecurityTokenResponse(response: RequestSecurityTokenResponse): XmlElement {
  const { version } = response;
  const name = wst(version);
  const wrapped = (local: string, content: XmlElement | undefined): XmlElement | undefined =>
    content && element(name(local), [], content);
  const single = element(
    name('RequestSecurityTokenResponse'),
    [['Context', response.context]],
    response.tokenType === undefined ? undefined : element(name('TokenType'), [], response.tokenType),
    wrapped('RequestedSecurityToken', response.token),
    wrapped('RequestedAttachedReference', response.attachedReference),
    wrapped('RequestedUnattachedReference', response.unattachedReference),
    response.appliesTo === undefined ? undefined : writeAppliesTo(response.appliesTo),
    response.proof && element(name('RequestedProofToken'), [], writeProof(version, response.proof)),
    response.entropy && writeEntropy(version, response.entropy),
    response.lifetime && writeLifetime(version, response.lifetime),
    response.keySize === undefined ? undefined : element(name('KeySize'), [], response.keySize.toString()),
    response.cancelled === true ? element(name('RequestedTokenCancelled')) : undefined,
  );
  return trustVocabulary(version).answer(single);
}

function writeProof(version: TrustVersion, proof: ProofToken): XmlElement {
  return proof.kind === 'computed'
    ? element(wst(version)('ComputedKey'), [], `${trustVocabulary(version).computedKeys}${proof.algorithm}`)
    : writeBinarySecret(version, 'SymmetricKey', proof.secret);
}

/**
 * Reads the answer in whichever wrapping it comes.
 * @param body the child of soap:Body
 * @throws ProtocolError `trust-refused` when it is not exactly one response; SecurityError for a bad secret
 */
export function readRequestSecurityTokenResponse(body: XmlElement): RequestSecurityTokenResponse {
  const version = trustVersionOf(body.namespace);
  const responses =
    version === undefined
      ? []
      : body.local === 'RequestSecurityTokenResponseCollection'
        ? childrenNamed(body, wst(version)('RequestSecurityTokenResponse'))
        : body.local === 'RequestSecurityTokenResponse'
          ? [body]
          : [];
  const [only] = responses;
  if (version === undefined || only === undefined || responses.length > 1) {
    throw new ProtocolError('trust-refused', `The token service answered with ${body.local}, not with one token.`);
  }
  const name = wst(version);
  const inside = (local: string): XmlElement | undefined => {
    const parent = child(only, name(local));
    return parent && elements(parent)[0];
  };
  const value = (local: string): string | undefined => {
    const found = child(only, name(local));
    return found && trimmedText(found);
  };
  const context = attribute(only, 'Context');
  const tokenType = value('TokenType');
  const token = inside('RequestedSecurityToken');
  const attachedReference = inside('RequestedAttachedReference');
  const unattachedReference = inside('RequestedUnattachedReference');
  const entropy = child(only, name('Entropy'));
  const lifetime = child(only, name('Lifetime'));
  const keySize = value('KeySize');
  const proof = readProof(version, only);
  return {
    version,
    ...(context === undefined ? {} : { context }),
    ...(tokenType === undefined ? {} : { tokenType }),
    ...(token === undefined ? {} : { token }),
    ...(attachedReference === undefined ? {} : { attachedReference }),
    ...(unattachedReference === undefined ? {} : { unattachedReference }),
    ...(proof === undefined ? {} : { proof }),
    ...(entropy === undefined ? {} : { entropy: readBinarySecret(version, entropy) }),
    ...(lifetime === undefined ? {} : { lifetime: readLifetime(lifetime) }),
    ...(keySize !== undefined && /^\d{1,6}$/.test(keySize) ? { keySize: Number(keySize) } : {}),
    cancelled: child(only, name('RequestedTokenCancelled')) !== undefined,
  };
}

function readProof(version: TrustVersion, response: XmlElement): ProofToken | undefined {
  const proof = child(response, wst(version)('RequestedProofToken'));
  if (proof === undefined) return undefined;
  const computed = child(proof, wst(version)('ComputedKey'));
  return computed === undefined
    ? { kind: 'secret', secret: readBinarySecret(version, proof) }
    : { kind: 'computed', algorithm: trimmedText(computed).replace(trustVocabulary(version).computedKeys, '') };
}
