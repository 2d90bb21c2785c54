import { expect } from 'chai';
import { octetsOf, PIECE, textOf } from '#src/xml/pieces.js';
import { serialize, serializeContent, serializeContentOctets, serializeOctets } from '#src/xml/serialize.js';
import { element, vocabulary, type XmlElement } from '#src/xml/tree.js';

const p = vocabulary('p', 'urn:p');

/** An element of many others, with characters of one to four octets. */
function large(count: number): XmlElement {
  const lines = Array.from({ length: count }, (_, at) =>
    element(p('line'), [['no', `${at}`]], `a\u00e9\uFF5E\u{1F600}${'x'.repeat(at % 50)}`, element(p('empty'))),
  );
  return element(p('lines'), [], ...lines);
}

describe('a text in pieces', () => {
  it('is the same as a whole', () => {
    expect(textOf((sink) => ['a', '', '\u{1F600}', 'b'].forEach(sink))).to.equal('a\u{1F600}b');
    expect(octetsOf((sink) => ['a', '', '\u{1F600}', 'b'].forEach(sink)).toString()).to.equal('a\u{1F600}b');
    expect(octetsOf(() => undefined).length).to.equal(0);
  });

  for (const count of [0, 1, 10, 1_000, 5_000]) {
    it(`serializes ${count} elements to the same octets, whatever way is taken`, () => {
      const tree = large(count);
      const text = serialize(tree);
      expect(text.length > PIECE).to.equal(count >= 1_000);
      expect(serializeOctets(tree).equals(Buffer.from(text))).to.equal(true);
      const content = serializeContent(tree.children, new Map());
      expect(serializeContentOctets(tree.children, new Map()).equals(Buffer.from(content))).to.equal(true);
    });
  }
});
