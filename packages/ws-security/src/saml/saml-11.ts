import { attribute, elements, isNamed, type XmlElement } from '@holdfast/soap';
import { canonicalize } from '../canonical/canonicalize.js';
import { ds, saml1 } from '../namespaces.js';
import { unsupported } from '../refusal.js';
import {
  type AssertionConditions,
  CONFIRMATION_METHODS,
  type ConfirmationMethod,
  type SamlAssertion,
  type SamlAttribute,
  type SamlName,
  type SubjectConfirmation,
} from './assertion.js';
import { readAttribute } from './attribute.js';
import {
  childrenInOrder,
  identifier,
  instantAttribute,
  malformed,
  many,
  one,
  plainText,
  requiredAttribute,
} from './shape.js';

/** Reads an assertion of SAML 1.1 (SAML Core 1.1 §2.3). All statements must be about one subject. */
export function readSaml11(assertion: XmlElement): SamlAssertion {
  if (attribute(assertion, 'MajorVersion') !== '1' || attribute(assertion, 'MinorVersion') !== '1') {
    unsupported('A SAML assertion is of a version other than 1.1 and 2.0.');
  }
  const children = childrenInOrder(assertion, [
    one(saml1('Conditions')),
    one(saml1('Advice')),
    many(saml1('AuthenticationStatement'), saml1('AttributeStatement'), saml1('AuthorizationDecisionStatement')),
    one(ds('Signature')),
  ]);
  const authentications = children.all(saml1('AuthenticationStatement'));
  const attributeStatements = children.all(saml1('AttributeStatement'));
  const subject = readSubject([
    ...authentications,
    ...attributeStatements,
    ...children.all(saml1('AuthorizationDecisionStatement')),
  ]);
  return {
    version: '1.1',
    id: identifier(assertion, 'AssertionID'),
    issuer: requiredAttribute(assertion, 'Issuer'),
    issueInstant: instantAttribute(assertion, 'IssueInstant') ?? malformed('it must have IssueInstant'),
    ...subject,
    conditions: readConditions(children.first(saml1('Conditions'))),
    attributes: attributeStatements.flatMap(readAttributes),
    authenticationInstant: authentications[0] && instantAttribute(authentications[0], 'AuthenticationInstant'),
  };
}

function readSubject(statements: readonly XmlElement[]): Pick<SamlAssertion, 'subject' | 'confirmations'> {
  const subjects = statements.map((statement) => {
    const [subject] = elements(statement);
    return isNamed(subject, saml1('Subject')) ? subject : malformed(`${statement.local} must begin with its Subject`);
  });
  const [subject, ...others] = subjects;
  if (subject === undefined) malformed('it must have a statement');
  const form = canonicalize(subject);
  if (others.some((other) => canonicalize(other) !== form)) malformed('its statements are about different subjects');
  const children = childrenInOrder(subject, [one(saml1('NameIdentifier')), one(saml1('SubjectConfirmation'))]);
  const name = children.first(saml1('NameIdentifier'));
  const confirmation = children.first(saml1('SubjectConfirmation'));
  return {
    subject: name && readName(name),
    confirmations: confirmation === undefined ? [] : readConfirmations(confirmation),
  };
}

function readName(identifier: XmlElement): SamlName {
  const format = attribute(identifier, 'Format');
  const qualifier = attribute(identifier, 'NameQualifier');
  return {
    name: plainText(identifier),
    ...(format === undefined ? {} : { format }),
    ...(qualifier === undefined ? {} : { qualifier }),
  };
}

function readConfirmations(confirmation: XmlElement): readonly SubjectConfirmation[] {
  const children = childrenInOrder(confirmation, [
    many(saml1('ConfirmationMethod')),
    one(saml1('SubjectConfirmationData')),
    one(ds('KeyInfo')),
  ]);
  return children.all(saml1('ConfirmationMethod')).flatMap((element) => {
    const uri = plainText(element);
    const method = METHODS.find((candidate) => CONFIRMATION_METHODS['1.1'][candidate] === uri);
    const keyInfo = children.first(ds('KeyInfo'));
    return method === undefined
      ? []
      : [{ method, keyInfo, notBefore: undefined, notOnOrAfter: undefined, recipient: undefined }];
  });
}

const METHODS = Object.keys(CONFIRMATION_METHODS['1.1']) as readonly ConfirmationMethod[];

function readConditions(conditions: XmlElement | undefined): AssertionConditions {
  if (conditions === undefined) {
    return { notBefore: undefined, notOnOrAfter: undefined, audiences: [], oneTimeUse: false };
  }
  const children = childrenInOrder(conditions, [
    many(saml1('AudienceRestrictionCondition'), saml1('DoNotCacheCondition'), saml1('Condition')),
  ]);
  if (children.first(saml1('Condition')) !== undefined)
    unsupported('A SAML assertion has a condition of another kind.');
  return {
    notBefore: instantAttribute(conditions, 'NotBefore'),
    notOnOrAfter: instantAttribute(conditions, 'NotOnOrAfter'),
    audiences: children.all(saml1('AudienceRestrictionCondition')).map((restriction) =>
      childrenInOrder(restriction, [many(saml1('Audience'))])
        .all(saml1('Audience'))
        .map(plainText),
    ),
    oneTimeUse: children.first(saml1('DoNotCacheCondition')) !== undefined,
  };
}

function readAttributes(statement: XmlElement): readonly SamlAttribute[] {
  const children = childrenInOrder(statement, [one(saml1('Subject')), many(saml1('Attribute'))]);
  return children
    .all(saml1('Attribute'))
    .map((element) =>
      readAttribute(
        element,
        requiredAttribute(element, 'AttributeName'),
        attribute(element, 'AttributeNamespace'),
        saml1('AttributeValue'),
      ),
    );
}
