/** Where the pieces of a message stand in its text: enough to cut and paste without parsing. */
export interface Markup {
  readonly text: string;
  /** Elements, from their start tags to their end tags. */
  readonly elements: readonly Span[];
  /** Start tags alone. */
  readonly tags: readonly Span[];
  /** Attribute values, without their quotes. */
  readonly values: readonly Span[];
  /** Attributes with their names and quotes, and the space before. */
  readonly attributes: readonly Span[];
  /** Texts that are not only white space. */
  readonly texts: readonly Span[];
  /** Texts that look like Base64. */
  readonly base64: readonly Span[];
  /** Values of attributes called Id. */
  readonly ids: readonly Span[];
  /** Values of attributes called URI. */
  readonly uris: readonly Span[];
  /** Values of attributes called Algorithm, Type, ValueType or EncodingType. */
  readonly algorithms: readonly Span[];
  /** Values of namespace declarations. */
  readonly namespaces: readonly Span[];
}

/** From (included) and to (not included). */
export type Span = readonly [number, number];

const TOKEN = /<!--[\s\S]*?-->|<\/[^>]*>|<[^>]*>|[^<]+/g;
const ATTRIBUTE = /\s([\w.:-]+)\s*=\s*("[^"]*"|'[^']*')/g;

/** Reads well-formed text; of anything else it finds what it can. */
export function markup(text: string): Markup {
  const found = {
    elements: [] as Span[],
    tags: [] as Span[],
    values: [] as Span[],
    attributes: [] as Span[],
    texts: [] as Span[],
    base64: [] as Span[],
    ids: [] as Span[],
    uris: [] as Span[],
    algorithms: [] as Span[],
    namespaces: [] as Span[],
  };
  const open: number[] = [];
  for (const { 0: token, index: at } of text.matchAll(TOKEN)) {
    const end = at + token.length;
    if (token.startsWith('<!') || token.startsWith('<?')) continue;
    if (token.startsWith('</')) {
      const start = open.pop();
      if (start !== undefined) found.elements.push([start, end]);
    } else if (token.startsWith('<')) {
      found.tags.push([at, end]);
      if (token.endsWith('/>')) found.elements.push([at, end]);
      else open.push(at);
      attributesOf(token, at, found);
    } else if (token.trim() !== '') {
      found.texts.push([at, end]);
      if (/^[\s\w+/=]{16,}$/.test(token)) found.base64.push([at, end]);
    }
  }
  return { text, ...found };
}

type Found = { readonly [Key in Exclude<keyof Markup, 'text'>]: Span[] };

function attributesOf(tag: string, offset: number, found: Found): void {
  for (const { 0: whole, 1: name = '', 2: quoted = '', index } of tag.matchAll(ATTRIBUTE)) {
    const end = offset + index + whole.length;
    const value: Span = [end - quoted.length + 1, end - 1];
    found.attributes.push([offset + index, end]);
    found.values.push(value);
    if (name === 'xmlns' || name.startsWith('xmlns:')) found.namespaces.push(value);
    else if (/(^|:)(Id|ID|AssertionID)$/.test(name)) found.ids.push(value);
    else if (name === 'URI') found.uris.push(value);
    else if (/^(Algorithm|Type|ValueType|EncodingType)$/.test(name)) found.algorithms.push(value);
  }
}
