const NAMES = ['a', 'b', 'c-1', '\u00e9', 'longer.name_2'];
const PREFIXES = ['', '', 'p', 'q', 'r'];
const NAMESPACES = ['urn:example:1', 'urn:example:2', 'http://example.org/?a=1&b=2'];
const TEXTS = ['', ' ', 'text', '\n\t', '&<>"\'', ']]>', '\r', '\u{1F600}\uFF5E\u00e9', '  x  '];

/** A document of any shape, with one element whose wsu:Id is `target`, drawn by these dice. */
export function document(random: () => number): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const escaped = (text: string): string =>
    text.replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
  const name = (): string => {
    const prefix = pick(PREFIXES);
    return prefix === '' ? pick(NAMES) : `${prefix}:${pick(NAMES)}`;
  };
  const declarations = (): string => {
    const own = ['', 'p', 'q', 'r'].filter(() => random() < 0.25);
    return own
      .map((prefix) =>
        prefix === ''
          ? ` xmlns="${random() < 0.3 ? '' : escaped(pick(NAMESPACES))}"`
          : ` xmlns:${prefix}="${escaped(pick(NAMESPACES))}"`,
      )
      .join('');
  };
  // Prefixes may stand for one namespace, so local names of one element are kept apart.
  const attributes = (): string =>
    ['x', 'y', 'zz']
      .filter(() => random() < 0.3)
      .map((local) => {
        const prefix = pick(PREFIXES);
        return ` ${prefix === '' ? local : `${prefix}:${local}`}="${escaped(pick(TEXTS))}"`;
      })
      .concat(random() < 0.15 ? [' xml:lang="en"'] : [], random() < 0.1 ? [' xml:space="preserve"'] : [])
      .join('');
  const content = (depth: number): string => {
    const kind = random();
    if (kind < 0.25) return escaped(pick(TEXTS));
    if (kind < 0.35) return `<!--${pick(['', ' note ', 'x<&>y'])}-->`;
    if (kind < 0.4) return `<![CDATA[${pick(['raw <&>', ' '])}]]>`;
    return element(depth + 1, '');
  };
  const element = (depth: number, id: string): string => {
    const tag = name();
    const count = depth > 4 ? 0 : Math.floor(random() * 4);
    const inner = Array.from({ length: count }, () => content(depth)).join('');
    return `<${tag}${declarations()}${attributes()}${id}>${inner}</${tag}>`;
  };
  const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
  const target = element(0, ' u:Id="target"');
  return (
    `<root xmlns:p="${pick(NAMESPACES).replace('&', '&amp;')}" xmlns:q="urn:example:q" xmlns:r="urn:example:r" xmlns:u="${wsu}"${random() < 0.5 ? ' xmlns="urn:example:d"' : ''}${random() < 0.3 ? ' xml:lang="sv"' : ''}>` +
    `${content(1)}<p:outer${declarations()} xml:base="urn:example:base">${target}</p:outer>${content(1)}</root>`
  );
}
