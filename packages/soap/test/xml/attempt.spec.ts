import { expect } from 'chai';
import { attemptContent, parseContent } from '#src/xml/parse.js';
import { isElement, text } from '#src/xml/tree.js';

const attempted = (source: string | Buffer, limits = {}) => attemptContent(Buffer.from(source), undefined, limits);

describe('attemptContent', () => {
  const part = `<a b="c">${'text '.repeat(30)}</a>`;
  const good = part.repeat(100);

  it('gives what parseContent gives, when all is well', () => {
    const { nodes, ids, complete } = attempted(good);
    expect({ nodes, ids }).to.deep.equal(parseContent(good, undefined));
    expect(complete).to.equal(true);
  });

  for (const [what, bad] of Object.entries({
    'a tag that ends another': '</b>',
    'an end without a beginning': '</a>',
    'a reference that is none': '<a>&e;</a>',
    'a control character': '<a>\x01</a>',
    'octets that are no UTF-8': Buffer.from([0x3c, 0x61, 0x2f, 0x3e, 0xff]),
    'a prefix that nobody declared': '<p:a/>',
    'half of a tag': '<a <',
    'an attribute twice': '<a b="" b=""/>',
    'a DOCTYPE': '<!DOCTYPE a>',
  })) {
    for (const share of [0, 25, 50, 100]) {
      it(`reads to the end in spite of ${what}, ${share} % of the way`, () => {
        const source = Buffer.concat([
          Buffer.from(part.repeat(share)),
          Buffer.from(bad),
          Buffer.from(part.repeat(100 - share)),
        ]);
        const { nodes, complete } = attempted(source);
        expect(complete).to.equal(false);
        const characters = nodes.filter(isElement).map(text).join('').length;
        expect(characters).to.be.within(99 * 150, 101 * 150);
      });
    }
  }

  it('keeps the text of an element that does not end', () => {
    const { nodes, complete } = attempted('<a>text<b/>more<c');
    expect(complete).to.equal(false);
    expect(nodes.filter(isElement).map(text)).to.deep.equal(['textmore']);
  });

  it('goes no further than a limit, nor on and on from fault to fault', () => {
    expect(attempted(good, { maxBytes: 10 }).complete).to.equal(false);
    expect(attempted(good, { maxElements: 10 }).nodes.length).to.equal(10);
    expect(attempted(`${'</x>'.repeat(100)}<a/>`)).to.deep.include({ complete: false, nodes: [] });
  });
});
