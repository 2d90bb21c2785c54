import { ProtocolError, SecurityError, type XmlElement } from '@holdfast/soap';
import { computedKey, ENTROPY_LIMITS } from './entropy.js';
import { TrustFault } from './faults.js';
import type { Lifetime } from './lifetime.js';
import type { TrustVersion } from './namespaces.js';
import { type RequestSecurityToken, writeRequestSecurityToken } from './request-security-token.js';
import {
  type ProofToken,
  type RequestSecurityTokenResponse,
  readRequestSecurityTokenResponse,
  writeRequestSecurityTokenResponse,
} from './request-security-token-response.js';

export type RandomOctets = (length: number) => Uint8Array;

/** What a requestor asks for. */
export interface IssueOptions {
  readonly version: TrustVersion;
  readonly tokenType: string;
  /** Bits; the requestor's entropy is as long. */
  readonly keySize: number;
  readonly appliesTo?: string;
  readonly lifetime?: Lifetime;
}

/** A request under way: what is sent, and what the answer is read with. */
export interface IssueRequest {
  readonly request: RequestSecurityToken;
  readonly body: XmlElement;
}

/** Makes the request: the first half of WS-Trust Issue (WS-Trust 1.3 §4.1), with the requestor's entropy. */
export function issueRequest(options: IssueOptions, random: RandomOctets): IssueRequest {
  return tokenRequest({ requestType: 'Issue' }, options, random);
}

/**
 * Asks for a token in the place of another (WS-Trust 1.3 §5), with new entropy; the answer is read as that to Issue.
 * @param target the token, or a reference to it
 */
export function renewRequest(options: IssueOptions, target: XmlElement, random: RandomOctets): IssueRequest {
  return tokenRequest({ requestType: 'Renew', target }, options, random);
}

function tokenRequest(
  what: Pick<RequestSecurityToken, 'requestType' | 'target'>,
  options: IssueOptions,
  random: RandomOctets,
): IssueRequest {
  const request: RequestSecurityToken = {
    version: options.version,
    ...what,
    tokenType: options.tokenType,
    entropy: random(options.keySize / 8),
    keySize: options.keySize,
    computedKeyAlgorithm: 'PSHA1',
    ...(options.appliesTo === undefined ? {} : { appliesTo: options.appliesTo }),
    ...(options.lifetime === undefined ? {} : { lifetime: options.lifetime }),
  };
  return { request, body: writeRequestSecurityToken(request) };
}

/** A token that was issued, with its key. */
export interface IssuedToken {
  readonly token: XmlElement;
  readonly secret: Buffer;
  readonly lifetime: Lifetime | undefined;
  readonly attachedReference: XmlElement | undefined;
  readonly unattachedReference: XmlElement | undefined;
}

/**
 * Reads the answer: the second half of Issue (WS-Trust 1.3 §4.4.4: the key from both entropies, from the issuer, or
 * from the requestor alone).
 * @param body the child of soap:Body
 * @throws ProtocolError `trust-refused` when the answer is not a token that was asked for
 */
export function processIssueResponse({ request }: IssueRequest, body: XmlElement): IssuedToken {
  const response = readRequestSecurityTokenResponse(body);
  if (response.version !== request.version) refused('the answer is of another version of WS-Trust');
  if (response.context !== request.context) refused('the answer is for another request (Context)');
  if (response.token === undefined) refused('the answer holds no token');
  if (response.tokenType !== undefined && response.tokenType !== request.tokenType) {
    refused(`the answer holds a token of type "${response.tokenType}"`);
  }
  return {
    token: response.token,
    secret: keyOf(request, response),
    lifetime: response.lifetime,
    attachedReference: response.attachedReference,
    unattachedReference: response.unattachedReference,
  };
}

function keyOf(request: RequestSecurityToken, response: RequestSecurityTokenResponse): Buffer {
  const { proof, entropy: issuer } = response;
  const { entropy: requestor } = request;
  if (proof?.kind === 'secret') return Buffer.from(proof.secret);
  if (requestor === undefined) return refused('the answer holds no key');
  if (proof === undefined) {
    // WS-Trust 1.3 §4.4.4: neither proof token nor entropy means that the requestor's entropy is the key.
    return issuer === undefined ? Buffer.from(requestor) : refused('the answer does not say how the key is made');
  }
  if (proof.algorithm !== 'PSHA1') return refused(`the key is computed by ${proof.algorithm}`);
  if (issuer === undefined) return refused('the key is computed, but the issuer gave no entropy');
  const keySize = response.keySize ?? request.keySize ?? 256;
  if (keySize < 128 || keySize > 512) return refused(`a key of ${keySize} bits was issued`);
  return computedKey(requestor, issuer, keySize);
}

function refused(why: string): never {
  throw new ProtocolError('trust-refused', `No token was obtained: ${why}.`);
}

/** What an issuer allows. */
export interface IssuerPolicy {
  /** Bits: the default, and the least and most that may be asked for. */
  readonly keySize: { readonly default: number; readonly minimum: number; readonly maximum: number };
  /** Milliseconds: the default, and the most that may be asked for. */
  readonly lifetime: { readonly default: number; readonly maximum: number };
}

export const defaultIssuerPolicy: IssuerPolicy = {
  keySize: { default: 256, minimum: 128, maximum: 512 },
  lifetime: { default: 36_000_000, maximum: 86_400_000 },
};

/** The key and the lifetime that an issuer gives to a request. */
export interface IssueDecision {
  readonly secret: Buffer;
  readonly proof: ProofToken;
  /** Absent when the issuer made the key alone. */
  readonly entropy: Uint8Array | undefined;
  /** Bits. */
  readonly keySize: number;
  readonly created: Date;
  readonly expires: Date;
}

/**
 * Decides on an Issue or Renew request: with the requestor's entropy the key is computed from both, without it the issuer makes
 * it (WS-Trust 1.3 §4.4.4).
 * @throws TrustFault InvalidRequest or InvalidTimeRange when it asks for what is not to be had
 */
export function decideIssue(
  request: RequestSecurityToken,
  policy: IssuerPolicy,
  now: Date,
  random: RandomOctets,
): IssueDecision {
  const keySize = request.keySize ?? policy.keySize.default;
  const { minimum, maximum } = policy.keySize;
  if (keySize < minimum || keySize > maximum || keySize % 8 !== 0) {
    throw new TrustFault(
      'InvalidRequest',
      `A key of ${keySize} bits was asked for; ${minimum} to ${maximum} are given.`,
    );
  }
  if (request.computedKeyAlgorithm !== undefined && request.computedKeyAlgorithm !== 'PSHA1') {
    throw new TrustFault(
      'InvalidRequest',
      `The computed key algorithm ${request.computedKeyAlgorithm} is not offered.`,
    );
  }
  const wanted = request.lifetime?.expires;
  if (wanted !== undefined && wanted <= now) {
    throw new TrustFault('InvalidTimeRange', 'A lifetime that has ended already was asked for.');
  }
  const span =
    wanted === undefined
      ? policy.lifetime.default
      : Math.min(wanted.getTime() - now.getTime(), policy.lifetime.maximum);
  const times = { created: now, expires: new Date(now.getTime() + span) };
  if (request.entropy === undefined) {
    const secret = Buffer.from(random(keySize / 8));
    return { secret, proof: { kind: 'secret', secret }, entropy: undefined, keySize, ...times };
  }
  if (request.entropy.length < ENTROPY_LIMITS.minimum) {
    throw new SecurityError('unsupported-token', 'The entropy of the request is too short.');
  }
  const entropy = random(keySize / 8);
  const secret = computedKey(request.entropy, entropy, keySize);
  return { secret, proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy, keySize, ...times };
}

/** The body of the answer to a request that was decided on. */
export function issueResponse(
  request: RequestSecurityToken,
  decision: IssueDecision,
  issued: Pick<RequestSecurityTokenResponse, 'token' | 'tokenType' | 'attachedReference' | 'unattachedReference'>,
): XmlElement {
  return writeRequestSecurityTokenResponse({
    version: request.version,
    ...(request.context === undefined ? {} : { context: request.context }),
    ...(request.appliesTo === undefined ? {} : { appliesTo: request.appliesTo }),
    ...issued,
    proof: decision.proof,
    ...(decision.entropy === undefined ? {} : { entropy: decision.entropy }),
    lifetime: { created: decision.created, expires: decision.expires },
    keySize: decision.keySize,
  });
}
