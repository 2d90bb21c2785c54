import { elements, isNamed, type XmlElement } from '@holdfast/soap';
import { ds, saml1, saml2 } from '../namespaces.js';
import { malformed } from './shape.js';

/**
 * Refuses, anywhere within an assertion, what a signature could be led astray with: another assertion, another
 * signature than the issuer's own, a second element with its identifier.
 */
export function refuseNesting(assertion: XmlElement, id: string): void {
  const pending = [...elements(assertion)];
  const own = pending.filter((child) => isNamed(child, ds('Signature')));
  if (own.length > 1) malformed('it has more than one Signature');
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (isNamed(at, saml1('Assertion')) || isNamed(at, saml2('Assertion'))) malformed('it holds another assertion');
    if (isNamed(at, ds('Signature')) && at !== own[0]) malformed('it holds another Signature');
    for (const { local, value } of at.attributes) {
      if (value === id && IDENTIFIERS.has(local)) malformed('another element within it has its identifier');
    }
    for (const child of at.children) if (typeof child === 'object' && child.kind === 'element') pending.push(child);
  }
}

/** Attributes that anybody may take for an Id, whatever their namespace. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['ID', 'Id', 'id', 'AssertionID']);
