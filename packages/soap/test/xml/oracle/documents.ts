import { XML_NAMESPACE } from '#src/xml/tree.js';
import type { Chance } from './chance.js';

/** Documents that use every production of XML 1.0 that needs no document type declaration; nearly all are well-formed. */
export function documentOf(chance: Chance): string {
  return [
    chance.oneIn(8) ? '\ufeff' : '',
    chance.oneIn(3) ? declaration(chance) : '',
    misc(chance),
    element(chance, ['xml'], 4),
    misc(chance),
  ].join('');
}

/** What may stand between two tags. */
export function contentOf(chance: Chance): string {
  return content(chance, ['xml'], 3);
}

/** The prefixes in scope; '' when a default namespace is. */
type Prefixes = readonly string[];

function declaration(chance: Chance): string {
  const s = (): string => space(chance);
  const own = (name: string, value: string): string => `${s()}${name}${eq(chance)}${quoted(chance, value)}`;
  const encoding = chance.of(['UTF-8', 'utf-8', 'UTF-16', 'us-ascii', 'ISO-8859-1', 'x._-9']);
  return `<?xml${own('version', chance.oneIn(20) ? '1.1' : '1.0')}${chance.oneIn(2) ? own('encoding', encoding) : ''}${
    chance.oneIn(3) ? own('standalone', chance.of(['yes', 'no'])) : ''
  }${maybeSpace(chance)}?>`;
}

function misc(chance: Chance): string {
  return chance
    .times(2, () => (chance.oneIn(40) ? '<?go on?>' : chance.oneIn(2) ? comment(chance) : space(chance)))
    .join('');
}

function element(chance: Chance, around: Prefixes, depth: number): string {
  const declared = chance.oneIn(3) ? chance.times(2, () => chance.of(PREFIXES)) : [];
  const within = [...new Set([...around, ...declared])];
  const name = qualified(chance, ['', ...within.filter((prefix) => prefix !== 'xml')]);
  const attributes = [
    ...[...new Set(declared)].map(
      (prefix) => [prefix === '' ? 'xmlns' : `xmlns:${prefix}`, namespace(chance)] as const,
    ),
    ...chance.times(chance.oneIn(30) ? 14 : 3, () => [qualified(chance, ['', '', ...within]), value(chance)] as const),
  ];
  const once = chance.oneIn(60) ? attributes : [...new Map(attributes)];
  const written = once.map(([key, text]) => `${space(chance)}${key}${eq(chance)}${quoted(chance, text)}`).join('');
  const start = `<${name}${written}${maybeSpace(chance)}`;
  if (chance.oneIn(4)) return `${start}/>`;
  return `${start}>${content(chance, within, depth - 1)}</${name}${maybeSpace(chance)}>`;
}

function content(chance: Chance, prefixes: Prefixes, depth: number): string {
  return chance
    .times(depth <= 0 ? 2 : 4, () => {
      switch (chance.below(depth <= 0 ? 5 : 9)) {
        case 0:
          return comment(chance);
        case 1:
          return `<![CDATA[${section(chance)}]]>`;
        case 2:
          return space(chance);
        case 3:
        case 4:
          return text(chance);
        default:
          return element(chance, prefixes, depth);
      }
    })
    .join('');
}

function qualified(chance: Chance, prefixes: Prefixes): string {
  const prefix = chance.of(prefixes);
  const local = chance.of(NAMES);
  return prefix === '' ? local : `${prefix}:${local}`;
}

function namespace(chance: Chance): string {
  return chance.of([
    'urn:a',
    'urn:a',
    'urn:b',
    'http://b&amp;c/',
    'urn:&#x64;',
    chance.oneIn(30) ? XML_NAMESPACE : 'u',
  ]);
}

function text(chance: Chance): string {
  return pieces(chance, [...PLAIN, ...LINES, ...REFERENCES, '>', '"', "'", ']', ']]', '] ]>', '--', '?>']).replaceAll(
    ']]>',
    ']] >',
  );
}

function value(chance: Chance): string {
  return pieces(chance, [...PLAIN, ...LINES, ...REFERENCES, '>', ']]>', '--', '/>']);
}

function comment(chance: Chance): string {
  const inside = pieces(chance, [...PLAIN, ...LINES, '-', '- ', '<', '>', '&', '&amp;', ']]>', '"', '<!x>']);
  return `<!--${inside.replace(/-(?=-|$)/g, '- ')}-->`;
}

function section(chance: Chance): string {
  return pieces(chance, [...PLAIN, ...LINES, ']', ']]', '>', '<', '&', '&lt;', '<!--', '<![CDATA[']).replaceAll(
    ']]>',
    ']] >',
  );
}

function pieces(chance: Chance, choices: readonly string[]): string {
  return chance.times(chance.oneIn(10) ? 12 : 4, () => chance.of(choices)).join('');
}

function quoted(chance: Chance, value: string): string {
  return chance.oneIn(2) ? `"${value.replaceAll('"', '')}"` : `'${value.replaceAll("'", '')}'`;
}

function eq(chance: Chance): string {
  return chance.oneIn(5) ? `${maybeSpace(chance)}=${maybeSpace(chance)}` : '=';
}

function maybeSpace(chance: Chance): string {
  return chance.oneIn(4) ? space(chance) : '';
}

function space(chance: Chance): string {
  return chance.of([' ', ' ', ' ', '\n', '\t', '\r\n', '\r', ' \n\t\r ', '\n\r']);
}

const PREFIXES = ['', 'p', 'q', 'ß', '𐐀', '__proto__'];
const NAMES = [
  'a',
  'b',
  'Envelope',
  'a.b-c_1',
  '_',
  'größe',
  '日本',
  '𐐀',
  'x\u{EFFFF}',
  'e\u0301',
  'a\u00b7\u203f',
  'constructor',
  '__proto__',
  'xmlfoo',
];
const PLAIN = [
  'x',
  'some text',
  ' ',
  'é',
  '€',
  '😀',
  '\u{10FFFF}',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\u007f',
  '=',
];
const LINES = ['\n', '\r\n', '\r', '\t', '\r\r\n'];
const REFERENCES = [
  '&lt;',
  '&gt;',
  '&amp;',
  '&quot;',
  '&apos;',
  '&#65;',
  '&#x41;',
  '&#13;',
  '&#xA;',
  '&#9;',
  '&#x1F600;',
  '&#x0020;',
];
