import { type Markup, markup, type Span } from './markup.js';

/** A change of a message's text. It may leave it as it was when the message has nothing of the kind. */
export type Mutation = (message: Markup, other: Markup, random: () => number) => string;

/** By name, for a report that says how a message came to be. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'element-deleted': ({ text, elements }, _other, random) => cut(text, pick(elements, random), ''),
  'element-doubled': ({ text, elements }, _other, random) => {
    const span = pick(elements, random);
    return cut(text, span, slice(text, span).repeat(2));
  },
  'element-copied': (message, _other, random) => {
    const { text, elements } = message;
    return insert(text, boundary(message, random), slice(text, pick(elements, random)));
  },
  'element-moved': (message, _other, random) => {
    const { text, elements } = message;
    const span = pick(elements, random);
    const at = boundary(message, random);
    if (at > span[0] && at < span[1]) return text;
    const moved = slice(text, span);
    return at <= span[0] ? insert(cut(text, span, ''), at, moved) : cut(insert(text, at, moved), span, '');
  },
  'elements-swapped': ({ text, elements }, _other, random) => {
    const [first, second] = [pick(elements, random), pick(elements, random)].sort((a, b) => a[0] - b[0]);
    if (first === undefined || second === undefined || second[0] < first[1]) return text;
    return cut(cut(text, second, slice(text, first)), first, slice(text, second));
  },
  'element-of-the-other': (message, other, random) =>
    cut(message.text, pick(message.elements, random), slice(other.text, pick(other.elements, random))),
  'same-element-of-the-other': ({ text, elements }, other, random) => {
    const span = pick(elements, random);
    const name = nameAt(text, span);
    const twins = other.elements.filter((each) => nameAt(other.text, each) === name);
    return twins.length === 0 ? text : cut(text, span, slice(other.text, pick(twins, random)));
  },
  'element-added-from-the-other': (message, other, random) =>
    insert(message.text, boundary(message, random), slice(other.text, pick(other.elements, random))),
  'element-emptied': ({ text, elements, tags }, _other, random) => {
    const span = pick(elements, random);
    const tag = tags.find(([from]) => from === span[0]);
    const close = text.lastIndexOf('</', span[1] - 1);
    return tag === undefined || close < tag[1] || close < span[0] ? text : cut(text, [tag[1], close], '');
  },
  'element-wrapped': ({ text, elements }, _other, random) => {
    const span = pick(elements, random);
    return cut(text, span, `<w:W xmlns:w="urn:w">${slice(text, span)}</w:W>`);
  },
  'element-unwrapped': ({ text, elements, tags }, _other, random) => {
    const span = pick(elements, random);
    const tag = tags.find(([from]) => from === span[0]);
    const close = text.lastIndexOf('</', span[1] - 1);
    return tag === undefined || close < tag[1] ? text : cut(text, span, text.slice(tag[1], close));
  },
  'element-renamed': ({ text, elements }, _other, random) => {
    const span = pick(elements, random);
    const name = nameAt(text, span);
    const renamed = `${name}${pickText(['x', '-', '1', '.'], random)}`;
    const inner = slice(text, span).replace(`<${name}`, () => `<${renamed}`);
    return cut(text, span, inner.endsWith(`</${name}>`) ? `${inner.slice(0, -name.length - 1)}${renamed}>` : inner);
  },
  'attribute-deleted': ({ text, attributes }, _other, random) => cut(text, pick(attributes, random), ''),
  'attribute-copied': ({ text, attributes, tags }, _other, random) => {
    const tag = pick(tags, random);
    return insert(text, tag[1] - (text[tag[1] - 2] === '/' ? 2 : 1), slice(text, pick(attributes, random)));
  },
  'values-swapped': ({ text, values }, _other, random) => swapped(text, values, random),
  'value-changed': ({ text, values }, _other, random) => cut(text, pick(values, random), word(random)),
  'value-of-the-other': ({ text, values }, other, random) =>
    cut(text, pick(values, random), slice(other.text, pick(other.values, random))),
  'ids-swapped': ({ text, ids }, _other, random) => swapped(text, ids, random),
  'id-doubled': ({ text, ids }, _other, random) => cut(text, pick(ids, random), slice(text, pick(ids, random))),
  'id-changed': ({ text, ids }, _other, random) => cut(text, pick(ids, random), `i${word(random)}`),
  'uris-swapped': ({ text, uris }, _other, random) => swapped(text, uris, random),
  'uri-to-another-id': ({ text, uris, ids }, _other, random) =>
    cut(text, pick(uris, random), `#${slice(text, pick(ids, random))}`),
  'algorithms-swapped': ({ text, algorithms }, _other, random) => swapped(text, algorithms, random),
  'algorithm-of-the-other': ({ text, algorithms }, other, random) =>
    cut(text, pick(algorithms, random), slice(other.text, pick(other.algorithms, random))),
  'algorithm-changed': ({ text, algorithms }, _other, random) =>
    cut(text, pick(algorithms, random), pickText(ALGORITHMS, random)),
  'namespace-changed': ({ text, namespaces }, _other, random) =>
    cut(text, pick(namespaces, random), pickText(['urn:x', '', 'http://www.w3.org/2000/09/xmldsig'], random)),
  'namespaces-swapped': ({ text, namespaces }, _other, random) => swapped(text, namespaces, random),
  'base64-flipped': ({ text, base64 }, _other, random) => {
    const span = pick(base64, random);
    const octets = Buffer.from(slice(text, span), 'base64');
    const at = Math.floor(random() * octets.length);
    octets[at] = (octets[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return cut(text, span, octets.toString('base64'));
  },
  'base64-cut': ({ text, base64 }, _other, random) => {
    const span = pick(base64, random);
    const octets = Buffer.from(slice(text, span), 'base64');
    return cut(text, span, octets.subarray(0, Math.floor(random() * octets.length)).toString('base64'));
  },
  'base64-swapped': ({ text, base64 }, _other, random) => swapped(text, base64, random),
  'base64-of-the-other': ({ text, base64 }, other, random) =>
    cut(text, pick(base64, random), slice(other.text, pick(other.base64, random))),
  'text-changed': ({ text, texts }, _other, random) => cut(text, pick(texts, random), word(random)),
  'texts-swapped': ({ text, texts }, _other, random) => swapped(text, texts, random),
  'text-of-the-other': ({ text, texts }, other, random) =>
    cut(text, pick(texts, random), slice(other.text, pick(other.texts, random))),
  'text-split': ({ text, texts }, _other, random) => insert(text, within(pick(texts, random), random), '<!--x-->'),
  'text-as-cdata': ({ text, texts }, _other, random) => {
    const span = pick(texts, random);
    const inner = slice(text, span);
    return inner.includes('&') || inner.includes(']]>') ? text : cut(text, span, `<![CDATA[${inner}]]>`);
  },
  'text-escaped': ({ text, texts }, _other, random) => {
    const at = within(pick(texts, random), random);
    const code = text.codePointAt(at) ?? 0x20;
    return code > 0xffff || text[at] === '&' || text[at] === ';'
      ? text
      : cut(text, [at, at + 1], `&#x${code.toString(16)};`);
  },
  'comment-added': (message, _other, random) => insert(message.text, boundary(message, random), '<!--<evil/>-->'),
  'white-space-added': (message, _other, random) =>
    insert(message.text, boundary(message, random), pickText([' ', '\n', '\t', '\r\n', '&#13;'], random)),
  'text-added': (message, _other, random) => insert(message.text, boundary(message, random), word(random)),
  'element-added': (message, _other, random) =>
    insert(message.text, boundary(message, random), pickText(ELEMENTS, random)),
  'tail-of-the-other': ({ text, tags }, other, random) => {
    const tag = pick(tags, random);
    const name = nameAt(text, tag);
    const twin = other.tags.find((each) => nameAt(other.text, each) === name);
    return twin === undefined ? text : text.slice(0, tag[0]) + other.text.slice(twin[0]);
  },
  'character-changed': ({ text }, _other, random) => {
    const at = Math.floor(random() * text.length);
    return cut(text, [at, at + 1], pickText(CHARACTERS, random));
  },
  'characters-deleted': ({ text }, _other, random) => {
    const at = Math.floor(random() * text.length);
    return cut(text, [at, at + 1 + Math.floor(random() * 8)], '');
  },
};

/** The message after one to three mutations, as octets; one in six of them gets an octet changed besides. */
export function mutated(
  message: Markup,
  other: Markup,
  random: () => number,
): { readonly how: string; readonly octets: Buffer } {
  const names = Object.keys(MUTATIONS);
  const times = random() < 0.7 ? 1 : random() < 0.7 ? 2 : 3;
  const how: string[] = [];
  let at = message;
  for (let count = 0; count < times; count++) {
    const name = names[Math.floor(random() * names.length)] as string;
    how.push(name);
    const text = MUTATIONS[name]?.(at, other, random) ?? at.text;
    at = count + 1 < times ? markup(text) : { ...at, text };
  }
  const octets = Buffer.from(at.text, 'utf8');
  if (random() < 1 / 6 && octets.length > 0) {
    how.push('octet-changed');
    const place = Math.floor(random() * octets.length);
    octets[place] =
      random() < 0.5 ? Math.floor(random() * 256) : (octets[place] as number) ^ (1 << Math.floor(random() * 8));
  }
  return { how: how.join(', '), octets };
}

const CHARACTERS = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '/',
  '=',
  ':',
  '#',
  ' ',
  '\0',
  'A',
  'z',
  '0',
  '-',
  '\u00e9',
  '\ud83d\ude00',
  '\ufeff',
  ']',
];
const ELEMENTS = [
  '<x/>',
  '<x xmlns="urn:x" Id="x">y</x>',
  '<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>',
  '<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
  '<ds:Transform xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
];
const ALGORITHMS = [
  'http://www.w3.org/2000/09/xmldsig#sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2001/04/xmlenc#rsa-1_5',
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform',
  'http://www.w3.org/2001/04/xmlenc#Content',
  'http://www.w3.org/2001/04/xmlenc#Element',
];

const NOTHING: Span = [0, 0];

function pick(spans: readonly Span[], random: () => number): Span {
  return spans[Math.floor(random() * spans.length)] ?? NOTHING;
}

function pickText(texts: readonly string[], random: () => number): string {
  return texts[Math.floor(random() * texts.length)] ?? '';
}

function word(random: () => number): string {
  return Math.floor(random() * 2 ** 31).toString(36);
}

function slice(text: string, [from, to]: Span): string {
  return text.slice(from, to);
}

function cut(text: string, [from, to]: Span, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}

/** Before or behind some tag or element. */
function boundary({ elements, tags }: Markup, random: () => number): number {
  const [from, to] = pick(random() < 0.5 ? elements : tags, random);
  return random() < 0.5 ? from : to;
}

function within([from, to]: Span, random: () => number): number {
  return from + Math.floor(random() * (to - from));
}

function swapped(text: string, spans: readonly Span[], random: () => number): string {
  const [first, second] = [pick(spans, random), pick(spans, random)].sort((a, b) => a[0] - b[0]);
  if (first === undefined || second === undefined || second[0] < first[1]) return text;
  return cut(cut(text, second, slice(text, first)), first, slice(text, second));
}

function nameAt(text: string, [from]: Span): string {
  return /^<([^\s/>]*)/.exec(text.slice(from, from + 200))?.[1] ?? '';
}
