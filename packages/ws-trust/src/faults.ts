import type { SoapFault } from '@holdfast/soap';
import { type TrustVersion, wst } from './namespaces.js';

/** The faults of WS-Trust 1.3 §11 by their local names, with their texts. */
export const TRUST_FAULTS = {
  InvalidRequest: 'The request was invalid or malformed',
  FailedAuthentication: 'Authentication failed',
  RequestFailed: 'The specified request failed',
  InvalidSecurityToken: 'Security token has been revoked',
  AuthenticationBadElements: 'Insufficient Digest Elements',
  BadRequest: 'The specified RequestSecurityToken is not understood',
  ExpiredData: 'The request data is out-of-date',
  InvalidTimeRange: 'The requested time range is invalid or unsupported',
  InvalidScope: 'The request scope is invalid or unsupported',
  RenewNeeded: 'A renewable security token has expired',
  UnableToRenew: 'The requested renewal failed',
} as const;

export type TrustFaultName = keyof typeof TRUST_FAULTS;

/** The fault as the peer gets it. */
export function trustFault(version: TrustVersion, name: TrustFaultName): SoapFault {
  return { code: 'Sender', subcodes: [wst(version)(name)], reason: TRUST_FAULTS[name], detail: [] };
}

/** A request that a token service refuses: `fault` for the peer, the message for the log. */
export class TrustFault extends Error {
  readonly fault: TrustFaultName;
  constructor(fault: TrustFaultName, message: string) {
    super(message);
    this.name = 'TrustFault';
    this.fault = fault;
  }
}
