import { attribute, child, childrenNamed, isNamed, type XmlElement } from '@holdfast/soap';
import { DS, ds, XENC, XENC_11, xenc } from '../../namespaces.js';
import type { AttackFamily } from './attack.js';
import { append, content, prepend, remove, set, unset } from './edit.js';
import { octetsIn, resealed } from './reseal.js';
import { node } from './secured-message.js';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

/** Algorithms swapped for weaker, other, or unknown ones. What can be signed anew is: then only the algorithm is wrong. */
export const algorithms: AttackFamily = function* (message, options) {
  const { signedInfo, signed, signature } = message;
  const first = signed[0];
  const c14n = signedInfo && child(signedInfo, ds('CanonicalizationMethod'));
  const method = signedInfo && child(signedInfo, ds('SignatureMethod'));
  const digestMethod = first && child(first.reference, ds('DigestMethod'));

  if (signature !== undefined && method !== undefined) {
    const used = attribute(method, 'Algorithm') ?? '';
    const isHmac = used.includes('hmac');
    const weak = isHmac
      ? [`${MORE}hmac-md5`, `${MORE}hmac-ripemd160`, `${MORE}hmac-sha224`]
      : [`${MORE}rsa-md5`, `${MORE}rsa-ripemd160`, `${MORE}rsa-sha224`];
    for (const uri of weak) {
      yield {
        name: `algorithms/signature-${uri.split('#')[1]}`,
        about: `The message is signed with ${uri}.`,
        result: resealed(message.with([method, set('Algorithm', uri)]), options),
      };
    }
    const other = isHmac
      ? [`${DS}rsa-sha1`, `${MORE}rsa-sha256`, `${DS}dsa-sha1`, `${MORE}ecdsa-sha256`]
      : [`${DS}hmac-sha1`, `${MORE}hmac-sha256`, `${DS}dsa-sha1`, `${MORE}ecdsa-sha256`];
    for (const uri of [...other, '', 'none', 'urn:attacker', used.toUpperCase(), `${used} `, `${DS}sha1`]) {
      yield {
        name: `algorithms/signature-as-${uri.split('#')[1] ?? (uri || 'empty')}`,
        about: `The SignatureMethod is renamed "${uri}".`,
        result: message.with([method, set('Algorithm', uri)]),
      };
    }
    yield {
      name: 'algorithms/signature-unnamed',
      about: 'The SignatureMethod names no algorithm.',
      result: message.with([method, unset('Algorithm')]),
    };
    yield {
      name: 'algorithms/signature-doubled',
      about: 'SignedInfo has two SignatureMethods; signed anew with the first.',
      result: resealed(message.with([method, (of) => [of, ...set('Algorithm', `${MORE}hmac-md5`)(of)]]), options),
    };
    const value = child(signature, ds('SignatureValue'));
    const whole = value === undefined ? 0 : octetsIn(value).length * 8;
    for (const bits of isHmac ? [0, 1, 8, 80, whole - 8, whole, -8, 1_000_000] : [8]) {
      const length = node(`<ds:HMACOutputLength xmlns:ds="${DS}">${bits}</ds:HMACOutputLength>`);
      yield {
        name: `truncation/hmac-output-length-${bits === whole ? 'whole' : bits === whole - 8 ? 'whole-but-8' : bits}`,
        about: `HMACOutputLength is ${bits} bits, and the signature as long.`,
        result: resealed(message.with([method, append(length)]), options),
      };
    }
  }
  if (c14n !== undefined) {
    for (const [what, uri] of [
      ['1999', 'http://www.w3.org/TR/1999/WD-xml-c14n-19991115'],
      ['minimal', `${DS}minimal`],
      ['2', 'http://www.w3.org/2010/xml-c14n2'],
      ['unknown', 'urn:attacker'],
      ['empty', ''],
      ['xslt', 'http://www.w3.org/TR/1999/REC-xslt-19991116'],
    ] as const) {
      yield {
        name: `algorithms/c14n-${what}`,
        about: `SignedInfo is said to be canonicalized by "${uri}".`,
        result: resealed(message.with([c14n, set('Algorithm', uri)]), options),
      };
    }
    yield {
      name: 'algorithms/c14n-missing',
      about: 'SignedInfo names no canonicalization.',
      result: resealed(message.with([c14n, remove]), options),
    };
  }
  if (digestMethod !== undefined) {
    for (const uri of [`${MORE}md5`, `${XENC}ripemd160`, `${MORE}sha224`]) {
      yield {
        name: `algorithms/digest-${uri.split('#')[1]}`,
        about: `A part is digested with ${uri}.`,
        result: resealed(message.with([digestMethod, set('Algorithm', uri)]), options),
      };
    }
    for (const uri of ['', 'none', `${MORE}hmac-sha1`, 'urn:attacker']) {
      yield {
        name: `algorithms/digest-as-${uri.split('#')[1] ?? (uri || 'empty')}`,
        about: `The DigestMethod is renamed "${uri}".`,
        result: resealed(message.with([digestMethod, set('Algorithm', uri)]), options, 'all'),
      };
    }
  }
  for (const [at, data] of message.encryptedData.entries()) {
    const encryption = child(data, xenc('EncryptionMethod'));
    if (encryption === undefined) continue;
    for (const uri of swaps(attribute(encryption, 'Algorithm') ?? '')) {
      yield {
        name: `algorithms/cipher-${uri.split('#')[1] ?? (uri || 'empty')}:${at + 1}`,
        about: `Something encrypted is said to be encrypted with "${uri}".`,
        result: message.with([encryption, set('Algorithm', uri)]),
      };
    }
    yield {
      name: `algorithms/cipher-missing:${at + 1}`,
      about: 'Something encrypted does not say how.',
      result: message.with([encryption, remove]),
    };
  }
  for (const key of message.encryptedKeys) yield* transport(message, key);
};

function swaps(used: string): readonly string[] {
  const all = [
    ...['tripledes-cbc', 'aes128-cbc', 'aes192-cbc', 'aes256-cbc'].map((name) => `${XENC}${name}`),
    ...['aes128-gcm', 'aes192-gcm', 'aes256-gcm'].map((name) => `${XENC_11}${name}`),
    `${XENC}kw-aes256`,
    `${XENC}rsa-1_5`,
    `${MORE}arcfour`,
    'urn:attacker',
    '',
  ];
  return all.filter((uri) => uri !== used);
}

type Message = Parameters<AttackFamily>[0];

function* transport(message: Message, key: XmlElement) {
  const method = child(key, xenc('EncryptionMethod'));
  if (method === undefined) return;
  const used = attribute(method, 'Algorithm') ?? '';
  const uris = [
    `${XENC}rsa-1_5`,
    `${XENC}rsa-oaep-mgf1p`,
    `${XENC_11}rsa-oaep`,
    `${XENC}kw-aes128`,
    `${XENC}kw-aes256`,
    `${XENC}aes256-cbc`,
    'urn:attacker',
    '',
  ];
  // Without its parameters, the one of 1.1 means what the older one says.
  const same = (uri: string): boolean => uri === used || (/oaep/.test(used) && /oaep/.test(uri));
  for (const uri of uris.filter((each) => !same(each))) {
    yield {
      name: `algorithms/transport-${uri.split('#')[1] ?? (uri || 'empty')}`,
      about: `The EncryptedKey is said to be encrypted with "${uri}".`,
      result: message.with([key, (of) => [withMethod(of, uri)]]),
    };
  }
  yield {
    name: 'algorithms/transport-missing',
    about: 'The EncryptedKey does not say how it is encrypted.',
    result: message.with([method, remove]),
  };
  const [digestMethod] = childrenNamed(method, ds('DigestMethod'));
  if (digestMethod !== undefined) {
    for (const uri of [`${XENC}sha512`, `${MORE}md5`, 'urn:attacker', '']) {
      if (uri === attribute(digestMethod, 'Algorithm')) continue;
      yield {
        name: `algorithms/oaep-digest-${uri.split('#')[1] ?? (uri || 'empty')}`,
        about: `OAEP is said to use the digest "${uri}".`,
        result: message.with([digestMethod, set('Algorithm', uri)]),
      };
    }
  }
  yield {
    name: 'algorithms/oaep-params',
    about: 'OAEP is given a label that it was not encrypted with.',
    result: message.with([method, prepend(node(`<xenc:OAEPparams xmlns:xenc="${XENC}">AAAA</xenc:OAEPparams>`))]),
  };
  yield {
    name: 'algorithms/oaep-unknown-mgf',
    about: 'OAEP is given an unknown mask generation function.',
    result: message.with([method, append(node(`<m:MGF xmlns:m="${XENC_11}" Algorithm="urn:attacker"/>`))]),
  };
  yield {
    name: 'algorithms/transport-key-size',
    about: 'The EncryptionMethod of a key is emptied and given a KeySize of one bit.',
    result: message.with([method, content(node(`<xenc:KeySize xmlns:xenc="${XENC}">1</xenc:KeySize>`))]),
  };
}

function withMethod(key: XmlElement, uri: string): XmlElement {
  return {
    ...key,
    children: key.children.map((each) =>
      typeof each === 'object' && each.kind === 'element' && isNamed(each, xenc('EncryptionMethod'))
        ? node(`<xenc:EncryptionMethod xmlns:xenc="${XENC}" Algorithm="${uri}"/>`)
        : each,
    ),
  };
}
