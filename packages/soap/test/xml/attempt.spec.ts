import { expect } from 'chai';
import { attemptContent, parseContent } from '#src/xml/parse.js';
import { isElement, text } from '#src/xml/tree.js';

describe('attemptContent', () => {
  const good = `<a b="c">${'text '.repeat(30)}</a>`.repeat(100);

  it('gives what parseContent gives, when all is well', () => {
    const { nodes, ids, complete, read } = attemptContent(good, undefined);
    expect({ nodes, ids }).to.deep.equal(parseContent(good, undefined));
    expect(complete).to.equal(true);
    expect(read).to.equal(good.length);
  });

  for (const [what, bad] of Object.entries({
    'a tag that ends another': '</b>',
    'an entity': '&e;',
    'a control character': '\x01',
    'a prefix that nobody declared': '<p:a/>',
    'half of a tag': '<a <',
  })) {
    for (const share of [0, 0.25, 0.5, 1]) {
      it(`keeps what was read before ${what}, ${share * 100} % of the way`, () => {
        const before = Math.round(100 * share);
        const length = good.length / 100;
        const source = good.slice(0, before * length) + bad + good.slice(before * length);
        const { nodes, complete, read } = attemptContent(Buffer.from(source), undefined);
        expect(complete).to.equal(false);
        expect(nodes.filter(isElement).length).to.be.within(before, before + 1);
        expect(read).to.be.within(before * length, before * length + bad.length + 10);
      });
    }
  }

  it('keeps the text of an element that does not end', () => {
    const { nodes, complete } = attemptContent('<a>text<b/>more<c', undefined);
    expect(complete).to.equal(false);
    expect(nodes.filter(isElement).map(text)).to.deep.equal(['textmore']);
  });

  it('reads nothing of what is no UTF-8, nor of what is too large', () => {
    expect(attemptContent(Buffer.from([0x3c, 0xff]), undefined)).to.deep.include({ complete: false, read: 0 });
    expect(attemptContent(good, undefined, { maxBytes: 10 })).to.deep.include({ complete: false, read: 0 });
  });
});
