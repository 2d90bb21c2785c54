import { expect } from 'chai';
import { parse } from '#src/xml/parse.js';
import {
  attribute,
  child,
  childrenNamed,
  element,
  elements,
  isElement,
  isNamed,
  resolveQName,
  text,
  trimmedText,
  vocabulary,
  withAttribute,
  withChildren,
} from '#src/xml/tree.js';
import { o } from '../samples.js';

const comment = { kind: 'comment', text: 'c' } as const;

describe('element', () => {
  it('has a name, attributes and children, and no declarations of its own', () => {
    expect(
      element(
        o('Place'),
        [
          ['a', '1'],
          [o('b'), '2'],
        ],
        'x',
        element(o('Item')),
      ),
    ).to.deep.equal({
      kind: 'element',
      namespace: 'urn:example:orders',
      local: 'Place',
      prefix: 'o',
      declarations: [],
      attributes: [
        { namespace: '', local: 'a', prefix: '', value: '1' },
        { namespace: 'urn:example:orders', local: 'b', prefix: 'o', value: '2' },
      ],
      children: ['x', element(o('Item'))],
    });
  });

  it('leaves out attributes and children that are undefined', () => {
    const built = element(
      o('Place'),
      [
        ['a', undefined],
        ['b', ''],
      ],
      undefined,
      'x',
      undefined,
    );
    expect(built.attributes.map(({ local }) => local)).to.deep.equal(['b']);
    expect(built.children).to.deep.equal(['x']);
  });

  it('has no scope before it is parsed', () => {
    expect(element(o('Place'))).to.not.have.property('scope');
  });
});

describe('vocabulary', () => {
  it('makes names of one namespace', () => {
    expect(vocabulary('p', 'urn:p')('x')).to.deep.equal({ prefix: 'p', namespace: 'urn:p', local: 'x' });
  });
});

describe('finding', () => {
  const { root } = parse(
    '<r xmlns:a="urn:a" xmlns:b="urn:b" x="0" a:x="1"><!--c-->t<a:x>1</a:x><b:x>2</b:x><a:x>3</a:x><x/></r>',
  );
  const a = vocabulary('any', 'urn:a');

  it('tells elements from other nodes', () => {
    expect(root.children.map(isElement)).to.deep.equal([false, false, true, true, true, true]);
    expect(isElement(undefined)).to.equal(false);
  });

  it('goes by the expanded name, not by the prefix', () => {
    expect(elements(root).map((node) => isNamed(node, a('x')))).to.deep.equal([true, false, true, false]);
    expect(isNamed('x', a('x'))).to.equal(false);
    expect(isNamed(comment, a('x'))).to.equal(false);
    expect(isNamed(undefined, a('x'))).to.equal(false);
  });

  it('gives the element children in order', () => {
    expect(elements(root).map(text)).to.deep.equal(['1', '2', '3', '']);
  });

  it('gives the first child of a name, or nothing', () => {
    expect(text(child(root, a('x')) ?? root)).to.equal('1');
    expect(child(root, { namespace: '', local: 'x' })).to.equal(elements(root)[3]);
    expect(child(root, a('y'))).to.equal(undefined);
    expect(child(root, a('r'))).to.equal(undefined);
  });

  it('gives every child of a name', () => {
    expect(childrenNamed(root, a('x')).map(text)).to.deep.equal(['1', '3']);
    expect(childrenNamed(root, a('y'))).to.deep.equal([]);
  });

  it('does not look below the children', () => {
    const { root: deep } = parse('<r><a><b/></a></r>');
    expect(child(deep, { namespace: '', local: 'b' })).to.equal(undefined);
  });

  it('tells an unqualified attribute from a qualified one', () => {
    expect(attribute(root, 'x')).to.equal('0');
    expect(attribute(root, a('x'))).to.equal('1');
    expect(attribute(root, { namespace: 'urn:b', local: 'x' })).to.equal(undefined);
    expect(attribute(root, 'y')).to.equal(undefined);
  });

  it('does not take a namespace declaration for an attribute', () => {
    expect(attribute(root, 'xmlns:a')).to.equal(undefined);
    expect(attribute(root, { namespace: 'http://www.w3.org/2000/xmlns/', local: 'a' })).to.equal(undefined);
  });
});

describe('text', () => {
  it('is the character data of the element and its descendants, without comments', () => {
    expect(text(parse('<a>1<b>2<c>3</c></b><!--x--><![CDATA[4]]>&#53;</a>').root)).to.equal('12345');
  });

  it('is empty where there is none', () => {
    expect(text(parse('<a><b/><!--x--></a>').root)).to.equal('');
  });

  it('is not cut short by a comment', () => {
    expect(text(parse('<user>admin<!-- -->@example.org</user>').root)).to.equal('admin@example.org');
  });

  it('keeps white space, unless it is trimmed', () => {
    const { root } = parse('<a>\n urn:x \t</a>');
    expect(text(root)).to.equal('\n urn:x \t');
    expect(trimmedText(root)).to.equal('urn:x');
  });
});

describe('withChildren', () => {
  it('is the same element with other children; the first stays as it was', () => {
    const { root } = parse('<a xmlns:p="urn:p" b=""><c/></a>');
    const other = withChildren(root, ['x']);
    expect(other).to.deep.equal({ ...root, children: ['x'] });
    expect(elements(root)).to.have.length(1);
  });
});

describe('withAttribute', () => {
  const built = element(o('a'), [
    ['x', '1'],
    [o('x'), '2'],
    ['y', '3'],
  ]);

  it('adds an attribute', () => {
    expect(attribute(withAttribute(built, o('z'), '4'), o('z'))).to.equal('4');
    expect(attribute(built, o('z'))).to.equal(undefined);
  });

  it('replaces the one of the same expanded name, and no other', () => {
    const other = withAttribute(built, vocabulary('p', 'urn:example:orders')('x'), '4');
    expect(other.attributes.map(({ value }) => value)).to.deep.equal(['1', '3', '4']);
    expect(attribute(other, o('x'))).to.equal('4');
  });
});

describe('resolveQName', () => {
  const { root } = parse('<a xmlns:p="urn:p"/>');
  const { root: defaulted } = parse('<a xmlns="urn:d"/>');

  it('resolves a prefix', () => {
    expect(resolveQName(root, 'p:x')).to.deep.equal({ namespace: 'urn:p', local: 'x' });
    expect(resolveQName(root, '\n p:x ')).to.deep.equal({ namespace: 'urn:p', local: 'x' });
    expect(resolveQName(root, 'xml:lang')?.namespace).to.equal('http://www.w3.org/XML/1998/namespace');
  });

  it('gives an unprefixed name the default namespace, or none', () => {
    expect(resolveQName(defaulted, 'x')).to.deep.equal({ namespace: 'urn:d', local: 'x' });
    expect(resolveQName(root, 'x')).to.deep.equal({ namespace: '', local: 'x' });
  });

  for (const value of ['', ' ', ':', 'p:', ':x', 'p:x:y', 'p::x']) {
    it(`does not resolve ${JSON.stringify(value)}, which is no QName`, () => {
      expect(resolveQName(defaulted, value)).to.equal(undefined);
      expect(resolveQName(root, value)).to.equal(undefined);
    });
  }

  it('does not resolve a prefix that is not bound', () => {
    expect(resolveQName(root, 'q:x')).to.equal(undefined);
  });

  it('resolves nothing but unprefixed names where an element was built', () => {
    expect(resolveQName(element(o('a')), 'o:x')).to.equal(undefined);
    expect(resolveQName(element(o('a')), 'x')).to.deep.equal({ namespace: '', local: 'x' });
  });
});
