import { attribute, child, isNamed, withAttribute, type XmlElement } from '@holdfast/soap';
import { ds, XENC, xenc } from '../../namespaces.js';
import { type AttackFamily, type Draft, EVIL } from './attack.js';
import { after, append, before, by, content, prepend, remove, set, unset } from './edit.js';
import { octetsIn } from './reseal.js';
import { node, nodes, type SecuredMessage, withoutId } from './secured-message.js';
import { mentions } from './stripping.js';
import { flipped } from './truncation.js';

/** What an attacker can do to ciphertext without the key: change, cut, move, double, nest it, and name it otherwise. */
export const ciphertext: AttackFamily = function* (message, options) {
  for (const [at, data] of message.encryptedData.entries()) {
    const value = message.everywhere((each) => isNamed(each, xenc('CipherValue')), data).at(-1);
    if (value === undefined) continue;
    for (const [what, octets] of tampered(octetsIn(value))) {
      yield {
        name: `ciphertext/${what}:${at + 1}`,
        about: `The ciphertext of something encrypted is ${what.replaceAll('-', ' ')}.`,
        result: message.with([value, content(octets.toString('base64'))]),
      };
    }
    yield* described(message, data, `${at + 1}`);
  }
  for (const [at, key] of message.encryptedKeys.filter((each) => message.needs(each)).entries()) {
    const value = message.everywhere((each) => isNamed(each, xenc('CipherValue')), key).at(-1);
    if (value === undefined) continue;
    const octets = octetsIn(value);
    const changes: readonly (readonly [string, Buffer])[] = [
      ['flipped', flipped(octets, octets.length - 1)],
      ['cut', octets.subarray(0, -1)],
      ['zero', Buffer.alloc(octets.length)],
      ['empty', Buffer.alloc(0)],
      ['ones', Buffer.alloc(octets.length, 0xff)],
      ['long', Buffer.concat([octets, octets])],
    ];
    for (const [what, changed] of changes) {
      yield {
        name: `ciphertext/key-${what}:${at + 1}`,
        about: `The octets of an EncryptedKey are ${what}.`,
        result: message.with([value, content(changed.toString('base64'))]),
      };
    }
    yield {
      name: `ciphertext/key-twice:${at + 1}`,
      about: 'An EncryptedKey stands in the header twice, with one Id.',
      result: message.with([key, after(key)]),
    };
    const info = child(key, ds('KeyInfo'));
    yield {
      name: `ciphertext/key-for-nobody:${at + 1}`,
      about: 'An EncryptedKey does not say whom it is for.',
      result: message.with([info, remove]),
    };
  }
  yield* moved(message, options.body ?? EVIL);
};

function tampered(octets: Buffer): readonly (readonly [string, Buffer])[] {
  const { length } = octets;
  const block = (at: number): Buffer => octets.subarray(at * 16, at * 16 + 16);
  const all: readonly (readonly [string, Buffer])[] = [
    ['flipped-in-the-iv', flipped(octets, 0)],
    ['flipped-in-the-iv-s-end', flipped(octets, 11, 0x80)],
    ['flipped-in-the-middle', flipped(octets, Math.floor(length / 2))],
    ['flipped-in-the-last-octet', flipped(octets, length - 1)],
    ['one-octet-short', octets.subarray(0, -1)],
    ['one-block-short', octets.subarray(0, -16)],
    ['four-octets-short', octets.subarray(0, -4)],
    ['eight-octets-short', octets.subarray(0, -8)],
    ['without-iv', octets.subarray(16)],
    ['iv-only', octets.subarray(0, 16)],
    ['short-iv-only', octets.subarray(0, 12)],
    ['empty', Buffer.alloc(0)],
    ['of-one-octet', octets.subarray(0, 1)],
    ['doubled', Buffer.concat([octets, octets])],
    ['of-swapped-blocks', Buffer.concat([block(0), block(2), block(1), octets.subarray(48)])],
    ['of-a-repeated-block', Buffer.concat([block(0), block(1), octets.subarray(16)])],
    ['of-zeroes', Buffer.alloc(length)],
    ['with-a-zero-block-appended', Buffer.concat([octets, Buffer.alloc(16)])],
  ];
  return all.filter(([, changed]) => !changed.equals(octets));
}

/** Other words about the same ciphertext. */
function* described(message: SecuredMessage, data: XmlElement, at: string): Iterable<Draft> {
  const draft = (what: string, about: string, result: XmlElement): Draft => ({
    name: `ciphertext/${what}:${at}`,
    about,
    result,
  });
  const cipherData = child(data, xenc('CipherData'));
  const cipherValue = cipherData && child(cipherData, xenc('CipherValue'));
  const info = child(data, ds('KeyInfo'));
  const id = attribute(data, 'Id') ?? '';
  const reference = node(`<xenc:CipherReference xmlns:xenc="${XENC}" URI="http://attacker.invalid/cipher"/>`);
  yield draft(
    'type-unknown',
    'What was encrypted is said to be of an unknown type.',
    message.with([data, set('Type', 'urn:x')]),
  );
  yield draft(
    'type-encrypted-key',
    'What was encrypted is said to be a key.',
    message.with([data, set('Type', `${XENC}EncryptedKey`)]),
  );
  yield draft(
    'type-gzip',
    'What was encrypted is said to be compressed.',
    message.with([data, set('Type', 'http://www.w3.org/2009/xmlenc11#EXI')]),
  );
  yield draft(
    'reference-http',
    'The ciphertext is to be fetched from the attacker.',
    message.with([cipherValue, by(reference)]),
  );
  yield draft(
    'reference-local',
    'The ciphertext is to be found elsewhere in the message.',
    message.with([cipherValue, by(withAttribute(reference, { prefix: '', namespace: '', local: 'URI' }, `#${id}`))]),
  );
  yield draft(
    'value-and-reference',
    'The ciphertext is given, and another to be fetched.',
    message.with([cipherData, append(reference)]),
  );
  yield draft('two-values', 'The ciphertext is given twice.', message.with([cipherValue, (of) => [of, of]]));
  yield draft('two-data', 'CipherData is given twice.', message.with([cipherData, (of) => [of, of]]));
  yield draft('no-value', 'There is no ciphertext.', message.with([cipherValue, remove]));
  yield draft('not-base64', 'The ciphertext is not Base64.', message.with([cipherValue, content('*!*')]));
  yield draft(
    'two-methods',
    'Two EncryptionMethods are named.',
    message.with([
      child(data, xenc('EncryptionMethod')),
      (of) => [of, ...set('Algorithm', `${XENC}tripledes-cbc`)(of)],
    ]),
  );
  yield draft(
    'without-id',
    'The EncryptedData loses its Id: no list names it any more.',
    message.with([data, unset('Id')]),
  );
  yield draft('twice', 'The EncryptedData stands there twice, with one Id.', message.with([data, after(data)]));
  yield draft(
    'twice-other-id',
    'The EncryptedData stands there twice, with two Ids, both listed.',
    message.with(
      [data, after(withAttribute(data, { prefix: '', namespace: '', local: 'Id' }, 'again'))],
      ...listed(message, data, 'again'),
    ),
  );
  yield draft(
    'nested',
    'The EncryptedData stands inside itself.',
    message.with([cipherData, append(withAttribute(data, { prefix: '', namespace: '', local: 'Id' }, 'inner'))]),
  );
  if (info !== undefined) {
    yield draft('two-key-infos', 'Two KeyInfos are given.', message.with([info, (of) => [of, of]]));
    // Without a KeyInfo of its own, the key is that of the EncryptedKey that lists it.
    if (message.encryptedKeys.length === 0) {
      yield draft('empty-key-info', 'KeyInfo is emptied.', message.with([info, content()]));
    }
    yield draft(
      'key-name',
      'The key is given by a name.',
      message.with([info, content(node('<ds:KeyName xmlns:ds="http://www.w3.org/2000/09/xmldsig#">key</ds:KeyName>'))]),
    );
    const signing = message.keyInfo;
    const ours = message.tokenOf(info);
    const theirs = message.tokenOf(signing);
    if (signing !== undefined && ours !== theirs && theirs !== undefined) {
      yield draft('signing-key', 'The key is said to be the one that signs.', message.with([info, by(signing)]));
    }
    const token = { prefix: '', namespace: '', local: 'URI' };
    const references = message.everywhere((each) => each.local === 'Reference', info);
    for (const [what, uri] of [
      ['key-not-there', '#not-there'],
      ['key-is-body', `#${message.signed.find(({ element }) => element === message.body)?.id ?? 'body'}`],
      ['key-is-itself', `#${id}`],
      ['key-elsewhere', 'http://attacker.invalid/key'],
    ] as const) {
      if (references[0] !== undefined) {
        yield draft(
          what,
          `The key is said to be at "${uri}".`,
          message.with([references[0], (of) => [withAttribute(of, token, uri)]]),
        );
      }
    }
  }
}

function listed(message: SecuredMessage, data: XmlElement, id: string) {
  const uri = `#${attribute(data, 'Id')}`;
  return message
    .everywhere((each) => isNamed(each, xenc('DataReference')) && attribute(each, 'URI') === uri)
    .map((each) => [each, after(withAttribute(each, { prefix: '', namespace: '', local: 'URI' }, `#${id}`))] as const);
}

/** The encrypted content of the Body in other places. */
function* moved(message: SecuredMessage, evil: string): Iterable<Draft> {
  const { encryptedBody, header, security, body, timestamp } = message;
  if (encryptedBody === undefined) return;
  const wrapped = node('<x:Wrap xmlns:x="urn:wrap"/>');
  const holding = { ...wrapped, children: [encryptedBody] };
  const plain = nodes(evil);
  const draft = (what: string, about: string, result: XmlElement): Draft => ({
    name: `ciphertext/${what}`,
    about,
    result,
  });
  const copy = withAttribute(encryptedBody, { prefix: '', namespace: '', local: 'Id' }, 'copy');
  yield draft(
    'moved-to-header',
    'The ciphertext sits in a header block; the Body is new plaintext.',
    message.with([header, append(holding)], [encryptedBody, by(...plain)]),
  );
  yield draft(
    'moved-to-security',
    'The ciphertext sits in the Security header; the Body is new plaintext.',
    message.with([security, append(encryptedBody)], [encryptedBody, by(...plain)]),
  );
  yield draft(
    'moved-to-timestamp',
    'The ciphertext sits in the Timestamp; the Body is new plaintext.',
    message.with([timestamp, append(encryptedBody)], [encryptedBody, by(...plain)]),
  );
  yield draft(
    'before-plaintext',
    'New plaintext follows the ciphertext in the Body.',
    message.with([encryptedBody, after(...plain)]),
  );
  yield draft(
    'after-plaintext',
    'New plaintext stands before the ciphertext in the Body.',
    message.with([encryptedBody, before(...plain)]),
  );
  yield draft(
    'before-text',
    'New text stands before the ciphertext in the Body.',
    message.with([body, prepend('urn:attacker')]),
  );
  yield draft(
    'wrapped',
    'The ciphertext sits in a new element in the Body.',
    message.with([encryptedBody, by(holding)]),
  );
  yield draft(
    'to-be-echoed',
    'A copy of the ciphertext sits in a block that an endpoint may echo, listed for decryption.',
    message.with([header, append({ ...wrapped, children: [copy] })], ...listed(message, encryptedBody, 'copy')),
  );
  yield draft(
    'body-encrypted',
    'The Body itself is hidden in the EncryptedData: the envelope has none.',
    message.with([body, by(encryptedBody)]),
  );
  yield draft(
    'copy-in-body',
    'A second Body holds a copy of the ciphertext.',
    message.with([body, after({ ...withoutId(body), children: [copy] })], ...listed(message, encryptedBody, 'copy')),
  );
  yield draft(
    'unlisted',
    'The ciphertext is not listed: it stays as it is.',
    message.with(...mentions(message, encryptedBody)),
  );
}
