import { element, type XmlElement } from '@holdfast/soap';
import { saml2 } from '../namespaces.js';
import { CONFIRMATION_METHODS } from './assertion.js';
import type { AssertionContent } from './assertion-content.js';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const XSI_TYPE = { prefix: 'xsi', namespace: XSI, local: 'type' } as const;

/**
 * An assertion of SAML 2.0 (SAML Core 2.0 §2.3.3).
 * @param sign makes the Signature of the assertion without it
 */
export function writeSaml20(content: AssertionContent, sign: (unsigned: XmlElement) => XmlElement): XmlElement {
  const { id, issuer, issueInstant, subject, attributes = [] } = content;
  const assertion = (signature: XmlElement | undefined): XmlElement =>
    element(
      saml2('Assertion'),
      [
        ['ID', id],
        ['IssueInstant', issueInstant.toISOString()],
        ['Version', '2.0'],
      ],
      element(saml2('Issuer'), [], issuer),
      signature,
      element(
        saml2('Subject'),
        [],
        element(
          saml2('NameID'),
          [
            ['Format', subject.format],
            ['NameQualifier', subject.qualifier],
            ['SPNameQualifier', subject.spQualifier],
          ],
          subject.name,
        ),
        writeConfirmation(content.confirmation),
      ),
      writeConditions(content.conditions),
      content.authentication && writeAuthentication(content.authentication),
      attributes.length === 0 ? undefined : element(saml2('AttributeStatement'), [], ...attributes.map(writeAttribute)),
    );
  return assertion(sign(assertion(undefined)));
}

function writeConfirmation(confirmation: AssertionContent['confirmation']): XmlElement {
  const { method, keyInfo, notBefore, notOnOrAfter, recipient } = confirmation;
  const empty =
    keyInfo === undefined && notBefore === undefined && notOnOrAfter === undefined && recipient === undefined;
  return element(
    saml2('SubjectConfirmation'),
    [['Method', CONFIRMATION_METHODS['2.0'][method]]],
    empty
      ? undefined
      : element(
          saml2('SubjectConfirmationData'),
          [
            ['NotBefore', notBefore?.toISOString()],
            ['NotOnOrAfter', notOnOrAfter?.toISOString()],
            ['Recipient', recipient],
            [XSI_TYPE, keyInfo && 'saml2:KeyInfoConfirmationDataType'],
          ],
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
    saml2('Conditions'),
    [
      ['NotBefore', notBefore.toISOString()],
      ['NotOnOrAfter', notOnOrAfter.toISOString()],
    ],
    audiences.length === 0
      ? undefined
      : element(
          saml2('AudienceRestriction'),
          [],
          ...audiences.map((audience) => element(saml2('Audience'), [], audience)),
        ),
    oneTimeUse ? element(saml2('OneTimeUse')) : undefined,
  );
}

function writeAuthentication({ instant, method }: NonNullable<AssertionContent['authentication']>): XmlElement {
  return element(
    saml2('AuthnStatement'),
    [['AuthnInstant', instant.toISOString()]],
    element(saml2('AuthnContext'), [], element(saml2('AuthnContextClassRef'), [], method)),
  );
}

function writeAttribute({ name, namespace, values }: NonNullable<AssertionContent['attributes']>[number]): XmlElement {
  return element(
    saml2('Attribute'),
    [
      ['Name', name],
      ['NameFormat', namespace],
    ],
    ...values.map((value) => element(saml2('AttributeValue'), [], value)),
  );
}
