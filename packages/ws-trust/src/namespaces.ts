import { vocabulary } from '@holdfast/soap';
import { trust13, WST_13 } from './trust-13.js';
import { trust2005, WST_2005 } from './trust-2005.js';
import type { TrustVocabulary } from './trust-vocabulary.js';

export { WST_13, WST_2005 };

/** WS-Trust as of February 2005, or 1.3 (and 1.4, which keeps its names). It goes with the WS-SecureConversation version. */
export type TrustVersion = '2005' | '1.3';

/** The policy namespaces that AppliesTo is found in; the first is the one WS-Trust 1.3 names. */
export const WSP = ['http://schemas.xmlsoap.org/ws/2004/09/policy', 'http://www.w3.org/ns/ws-policy'] as const;
/** WS-Addressing as of August 2004: older stacks name with it what a token is for. */
export const WSA_2004 = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';

const VOCABULARY: Readonly<Record<TrustVersion, TrustVocabulary>> = { '1.3': trust13, '2005': trust2005 };

/** The two versions, the default first. */
export const TRUST_VERSIONS = ['1.3', '2005'] as const satisfies readonly TrustVersion[];

/** What one version calls everything. */
export function trustVocabulary(version: TrustVersion): TrustVocabulary {
  return VOCABULARY[version];
}

export function wstNamespace(version: TrustVersion): string {
  return VOCABULARY[version].namespace;
}

/** The names of one version. */
export function wst(version: TrustVersion): TrustVocabulary['name'] {
  return VOCABULARY[version].name;
}

export function trustVersionOf(namespace: string): TrustVersion | undefined {
  return TRUST_VERSIONS.find((version) => VOCABULARY[version].namespace === namespace);
}

export const wsp = vocabulary('wsp', WSP[0]);
