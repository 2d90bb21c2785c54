import { type TrustVersion, wstNamespace } from './namespaces.js';

/** What is done with a security context token (WS-SecureConversation 1.3 §3–§6). */
export type ContextOperation = 'issue' | 'amend' | 'renew' | 'cancel';

const SUFFIX = { issue: '/SCT', amend: '/SCT/Amend', renew: '/SCT/Renew', cancel: '/SCT/Cancel' } as const;

/** wsa:Action of the request. */
export function requestAction(version: TrustVersion, operation: ContextOperation): string {
  return `${wstNamespace(version)}/RST${SUFFIX[operation]}`;
}

/** wsa:Action of the answer; its body is a collection in 1.3, but the Action says RSTR in all versions. */
export function responseAction(version: TrustVersion, operation: ContextOperation): string {
  return `${wstNamespace(version)}/RSTR${SUFFIX[operation]}`;
}

/** Which request an Action announces; `undefined` for any other Action. */
export function contextRequest(
  action: string,
): { readonly version: TrustVersion; readonly operation: ContextOperation } | undefined {
  for (const version of ['1.3', '2005'] as const) {
    for (const operation of ['issue', 'amend', 'renew', 'cancel'] as const) {
      if (action === requestAction(version, operation)) return { version, operation };
    }
  }
  return undefined;
}
