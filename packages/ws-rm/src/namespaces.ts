import { vocabulary } from '@holdfast/soap';

/** WS-ReliableMessaging 1.1 and 1.2; 1.2 changed no wire form. */
export const WSRM_11 = 'http://docs.oasis-open.org/ws-rx/wsrm/200702';
export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

export const wsse = vocabulary('wsse', WSSE);

/** Microsoft's extensions to WS-RM; of them only the subcode ConnectionLimitReached is used. */
export const NETRM = 'http://schemas.microsoft.com/ws/2006/05/rm';
export const netrm = vocabulary('netrm', NETRM);
export const wsrm11Names = vocabulary('wsrm', WSRM_11);
