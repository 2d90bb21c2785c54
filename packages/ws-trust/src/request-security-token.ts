import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  trimmedText,
  WSA,
  wsa,
  type XmlElement,
} from '@holdfast/soap';
import { readBinarySecret, writeEntropy } from './entropy.js';
import { TrustFault } from './faults.js';
import { type Lifetime, readLifetime, writeLifetime } from './lifetime.js';
import { type TrustVersion, trustVersionOf, trustVocabulary, WSA_2004, WSP, wsp } from './namespaces.js';
import type { RequestType } from './trust-vocabulary.js';

/** wst:RequestSecurityToken (WS-Trust 1.3 §3.1). What is absent was not asked for. */
export interface RequestSecurityToken {
  readonly version: TrustVersion;
  readonly requestType: RequestType;
  /** Echoed in the answer. */
  readonly context?: string;
  readonly tokenType?: string;
  /** The address that the token is for (wsp:AppliesTo). */
  readonly appliesTo?: string;
  readonly lifetime?: Lifetime;
  /** The requestor's part of the key. */
  readonly entropy?: Uint8Array;
  /** Bits. */
  readonly keySize?: number;
  /** The last part of its URI: PSHA1. */
  readonly computedKeyAlgorithm?: string;
  /** What Renew, Cancel and Validate are about: a SecurityTokenReference, or the token itself. */
  readonly target?: XmlElement;
}

export function writeRequestSecurityToken(request: RequestSecurityToken): XmlElement {
  const { version } = request;
  const { name, requestTypes, computedKeys } = trustVocabulary(version);
  return element(
    name('RequestSecurityToken'),
    [['Context', request.context]],
    request.tokenType === undefined ? undefined : element(name('TokenType'), [], request.tokenType),
    element(name('RequestType'), [], requestTypes[request.requestType]),
    request.appliesTo === undefined ? undefined : writeAppliesTo(request.appliesTo),
    request.lifetime && writeLifetime(version, request.lifetime),
    request.target && element(name(`${request.requestType}Target`), [], request.target),
    request.entropy && writeEntropy(version, request.entropy),
    request.keySize === undefined ? undefined : element(name('KeySize'), [], request.keySize.toString()),
    request.computedKeyAlgorithm === undefined
      ? undefined
      : element(name('ComputedKeyAlgorithm'), [], `${computedKeys}${request.computedKeyAlgorithm}`),
  );
}

/** wsp:AppliesTo with an endpoint reference. */
export function writeAppliesTo(address: string): XmlElement {
  return element(wsp('AppliesTo'), [], element(wsa('EndpointReference'), [], element(wsa('Address'), [], address)));
}

/** The address in a wsp:AppliesTo child, in either policy namespace and with either WS-Addressing. */
export function readAppliesTo(parent: XmlElement): string | undefined {
  for (const namespace of WSP) {
    const appliesTo = child(parent, { namespace, local: 'AppliesTo' });
    if (appliesTo === undefined) continue;
    for (const addressing of [WSA, WSA_2004]) {
      const reference = child(appliesTo, { namespace: addressing, local: 'EndpointReference' });
      const address = reference && child(reference, { namespace: addressing, local: 'Address' });
      if (address !== undefined) return trimmedText(address);
    }
  }
  return undefined;
}

/**
 * @param body the child of soap:Body
 * @throws TrustFault InvalidRequest when it is not a request that can be understood; SecurityError for bad entropy
 */
export function readRequestSecurityToken(body: XmlElement): RequestSecurityToken {
  const version = trustVersionOf(body.namespace);
  if (version === undefined || body.local !== 'RequestSecurityToken') {
    throw new TrustFault('InvalidRequest', `The body holds ${body.local}, not a RequestSecurityToken.`);
  }
  const { name, requestTypes, computedKeys } = trustVocabulary(version);
  const one = (local: string): XmlElement | undefined => {
    const found = childrenNamed(body, name(local));
    if (found.length > 1) throw new TrustFault('InvalidRequest', `${local} is given twice.`);
    return found[0];
  };
  const value = (local: string): string | undefined => {
    const found = one(local);
    return found && trimmedText(found);
  };
  const type = value('RequestType');
  const requestType = REQUEST_TYPES.find((known) => type === requestTypes[known]);
  if (requestType === undefined) {
    throw new TrustFault('InvalidRequest', `The RequestType "${type ?? ''}" is not one that is offered.`);
  }
  const keySize = value('KeySize');
  if (keySize !== undefined && !/^\d{1,6}$/.test(keySize)) {
    throw new TrustFault('InvalidRequest', 'The KeySize is not a number of bits.');
  }
  const algorithm = value('ComputedKeyAlgorithm');
  const entropy = one('Entropy');
  const lifetime = one('Lifetime');
  const targetParent = one(`${requestType}Target`);
  const target = targetParent && elements(targetParent)[0];
  const context = attribute(body, 'Context');
  const tokenType = value('TokenType');
  const appliesTo = readAppliesTo(body);
  return {
    version,
    requestType,
    ...(context === undefined ? {} : { context }),
    ...(tokenType === undefined ? {} : { tokenType }),
    ...(appliesTo === undefined ? {} : { appliesTo }),
    ...(lifetime === undefined ? {} : { lifetime: readLifetime(lifetime) }),
    ...(entropy === undefined ? {} : { entropy: readBinarySecret(version, entropy) }),
    ...(keySize === undefined ? {} : { keySize: Number(keySize) }),
    ...(algorithm === undefined ? {} : { computedKeyAlgorithm: algorithm.replace(computedKeys, '') }),
    ...(target === undefined ? {} : { target }),
  };
}

const REQUEST_TYPES = ['Issue', 'Renew', 'Cancel', 'Validate'] as const satisfies readonly RequestType[];
