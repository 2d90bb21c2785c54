import { vocabulary } from '@holdfast/soap';

/** WS-Trust as of February 2005, or 1.3 (and 1.4, which keeps its names). It goes with the WS-SecureConversation version. */
export type TrustVersion = '2005' | '1.3';

export const WST_13 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
export const WST_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/trust';
/** The policy namespaces that AppliesTo is found in; the first is the one WS-Trust 1.3 names. */
export const WSP = ['http://schemas.xmlsoap.org/ws/2004/09/policy', 'http://www.w3.org/ns/ws-policy'] as const;

const NAMESPACE = { '1.3': WST_13, '2005': WST_2005 } as const;

export function wstNamespace(version: TrustVersion): string {
  return NAMESPACE[version];
}

/** The names of one version. */
export function wst(version: TrustVersion): ReturnType<typeof vocabulary> {
  return vocabulary('wst', NAMESPACE[version]);
}

export function trustVersionOf(namespace: string): TrustVersion | undefined {
  return namespace === WST_13 ? '1.3' : namespace === WST_2005 ? '2005' : undefined;
}

export const wsp = vocabulary('wsp', WSP[0]);
