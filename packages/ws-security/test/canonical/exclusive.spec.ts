import { element, elements, parse, serialize, vocabulary, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { CANONICALIZATION, canonicalize } from '#src/canonical/canonicalize.js';
import { xml } from '../samples.js';

/** The canonical form of the first element with this local name. */
function exclusive(text: string, local?: string, prefixes: readonly string[] = []): string {
  return canonicalize(find(xml(text), local), CANONICALIZATION.exclusive, prefixes);
}

function find(root: XmlElement, local: string | undefined): XmlElement {
  if (local === undefined || root.local === local) return root;
  for (const inner of elements(root)) {
    const found = inner.local === local ? inner : elements(inner).length > 0 ? maybe(inner, local) : undefined;
    if (found !== undefined) return found;
  }
  throw new Error(`no ${local}`);
}

function maybe(root: XmlElement, local: string): XmlElement | undefined {
  for (const inner of elements(root)) {
    const found = inner.local === local ? inner : maybe(inner, local);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('Exclusive XML Canonicalization 1.0', () => {
  describe('namespace nodes (§3)', () => {
    it('renders a prefix where it is first visibly used, not where it is declared', () => {
      expect(exclusive('<a xmlns:p="urn:p"><p:b><p:c/></p:b><p:d/></a>')).to.equal(
        '<a><p:b xmlns:p="urn:p"><p:c></p:c></p:b><p:d xmlns:p="urn:p"></p:d></a>',
      );
    });

    it('renders a prefix that only an attribute uses', () => {
      expect(exclusive('<a xmlns:p="urn:p"><b p:x="1"/></a>', 'b')).to.equal('<b xmlns:p="urn:p" p:x="1"></b>');
    });

    it('does not render a prefix that nothing uses', () => {
      expect(exclusive('<a xmlns:p="urn:p" xmlns="urn:d"/>')).to.equal('<a xmlns="urn:d"></a>');
    });

    it('does not count a prefix within the value of an attribute as used', () => {
      expect(exclusive('<a xmlns:p="urn:p" t="p:name"/>')).to.equal('<a t="p:name"></a>');
    });

    it('renders what the ancestors of the apex declared and the apex uses', () => {
      expect(exclusive('<p:a xmlns:p="urn:p" xmlns:q="urn:q"><p:b q:x=""/></p:a>', 'b')).to.equal(
        '<p:b xmlns:p="urn:p" xmlns:q="urn:q" q:x=""></p:b>',
      );
    });

    it('renders a prefix again that was bound to something else meanwhile', () => {
      expect(exclusive('<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b></p:a>')).to.equal(
        '<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"></p:c></p:b></p:a>',
      );
    });

    it('renders a prefix in each of two siblings that use it', () => {
      expect(exclusive('<a xmlns:p="urn:p"><p:b/><p:b/></a>')).to.equal(
        '<a><p:b xmlns:p="urn:p"></p:b><p:b xmlns:p="urn:p"></p:b></a>',
      );
    });

    it('renders the default namespace where an element without a prefix uses it', () => {
      expect(exclusive('<p:a xmlns:p="urn:p" xmlns="urn:d"><b/></p:a>')).to.equal(
        '<p:a xmlns:p="urn:p"><b xmlns="urn:d"></b></p:a>',
      );
    });

    it('renders xmlns="" on an element in no namespace below one in the default namespace', () => {
      expect(exclusive('<a xmlns="urn:d"><b xmlns=""><c/></b></a>')).to.equal(
        '<a xmlns="urn:d"><b xmlns=""><c></c></b></a>',
      );
    });

    it('renders no xmlns="" when no element of the output is in a default namespace', () => {
      expect(exclusive('<a xmlns="urn:d"><b xmlns=""/></a>', 'b')).to.equal('<b></b>');
    });

    it('renders the default namespace again below an element that undeclared it', () => {
      expect(exclusive('<a xmlns="urn:d"><b xmlns=""><c xmlns="urn:d"/></b></a>')).to.equal(
        '<a xmlns="urn:d"><b xmlns=""><c xmlns="urn:d"></c></b></a>',
      );
    });

    it('sorts namespace nodes by prefix, the default namespace first', () => {
      expect(exclusive('<a xmlns:z="urn:1" xmlns="urn:2" xmlns:b="urn:3" z:x="" b:x=""/>')).to.equal(
        '<a xmlns="urn:2" xmlns:b="urn:3" xmlns:z="urn:1" z:x="" b:x=""></a>',
      );
    });

    it('never renders the prefix xml', () => {
      expect(exclusive('<xml:a xml:lang="en" xmlns:xml="http://www.w3.org/XML/1998/namespace"/>')).to.equal(
        '<xml:a xml:lang="en"></xml:a>',
      );
    });

    it('does not import xml: attributes of ancestors', () => {
      expect(exclusive('<a xml:lang="en" xml:space="preserve"><b/></a>', 'b')).to.equal('<b></b>');
    });
  });

  describe('InclusiveNamespaces PrefixList', () => {
    it('renders a listed prefix on the apex although nothing uses it', () => {
      expect(exclusive('<a xmlns:p="urn:p"><b t="p:x"/></a>', 'b', ['p'])).to.equal('<b xmlns:p="urn:p" t="p:x"></b>');
    });

    it('renders a listed prefix again where it is declared anew', () => {
      expect(exclusive('<a xmlns:p="urn:1"><b xmlns:p="urn:2"/></a>', 'a', ['p'])).to.equal(
        '<a xmlns:p="urn:1"><b xmlns:p="urn:2"></b></a>',
      );
    });

    it('does not render a listed prefix twice', () => {
      expect(exclusive('<p:a xmlns:p="urn:1"><p:b/></p:a>', 'a', ['p', 'p'])).to.equal(
        '<p:a xmlns:p="urn:1"><p:b></p:b></p:a>',
      );
    });

    it('takes #default for the default namespace', () => {
      const text = '<a xmlns="urn:d" xmlns:p="urn:p"><p:b/></a>';
      expect(exclusive(text, 'b', ['#default'])).to.equal('<p:b xmlns="urn:d" xmlns:p="urn:p"></p:b>');
      expect(exclusive(text, 'b')).to.equal('<p:b xmlns:p="urn:p"></p:b>');
    });

    it('renders xmlns="" for #default where the default namespace was undeclared', () => {
      expect(exclusive('<a xmlns="urn:d" xmlns:p="urn:p"><p:b xmlns=""/></a>', 'a', ['#default'])).to.equal(
        '<a xmlns="urn:d"><p:b xmlns="" xmlns:p="urn:p"></p:b></a>',
      );
    });

    it('does nothing for a listed prefix that is not in scope, nor for xml', () => {
      expect(exclusive('<a/>', 'a', ['q', 'xml', '#default'])).to.equal('<a></a>');
    });

    it('says nothing of an element that was built: what will be in its scope is not decided', () => {
      const built = element({ prefix: '', namespace: 'urn:d', local: 'a' });
      expect(canonicalize(built, CANONICALIZATION.exclusive, ['#default', 'p'])).to.equal('<a xmlns="urn:d"></a>');
    });
  });

  it('leaves comments out, and keeps them WithComments', () => {
    const root = xml('<a><!-- one --><b><!--two--></b></a>');
    expect(canonicalize(root, CANONICALIZATION.exclusive)).to.equal('<a><b></b></a>');
    expect(canonicalize(root, CANONICALIZATION.exclusiveWithComments)).to.equal('<a><!-- one --><b><!--two--></b></a>');
  });

  it('is the default method', () => {
    expect(canonicalize(xml('<a xmlns:p="urn:p"/>'))).to.equal('<a></a>');
  });

  it('gives an element the same form wherever it stands (§2.1: what the other method does not)', () => {
    const piece =
      '<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2>';
    const alone = `<n0:local xmlns:n0="http://foobar.org" xmlns:n3="ftp://example.org">${piece}</n0:local>`;
    const elsewhere = `<n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:lang="fr" xml:space="retain">${piece}</n2:pdu>`;
    expect(exclusive(alone, 'elem2')).to.equal(
      '<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"></n3:stuff></n1:elem2>',
    );
    expect(exclusive(elsewhere, 'elem2')).to.equal(exclusive(alone, 'elem2'));
  });

  it('gives a tree that was built the form of the same tree after it was written and parsed', () => {
    const p = vocabulary('p', 'urn:p');
    const d = vocabulary('', 'urn:d');
    const built = element(
      p('a'),
      [
        [vocabulary('q', 'urn:q')('x'), '1\t"<'],
        ['y', '2'],
      ],
      element(d('b'), [], 'text & >', element({ prefix: '', namespace: '', local: 'c' })),
      element(p('d')),
    );
    expect(canonicalize(built)).to.equal(canonicalize(parse(serialize(built)).root));
  });
});
