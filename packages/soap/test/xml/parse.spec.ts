import { expect } from 'chai';
import fc from 'fast-check';
import { parse, parseContent } from '#src/xml/parse.js';
import {
  attribute,
  child,
  elements,
  isElement,
  namespaceInScope,
  namespacesInScope,
  resolveQName,
  text,
  XML_NAMESPACE,
  type XmlElement,
} from '#src/xml/tree.js';
import { thrown } from '../samples.js';

const FAR = 65_536;

function only(of: XmlElement): XmlElement {
  return elements(of)[0] ?? expect.fail('no element');
}

function bytes(content: string, encoding: 'utf-16le' | 'utf-16be'): Uint8Array {
  const little = Buffer.from(`\ufeff${content}`, 'utf16le');
  return encoding === 'utf-16le' ? little : little.swap16();
}

describe('parse: encodings (XML 1.0 §4.3.3)', () => {
  const document = '<größe a="€">😀</größe>';
  const expected = parse(document);

  it('reads UTF-8', () => {
    expect(parse(Buffer.from(document))).to.deep.equal(expected);
  });

  it('reads UTF-8 with a byte order mark', () => {
    expect(parse(Buffer.from(`\ufeff${document}`))).to.deep.equal(expected);
  });

  for (const encoding of ['utf-16le', 'utf-16be'] as const) {
    it(`reads ${encoding} by its byte order mark`, () => {
      expect(parse(bytes(`<?xml version="1.0" encoding="UTF-16"?>${document}`, encoding))).to.deep.equal(expected);
    });

    it(`refuses a document type in ${encoding}`, () => {
      thrown(() => parse(bytes('<!DOCTYPE a><a/>', encoding)), 'forbidden-xml');
    });

    it(`refuses ${encoding} without a byte order mark`, () => {
      thrown(() => parse(bytes('<a/>', encoding).subarray(2)), 'malformed-xml');
    });

    it(`refuses ${encoding} with half a character`, () => {
      const whole = bytes('<a/>', encoding);
      thrown(() => parse(whole.subarray(0, whole.length - 1)), 'unsupported-encoding');
    });
  }

  it('reads a text with a byte order mark', () => {
    expect(parse(`\ufeff${document}`)).to.deep.equal(expected);
  });

  for (const [what, bad] of Object.entries({
    'a byte that UTF-8 never has': [0xff],
    'a sequence that is cut off': [0xc3],
    'a sequence that is longer than it must be': [0xc0, 0xbc],
    'a surrogate': [0xed, 0xa0, 0x80],
    'a number beyond Unicode': [0xf4, 0x90, 0x80, 0x80],
    'Latin 1': [0xe9],
  })) {
    it(`refuses ${what} in UTF-8`, () => {
      thrown(
        () => parse(Buffer.concat([Buffer.from('<a>'), Buffer.from(bad), Buffer.from('</a>')])),
        'unsupported-encoding',
      );
    });
  }
});

describe('parse: what is kept', () => {
  it('keeps attributes in their order, without the declarations', () => {
    const { root } = parse('<a z="1" xmlns:p="urn:p" p:y="2" x="3" xml:lang="en" xmlns="urn:d"/>');
    expect(root.attributes).to.deep.equal([
      { prefix: '', namespace: '', local: 'z', value: '1' },
      { prefix: 'p', namespace: 'urn:p', local: 'y', value: '2' },
      { prefix: '', namespace: '', local: 'x', value: '3' },
      { prefix: 'xml', namespace: XML_NAMESPACE, local: 'lang', value: 'en' },
    ]);
  });

  it('keeps declarations in their order, with those that nothing uses', () => {
    const { root } = parse('<a xmlns:q="urn:q" b="" xmlns="urn:d" xmlns:p="urn:p"/>');
    expect(root.declarations).to.deep.equal([
      { prefix: 'q', namespace: 'urn:q' },
      { prefix: '', namespace: 'urn:d' },
      { prefix: 'p', namespace: 'urn:p' },
    ]);
  });

  it('keeps a declaration that repeats what is in scope, and one that takes the default namespace back', () => {
    const { root } = parse('<a xmlns="urn:d" xmlns:p="urn:p"><p:b xmlns:p="urn:p"/><c xmlns=""/></a>');
    expect(elements(root).map(({ declarations }) => declarations)).to.deep.equal([
      [{ prefix: 'p', namespace: 'urn:p' }],
      [{ prefix: '', namespace: '' }],
    ]);
  });

  it('keeps prefixes as they were written', () => {
    const { root } = parse('<p:a xmlns:p="urn:n" xmlns:q="urn:n"><q:a/></p:a>');
    expect([root, only(root)].map(({ prefix, namespace, local }) => [prefix, namespace, local])).to.deep.equal([
      ['p', 'urn:n', 'a'],
      ['q', 'urn:n', 'a'],
    ]);
  });

  it('gives an unprefixed element the default namespace, and an unprefixed attribute none', () => {
    const { root } = parse('<a xmlns="urn:d" b=""/>');
    expect(root.namespace).to.equal('urn:d');
    expect(root.attributes[0]?.namespace).to.equal('');
  });

  it('keeps namespaces as they were written, character for character', () => {
    const { root } = parse('<p:a xmlns:p=" HTTP://Example.ORG/%7e&amp; "/>');
    expect(root.namespace).to.equal(' HTTP://Example.ORG/%7e& ');
  });

  it('keeps white space between elements', () => {
    expect(parse('<a>\n  <b/>\t</a>').root.children.filter((node) => typeof node === 'string')).to.deep.equal([
      '\n  ',
      '\t',
    ]);
  });

  it('keeps comments where they stand', () => {
    const { root } = parse('<a>x<!-- c&amp;<b/> -->y<b/><!----></a>');
    expect(root.children.map((node) => (isElement(node) ? node.local : node))).to.deep.equal([
      'x',
      { kind: 'comment', text: ' c&amp;<b/> ' },
      'y',
      'b',
      { kind: 'comment', text: '' },
    ]);
  });

  it('keeps comments before and after the root apart', () => {
    const { prolog, epilog } = parse('<?xml version="1.0"?><!--1-->\n<!--2--><a><!--3--></a>\n<!--4-->\n');
    expect(prolog.map((comment) => comment.text)).to.deep.equal(['1', '2']);
    expect(epilog.map((comment) => comment.text)).to.deep.equal(['4']);
  });

  for (const [what, content, expected] of [
    ['a CDATA section between texts', 'a<![CDATA[<b>&amp;]]>c', '<b>&amp;'],
    ['CDATA sections beside one another', 'a<![CDATA[]]]]><![CDATA[>]]>c', ']]>'],
    ['an empty CDATA section', 'a<![CDATA[]]>c', ''],
    ['brackets in a CDATA section', 'a<![CDATA[]]]]]>c', ']]]'],
    ['a CDATA section that ends in brackets', 'a<![CDATA[x]]]>c', 'x]'],
  ] as const) {
    it(`makes one text of ${what}`, () => {
      expect(parse(`<r>${content}</r>`).root.children).to.deep.equal([`a${expected}c`]);
    });
  }

  it('has no text where there is none', () => {
    expect(parse('<a></a>').root.children).to.deep.equal([]);
    expect(parse('<a><![CDATA[]]></a>').root.children).to.deep.equal([]);
  });

  it('resolves character references and the five entities, once', () => {
    const content = '&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;&#x00000043;&amp;lt;&#38;amp;';
    const expected = `<>&"'AB😀C&lt;&amp;`;
    const { root } = parse(`<a b='${content}'>${content}</a>`);
    expect(text(root)).to.equal(expected);
    expect(attribute(root, 'b')).to.equal(expected);
  });

  it('does not take what character references stand for as markup', () => {
    const { root } = parse('<a>&#60;b/>&#x3c;!--x-->]]&gt;</a>');
    expect(root.children).to.deep.equal(['<b/><!--x-->]]>']);
  });

  it('makes one line feed of each end of a line (XML 1.0 §2.11)', () => {
    const { root } = parse('<a>1\r\n2\r3\n4\r\r\n5\n\r6<![CDATA[\r\n7\r]]><!--\r\n8--></a>');
    expect(root.children).to.deep.equal(['1\n2\n3\n4\n\n5\n\n6\n7\n', { kind: 'comment', text: '\n8' }]);
  });

  it('makes a space of each white space in an attribute (XML 1.0 §3.3.3)', () => {
    expect(attribute(parse('<a b=" 1\t2\n3\r\n4\r5  "/>').root, 'b')).to.equal(' 1 2 3 4 5  ');
  });

  it('keeps white space that is written as character references', () => {
    const { root } = parse('<a b="&#9;&#xA;&#xD;">&#xD;&#10;&#9;</a>');
    expect(attribute(root, 'b')).to.equal('\t\n\r');
    expect(text(root)).to.equal('\r\n\t');
  });

  it('takes U+0085 and U+2028 for characters like any other', () => {
    expect(text(parse('<a>1\u00852\u20283\u007f</a>').root)).to.equal('1\u00852\u20283\u007f');
  });

  it('keeps U+FEFF that is not at the start', () => {
    expect(text(parse('<a>\ufeffx</a>').root)).to.equal('\ufeffx');
  });
});

describe('parse: scopes', () => {
  const { root } = parse(
    '<a xmlns="urn:d" xmlns:p="urn:p" xml:lang="en"><b xmlns:p="urn:other" xmlns:q="urn:q"><c xmlns=""/></b><d/></a>',
  );
  const b = only(root);
  const c = only(b);
  const d = elements(root)[1] as XmlElement;

  it('finds the nearest declaration', () => {
    expect(namespaceInScope(root.scope, 'p')).to.equal('urn:p');
    expect(namespaceInScope(b.scope, 'p')).to.equal('urn:other');
    expect(namespaceInScope(c.scope, 'p')).to.equal('urn:other');
  });

  it('ends a declaration with its element', () => {
    expect(namespaceInScope(d.scope, 'p')).to.equal('urn:p');
    expect(namespaceInScope(d.scope, 'q')).to.equal(undefined);
  });

  it('tells a default namespace that was taken back from one that never was', () => {
    expect(namespaceInScope(c.scope, '')).to.equal('');
    expect(namespaceInScope(parse('<a/>').root.scope, '')).to.equal(undefined);
  });

  it('always knows the prefix xml, and does not list it', () => {
    expect(namespaceInScope(c.scope, 'xml')).to.equal(XML_NAMESPACE);
    expect(namespaceInScope(undefined, 'xml')).to.equal(XML_NAMESPACE);
    const declared = parse(`<a xmlns:xml="${XML_NAMESPACE}"/>`).root;
    expect(namespacesInScope(declared.scope).size).to.equal(0);
  });

  it('lists every binding in scope', () => {
    expect(Object.fromEntries(namespacesInScope(c.scope))).to.deep.equal({ '': '', p: 'urn:other', q: 'urn:q' });
    expect(Object.fromEntries(namespacesInScope(root.scope))).to.deep.equal({ '': 'urn:d', p: 'urn:p' });
    expect(namespacesInScope(undefined).size).to.equal(0);
  });

  it('shares the scope of the parent where an element adds nothing', () => {
    expect(d.scope).to.equal(root.scope);
  });

  it('keeps xml: attributes in the scope, for canonicalization of a part', () => {
    expect(root.scope?.xmlAttributes.map(({ local, value }) => [local, value])).to.deep.equal([['lang', 'en']]);
    expect(b.scope?.parent).to.equal(root.scope);
  });

  it('resolves QNames in content where they stand', () => {
    const { root: whole } = parse('<a xmlns="urn:d" xmlns:p="urn:p"><b xmlns:p="urn:q">p:x</b></a>');
    expect(resolveQName(whole, 'p:x')).to.deep.equal({ namespace: 'urn:p', local: 'x' });
    expect(resolveQName(only(whole), text(only(whole)))).to.deep.equal({ namespace: 'urn:q', local: 'x' });
    expect(resolveQName(whole, ' x\n')).to.deep.equal({ namespace: 'urn:d', local: 'x' });
  });
});

describe('parse: behind a text of 65,536 characters', () => {
  /** Documents in which this text stands across that place, at each of its own. */
  function* across(middle: string, before: string, after: string): Generator<readonly [string, string]> {
    for (let split = 0; split <= middle.length; split++) {
      const fill = 'x'.repeat(FAR - before.length - split);
      yield [`${before}${fill}${middle}${after}`, fill];
    }
  }

  for (const [what, middle, expected] of [
    ['an entity', '&amp;', '&'],
    ['a character reference', '&#x1F600;', '😀'],
    ['a surrogate pair', '😀', '😀'],
    ['the end of a line', '\r\n', '\n'],
    ['two ends of a line', '\r\r', '\n\n'],
    ['a CDATA section', '<![CDATA[]]]>', ']'],
    ['brackets that end nothing', ']]', ']]'],
  ] as const) {
    it(`reads ${what} there, wherever it begins`, () => {
      for (const [document, fill] of across(middle, '<a>', '</a>')) {
        const { root } = parse(document);
        expect(root.children.length).to.equal(1);
        expect(text(root) === fill + expected, document.slice(FAR - 10, FAR + 10)).to.equal(true);
      }
    });
  }

  it('reads a tag there, wherever it begins', () => {
    const tag = `<p:b xmlns:p='urn:p' c="1&lt;2" p:d=""><e/></p:b >`;
    const expected = parse(`<a>${tag}</a>`).root.children;
    for (const [document, fill] of across(tag, '<a>', '</a>')) {
      const [first, ...rest] = parse(document).root.children;
      expect((first ?? '') === fill).to.equal(true);
      expect(rest.map(name)).to.deep.equal(expected.map(name));
    }
  });

  it('reads a comment there, wherever it begins', () => {
    for (const [document] of across('<!-- - -->', '<a>', '</a>')) {
      expect(parse(document).root.children[1]).to.deep.equal({ kind: 'comment', text: ' - ' });
    }
  });

  for (const [what, middle] of Object.entries({
    ']]> in text': ']]>',
    'an undeclared entity': '&nbsp;',
    'a processing instruction': '<?a b?>',
    'a DOCTYPE': '<!DOCTYPE a>',
    'an attribute twice': '<b c="" c=""/>',
    'an undeclared prefix': '<p:b/>',
    'a control character': '\x01',
    'a closing tag of another element': '</b>',
  })) {
    it(`refuses ${what} there, wherever it begins`, () => {
      const code = middle.startsWith('<?') ? 'forbidden-xml' : 'malformed-xml';
      for (const [document] of across(middle, '<a>', '</a>')) thrown(() => parse(document), code);
    });
  }

  const seed = Math.trunc(Math.random() * 2 ** 31);
  it(`reads the same wherever it begins (seed ${seed})`, () => {
    const piece = fc.constantFrom(
      '&lt;',
      '&#13;',
      '\r\n',
      '\r',
      '\n',
      '😀',
      '<![CDATA[<]]>',
      '<!-- c -->',
      '<b/>',
      '<p:c d="&quot;\r\n"/>',
      'x',
      ']',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.nat(60), (pieces, shift) => {
        const content = pieces.join('');
        const head = '<a xmlns:p="urn:p">';
        const fill = ' '.repeat(FAR - head.length - shift);
        const whole = parse(`${head}<f>${fill}</f>${content}</a>`).root;
        const alone = parse(`${head}<f></f>${content}</a>`).root;
        expect(whole.children.slice(1)).to.deep.equal(alone.children.slice(1));
      }),
      { seed, numRuns: 200 },
    );
  });
});

function name(node: unknown): unknown {
  const { namespace, local, attributes, children } = node as XmlElement;
  return { namespace, local, attributes, children: children.length };
}

describe('parseContent', () => {
  const { root } = parse('<a xmlns="urn:d" xmlns:p="urn:p" xml:lang="en"><b xmlns:q="urn:q"/></a>');
  const { scope } = only(root);

  it('reads nodes in the scope of the place they stood in', () => {
    const { nodes } = parseContent('text<c/><p:d q:e=""/><!--x-->', scope);
    const [first, c, d, comment] = nodes;
    expect(first).to.equal('text');
    expect(c).to.include({ namespace: 'urn:d', local: 'c' });
    expect(d).to.include({ namespace: 'urn:p', local: 'd' });
    expect((d as XmlElement).attributes[0]).to.include({ namespace: 'urn:q', local: 'e' });
    expect(comment).to.deep.equal({ kind: 'comment', text: 'x' });
    expect(nodes).to.have.length(4);
  });

  it('gives the elements that scope', () => {
    const [c] = parseContent('<c/>', scope).nodes;
    expect((c as XmlElement).scope).to.equal(scope);
    const [d] = parseContent('<d xmlns:p="urn:other"/>', scope).nodes;
    expect(namespaceInScope((d as XmlElement).scope, 'p')).to.equal('urn:other');
    expect(namespaceInScope((d as XmlElement).scope, 'q')).to.equal('urn:q');
  });

  it('reads content without a scope', () => {
    const [c] = parseContent('<c><d/></c>', undefined).nodes;
    expect(child(c as XmlElement, { namespace: '', local: 'd' })).to.not.equal(undefined);
  });

  it('reads what is no element at all', () => {
    expect(parseContent('', scope).nodes).to.deep.equal([]);
    expect(parseContent(' \n', scope).nodes).to.deep.equal([' \n']);
    expect(parseContent('a &amp; b', scope).nodes).to.deep.equal(['a & b']);
    expect(parseContent('<![CDATA[<]]>x', scope).nodes).to.deep.equal(['<x']);
  });

  it('keeps U+FEFF at the start, which is no byte order mark there', () => {
    expect(parseContent('\ufeffx', scope).nodes).to.deep.equal(['\ufeffx']);
    expect(parseContent(Buffer.from('\ufeffx'), scope).nodes).to.deep.equal(['\ufeffx']);
  });

  it('tells the elements by their Ids', () => {
    const { nodes, ids } = parseContent('<c/><d xml:id="x"/>', scope);
    expect(ids.get('x')).to.equal(nodes[1]);
  });

  it('begins to count depth anew', () => {
    expect(parseContent('<a><b/></a><c/>', scope, { maxDepth: 2 }).nodes).to.have.length(2);
    thrown(() => parseContent('<a><b><c/></b></a>', scope, { maxDepth: 2 }), 'xml-limit-exceeded');
  });

  for (const [what, content, code] of [
    ['a prefix that is not in scope', '<r:a/>', 'malformed-xml'],
    ['an element that is not closed', '<c>', 'malformed-xml'],
    ['elements that overlap', '<c><d></c></d>', 'malformed-xml'],
    ['the closing tag of its parent', '</a>', 'malformed-xml'],
    ['the closing tag of any parent, opened again', '</content><content>', 'malformed-xml'],
    ['a closing tag that follows an element', '<c></c></content>', 'malformed-xml'],
    ['a tag that is not finished', '<c', 'malformed-xml'],
    ['a closing tag that is not finished', '<c></c', 'malformed-xml'],
    ['an attribute that is not finished', '<c d="', 'malformed-xml'],
    ['a comment that is not finished', '<!--', 'malformed-xml'],
    ['a CDATA section that is not finished', '<![CDATA[', 'malformed-xml'],
    ['an entity that is not finished', '&amp', 'malformed-xml'],
    [']]> beside the elements', 'x]]>y', 'malformed-xml'],
    [']]> within an element', '<c>]]></c>', 'malformed-xml'],
    ['an undeclared entity', '&nbsp;', 'malformed-xml'],
    ['a control character', '\x02', 'malformed-xml'],
    ['an XML declaration', '<?xml version="1.0"?><c/>', 'malformed-xml'],
    ['a document type', '<!DOCTYPE c><c/>', 'malformed-xml'],
    ['a processing instruction', '<?c?>', 'forbidden-xml'],
    ['an Id twice', '<c xml:id="x"/><d xml:id="x"/>', 'duplicate-id'],
  ] as const) {
    it(`refuses ${what}`, () => {
      thrown(() => parseContent(content, scope), code);
      thrown(() => parseContent(Buffer.from(content), scope), code);
    });
  }

  it('reads UTF-8 only (XML Encryption §4.2)', () => {
    thrown(() => parseContent(bytes('<c/>', 'utf-16le'), scope), 'unsupported-encoding');
    thrown(() => parseContent(Uint8Array.of(0x80), scope), 'unsupported-encoding');
  });
});
