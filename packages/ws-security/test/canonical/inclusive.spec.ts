import { elements, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { CANONICALIZATION, canonicalize } from '#src/canonical/canonicalize.js';
import { xml } from '../samples.js';

/** The canonical form of the element that this path of positions leads to. */
function inclusive(text: string, ...path: readonly number[]): string {
  return canonicalize(at(text, ...path), CANONICALIZATION.inclusive);
}

function at(text: string, ...path: readonly number[]): XmlElement {
  return path.reduce((parent, position) => elements(parent)[position] as XmlElement, xml(text));
}

describe('Canonical XML 1.0', () => {
  describe('examples of the Recommendation (§3), retyped without a DOCTYPE', () => {
    it('3.2 keeps white space in character content', () => {
      const text =
        '<doc>\n   <clean>   </clean>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n   </mixed>\n</doc>';
      expect(inclusive(text)).to.equal(text);
    });

    it('3.3 writes empty elements as pairs of tags, sorts and normalizes what is in them', () => {
      const text =
        '<doc><e1   /><e2   ></e2><e3   name = "elem3"   id="elem3"   />' +
        '<e5 a:attr="out" b:attr="sorted" attr2="all" attr="I\'m" xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" xmlns="http://example.org"/>' +
        '<e6 xmlns="" xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns="" xmlns:a="http://www.w3.org">' +
        '<e9 xmlns="" xmlns:a="http://www.ietf.org"/></e8></e7></e6></doc>';
      expect(inclusive(text)).to.equal(
        '<doc><e1></e1><e2></e2><e3 id="elem3" name="elem3"></e3>' +
          '<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I\'m" attr2="all" b:attr="sorted" a:attr="out"></e5>' +
          '<e6 xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns="">' +
          '<e9 xmlns:a="http://www.ietf.org"></e9></e8></e7></e6></doc>',
      );
    });

    it('3.4 escapes carriage returns, tabs, line feeds and the markup characters', () => {
      const text =
        '<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><compute><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></compute>' +
        "<norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>";
      expect(inclusive(text)).to.equal(
        '<doc><text>First line&#xD;\nSecond line</text><value>2</value>' +
          '<compute>value&gt;"0" &amp;&amp; value&lt;"10" ?"valid":"error"</compute>' +
          '<norm attr=" \'    &#xD;&#xA;&#x9;   \' "></norm></doc>',
      );
    });

    it('3.6 writes UTF-8, whatever the reference was', () => {
      expect(Buffer.from(inclusive('<doc>&#169;</doc>')).toString('hex')).to.equal(
        Buffer.from('<doc>\u00a9</doc>').toString('hex'),
      );
    });
  });

  it('breaks no line by itself: line ends of the text are one line feed', () => {
    expect(inclusive('<a>x\r\ny\rz</a>')).to.equal('<a>x\ny\nz</a>');
  });

  it('normalizes white space in attribute values as XML does', () => {
    expect(inclusive('<a b="x\r\n\ty"/>')).to.equal('<a b="x  y"></a>');
  });

  it('escapes in attributes the quotation mark and not the greater-than sign', () => {
    expect(inclusive(`<a b='"&gt;&lt;&amp;'/>`)).to.equal('<a b="&quot;>&lt;&amp;"></a>');
  });

  it('escapes in text the greater-than sign and not the quotation mark', () => {
    expect(inclusive('<a>"&gt;</a>')).to.equal('<a>"&gt;</a>');
  });

  it('renders on the apex every namespace in scope, used or not', () => {
    expect(inclusive('<a xmlns="urn:d" xmlns:p="urn:p"><b xmlns:q="urn:q"/></a>', 0)).to.equal(
      '<b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"></b>',
    );
  });

  it('renders below the apex only what changes', () => {
    expect(inclusive('<a xmlns:p="urn:p"><p:b xmlns:p="urn:p"><c xmlns:p="urn:other"/></p:b></a>')).to.equal(
      '<a xmlns:p="urn:p"><p:b><c xmlns:p="urn:other"></c></p:b></a>',
    );
  });

  it('renders xmlns="" only where a default namespace was rendered', () => {
    expect(inclusive('<a xmlns=""><b xmlns="urn:d"><c xmlns=""/></b></a>')).to.equal(
      '<a><b xmlns="urn:d"><c xmlns=""></c></b></a>',
    );
  });

  it('does not render a declaration of the prefix xml', () => {
    expect(inclusive('<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>')).to.equal('<a></a>');
  });

  it('gives the apex the xml: attributes of its ancestors, the nearest of each (§2.4)', () => {
    const text = '<a xml:lang="en" xml:space="preserve"><b xml:lang="fr"><c x="1" xml:id="c"/></b></a>';
    expect(inclusive(text, 0, 0)).to.equal('<c x="1" xml:id="c" xml:lang="fr" xml:space="preserve"></c>');
  });

  it('does not give the apex an xml: attribute that it has itself', () => {
    expect(inclusive('<a xml:lang="en"><b xml:lang="de"/></a>', 0)).to.equal('<b xml:lang="de"></b>');
  });

  it('gives xml: attributes of ancestors to the apex alone', () => {
    expect(inclusive('<a xml:lang="en"><b><c/></b></a>', 0)).to.equal('<b xml:lang="en"><c></c></b>');
  });

  it('leaves comments out, and keeps them WithComments', () => {
    const root = xml('<a>x<!-- c -->y</a>');
    expect(canonicalize(root, CANONICALIZATION.inclusive)).to.equal('<a>xy</a>');
    expect(canonicalize(root, CANONICALIZATION.inclusiveWithComments)).to.equal('<a>x<!-- c -->y</a>');
  });
});
