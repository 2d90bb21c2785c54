import type { SecurityError, SoapFault } from '@holdfast/soap';
import { wsse } from './namespaces.js';

/** The faults of SOAP Message Security 1.1 §12 by their local names, with their published texts. */
export const WSSE_FAULTS = {
  UnsupportedSecurityToken: 'An unsupported token was provided',
  UnsupportedAlgorithm: 'An unsupported signature or encryption algorithm was used',
  InvalidSecurity: 'An error was discovered processing the <wsse:Security> header.',
  InvalidSecurityToken: 'An invalid security token was provided',
  FailedAuthentication: 'The security token could not be authenticated or authorized',
  FailedCheck: 'The signature or decryption was invalid',
  SecurityTokenUnavailable: 'Referenced security token could not be retrieved',
  MessageExpired: 'The message has expired',
} as const;

/**
 * What a peer is told of a security failure: the same for every cause, so that nothing can be learnt by trying.
 * The error itself is for the log.
 */
export function securityFault(_error: SecurityError): SoapFault {
  return {
    code: 'Sender',
    subcodes: [wsse('InvalidSecurity')],
    reason: WSSE_FAULTS.InvalidSecurity,
    detail: [],
  };
}
