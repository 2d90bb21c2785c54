import { expect } from 'chai';
import type { UsageError } from '#src/errors.js';
import { defaultXmlLimits, parse, parseContent, type XmlLimits } from '#src/xml/parse.js';
import { text } from '#src/xml/tree.js';
import { thrown } from '../samples.js';

interface Row {
  readonly what: string;
  readonly limits: Partial<XmlLimits>;
  readonly within: string;
  readonly beyond: string;
}

const rows: readonly Row[] = [
  {
    what: 'elements inside one another',
    limits: { maxDepth: 3 },
    within: '<a><b><c/></b><b><c/></b></a>',
    beyond: '<a><b><c><d/></c></b></a>',
  },
  { what: 'elements', limits: { maxElements: 3 }, within: '<a><b/><c/></a>', beyond: '<a><b/><c/><d/></a>' },
  {
    what: 'attributes of one element',
    limits: { maxAttributes: 2 },
    within: '<a b="" c=""><d e="" f=""/></a>',
    beyond: '<a b="" c="" d=""/>',
  },
  {
    what: 'declarations of one element',
    limits: { maxAttributes: 2 },
    within: '<a xmlns:b="u" xmlns="u"/>',
    beyond: '<a xmlns:b="u" xmlns="u" c=""/>',
  },
  { what: 'characters in the name of an element', limits: { maxNameLength: 3 }, within: '<abc/>', beyond: '<abcd/>' },
  {
    what: 'characters in the name of an element, its prefix included',
    limits: { maxNameLength: 7 },
    within: '<a:b xmlns:a="u"/>',
    beyond: '<a:bcdefg xmlns:a="u"/>',
  },
  {
    what: 'characters in the name of an attribute',
    limits: { maxNameLength: 3 },
    within: '<a abc=""/>',
    beyond: '<a abcd=""/>',
  },
  {
    what: 'characters in a prefix that is declared',
    limits: { maxNameLength: 7 },
    within: '<a xmlns:b="u"/>',
    beyond: '<a xmlns:bc="u"/>',
  },
  {
    what: 'characters in the name of a namespace',
    limits: { maxNameLength: 7 },
    within: '<a xmlns="urn:abc"/>',
    beyond: '<a xmlns="urn:abcd"/>',
  },
  { what: 'characters in a text', limits: { maxTextLength: 3 }, within: '<a>abc<b/>abc</a>', beyond: '<a>abcd</a>' },
  {
    what: 'characters in a text, as they are when references are resolved',
    limits: { maxTextLength: 3 },
    within: '<a>&amp;&#x41;&lt;</a>',
    beyond: '<a>&amp;&#x41;&lt;b</a>',
  },
  {
    what: 'characters in a CDATA section',
    limits: { maxTextLength: 3 },
    within: '<a><![CDATA[abc]]></a>',
    beyond: '<a><![CDATA[abcd]]></a>',
  },
  {
    what: 'characters in a text of several parts',
    limits: { maxTextLength: 3 },
    within: '<a>a<![CDATA[b]]>c</a>',
    beyond: '<a>a<![CDATA[b]]>cd</a>',
  },
  {
    what: 'characters in a comment',
    limits: { maxTextLength: 3 },
    within: '<a><!--abc--></a>',
    beyond: '<a><!--abcd--></a>',
  },
  { what: 'characters in an attribute', limits: { maxTextLength: 3 }, within: '<a b="abc"/>', beyond: '<a b="abcd"/>' },
  {
    what: 'characters in a namespace',
    limits: { maxTextLength: 3 },
    within: '<a xmlns="abc"/>',
    beyond: '<a xmlns="abcd"/>',
  },
];

describe('XmlLimits', () => {
  for (const { what, limits, within, beyond } of rows) {
    const [option, most] = Object.entries(limits)[0] as [string, number];

    it(`accepts ${most} ${what} where ${most} are allowed`, () => {
      expect(parse(within, limits).root.local).to.be.a('string');
      expect(parseContent(within, undefined, limits).nodes).to.have.length(1);
    });

    it(`refuses more than ${most} ${what}, naming the option`, () => {
      const { message } = thrown(() => parse(beyond, limits), 'xml-limit-exceeded');
      expect(message).to.include(String(most)).and.include(option);
      thrown(() => parseContent(beyond, undefined, limits), 'xml-limit-exceeded');
      expect(parse(beyond).root.local).to.be.a('string');
    });
  }

  it('counts the bytes of bytes, and the characters of a text', () => {
    const document = '<a>é</a>';
    expect(parse(Buffer.from(document), { maxBytes: 9 }).root.local).to.equal('a');
    thrown(() => parse(Buffer.from(document), { maxBytes: 8 }), 'message-too-large');
    expect(parse(document, { maxBytes: 8 }).root.local).to.equal('a');
    thrown(() => parse(document, { maxBytes: 7 }), 'message-too-large');
    thrown(() => parseContent(document, undefined, { maxBytes: 7 }), 'message-too-large');
  });

  it('refuses what is too large before it is decoded', () => {
    thrown(() => parse(Uint8Array.of(0x80, 0x80), { maxBytes: 1 }), 'message-too-large');
  });

  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  const many = (count: number): string => `<a>${'<b/>'.repeat(count - 1)}</a>`;
  const attributes = (count: number): string =>
    `<a ${Array.from({ length: count }, (_, at) => `b${at}=""`).join(' ')}/>`;
  const named = (length: number): string => `<${'a'.repeat(length)}/>`;

  for (const [option, document] of [
    ['maxDepth', nested],
    ['maxElements', many],
    ['maxAttributes', attributes],
    ['maxNameLength', named],
  ] as const) {
    it(`has a default for ${option}: ${defaultXmlLimits[option]}`, () => {
      expect(parse(document(defaultXmlLimits[option])).root.kind).to.equal('element');
      thrown(() => parse(document(defaultXmlLimits[option] + 1)), 'xml-limit-exceeded');
    });
  }

  it(`has a default for maxBytes: ${defaultXmlLimits.maxBytes}`, () => {
    const fitting = `<a>${'x'.repeat(defaultXmlLimits.maxBytes - 7)}</a>`;
    expect(text(parse(fitting).root)).to.have.length(defaultXmlLimits.maxBytes - 7);
    thrown(() => parse(`${fitting} `), 'message-too-large');
  });

  it('keeps a default where undefined is given', () => {
    const limits = { maxDepth: undefined } as unknown as Partial<XmlLimits>;
    thrown(() => parse(nested(defaultXmlLimits.maxDepth + 1), limits), 'xml-limit-exceeded');
  });

  for (const [what, limits] of Object.entries({
    'is no number': { maxDepth: 'many' },
    'is not a number': { maxDepth: Number.NaN },
    'is negative': { maxBytes: -1 },
    'is broken': { maxElements: 1.5 },
    'has no end': { maxTextLength: Number.POSITIVE_INFINITY },
    'is not known': { maxDeph: 5 },
  })) {
    it(`refuses a limit that ${what}`, () => {
      const { message } = thrown(() => parse('<a/>', limits as Partial<XmlLimits>), 'invalid-option') as UsageError;
      expect(message).to.include(Object.keys(limits)[0]);
    });
  }
});
