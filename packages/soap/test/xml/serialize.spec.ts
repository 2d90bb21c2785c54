import { expect } from 'chai';
import fc from 'fast-check';
import { UsageError } from '#src/errors.js';
import { parse, parseContent } from '#src/xml/parse.js';
import { contextOf, serialize, serializeContent } from '#src/xml/serialize.js';
import {
  element,
  elements,
  type NamespaceDeclaration,
  namespaceInScope,
  type QualifiedName,
  vocabulary,
  XML_NAMESPACE,
  XMLNS_NAMESPACE,
  type XmlAttribute,
  type XmlElement,
  type XmlNode,
} from '#src/xml/tree.js';
import { thrown } from '../samples.js';

const p = vocabulary('p', 'urn:p');
const q = vocabulary('q', 'urn:q');
const d = vocabulary('', 'urn:d');
const none = vocabulary('', '');

function declaring(of: XmlElement, ...declarations: readonly (readonly [string, string])[]): XmlElement {
  return { ...of, declarations: declarations.map(([prefix, namespace]) => ({ prefix, namespace })) };
}

function refused(of: XmlElement): string {
  const error = thrown(() => serialize(of), 'invalid-argument');
  expect(error).to.be.instanceOf(UsageError);
  return error.message;
}

describe('serialize: declarations', () => {
  const rows: readonly (readonly [string, XmlElement, string])[] = [
    ['writes an empty element as one tag', element(none('a')), '<a/>'],
    [
      'adds the declaration of a prefix where it is first needed',
      element(p('a'), [], element(p('b'))),
      '<p:a xmlns:p="urn:p"><p:b/></p:a>',
    ],
    ['adds a default namespace', element(d('a'), [], element(d('b'))), '<a xmlns="urn:d"><b/></a>'],
    ['adds what an attribute needs', element(none('a'), [[p('b'), '1']]), '<a xmlns:p="urn:p" p:b="1"/>'],
    [
      'adds a declaration once for element and attributes',
      element(p('a'), [
        [p('b'), ''],
        [p('c'), ''],
      ]),
      '<p:a xmlns:p="urn:p" p:b="" p:c=""/>',
    ],
    [
      'adds it again beside, where it is out of scope',
      element(none('a'), [], element(p('b')), element(p('c'))),
      '<a><p:b xmlns:p="urn:p"/><p:c xmlns:p="urn:p"/></a>',
    ],
    [
      'takes the default namespace back for an element in none',
      element(d('a'), [], element(none('b'), [], element(none('c')))),
      '<a xmlns="urn:d"><b xmlns=""><c/></b></a>',
    ],
    [
      'changes the default namespace and back',
      element(d('a'), [], element(vocabulary('', 'urn:e')('b'), [], element(d('c')))),
      '<a xmlns="urn:d"><b xmlns="urn:e"><c xmlns="urn:d"/></b></a>',
    ],
    [
      'binds a prefix anew within',
      element(p('a'), [], element(vocabulary('p', 'urn:2')('b')), element(p('c'))),
      '<p:a xmlns:p="urn:p"><p:b xmlns:p="urn:2"/><p:c/></p:a>',
    ],
    [
      'keeps declarations that nothing uses, in their order',
      declaring(element(none('a')), ['q', 'urn:q'], ['p', 'urn:p']),
      '<a xmlns:q="urn:q" xmlns:p="urn:p"/>',
    ],
    [
      'keeps the place of a declaration that is used',
      declaring(element(p('a'), [[q('b'), '']]), ['q', 'urn:q']),
      '<p:a xmlns:q="urn:q" xmlns:p="urn:p" q:b=""/>',
    ],
    [
      'leaves out a declaration that repeats what is in scope',
      element(p('a'), [], declaring(element(p('b')), ['p', 'urn:p'])),
      '<p:a xmlns:p="urn:p"><p:b/></p:a>',
    ],
    [
      'keeps a default namespace that is taken back by declaration',
      element(d('a'), [], declaring(element(p('b')), ['', ''])),
      '<a xmlns="urn:d"><p:b xmlns="" xmlns:p="urn:p"/></a>',
    ],
    [
      'never declares the prefix xml',
      element(none('a'), [[{ prefix: 'xml', namespace: XML_NAMESPACE, local: 'lang' }, 'en']]),
      '<a xml:lang="en"/>',
    ],
    ['leaves out a declaration of the prefix xml', declaring(element(none('a')), ['xml', XML_NAMESPACE]), '<a/>'],
    ['escapes namespaces', element(vocabulary('p', 'urn:"&<\n')('a')), '<p:a xmlns:p="urn:&quot;&amp;&lt;&#xA;"/>'],
    [
      'writes attributes in their order',
      element(none('a'), [
        ['z', '1'],
        [p('y'), '2'],
        ['x', '3'],
      ]),
      '<a xmlns:p="urn:p" z="1" p:y="2" x="3"/>',
    ],
    [
      'writes texts and comments',
      element(none('a'), [], 'x&', { kind: 'comment', text: ' & < ' }, 'y'),
      '<a>x&amp;<!-- & < -->y</a>',
    ],
    ['writes an element whose only child is an empty text as one tag', element(none('a'), [], ''), '<a/>'],
  ];

  for (const [behaviour, tree, expected] of rows) {
    it(behaviour, () => {
      expect(serialize(tree)).to.equal(expected);
      expect(parse(expected).root.namespace).to.equal(tree.namespace);
    });
  }
});

describe('serialize: what it refuses', () => {
  const two = vocabulary('p', 'urn:2');
  const xml = vocabulary('xml', XML_NAMESPACE);

  const conflicts: Readonly<Record<string, XmlElement>> = {
    'of an element and its attribute': element(p('a'), [[two('b'), '']]),
    'of two attributes': element(none('a'), [
      [p('b'), ''],
      [two('c'), ''],
    ]),
    'of an element and its declaration': declaring(element(p('a')), ['p', 'urn:2']),
    'of an attribute and a declaration': declaring(element(none('a'), [[p('b'), '']]), ['p', 'urn:2']),
    'of two declarations': declaring(element(none('a')), ['p', 'urn:p'], ['p', 'urn:2']),
    'of an element without a namespace and a default declaration': declaring(element(none('a')), ['', 'urn:d']),
    'of an element whose prefix is in scope already and its attribute': element(
      p('r'),
      [],
      element(p('a'), [[two('b'), '']]),
    ),
    'of an element whose namespace is in scope by default and a declaration that takes it back': element(
      d('r'),
      [],
      declaring(element(d('a')), ['', '']),
    ),
    'of a declaration that repeats what is in scope and an element': element(
      p('r'),
      [],
      declaring(element(two('a')), ['p', 'urn:p']),
    ),
    'of a declaration that repeats the default and an element in none': element(
      d('r'),
      [],
      declaring(element(none('a')), ['', 'urn:d']),
    ),
  };
  for (const [what, tree] of Object.entries(conflicts)) {
    it(`refuses one prefix for two namespaces: ${what}`, () => {
      expect(refused(tree)).to.include('two namespaces');
    });
  }

  const reserved: Readonly<Record<string, XmlElement>> = {
    'the prefix xmlns for an element': element(vocabulary('xmlns', 'urn:x')('a')),
    'the prefix xmlns for an attribute': element(none('a'), [[vocabulary('xmlns', XMLNS_NAMESPACE)('p'), 'urn:p']]),
    'the prefix xmlns in a declaration': declaring(element(none('a')), ['xmlns', 'urn:x']),
    'the prefix xml for another namespace': element(vocabulary('xml', 'urn:x')('a')),
    'the prefix xml declared for another namespace': declaring(element(none('a')), ['xml', 'urn:x']),
    'the namespace of xml with another prefix': element(vocabulary('p', XML_NAMESPACE)('a')),
    'the namespace of xml by default': element(vocabulary('', XML_NAMESPACE)('a')),
    'the namespace of xmlns': element(vocabulary('p', XMLNS_NAMESPACE)('a')),
  };
  for (const [what, tree] of Object.entries(reserved)) {
    it(`refuses ${what}`, () => {
      expect(refused(tree)).to.include('reserved');
    });
  }

  it('writes an element with the prefix xml', () => {
    expect(serialize(element(xml('a')))).to.equal('<xml:a/>');
  });

  it('refuses a prefix without a namespace', () => {
    expect(refused(element(vocabulary('p', '')('a'))))
      .to.include('"p"')
      .and.include('leave the prefix out');
    refused(element(none('a'), [[vocabulary('p', '')('b'), '']]));
    refused(declaring(element(none('a')), ['p', '']));
  });

  it('refuses an attribute with a namespace and no prefix', () => {
    expect(refused(element(none('a'), [[d('b'), '']])))
      .to.include('"b"')
      .and.include('needs a prefix');
  });

  it('refuses a namespace declaration in the guise of an attribute', () => {
    expect(refused(element(none('a'), [['xmlns', 'urn:x']]))).to.include('declarations');
    refused(element(none('a'), [['xmlns:p', 'urn:x']]));
  });

  it('refuses an attribute twice', () => {
    expect(
      refused(
        element(none('a'), [
          ['b', '1'],
          ['c', ''],
          ['b', '1'],
        ]),
      ),
    )
      .to.include('"b"')
      .and.include('twice');
  });

  it('refuses an attribute twice by its expanded name', () => {
    refused(
      element(none('a'), [
        [p('b'), '1'],
        [vocabulary('q', 'urn:p')('b'), '2'],
      ]),
    );
    expect(
      serialize(
        element(none('a'), [
          ['b', ''],
          [p('b'), ''],
          [q('b'), ''],
        ]),
      ),
    ).to.include('p:b=');
  });

  const names = [
    '',
    ' ',
    'a b',
    '1a',
    '-a',
    '.a',
    'a:b',
    ':a',
    'a/',
    'a>',
    'a="x" b',
    '<a',
    'a\n',
    'a\0',
    'a\u00d7',
    '\u0301',
    'a\ud800',
    'a\u037e',
  ];
  for (const name of names) {
    it(`refuses the name ${JSON.stringify(name)} wherever it stands`, () => {
      expect(refused(element(none(name)))).to.include('name');
      refused(element(p(name)));
      refused(element(none('a'), [[name, '']]));
      refused(element(none('a'), [[p(name), '']]));
      if (name !== '') {
        refused(element(vocabulary(name, 'urn:x')('a')));
        refused(element(none('a'), [[vocabulary(name, 'urn:x')('b'), '']]));
        refused(declaring(element(none('a')), [name, 'urn:x']));
      }
    });
  }

  for (const name of ['a', '_', 'a-b.c_1', 'größe', '日本', '𐐀', 'a\u0301', 'a\u00b7', 'xml', '__proto__']) {
    it(`writes the name ${JSON.stringify(name)}, and the parser reads it`, () => {
      const text = serialize(
        element(p(name), [
          [name, ''],
          [p(name), ''],
        ]),
      );
      expect(parse(text).root.local).to.equal(name);
      expect(parse(text).root.attributes.map(({ local }) => local)).to.deep.equal([name, name]);
    });
  }

  for (const [place, tree] of Object.entries({
    'a text': element(none('a'), [], 'x\0'),
    'an attribute': element(none('a'), [['b', '\x1f']]),
    'a namespace': element(vocabulary('p', 'urn:\ufffe')('a')),
    'a comment': element(none('a'), [], { kind: 'comment', text: '\ud800' }),
  })) {
    it(`refuses in ${place} a character that XML cannot hold`, () => {
      expect(refused(tree)).to.include('XML cannot hold the character U+');
    });
  }

  for (const text of ['--', 'a--b', '-', 'a-', '-->']) {
    it(`refuses the comment ${JSON.stringify(text)}`, () => {
      expect(refused(element(none('a'), [], { kind: 'comment', text }))).to.include('comment');
    });
  }

  it('is of use again after a refusal', () => {
    const child = element(none('b'), [], '\0');
    refused(element(p('a'), [], child));
    expect(serialize(element(p('a')))).to.equal('<p:a xmlns:p="urn:p"/>');
  });
});

describe('serializeContent', () => {
  it('takes bindings of the place as given', () => {
    const context = new Map([
      ['', 'urn:d'],
      ['p', 'urn:p'],
    ]);
    expect(serializeContent(['x', element(d('a')), element(p('b')), element(none('c'))], context)).to.equal(
      'x<a/><p:b/><c xmlns=""/>',
    );
  });

  it('adds what the place lacks, to each of the nodes', () => {
    expect(serializeContent([element(p('a')), element(p('b'))], new Map())).to.equal(
      '<p:a xmlns:p="urn:p"/><p:b xmlns:p="urn:p"/>',
    );
  });

  it('leaves the context as it was', () => {
    const context = new Map<string, string>();
    serializeContent([element(p('a'))], context);
    expect(context.size).to.equal(0);
  });

  it('is nothing for nothing', () => {
    expect(serializeContent([], new Map())).to.equal('');
  });

  it('is read again by parseContent in the scope it was written for', () => {
    const { root } = parse('<r xmlns="urn:d" xmlns:p="urn:p"><p:a>x<b/><c xmlns="" p:d=""/></p:a></r>');
    const [a] = elements(root) as [XmlElement];
    const written = serializeContent(a.children, contextOf(a.scope));
    expect(written).to.equal('x<b/><c xmlns="" p:d=""/>');
    expect(plain(parseContent(written, a.scope).nodes)).to.deep.equal(plain(a.children));
  });

  it('tells the bindings at a parsed element', () => {
    const { root } = parse('<r xmlns="urn:d" xmlns:p="urn:p"><p:a xmlns=""/></r>');
    expect(Object.fromEntries(contextOf(elements(root)[0]?.scope))).to.deep.equal({ '': '', p: 'urn:p' });
    expect(contextOf(undefined).size).to.equal(0);
  });
});

describe('parse and serialize', () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  const runs = { seed, numRuns: 500 };

  it(`what is written is read as the same tree (seed ${seed})`, () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(plain([parse(serialize(tree)).root])).to.deep.equal(plain([tree]));
      }),
      runs,
    );
  });

  it(`it is so for its bytes (seed ${seed})`, () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const text = serialize(tree);
        expect(parse(Buffer.from(text))).to.deep.equal(parse(text));
      }),
      runs,
    );
  });

  it(`what was read is written as the very text, once it was written by us (seed ${seed})`, () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const text = serialize(tree);
        expect(serialize(parse(text).root)).to.equal(text);
      }),
      runs,
    );
  });

  it(`every name is in scope where it is used (seed ${seed})`, () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const visit = (of: XmlElement): void => {
          expect(namespaceInScope(of.scope, of.prefix) ?? '').to.equal(of.namespace);
          for (const { prefix, namespace } of of.attributes) {
            if (prefix !== '') expect(namespaceInScope(of.scope, prefix)).to.equal(namespace);
          }
          elements(of).forEach(visit);
        };
        visit(parse(serialize(tree)).root);
      }),
      runs,
    );
  });
});

/** What a tree says, whatever declarations it says it with. */
function plain(nodes: readonly XmlNode[]): unknown {
  return nodes.map((node) => {
    if (typeof node === 'string' || node.kind === 'comment') return node;
    const { prefix, namespace, local, attributes, children } = node;
    return { prefix, namespace, local, attributes, children: plain(children) };
  });
}

/** Prefixes and namespaces are few, so that they clash often. */
const bindings: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .record({
    '': fc.constantFrom('', 'urn:1', 'urn:2'),
    a: fc.constantFrom('urn:1', 'urn:2', 'urn:3'),
    b: fc.constantFrom('urn:1', 'urn:2', 'urn:&"<\t'),
  })
  .map((record) => new Map(Object.entries(record)));

const local = fc.constantFrom('x', 'y', 'Z-1.2', 'größe', '𐐀');
const character = fc.oneof(
  fc.constantFrom(...'&<>"\'\t\n\r]-# '),
  fc.constantFrom('é', '\u0085', '\u2028', '\ufeff', '😀', ']]>'),
  fc
    .string({ unit: 'grapheme', maxLength: 3 })
    .filter((value) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value)),
);
const words = fc.array(character, { maxLength: 6 }).map((parts) => parts.join(''));
const comment = fc
  .constantFrom('', ' ', 'a', '<b/>', '&amp;', '- - ', 'é\n')
  .map((content): XmlNode => ({ kind: 'comment', text: content }));

const trees: fc.Arbitrary<XmlElement> = fc.letrec<{ tree: XmlElement; node: XmlNode }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, words, comment, tie('tree')),
  tree: fc
    .record({
      bound: bindings,
      prefix: fc.constantFrom('', 'a', 'b'),
      name: local,
      declared: fc.subarray(['', 'a', 'b']),
      attributes: fc.uniqueArray(fc.tuple(fc.constantFrom('', 'a', 'b', 'xml'), local, words), { maxLength: 4 }),
      children: fc.array(tie('node'), { maxLength: 4 }),
    })
    .map(({ bound, prefix, name, declared, attributes, children }): XmlElement => {
      const namespaceOf = (of: string): string => (of === 'xml' ? XML_NAMESPACE : (bound.get(of) ?? ''));
      const declarations: NamespaceDeclaration[] = declared.map((of) => ({ prefix: of, namespace: namespaceOf(of) }));
      const named: XmlAttribute[] = [];
      for (const [of, attribute, value] of attributes) {
        const qualified: QualifiedName = { prefix: of, namespace: of === '' ? '' : namespaceOf(of), local: attribute };
        const clash = named.some((o) => o.local === qualified.local && o.namespace === qualified.namespace);
        if (!clash) named.push({ ...qualified, value });
      }
      return {
        kind: 'element',
        prefix,
        namespace: namespaceOf(prefix),
        local: name,
        declarations,
        attributes: named,
        children: joined(children),
      };
    }),
})).tree;

/** As a parser gives them: no text is empty, and none stands beside another. */
function joined(nodes: readonly XmlNode[]): readonly XmlNode[] {
  const result: XmlNode[] = [];
  for (const node of nodes) {
    const before = result.at(-1);
    if (node === '') continue;
    if (typeof node === 'string' && typeof before === 'string') result[result.length - 1] = before + node;
    else result.push(node);
  }
  return result;
}
