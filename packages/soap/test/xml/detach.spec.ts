import { expect } from 'chai';
import { detached, detachedNodes } from '#src/xml/detach.js';
import { parse } from '#src/xml/parse.js';
import { serialize } from '#src/xml/serialize.js';
import { element, isElement, type XmlElement } from '#src/xml/tree.js';
import { o } from '../samples.js';

function first(text: string): XmlElement {
  const found = parse(text).root.children.find(isElement);
  return found ?? expect.fail('no element');
}

describe('detached', () => {
  it('adds the declarations that QNames in attributes and texts need', () => {
    expect(
      serialize(detached(first('<a xmlns:p="urn:p" xmlns:q="urn:q" xmlns:r="urn:r"><b x="p:y"><c>q:z</c></b></a>'))),
    ).to.equal('<b xmlns:p="urn:p" xmlns:q="urn:q" x="p:y"><c>q:z</c></b>');
  });

  it('takes no other word for a prefix', () => {
    expect(serialize(detached(first('<a xmlns:p="urn:p"><b x="xp:y">sp:z -p:q</b></a>')))).to.equal(
      '<b x="xp:y">sp:z -p:q</b>',
    );
  });

  it('brings the default namespace along', () => {
    expect(serialize(detached(first('<a xmlns="urn:d" xmlns:p="urn:p"><p:b>word</p:b></a>')))).to.equal(
      '<p:b xmlns="urn:d" xmlns:p="urn:p">word</p:b>',
    );
  });

  it('does not override what the element declares itself', () => {
    expect(serialize(detached(first('<a xmlns:p="urn:outer"><b xmlns:p="urn:inner">p:x</b></a>')))).to.equal(
      '<b xmlns:p="urn:inner">p:x</b>',
    );
  });

  it('finds parsed elements within built ones', () => {
    const built = element(o('Built'), [], first('<a xmlns:p="urn:p"><b>p:x</b></a>'));
    expect(serialize(detached(built))).to.equal(
      '<o:Built xmlns:o="urn:example:orders"><b xmlns:p="urn:p">p:x</b></o:Built>',
    );
  });

  it('returns what needs nothing as it is', () => {
    const built = element(o('Built'), [], element(o('Child'), [], 'text'));
    const nodes = [built, 'text'];
    expect(detached(built)).to.equal(built);
    expect(detachedNodes(nodes)).to.equal(nodes);
  });
});
