import { attribute, isNamed, type XmlElement } from '@holdfast/soap';
import { saml1, saml2 } from '../namespaces.js';
import { unsupported } from '../refusal.js';
import type { SamlAssertion } from './assertion.js';
import { refuseNesting } from './nesting.js';
import { readSaml11 } from './saml-11.js';
import { readSaml20 } from './saml-20.js';

/** Whether the element is an assertion, of whatever version. */
export function isAssertion(element: XmlElement): boolean {
  return isNamed(element, saml1('Assertion')) || isNamed(element, saml2('Assertion'));
}

/**
 * Reads an assertion of SAML 1.1 or 2.0, strictly by the schema. Nothing is known of its truth.
 * @throws SecurityError `security-header-invalid` for another shape, `unsupported-token` for another version, or for
 * parts that change the meaning and are not known: an encrypted name, a condition of another kind
 */
export function readAssertion(element: XmlElement): SamlAssertion {
  const read = isNamed(element, saml1('Assertion'))
    ? readSaml11
    : isNamed(element, saml2('Assertion'))
      ? readSaml20
      : unsupported('The token is not a SAML assertion.');
  const assertion = read(element);
  refuseNesting(element, assertion.id);
  return assertion;
}

/** The identifier that messages refer to an assertion by; `undefined`: it has none, or is no assertion. */
export function assertionId(element: XmlElement): string | undefined {
  return isNamed(element, saml1('Assertion'))
    ? attribute(element, 'AssertionID')
    : isNamed(element, saml2('Assertion'))
      ? attribute(element, 'ID')
      : undefined;
}
