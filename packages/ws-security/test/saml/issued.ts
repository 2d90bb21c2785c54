import { serialize, type XmlElement } from '@holdfast/soap';
import type { SamlVersion } from '#src/saml/assertion.js';
import type { AssertionContent } from '#src/saml/assertion-content.js';
import { type AssertionRequirements, type VerifiedAssertion, verifyAssertion } from '#src/saml/verify-assertion.js';
import { testIssuer } from '#src/testing/index.js';
import type { Credential } from '#src/x509/certificate.js';
import { now, xml } from '../samples.js';

export const VERSIONS: readonly SamlVersion[] = ['1.1', '2.0'];

/** Who issues the assertions of these tests, and somebody who would like to. */
export const honest = testIssuer('urn:test:issuer', now);
export const mallory = testIssuer('urn:test:mallory', now);

/** The text of an assertion about alice. */
export function issued(version: SamlVersion, change: Partial<AssertionContent> = {}, holder?: Credential): string {
  return serialize(honest.issue(now, holder, { version, ...change }));
}

/** The assertion as its reader has it. */
export function verified(
  assertion: string | XmlElement,
  requirements: Partial<AssertionRequirements> = {},
): VerifiedAssertion {
  const element = typeof assertion === 'string' ? xml(assertion) : assertion;
  return verifyAssertion(element, { issuers: [honest.issuer], now, ...requirements });
}

/** The text with the name of the identifying attribute that each version has. */
export const ID = { '1.1': 'AssertionID', '2.0': 'ID' } as const;
export const PREFIX = { '1.1': 'saml1', '2.0': 'saml2' } as const;

/** The issuer's signature, as text. */
export function signatureOf(assertion: string): string {
  const from = assertion.indexOf('<ds:Signature');
  return assertion.slice(from, assertion.indexOf('</ds:Signature>') + '</ds:Signature>'.length);
}

/** What the attribute that identifies the assertion says. */
export function idOf(assertion: string): string {
  return / (?:Assertion)?ID="([^"]*)"/.exec(assertion)?.[1] ?? '';
}
