import { expect } from 'chai';
import { HoldfastError } from '#src/errors.js';
import { parse, parseContent } from '#src/xml/parse.js';
import { XMLNS_NAMESPACE, type XmlNode } from '#src/xml/tree.js';
import { type Chance, chanceOf } from './oracle/chance.js';
import { declarations } from './oracle/declarations.js';
import { contentOf, documentOf } from './oracle/documents.js';
import { CHARACTERS, mutated, mutatedOctets, SNIPPETS } from './oracle/mutations.js';
import { type Branch, type Leaf, nodesBySaxes } from './oracle/saxes-oracle.js';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = Number(process.env['ORACLE_COUNT'] ?? 20_000);

type Source = Uint8Array | string;
type Kind = 'document' | 'content';

/** What a reader made of a source: the nodes, or why it was refused. */
type Outcome = { readonly nodes: readonly Leaf[] } | { readonly error: Error };

/** Where the outcomes are meant to differ, and what says so. */
interface Deviation {
  readonly what: string;
  readonly by: string;
  readonly applies: (text: string, ours: Outcome, theirs: Outcome) => boolean;
}

const deviations: readonly Deviation[] = [
  {
    what: 'half of a surrogate pair is no character',
    by: 'XML 1.0 §2.2 [2] Char',
    applies: (text, ours) => 'error' in ours && /[\ud800-\udfff]/u.test(text),
  },
  {
    what: 'prefixes and local parts are NCNames; they begin as a Name does',
    by: 'Namespaces in XML 1.0 §3 [1]-[6], §4 [7]-[11]',
    applies: (_, ours, theirs) => 'error' in ours && names(theirs).some((name) => !QUALIFIED.test(name)),
  },
  {
    what: 'a namespace is the value as it stands, with the white space around it',
    by: 'Namespaces in XML 1.0 §2.3, §3',
    applies: (_, ours) => 'nodes' in ours && declared(ours).some((namespace) => namespace !== namespace.trim()),
  },
  {
    what: 'an Id is there once',
    by: 'XML Signature §4.3.3.3; the code is duplicate-id',
    applies: (_, ours) => codeOf(ours) === 'duplicate-id',
  },
];

const QUALIFIED =
  /^(?![-.0-9\u00b7\u0300-\u036f\u203f\u2040])[^:]+(?::(?![-.0-9\u00b7\u0300-\u036f\u203f\u2040])[^:]+)?$/;

const places: Readonly<Record<string, (piece: string) => string>> = {
  'before everything': (piece) => `${piece}<?xml version="1.0"?><a/>`,
  'in the XML declaration': (piece) => `<?xml version="1.0"${piece}?><a/>`,
  'in the version': (piece) => `<?xml version="1.0${piece}"?><a/>`,
  'before the root': (piece) => `<?xml version="1.0"?> ${piece}<a/>`,
  'at the start of a name': (piece) => `<a><${piece}b/></a>`,
  'in a name': (piece) => `<a><b${piece}/></a>`,
  'in both names of an element': (piece) => `<a><b${piece}></b${piece}></a>`,
  'in an end tag': (piece) => `<a><b></b${piece}></a>`,
  'in a tag': (piece) => `<a b="c" ${piece}/>`,
  'behind an attribute': (piece) => `<a b="c"${piece}/>`,
  'behind the name of an attribute': (piece) => `<a b${piece}="c"/>`,
  'before an attribute value': (piece) => `<a b=${piece}"c"/>`,
  'in an attribute value': (piece) => `<a b="c${piece}d"/>`,
  'in an attribute value in apostrophes': (piece) => `<a b='c${piece}d'/>`,
  'in text': (piece) => `<a>b${piece}c</a>`,
  'in text, twice': (piece) => `<a>${piece}${piece}</a>`,
  'in a reference': (piece) => `<a>&${piece};</a>`,
  'in a character reference': (piece) => `<a>&#${piece};&#x${piece};&#4${piece};</a>`,
  'in a comment': (piece) => `<a><!--b${piece}c--></a>`,
  'at the end of a comment': (piece) => `<a><!--b${piece}--></a>`,
  'in a CDATA section': (piece) => `<a><![CDATA[b${piece}c]]></a>`,
  'at the end of a CDATA section': (piece) => `<a><![CDATA[${piece}]]></a>`,
  'behind <!': (piece) => `<a><!${piece}></a>`,
  'behind the root': (piece) => `<a/>${piece}`,
  'in place of the root': (piece) => piece,
};

describe('tokenizer: what saxes makes of it', () => {
  for (const [where, place] of Object.entries(places)) {
    it(`is what we make of all that is special ${where}`, () => {
      for (const piece of ['', ...CHARACTERS, ...SNIPPETS]) {
        assertSame(place(piece), 'document');
        assertSame(Buffer.from(place(piece)), 'document');
        assertSame(place(piece), 'content');
      }
    });
  }

  it('is what we make of declarations, right and wrong (XML 1.0 §2.8)', () => {
    for (const declaration of declarations) assertSame(`${declaration}<a/>`, 'document');
  });

  it(`is what we make of any document, changed or not (SEED=${SEED} ORACLE_COUNT=${COUNT})`, function () {
    this.timeout(60_000 + COUNT * 10);
    const seen: Record<string, number> = {};
    for (let round = 0; round < COUNT; round++) {
      const { source, kind } = made(chanceOf(SEED + round));
      const result = assertSame(source, kind, `SEED=${SEED + round} ORACLE_COUNT=1: `);
      seen[result] = (seen[result] ?? 0) + 1;
    }
    if (process.env['ORACLE_COUNT'] !== undefined) console.log(JSON.stringify({ SEED, COUNT, ...seen }));
    if (COUNT < 1_000) return;
    expect(seen['accepted']).to.be.above(COUNT / 5);
    expect(seen['refused']).to.be.above(COUNT / 5);
  });
});

/** @returns whether both accepted it or refused it, or in what they are meant to differ */
function assertSame(source: Source, kind: Kind, which = ''): string {
  const text = textOf(source);
  const ours = outcome(() => (kind === 'content' ? parseContent(source, undefined).nodes : topOf(source)).map(leafOf));
  const theirs = outcome(() => {
    if (text === undefined) throw new Error('Not UTF-8.');
    return nodesBySaxes(text, kind, typeof source !== 'string').map(trimmed);
  });
  if ('error' in ours && !(ours.error instanceof HoldfastError)) throw ours.error;
  if ('error' in ours && 'error' in theirs) return 'refused';
  const [found, wanted] = [JSON.stringify(shown(ours)), JSON.stringify(shown(theirs))];
  if ('nodes' in ours && 'nodes' in theirs && found === wanted) return 'accepted';
  const deviation = deviations.find(({ applies }) => applies(text ?? '', ours, theirs));
  return deviation?.what ?? expect.fail(`${which}${kind} ${JSON.stringify(text)}: ${found} instead of ${wanted}`);
}

function made(chance: Chance): { readonly source: Source; readonly kind: Kind } {
  const kind = chance.oneIn(4) ? 'content' : 'document';
  const document = kind === 'content' ? contentOf(chance) : documentOf(chance);
  switch (chance.below(5)) {
    case 0:
      return { source: document, kind };
    case 1:
      return { source: Buffer.from(document), kind };
    case 2:
      return { source: mutatedOctets(chance, Buffer.from(document)), kind };
    default:
      return { source: mutated(chance, document), kind };
  }
}

function topOf(source: Source): readonly XmlNode[] {
  const { prolog, root, epilog } = parse(source);
  return [...prolog, root, ...epilog];
}

function outcome(read: () => readonly Leaf[]): Outcome {
  try {
    return { nodes: read() };
  } catch (error) {
    return { error: error as Error };
  }
}

function shown(of: Outcome): unknown {
  return 'nodes' in of ? of.nodes : of.error.message;
}

function codeOf(of: Outcome): string | undefined {
  return 'error' in of && of.error instanceof HoldfastError ? of.error.code : undefined;
}

/** What saxes is given; undefined when it is no UTF-8. */
function textOf(source: Source): string | undefined {
  if (typeof source === 'string') return source;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch {
    return undefined;
  }
}

function leafOf(node: XmlNode): Leaf {
  if (typeof node === 'string') return node;
  if (node.kind === 'comment') return { comment: node.text };
  const written = (prefix: string, local: string): string => (prefix === '' ? local : `${prefix}:${local}`);
  return trimmed({
    name: written(node.prefix, node.local),
    namespace: node.namespace,
    attributes: [
      ...node.declarations.map(
        ({ prefix, namespace }) => [prefix === '' ? 'xmlns' : `xmlns:${prefix}`, XMLNS_NAMESPACE, namespace] as const,
      ),
      ...node.attributes.map(
        ({ prefix, local, namespace, value }) => [written(prefix, local), namespace, value] as const,
      ),
    ],
    children: node.children.map(leafOf),
  });
}

/** Declarations first, and namespaces without the white space around them, which saxes does not keep. */
function trimmed(leaf: Leaf): Leaf {
  if (typeof leaf === 'string' || 'comment' in leaf) return leaf;
  const isDeclaration = ([, namespace]: Branch['attributes'][number]): boolean => namespace === XMLNS_NAMESPACE;
  const attributes = leaf.attributes.map(([name, namespace, value]) => [name, namespace.trim(), value] as const);
  return {
    name: leaf.name,
    namespace: leaf.namespace.trim(),
    attributes: [...attributes.filter(isDeclaration), ...attributes.filter((each) => !isDeclaration(each))],
    children: leaf.children.map(trimmed),
  };
}

function names(of: Outcome): readonly string[] {
  return branches(of).flatMap(({ name, attributes }) => [name, ...attributes.map(([each]) => each)]);
}

function declared(of: Outcome): readonly string[] {
  return branches(of).flatMap(({ attributes }) =>
    attributes.filter(([, namespace]) => namespace === XMLNS_NAMESPACE).map(([, , value]) => value),
  );
}

function branches(of: Outcome): readonly Branch[] {
  const within = (leaf: Leaf): readonly Branch[] =>
    typeof leaf === 'string' || 'comment' in leaf ? [] : [leaf, ...leaf.children.flatMap(within)];
  return 'nodes' in of ? of.nodes.flatMap(within) : [];
}
