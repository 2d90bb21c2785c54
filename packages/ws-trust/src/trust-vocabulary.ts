import type { vocabulary, XmlElement } from '@holdfast/soap';

/** What is done with a token: the last part of a RequestType's URI. */
export type RequestType = 'Issue' | 'Renew' | 'Cancel' | 'Validate';

/** What is done with a security context token (WS-SecureConversation 1.3 §3–§6). */
export type ContextOperation = 'issue' | 'amend' | 'renew' | 'cancel';

/** What a wst:BinarySecret is. */
export type SecretType = 'Nonce' | 'SymmetricKey';

/** Everything that one version of WS-Trust calls by a name of its own. */
export interface TrustVocabulary {
  readonly namespace: string;
  /** Names of elements. */
  readonly name: ReturnType<typeof vocabulary>;
  readonly requestTypes: Readonly<Record<RequestType, string>>;
  /** wsa:Action of a request about a security context token, and of its answer. */
  readonly contextActions: Readonly<Record<ContextOperation, { readonly request: string; readonly answer: string }>>;
  /** BinarySecret/@Type. */
  readonly secretTypes: Readonly<Record<SecretType, string>>;
  /** What URIs of computed key algorithms begin with. */
  readonly computedKeys: string;
  /** The body of a final answer with this one response. */
  answer(response: XmlElement): XmlElement;
}
