/** A document of any shape: each of its elements may be an apex. */
export interface GeneratedDocument {
  readonly xml: string;
  /** Its root alone. */
  readonly root: string;
  readonly elements: number;
}

const NAMES = ['a', 'b', 'B', 'c-1', '\u00e9', 'longer.name_2', '_', '\u4e2d\u6587'];
const PREFIXES = ['p', 'q', 'r', 'p1', 'P', '\u00e5'];
export const NAMESPACES: readonly string[] = [
  'urn:example:1',
  'urn:example:2',
  'urn:example:10',
  'http://example.org/?a=1&b=2',
  'HTTP://example.org/',
  'http://example.org/caf%C3%A9',
];
const TEXTS = [
  '',
  ' ',
  'text',
  '\n\t',
  '&<>"\'',
  ']]>',
  '\r',
  '\r\n',
  'a\rb\r\n\r',
  '\u00a0\u0085\u2028\u2029',
  '\u{1F600}\uFF5E\u00e9\ufffd\ud7ff\ue000\u{10FFFD}',
  '  x  ',
  '\ufeff',
  'e\u0301',
  '\u007f\u0080\u009f',
];
const COMMENTS = ['', ' note ', 'x<&>y', '- - ', '\n\t\u{1F600}', '"\'', ']]>'];

/** Draws a document by these dice; there is something in it for every rule of Canonical XML that SOAP leaves room for. */
export function generatedDocument(random: () => number, namespaces = NAMESPACES): GeneratedDocument {
  let elements = 0;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (share: number): boolean => random() < share;
  const times = <T>(count: number, make: () => T): readonly T[] => Array.from({ length: count }, make);

  /** A character reference in any of its forms. */
  const referenceTo = (character: string): string => {
    const code = character.codePointAt(0) as number;
    return pick([`&#${code};`, `&#x${code.toString(16)};`, `&#x0${code.toString(16).toUpperCase()};`]);
  };
  const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  const escaped = (text: string, must: RegExp, may: RegExp): string =>
    text.replace(/[\s\S]/gu, (character) => {
      const name = named[character];
      if (must.test(character) || (may.test(character) && chance(0.5)))
        return name !== undefined && chance(0.5) ? name : referenceTo(character);
      return character;
    });
  // What is not escaped here is for the parser to normalize: line ends, and white space in attributes.
  const inText = (text: string): string => escaped(text, /[&<>]/, /[^a-z]/u);
  const inAttribute = (value: string): string => {
    const quote = pick(['"', "'"]);
    return `${quote}${escaped(value, quote === '"' ? /[&<"]/ : /[&<']/, /[^a-z]/u)}${quote}`;
  };
  const space = (): string => pick([' ', ' ', '  ', '\n', '\r\n\t']);

  const declarations = (share: number, without: readonly string[]): readonly (readonly [string, string])[] => [
    ...(chance(share) ? [['xmlns', chance(0.3) ? '' : pick(namespaces)] as const] : []),
    ...PREFIXES.filter((prefix) => !without.includes(prefix) && chance(share)).map(
      (prefix) => [`xmlns:${prefix}`, pick(namespaces)] as const,
    ),
    ...(chance(0.02) ? [['xmlns:xml', 'http://www.w3.org/XML/1998/namespace'] as const] : []),
  ];
  // Prefixes may stand for one namespace, so local names of one element are kept apart.
  const attributes = (): readonly (readonly [string, string])[] => [
    ...['x', 'y', 'zz', 'X', 'y1']
      .filter(() => chance(0.25))
      .map((local) => {
        const prefix = chance(0.5) ? '' : `${pick(PREFIXES)}:`;
        return [`${prefix}${local}`, pick(TEXTS)] as const;
      }),
    ...(chance(0.15) ? [['xml:lang', pick(['en', 'sv', ''])] as const] : []),
    ...(chance(0.1) ? [['xml:space', pick(['preserve', 'default'])] as const] : []),
    ...(chance(0.1) ? [['xml:base', pick(['urn:example:base', '../x'])] as const] : []),
    ...(chance(0.15) ? [['xml:id', `id-${elements}`] as const] : []),
  ];
  const shuffled = <T>(all: readonly T[]): readonly T[] =>
    all
      .map((one) => [random(), one] as const)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);

  const content = (depth: number): string => {
    const kind = random();
    if (kind < 0.25) return inText(pick(TEXTS));
    if (kind < 0.35) return comment();
    if (kind < 0.42) return `<![CDATA[${pick(['raw <&>', ' ', '', '\r\n"', '&amp;'])}]]>`;
    if (kind < 0.44) return base64();
    return element(depth + 1, 0.12, []);
  };
  const comment = (): string => `<!--${pick(COMMENTS)}-->`;
  // Long runs of Base64 are read in a way of their own.
  const base64 = (): string =>
    times(Math.floor(random() * 12), () => 'QUJD+/0='.repeat(8)).join(pick(['', '\n', '\r\n', '&#13;\n']));
  const element = (depth: number, share: number, more: readonly (readonly [string, string])[]): string => {
    elements++;
    const tag = `${chance(0.4) ? '' : `${pick(PREFIXES)}:`}${pick(NAMES)}`;
    const without = more.map(([name]) => name.slice('xmlns:'.length));
    const written = shuffled([...declarations(share, without), ...attributes(), ...more])
      .map(([name, value]) => `${space()}${name}${pick(['', ' '])}=${pick(['', ' '])}${inAttribute(value)}`)
      .join('');
    const count = depth > 6 ? 0 : Math.floor(random() * (depth < 2 ? 6 : 4));
    const inner = times(count, () => content(depth)).join('');
    const end = pick(['', ' ', '\n']);
    return inner === '' && chance(0.5)
      ? `<${tag}${written}${end}/>`
      : `<${tag}${written}${end}>${inner}</${tag}${end}>`;
  };

  const aside = (): string => times(Math.floor(random() * 3), () => pick(['\n', ' ', comment(), comment()])).join('');
  const declared = PREFIXES.map((prefix) => [`xmlns:${prefix}`, pick(namespaces)] as const);
  const prolog = pick(['', '', '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n']);
  const root = element(0, 0.12, declared);
  return { xml: `${prolog}${aside()}${root}${aside()}`, root, elements };
}

/** A PrefixList: of prefixes that are there, that are not, or of the default namespace. */
export function generatedPrefixes(random: () => number): readonly string[] {
  if (random() < 0.4) return [];
  return [...PREFIXES, '#default', 'xml', 'nothing'].filter(() => random() < 0.3);
}
