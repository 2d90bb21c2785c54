import { attribute, type XmlElement } from '@holdfast/soap';
import { ds, saml2 } from '../namespaces.js';
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
  earlier,
  identifier,
  instantAttribute,
  malformed,
  many,
  one,
  plainText,
  requiredAttribute,
} from './shape.js';

/** Reads an assertion of SAML 2.0 (SAML Core 2.0 §2.3.3). Encrypted names and attributes are not read. */
export function readSaml20(assertion: XmlElement): SamlAssertion {
  if (attribute(assertion, 'Version') !== '2.0') {
    unsupported('A SAML assertion is of a version other than 1.1 and 2.0.');
  }
  const children = childrenInOrder(assertion, [
    one(saml2('Issuer')),
    one(ds('Signature')),
    one(saml2('Subject')),
    one(saml2('Conditions')),
    one(saml2('Advice')),
    many(saml2('AuthnStatement'), saml2('AttributeStatement'), saml2('AuthzDecisionStatement')),
  ]);
  const authentications = children.all(saml2('AuthnStatement'));
  const conditions = readConditions(children.first(saml2('Conditions')));
  const sessionEnd = authentications
    .map((statement) => instantAttribute(statement, 'SessionNotOnOrAfter'))
    .reduce(earlier, undefined);
  return {
    version: '2.0',
    id: identifier(assertion, 'ID'),
    issuer: plainText(children.first(saml2('Issuer')) ?? malformed('it must name its Issuer')),
    issueInstant: instantAttribute(assertion, 'IssueInstant') ?? malformed('it must have IssueInstant'),
    ...readSubject(children.first(saml2('Subject'))),
    conditions: { ...conditions, notOnOrAfter: earlier(conditions.notOnOrAfter, sessionEnd) },
    attributes: children.all(saml2('AttributeStatement')).flatMap(readAttributes),
    authenticationInstant: authentications[0] && instantAttribute(authentications[0], 'AuthnInstant'),
  };
}

function readSubject(subject: XmlElement | undefined): Pick<SamlAssertion, 'subject' | 'confirmations'> {
  if (subject === undefined) return { subject: undefined, confirmations: [] };
  const children = childrenInOrder(subject, [
    one(saml2('NameID'), saml2('BaseID'), saml2('EncryptedID')),
    many(saml2('SubjectConfirmation')),
  ]);
  refuseOtherNames(children.first(saml2('BaseID')) ?? children.first(saml2('EncryptedID')));
  const name = children.first(saml2('NameID'));
  return {
    subject: name && readName(name),
    confirmations: children.all(saml2('SubjectConfirmation')).flatMap(readConfirmation),
  };
}

function readName(name: XmlElement): SamlName {
  const format = attribute(name, 'Format');
  const qualifier = attribute(name, 'NameQualifier');
  const spQualifier = attribute(name, 'SPNameQualifier');
  return {
    name: plainText(name),
    ...(format === undefined ? {} : { format }),
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(spQualifier === undefined ? {} : { spQualifier }),
  };
}

function readConfirmation(confirmation: XmlElement): readonly SubjectConfirmation[] {
  const children = childrenInOrder(confirmation, [
    one(saml2('NameID'), saml2('BaseID'), saml2('EncryptedID')),
    one(saml2('SubjectConfirmationData')),
  ]);
  refuseOtherNames(children.first(saml2('BaseID')) ?? children.first(saml2('EncryptedID')));
  const uri = requiredAttribute(confirmation, 'Method');
  const method = METHODS.find((candidate) => CONFIRMATION_METHODS['2.0'][candidate] === uri);
  if (method === undefined) return [];
  const data = children.first(saml2('SubjectConfirmationData'));
  if (data === undefined) {
    return [{ method, keyInfo: undefined, notBefore: undefined, notOnOrAfter: undefined, recipient: undefined }];
  }
  return [
    {
      method,
      keyInfo: childrenInOrder(data, [one(ds('KeyInfo'))]).first(ds('KeyInfo')),
      notBefore: instantAttribute(data, 'NotBefore'),
      notOnOrAfter: instantAttribute(data, 'NotOnOrAfter'),
      recipient: attribute(data, 'Recipient'),
    },
  ];
}

const METHODS = Object.keys(CONFIRMATION_METHODS['2.0']) as readonly ConfirmationMethod[];

function refuseOtherNames(name: XmlElement | undefined): void {
  if (name !== undefined) unsupported(`A SAML assertion names somebody by ${name.local}, which is not supported.`);
}

function readConditions(conditions: XmlElement | undefined): AssertionConditions {
  if (conditions === undefined) {
    return { notBefore: undefined, notOnOrAfter: undefined, audiences: [], oneTimeUse: false };
  }
  const children = childrenInOrder(conditions, [
    many(saml2('Condition'), saml2('AudienceRestriction'), saml2('OneTimeUse'), saml2('ProxyRestriction')),
  ]);
  if (children.first(saml2('Condition')) !== undefined)
    unsupported('A SAML assertion has a condition of another kind.');
  return {
    notBefore: instantAttribute(conditions, 'NotBefore'),
    notOnOrAfter: instantAttribute(conditions, 'NotOnOrAfter'),
    audiences: children.all(saml2('AudienceRestriction')).map((restriction) =>
      childrenInOrder(restriction, [many(saml2('Audience'))])
        .all(saml2('Audience'))
        .map(plainText),
    ),
    oneTimeUse: children.first(saml2('OneTimeUse')) !== undefined,
  };
}

function readAttributes(statement: XmlElement): readonly SamlAttribute[] {
  const children = childrenInOrder(statement, [many(saml2('Attribute'), saml2('EncryptedAttribute'))]);
  if (children.first(saml2('EncryptedAttribute')) !== undefined) {
    unsupported('A SAML assertion has an EncryptedAttribute, which is not supported.');
  }
  return children
    .all(saml2('Attribute'))
    .map((element) =>
      readAttribute(
        element,
        requiredAttribute(element, 'Name'),
        attribute(element, 'NameFormat'),
        saml2('AttributeValue'),
      ),
    );
}
