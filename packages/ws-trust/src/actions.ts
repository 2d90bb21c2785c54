import { TRUST_VERSIONS, type TrustVersion, trustVocabulary } from './namespaces.js';
import type { ContextOperation } from './trust-vocabulary.js';

/** wsa:Action of the request. */
export function requestAction(version: TrustVersion, operation: ContextOperation): string {
  return trustVocabulary(version).contextActions[operation].request;
}

/** wsa:Action of the answer. */
export function responseAction(version: TrustVersion, operation: ContextOperation): string {
  return trustVocabulary(version).contextActions[operation].answer;
}

/** Which request an Action announces; `undefined` for any other Action. */
export function contextRequest(
  action: string,
): { readonly version: TrustVersion; readonly operation: ContextOperation } | undefined {
  for (const version of TRUST_VERSIONS) {
    for (const operation of ['issue', 'amend', 'renew', 'cancel'] as const) {
      if (action === requestAction(version, operation)) return { version, operation };
    }
  }
  return undefined;
}
