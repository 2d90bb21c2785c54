import type { SoapFault } from '@holdfast/soap';
import { WSSE } from './namespaces.js';

const securityNamespaces: readonly string[] = [
  WSSE,
  'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512',
  'http://schemas.xmlsoap.org/ws/2005/02/sc',
  'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
  'http://schemas.xmlsoap.org/ws/2005/02/trust',
];

/** Whether the peer does not accept the token (wsc:BadContextToken, wsse:FailedAuthentication …). */
export function isTokenFault(fault: SoapFault): boolean {
  return fault.subcodes.some(({ namespace }) => securityNamespaces.includes(namespace));
}
