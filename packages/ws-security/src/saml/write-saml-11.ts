import { element, UsageError, type XmlElement } from '@holdfast/soap';
import { saml1 } from '../namespaces.js';
import { CONFIRMATION_METHODS } from './assertion.js';
import type { AssertionContent } from './assertion-content.js';

/**
 * An assertion of SAML 1.1 (SAML Core 1.1 §2.3).
 * @param sign makes the Signature of the assertion without it
 * @throws UsageError `invalid-argument` for what this version cannot say
 */
export function writeSaml11(content: AssertionContent, sign: (unsigned: XmlElement) => XmlElement): XmlElement {
  const { id, issuer, issueInstant, conditions, attributes = [], authentication } = content;
  if (attributes.length === 0 && authentication === undefined) {
    invalid('needs attributes or an authentication');
  }
  const subject = writeSubject(content);
  const assertion = (signature: XmlElement | undefined): XmlElement =>
    element(
      saml1('Assertion'),
      [
        ['AssertionID', id],
        ['IssueInstant', issueInstant.toISOString()],
        ['Issuer', issuer],
        ['MajorVersion', '1'],
        ['MinorVersion', '1'],
      ],
      writeConditions(conditions),
      authentication && writeAuthentication(authentication, subject),
      attributes.length === 0
        ? undefined
        : element(saml1('AttributeStatement'), [], subject, ...attributes.map(writeAttribute)),
      signature,
    );
  return assertion(sign(assertion(undefined)));
}

function writeSubject({ subject, confirmation }: AssertionContent): XmlElement {
  const { method, keyInfo, notBefore, notOnOrAfter, recipient } = confirmation;
  if (notBefore !== undefined || notOnOrAfter !== undefined || recipient !== undefined) {
    invalid('has no notBefore, notOnOrAfter and recipient of a confirmation');
  }
  return element(
    saml1('Subject'),
    [],
    element(
      saml1('NameIdentifier'),
      [
        ['Format', subject.format],
        ['NameQualifier', subject.qualifier],
      ],
      subject.name,
    ),
    element(
      saml1('SubjectConfirmation'),
      [],
      element(saml1('ConfirmationMethod'), [], CONFIRMATION_METHODS['1.1'][method]),
      keyInfo,
    ),
  );
}

function writeConditions({
  notBefore,
  notOnOrAfter,
  audiences = [],
  oneTimeUse = false,
}: AssertionContent['conditions']): XmlElement {
  return element(
    saml1('Conditions'),
    [
      ['NotBefore', notBefore.toISOString()],
      ['NotOnOrAfter', notOnOrAfter.toISOString()],
    ],
    audiences.length === 0
      ? undefined
      : element(
          saml1('AudienceRestrictionCondition'),
          [],
          ...audiences.map((audience) => element(saml1('Audience'), [], audience)),
        ),
    oneTimeUse ? element(saml1('DoNotCacheCondition')) : undefined,
  );
}

function writeAuthentication(
  { instant, method }: NonNullable<AssertionContent['authentication']>,
  subject: XmlElement,
): XmlElement {
  return element(
    saml1('AuthenticationStatement'),
    [
      ['AuthenticationInstant', instant.toISOString()],
      ['AuthenticationMethod', method],
    ],
    subject,
  );
}

function writeAttribute({ name, namespace, values }: NonNullable<AssertionContent['attributes']>[number]): XmlElement {
  if (namespace === undefined || values.length === 0) invalid(`needs a namespace and a value of the attribute ${name}`);
  return element(
    saml1('Attribute'),
    [
      ['AttributeName', name],
      ['AttributeNamespace', namespace],
    ],
    ...values.map((value) => element(saml1('AttributeValue'), [], value)),
  );
}

function invalid(why: string): never {
  throw new UsageError('invalid-argument', `An assertion of SAML 1.1 ${why}.`);
}
