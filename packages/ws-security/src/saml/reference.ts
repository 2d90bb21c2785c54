import type { TokenReference } from '../elements/security-token-reference.js';
import { SAML_11_TOKEN, SAML_20_TOKEN, SAML_ASSERTION_ID, SAML_ID } from '../namespaces.js';
import type { SamlAssertion, SamlVersion } from './assertion.js';

/** A reference to an assertion, and the wsse11:TokenType that goes with it. */
export interface AssertionReference {
  readonly reference: TokenReference;
  readonly tokenType: string;
}

/** wsse11:TokenType of each version (SAML Token Profile 1.1 §3.4, table 3; BSP R6611, R6617). */
export const SAML_TOKEN_TYPE = { '1.1': SAML_11_TOKEN, '2.0': SAML_20_TOKEN } as const satisfies Record<
  SamlVersion,
  string
>;

/** ValueType of a KeyIdentifier for each version (table 2; BSP R6603, R6609, R6616). */
export const SAML_KEY_IDENTIFIER = { '1.1': SAML_ASSERTION_ID, '2.0': SAML_ID } as const satisfies Record<
  SamlVersion,
  string
>;

/**
 * Names an assertion by its identifier, which stands in the KeyIdentifier as it is, without EncodingType (BSP R6604,
 * R6605): the value here is its UTF-8 text.
 */
export function assertionReference({ version, id }: Pick<SamlAssertion, 'version' | 'id'>): AssertionReference {
  return {
    reference: { kind: 'key-identifier', valueType: SAML_KEY_IDENTIFIER[version], value: Buffer.from(id, 'utf8') },
    tokenType: SAML_TOKEN_TYPE[version],
  };
}

/** Whether a reference names this assertion: by the KeyIdentifier of its version, or by `#` and its ID (2.0 only). */
export function namesAssertion(
  reference: TokenReference,
  { version, id }: Pick<SamlAssertion, 'version' | 'id'>,
): boolean {
  switch (reference.kind) {
    case 'key-identifier':
      return reference.valueType === SAML_KEY_IDENTIFIER[version] && reference.value.toString('utf8') === id;
    case 'direct':
      return version === '2.0' && reference.uri === `#${id}`;
    default:
      return false;
  }
}
