import { XENC } from '#src/namespaces.js';
import {
  ALL,
  dkt,
  encryptedData,
  envelope,
  reference,
  referenceList,
  SCT,
  signed,
  TIMESTAMP,
  TOKENS,
} from '../forge.js';
import { ORDER, part, secured, withCertificates, withContext } from '../samples.js';

/** A message that asks for work: one that anybody can send, or one of somebody who has the keys. */
export interface Hostile {
  readonly name: string;
  readonly by: 'anybody' | 'a party';
  readonly description: typeof withContext;
  /** The message, in about so many octets. */
  message(size: number): string;
}

const clear = { ...withContext, encryptBody: false };
const URN = 'urn:u';

/** As many as it takes. */
function filled(size: number, make: (at: number) => string): string {
  const parts: string[] = [];
  for (let length = 0, at = 0; length < size; at++) {
    const one = make(at);
    parts.push(one);
    length += one.length;
  }
  return parts.join('');
}

function nested(depth: number, open: (at: number) => string, close: (at: number) => string): string {
  let result = '';
  for (let at = 0; at < depth; at++) result += open(at);
  for (let at = depth - 1; at >= 0; at--) result += close(at);
  return result;
}

const attributes = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => ` ${make(at)}`).join('');

/** A Body of this, signed and then sent with a SignatureValue that is wrong; or with one that is right, and then changed. */
const unsigned = (body: string, headers = ''): string =>
  signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->`, body, headers), ['ts'], {
    value: (value) => Buffer.alloc(value.length),
  });
const wronglySigned = (body: string, headers = ''): string =>
  signed(envelope(`${TIMESTAMP}${TOKENS}<!--signature-->`, body, headers), ALL).replace('urn:uuid:m1', 'urn:uuid:m2');

const bodies: Readonly<Record<string, (size: number) => string>> = {
  'a long text': (size) => `<a>${'x'.repeat(size)}</a>`,
  'a text of references': (size) => `<a>${'&#120;'.repeat(size / 6)}</a>`,
  'a long attribute': (size) => `<a b="${'&lt;x'.repeat(size / 5)}"/>`,
  'a long comment': (size) => `<a><!--${'x'.repeat(size)}--></a>`,
  'many elements': (size) => `<a>${'<b/>'.repeat(Math.min(size / 4, 199_000))}</a>`,
  'many comments': (size) => `<a>${'<!---->'.repeat(size / 7)}</a>`,
  'many CDATA sections': (size) => `<a>${'<![CDATA[x]]>'.repeat(size / 13)}</a>`,
  'many attributes': (size) => `<a>${filled(size, () => `<b${attributes(199, (at) => `a${at}=""`)}/>`)}</a>`,
  'many attributes of many namespaces': (size) =>
    `<a${attributes(190, (at) => `xmlns:p${at}="${URN}${at}"`)}>${filled(size, () => `<b${attributes(190, (at) => `p${189 - at}:a=""`)}/>`)}</a>`,
  'deep elements': (size) =>
    `<a>${filled(size, () =>
      nested(
        90,
        () => '<b>',
        () => '</b>',
      ),
    )}</a>`,
  'deep elements, each with namespaces of its own': (size) =>
    `<a>${filled(size, () =>
      nested(
        90,
        (at) => `<p:b${attributes(20, (no) => `xmlns:p${no === 0 ? '' : no}="${URN}${at}-${no}"`)}>`,
        () => '</p:b>',
      ),
    )}</a>`,
  'namespaces that are declared outside and used by many inside': (size) =>
    `<a xmlns:p="${URN}${'x'.repeat(490)}">${filled(size, () => '<p:b/>').slice(0, 6 * 190_000)}</a>`,
  'a default namespace that changes at every level': (size) =>
    `<a>${filled(size, () =>
      nested(
        90,
        (at) => `<b xmlns="${URN}${at}">`,
        () => '</b>',
      ),
    )}</a>`,
  'xml attributes at every level': (size) =>
    `<a>${filled(size, () =>
      nested(
        90,
        () => '<b xml:lang="en" xml:space="preserve">',
        () => '</b>',
      ),
    )}</a>`,
  'many Ids': (size) => `<a>${filled(size, (at) => `<b xml:id="i${at}"/>`)}</a>`,
};

const headers: Readonly<Record<string, (size: number) => string>> = {
  'many header blocks': (size) => filled(size, (at) => `<h:h xmlns:h="${URN}">${at}</h:h>`),
  'many header blocks that must be signed': (size) => filled(size, () => '<wsa:From/>'),
};

/** What a Security header can ask for. */
const securities: Readonly<Record<string, (size: number) => string>> = {
  'many tokens': (size) => filled(size, (at) => dkt(`k${at}`, 32)),
  'many comments between its tokens': (size) => '<!---->'.repeat(size / 7),
  'elements that nobody knows': (size) => filled(size, () => '<x/>'),
};

const CLEAR: readonly Hostile[] = [
  ...Object.entries({ ...bodies }).flatMap(([name, make]): readonly Hostile[] => [
    { name, by: 'anybody', description: clear, message: (size) => unsigned(make(size)) },
    { name, by: 'a party', description: clear, message: (size) => wronglySigned(make(size)) },
  ]),
  ...Object.entries(headers).flatMap(([name, make]): readonly Hostile[] => [
    { name, by: 'anybody', description: clear, message: (size) => unsigned(ORDER, make(size)) },
    { name, by: 'a party', description: clear, message: (size) => wronglySigned(ORDER, make(size)) },
  ]),
  ...Object.entries(securities).map(
    ([name, make]): Hostile => ({
      name,
      by: 'anybody',
      description: clear,
      message: (size) => unsigned(ORDER).replace('<ds:Signature>', () => `${make(size)}<ds:Signature>`),
    }),
  ),
];

/** Inside a signature, before anything is known of who made it. */
const SIGNATURE_PARTS: readonly Hostile[] = [
  ...[
    'ds:SignedInfo',
    'ds:Transforms',
    'ds:Transform',
    'ds:DigestMethod',
    'ds:DigestValue',
    'ds:KeyInfo',
    'ds:Signature',
  ]
    .flatMap((inside): readonly (readonly [string, string, (size: number) => string])[] => [
      [inside, 'elements', (size) => filled(size, () => '<p:b/>').slice(0, 6 * 190_000)],
      [inside, 'comments', (size) => '<!---->'.repeat(size / 7)],
      [inside, 'spaces', (size) => ' '.repeat(size)],
    ])
    .map(
      ([inside, what, make]): Hostile => ({
        name: `many ${what} in ${inside}`,
        by: 'anybody',
        description: clear,
        message: (size) =>
          unsigned(ORDER)
            .replace('<wsse:Security ', `<wsse:Security xmlns:p="${URN}${'x'.repeat(490)}" `)
            .replace(/<ds:Transform ([^>]*)\/>/, '<ds:Transform $1></ds:Transform>')
            .replace(/<ds:DigestMethod ([^>]*)\/>/, '<ds:DigestMethod $1></ds:DigestMethod>')
            .replace(`</${inside}>`, () => `${make(size)}</${inside}>`),
      }),
    ),
  {
    name: 'many references in a signature',
    by: 'anybody',
    description: clear,
    message: (size) => {
      const message = unsigned(ORDER);
      const one = part(message, 'ds:Reference');
      return message.replace(one, () => filled(size, () => one));
    },
  },
  {
    name: 'a long PrefixList',
    by: 'anybody',
    description: clear,
    message: (size) => withPrefixes(filled(size, (at) => `p${at} `)),
  },
  {
    name: 'PrefixLists beneath many namespaces',
    by: 'anybody',
    description: clear,
    message: (size) =>
      withPrefixes(filled(90 * 4, (at) => `p${at} `)).replace(
        '<s:Body',
        () => `<!--${'x'.repeat(size)}--><s:Body${attributes(150, (at) => `xmlns:p${at}="${URN}"`)}`,
      ),
  },
];

function withPrefixes(prefixes: string): string {
  const list = `<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="${prefixes}"/>`;
  return unsigned(ORDER).replace(/(<ds:CanonicalizationMethod [^>]*)\/>/, (_, start: string) => {
    return `${start}>${list}</ds:CanonicalizationMethod>`;
  });
}

const REPEATED: Hostile = {
  name: 'a Body that is signed many times',
  by: 'a party',
  description: clear,
  message: (size) =>
    signed(
      envelope(`${TIMESTAMP}${TOKENS}<!--signature-->`, bodies['many elements']?.(size)),
      Array.from({ length: 60 }, () => 'body'),
    ),
};

/** Of ciphertext. Who has no keys can still encrypt for a certificate, or put together what others encrypted. */
const ENCRYPTED: readonly Hostile[] = [
  {
    name: 'many EncryptedData that are listed',
    by: 'a party',
    description: withContext,
    message: (size) => {
      const ids: string[] = [];
      const blocks = filled(size, (at) => {
        ids.push(`d${at}`);
        return encryptedData(`d${at}`, '<a/>', 'Element');
      });
      return signed(envelope(`${TIMESTAMP}${TOKENS}${referenceList(...ids)}<!--signature-->`, ORDER, blocks), ['ts']);
    },
  },
  {
    name: 'many EncryptedData that cannot be decrypted',
    by: 'anybody',
    description: withContext,
    message: (size) => {
      const ids: string[] = [];
      const blocks = filled(size, (at) => {
        ids.push(`d${at}`);
        return broken(encryptedData(`d${at}`, '<a/>', 'Element'));
      });
      return signed(envelope(`${TIMESTAMP}${TOKENS}${referenceList(...ids)}<!--signature-->`, ORDER, blocks), ['ts']);
    },
  },
  {
    name: 'a list that names one EncryptedData many times',
    by: 'anybody',
    description: withContext,
    message: (size) =>
      signed(
        envelope(
          `${TIMESTAMP}${TOKENS}${referenceList(...Array.from({ length: size / 40 }, () => 'd'))}<!--signature-->`,
          broken(encryptedData('d', ORDER)),
        ),
        ['ts'],
      ),
  },
  {
    name: 'EncryptedData inside one another',
    by: 'anybody',
    description: withContext,
    message: (size) =>
      signed(
        envelope(
          `${TIMESTAMP}${TOKENS}${referenceList('d0')}<!--signature-->`,
          filled(size, () =>
            nested(
              80,
              (at) => (at === 0 ? `<xenc:EncryptedData xmlns:xenc="${XENC}">` : '<xenc:EncryptedData>'),
              () => '</xenc:EncryptedData>',
            ),
          ),
        ),
        ['ts'],
      ),
  },
  {
    name: 'EncryptedData inside what was encrypted',
    by: 'a party',
    description: withContext,
    message: (size) =>
      signed(
        envelope(
          `${TIMESTAMP}${TOKENS}${referenceList('d0', 'd1')}<!--signature-->`,
          encryptedData('d0', encryptedData('d1', `<a>${'x'.repeat(size / 2)}</a>`)),
        ),
        ['ts'],
      ),
  },
  {
    name: 'a long ciphertext of another key',
    by: 'anybody',
    description: withContext,
    message: (size) =>
      signed(
        envelope(
          `${TIMESTAMP}${TOKENS}${referenceList('d0')}<!--signature-->`,
          encryptedData('d0', `<a>${'x'.repeat(size * 0.74)}</a>`, 'Content', Buffer.alloc(32)),
        ),
        ['ts'],
      ),
  },
  {
    name: 'hostile XML that was encrypted',
    by: 'a party',
    description: withContext,
    message: (size) =>
      signed(
        envelope(
          `${TIMESTAMP}${TOKENS}${referenceList('d0')}<!--signature-->`,
          encryptedData('d0', (bodies['many attributes'] as (size: number) => string)(size * 0.74)),
        ),
        ['ts'],
      ),
  },
  {
    name: 'thousands of EncryptedKeys',
    by: 'anybody',
    description: withCertificates,
    message: (size) => {
      const message = secured(withCertificates);
      const key = part(message, 'xenc:EncryptedKey');
      return message.replace(key, () => filled(size, (at) => key.replace(/ Id="[^"]*"/, ` Id="k${at}"`)));
    },
  },
  {
    name: 'many references in an EncryptedKey',
    by: 'anybody',
    description: withCertificates,
    message: (size) =>
      secured(withCertificates).replace(/(<xenc:DataReference [^>]*>)/, (one) => one.repeat(size / one.length)),
  },
  {
    name: 'derived keys in a chain',
    by: 'anybody',
    description: clear,
    message: (size) => {
      const tokens = filled(size, (at) => dkt(`k${at}`, 32, at === 0 ? '#sct' : `#k${at - 1}`));
      return signed(envelope(`${TIMESTAMP}${SCT}${tokens}<!--signature-->`), ['ts'], { keyInfo: reference('#k9') });
    },
  },
];

function broken(data: string): string {
  return data.replace(/(<xenc:CipherValue>)([^<]*)/, (_, tag: string, value: string) => {
    const octets = Buffer.from(value, 'base64');
    // The last octet of the block before the last decides what padding there is.
    octets[octets.length - 17] = (octets[octets.length - 17] as number) ^ 0x55;
    return tag + octets.toString('base64');
  });
}

/** What no SOAP node reads. */
const UNREADABLE: readonly Hostile[] = Object.entries({
  'entities of entities': (size: number) =>
    `<!DOCTYPE a [<!ENTITY e0 "x">${filled(size, (at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`)}]><a>&e30;</a>`,
  'an entity that is used often': (size: number) => `<!DOCTYPE a [<!ENTITY e "x">]><a>${'&e;'.repeat(size / 3)}</a>`,
  'elements too deep': (size: number) => '<a>'.repeat(size / 3),
  'too many attributes': (size: number) => `<a${attributes(size / 10, (at) => `a${at}=""`)}/>`,
  'too many namespaces': (size: number) => `<a${attributes(size / 20, (at) => `xmlns:p${at}="u"`)}/>`,
  'a name that is too long': (size: number) => `<${'a'.repeat(size)}/>`,
  'a namespace that is too long': (size: number) => `<a xmlns="${'a'.repeat(size)}"/>`,
  'tags that are not ended': (size: number) => `<a>${'<'.repeat(size)}`,
  'signs that end no tag': (size: number) => `<a>${'>'.repeat(size)}`,
  'an end that does not come': (size: number) => `<a>${'<b>x</b>'.repeat(size / 8)}`,
}).map(([name, message]): Hostile => ({ name, by: 'anybody', description: clear, message }));

export const HOSTILE: readonly Hostile[] = [...UNREADABLE, ...CLEAR, ...SIGNATURE_PARTS, REPEATED, ...ENCRYPTED];
