import { child, childrenNamed, element, SecurityError, vocabulary, type XmlElement } from '@holdfast/soap';
import { WSC_13, WSC_2005, WSU_ID } from '../namespaces.js';
import { trimmedContent } from '../simple-content.js';

/** WS-SecureConversation as of 2005/02, or 1.3 (and 1.4, which has the same names on the wire). */
export type SecureConversationVersion = '2005' | '1.3';

const NAMESPACE = { '1.3': WSC_13, '2005': WSC_2005 } as const;

/** The names of one version. */
export function wsc(version: SecureConversationVersion): ReturnType<typeof vocabulary> {
  return vocabulary('wsc', NAMESPACE[version]);
}

/** ValueType of references to a SecurityContextToken, and its TokenType. */
export function sctType(version: SecureConversationVersion): string {
  return `${NAMESPACE[version]}/sct`;
}

/** ValueType of references to a DerivedKeyToken. */
export function dkType(version: SecureConversationVersion): string {
  return `${NAMESPACE[version]}/dk`;
}

/** The version that a namespace belongs to. */
export function versionOf(namespace: string): SecureConversationVersion | undefined {
  return namespace === WSC_13 ? '1.3' : namespace === WSC_2005 ? '2005' : undefined;
}

/** wsc:SecurityContextToken (WS-SecureConversation 1.3 §2): names a context, and which of its sets of keys. */
export interface SecurityContextToken {
  readonly version: SecureConversationVersion;
  readonly identifier: string;
  readonly instance: string | undefined;
}

export function writeSecurityContextToken(token: SecurityContextToken, id: string | undefined): XmlElement {
  const name = wsc(token.version);
  return element(
    name('SecurityContextToken'),
    [[WSU_ID, id]],
    element(name('Identifier'), [], token.identifier),
    token.instance === undefined ? undefined : element(name('Instance'), [], token.instance),
  );
}

/** @throws SecurityError `security-header-invalid` when it does not have exactly one Identifier */
export function readSecurityContextToken(token: XmlElement): SecurityContextToken {
  const version = versionOf(token.namespace);
  if (version === undefined || token.local !== 'SecurityContextToken') {
    throw new SecurityError('unsupported-token', `${token.local} is not a SecurityContextToken.`);
  }
  const name = wsc(version);
  const identifiers = childrenNamed(token, name('Identifier'));
  const identifier = identifiers[0] && trimmedContent(identifiers[0]);
  if (identifiers.length !== 1 || identifier === undefined || identifier === '') {
    throw new SecurityError('security-header-invalid', 'A SecurityContextToken must have exactly one Identifier.');
  }
  const instance = child(token, name('Instance'));
  return { version, identifier, instance: instance && trimmedContent(instance) };
}
