import { attribute, child, isNamed, withAttribute, type XmlElement } from '@holdfast/soap';
import { ds, WSSE_11, WSU_ID, XENC, xenc } from '../../namespaces.js';
import { type AttackFamily, type Draft, EVIL } from './attack.js';
import { after, append, by, content, type Edit, remove, set } from './edit.js';
import { octetsIn } from './reseal.js';
import { node, nodes, type SecuredMessage } from './secured-message.js';
import { flipped } from './truncation.js';

/**
 * Ciphertext put where a receiver decrypts what nobody signed: bare into the Header, into an EncryptedHeader, into the
 * Security header, said to be an element and listed. Whether the message is accepted must not depend on what comes out:
 * that would be an oracle for whoever can change the ciphertext (Jager and Somorovsky, CCS 2011).
 */
export const bareCiphertext: AttackFamily = function* (message, options) {
  for (const [at, data] of message.encryptedData.entries()) {
    const value = message.everywhere((each) => isNamed(each, xenc('CipherValue')), data).at(-1);
    if (value === undefined) continue;
    const octets = octetsIn(value);
    for (const [what, changed] of [
      ['copied', octets],
      ['flipped-at-the-start', flipped(octets, 0)],
      ['flipped-in-the-iv', flipped(octets, 7)],
      ['flipped-at-the-end', flipped(octets, octets.length - 1)],
    ] as const) {
      yield* placed(message, data, asElement(data, changed), what, `${at + 1}`);
    }
  }
  yield* moved(message, options.body ?? EVIL);
};

const COPY = 'bare-copy';
const TYPE = { prefix: '', namespace: '', local: 'Type' };
const ID = { prefix: '', namespace: '', local: 'Id' };
const URI = { prefix: '', namespace: '', local: 'URI' };

/** The EncryptedData under an Id of its own, said to hold an element, with these octets. */
function asElement(data: XmlElement, octets: Buffer): XmlElement {
  const named = withAttribute(withAttribute(data, ID, COPY), TYPE, `${XENC}Element`);
  return {
    ...named,
    children: named.children.map((each) =>
      isNamed(each, xenc('CipherData'))
        ? {
            ...each,
            children: [node(`<xenc:CipherValue xmlns:xenc="${XENC}">${octets.toString('base64')}</xenc:CipherValue>`)],
          }
        : each,
    ),
  };
}

function* placed(
  message: SecuredMessage,
  data: XmlElement,
  copy: XmlElement,
  what: string,
  at: string,
): Iterable<Draft> {
  for (const [place, where, edit] of places(message, copy)) {
    const draft = (list: string, how: string, ...lists: readonly (readonly [XmlElement, Edit])[]): Draft => ({
      name: `ciphertext/bare-${what}-${place}${list}:${at}`,
      about: `A copy of something encrypted (${what.replaceAll('-', ' ')}) stands ${where}, as an element, ${how}.`,
      result: message.with(edit, ...lists),
    });
    const known = beside(message, data);
    if (known.length > 0) yield draft('', 'named where the original is', ...known);
    if (child(data, ds('KeyInfo')) === undefined) continue;
    if (what !== 'copied') continue;
    const list = node(
      `<xenc:ReferenceList xmlns:xenc="${XENC}"><xenc:DataReference URI="#${COPY}"/></xenc:ReferenceList>`,
    );
    yield draft('-listed-last', 'in a list of its own', [message.security, append(list)]);
    const [key] = message.encryptedKeys;
    if (key === undefined || child(key, xenc('ReferenceList')) !== undefined) continue;
    yield draft('-listed-by-key', 'in a list in the EncryptedKey', [key, append(list)]);
  }
}

function places(
  { header, security, timestamp }: SecuredMessage,
  copy: XmlElement,
): readonly (readonly [string, string, readonly [XmlElement, Edit]])[] {
  const wrapper = node(`<wsse11:EncryptedHeader xmlns:wsse11="${WSSE_11}"/>`);
  const encrypted = { ...withAttribute(wrapper, WSU_ID, 'bare-header'), children: [copy] };
  return [
    ['in-header', 'bare in the Header', [header, append(copy)]],
    ['in-encrypted-header', 'in an EncryptedHeader', [header, append(encrypted)]],
    [
      'in-security',
      'in the Security header',
      timestamp === undefined ? [security, append(copy)] : [timestamp, after(copy)],
    ],
  ];
}

/** The copy named wherever the original is. */
function beside(message: SecuredMessage, data: XmlElement): readonly (readonly [XmlElement, Edit])[] {
  const uri = `#${attribute(data, 'Id')}`;
  return message
    .everywhere((each) => isNamed(each, xenc('DataReference')) && attribute(each, 'URI') === uri)
    .map((each) => [each, after(withAttribute(each, URI, `#${COPY}`))] as const);
}

/** The Body's own ciphertext, gone from there: what is listed is found. */
function* moved(message: SecuredMessage, evil: string): Iterable<Draft> {
  const { encryptedBody, header, body } = message;
  if (encryptedBody === undefined) return;
  const [bare] = set('Type', `${XENC}Element`)(encryptedBody) as readonly [XmlElement];
  yield {
    name: 'ciphertext/bare-moved-to-header',
    about: 'The ciphertext of the Body becomes a header block; the Body is new plaintext.',
    result: message.with([header, append(bare)], [encryptedBody, by(...nodes(evil))]),
  };
  yield {
    name: 'ciphertext/bare-moved-out-of-empty-body',
    about: 'The ciphertext of the Body becomes a header block; the Body is empty.',
    result: message.with([header, append(bare)], [body, content()], [encryptedBody, remove]),
  };
}

/** Prefixes that nothing in clear uses, bound to another namespace: a signature over ciphertext need not see them. */
export const reboundPrefixes: AttackFamily = function* (message) {
  const { text, root, encryptedData } = message;
  if (encryptedData.length === 0) return;
  const used = new Set(
    [root, ...message.everywhere(() => true)].flatMap(({ prefix, attributes }) => [
      prefix,
      ...attributes.map((attribute) => attribute.prefix),
    ]),
  );
  const end = text.indexOf('>', text.indexOf(`:${root.local}`));
  for (const { prefix, namespace } of root.declarations) {
    const declared = `xmlns:${prefix}="${namespace}"`;
    const at = text.indexOf(declared);
    if (used.has(prefix) || at < 0 || at > end) continue;
    yield {
      name: `ciphertext/rebound-prefix:${prefix}`,
      about: `The prefix ${prefix}, which the plaintext may use, is bound to another namespace on the Envelope.`,
      result: `${text.slice(0, at)}xmlns:${prefix}="urn:attacker"${text.slice(at + declared.length)}`,
    };
  }
};
