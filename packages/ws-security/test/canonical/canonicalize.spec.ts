import { parse, serialize, serializeContent, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  CANONICALIZATION,
  type CanonicalizationAlgorithm,
  canonicalize,
  canonicalizeDocument,
  canonicalizeTo,
  isCanonicalization,
} from '#src/canonical/canonicalize.js';

const algorithms = Object.values(CANONICALIZATION);

describe('canonicalization', () => {
  describe('of a whole document', () => {
    const document = parse('<?xml version="1.0"?><!--before-->\n<!-- two --><a/><!--after-->\n');

    it('puts comments beside the root on lines of their own, WithComments', () => {
      const expected = '<!--before-->\n<!-- two -->\n<a></a>\n<!--after-->';
      expect(canonicalizeDocument(document, CANONICALIZATION.inclusiveWithComments)).to.equal(expected);
      expect(canonicalizeDocument(document, CANONICALIZATION.exclusiveWithComments)).to.equal(expected);
    });

    it('leaves them out otherwise', () => {
      expect(canonicalizeDocument(document, CANONICALIZATION.inclusive)).to.equal('<a></a>');
      expect(canonicalizeDocument(document, CANONICALIZATION.exclusive)).to.equal('<a></a>');
    });
  });

  it('knows its four methods, and no others', () => {
    expect(algorithms.every(isCanonicalization)).to.equal(true);
    for (const other of ['', 'http://www.w3.org/2006/12/xml-c14n11', 'http://www.w3.org/2000/09/xmldsig#base64']) {
      expect(isCanonicalization(other), other).to.equal(false);
    }
  });

  describe('of any document', () => {
    const name = fc.constantFrom('a', 'b', 'c-1', '\u00e9', '\u{10400}x');
    const prefix = fc.constantFrom('', 'p', 'q', 'xml');
    const namespace = fc.constantFrom('urn:1', 'urn:2', 'urn:3?a=1&b="2"');
    const value = fc.oneof(
      fc.constantFrom('', ' ', '\t\r\n', '<&>"\'', ']]>', '\u{1F600}\uFF5E', 'p:a'),
      fc.string({ unit: 'grapheme' }).filter((text) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)),
    );
    const node = fc.letrec<{ readonly element: string; readonly content: string }>((tie) => ({
      content: fc.oneof({ maxDepth: 4 }, value.map(escaped), fc.constant('<!--c-->'), tie('element')),
      element: fc
        .record({
          name,
          prefix,
          declarations: fc.uniqueArray(fc.tuple(fc.constantFrom('', 'p', 'q'), namespace), {
            selector: ([declared]) => declared,
            maxLength: 3,
          }),
          undeclares: fc.boolean(),
          attributes: fc.uniqueArray(fc.tuple(prefix, fc.constantFrom('x', 'y', 'lang'), value), {
            selector: ([, local]) => local,
            maxLength: 3,
          }),
          children: fc.array(tie('content') as fc.Arbitrary<string>, { maxLength: 4 }),
        })
        .map((made) => {
          const tag = qualified(made.prefix, made.name);
          const own = made.declarations.map(([declared]) => declared);
          const declared = made.declarations
            .map(([to, uri]) => ` xmlns${to === '' ? '' : `:${to}`}="${escaped(uri)}"`)
            .concat(made.undeclares && !own.includes('') ? [' xmlns=""'] : []);
          const attributes = made.attributes.map(([of, local, text]) => ` ${qualified(of, local)}="${escaped(text)}"`);
          return `<${tag}${[...declared, ...attributes].join('')}>${made.children.join('')}</${tag}>`;
        }),
    })).element;
    const document = node.map(
      (text) => `<root xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d" xml:lang="en">${text}</root>`,
    );

    for (const algorithm of algorithms) {
      it(`is the same after the document was written and parsed again (${algorithm})`, () => {
        fc.assert(
          fc.property(document, (text) => {
            const before = parse(text).root;
            expect(canonicalize(parse(serialize(before)).root, algorithm)).to.equal(canonicalize(before, algorithm));
          }),
          { numRuns: 300 },
        );
      });

      it(`is its own canonical form (${algorithm})`, () => {
        fc.assert(
          fc.property(document, (text) => {
            const once = canonicalize(parse(text).root, algorithm);
            expect(canonicalize(parse(once).root, algorithm)).to.equal(once);
          }),
          { numRuns: 300 },
        );
      });
    }

    it('of an element within is the same after its content was taken out and put back', () => {
      fc.assert(
        fc.property(document, (text) => {
          const { root } = parse(text);
          const content = serializeContent(root.children, new Map([['', '\0']]));
          const again = parse(
            `<root xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d" xml:lang="en">${content}</root>`,
          ).root;
          for (const method of ['exclusive', 'exclusiveWithComments'] as const) {
            expect(inner(again, CANONICALIZATION[method])).to.deep.equal(inner(root, CANONICALIZATION[method]));
          }
        }),
        { numRuns: 300 },
      );
    });
  });
});

function inner(root: XmlElement, algorithm: CanonicalizationAlgorithm): readonly string[] {
  return root.children.map((node) =>
    typeof node === 'object' && node.kind === 'element' ? canonicalize(node, algorithm) : '',
  );
}

function qualified(prefix: string, local: string): string {
  return prefix === '' ? local : `${prefix}:${local}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

describe('canonicalizeTo', () => {
  const lines = Array.from({ length: 3_000 }, (_, at) => `<p:b n="${at}">\u{1F600}\u00e9 &amp; more</p:b>`).join('');
  const { root } = parse(`<a xmlns="urn:a" xmlns:p="urn:p" xml:lang="en"><!--c-->${lines}</a>`);

  for (const [name, algorithm] of Object.entries(CANONICALIZATION)) {
    it(`gives what canonicalize gives, in pieces (${name})`, () => {
      const pieces: string[] = [];
      canonicalizeTo((piece) => pieces.push(piece), root, algorithm, ['p']);
      expect(pieces.length).to.be.greaterThan(3);
      expect(pieces.join('')).to.equal(canonicalize(root, algorithm, ['p']));
    });
  }

  it('gives a small element in one piece', () => {
    const pieces: string[] = [];
    canonicalizeTo((piece) => pieces.push(piece), parse('<a/>').root);
    expect(pieces).to.deep.equal(['<a></a>']);
  });
});
