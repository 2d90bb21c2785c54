import { expect } from 'chai';
import { DS, WSU, XENC } from '#src/namespaces.js';
import { parse } from '#src/xml/parse.js';
import { XML_NAMESPACE, XMLNS_NAMESPACE } from '#src/xml/tree.js';
import { thrown } from '../samples.js';

const SAML_1 = 'urn:oasis:names:tc:SAML:1.0:assertion';
const SAML_2 = 'urn:oasis:names:tc:SAML:2.0:assertion';

type Rows = Readonly<Record<string, string>>;

/** One behaviour for each row: the document is refused with this code, as text and as bytes, whole and in chunks. */
function refuses(code: string, rows: Rows): void {
  for (const [what, document] of Object.entries(rows)) {
    it(`refuses ${what}`, () => {
      thrown(() => parse(document), code);
      thrown(() => parse(Buffer.from(document)), code);
    });
  }
}

function accepts(rows: Rows): void {
  for (const [what, document] of Object.entries(rows)) {
    it(`accepts ${what}`, () => {
      expect(parse(Buffer.from(document)).root.kind).to.equal('element');
    });
  }
}

const bomb = Array.from({ length: 9 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('');

describe('parse: document types (XML 1.0 §2.8)', () => {
  refuses('forbidden-xml', {
    'a DOCTYPE': '<!DOCTYPE a><a/>',
    'a DOCTYPE with a system identifier': '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    'a DOCTYPE with a public identifier': '<!DOCTYPE a PUBLIC "-//X//Y" "http://127.0.0.1/a.dtd"><a/>',
    'an internal subset': '<!DOCTYPE a [<!ELEMENT a ANY>]><a/>',
    'an external entity': '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    'a parameter entity': '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;]><a/>',
    'entities that multiply': `<!DOCTYPE a [<!ENTITY e0 "ha">${bomb}]><a>&e9;</a>`,
    'an attribute default that would add an Id': '<!DOCTYPE a [<!ATTLIST a Id ID "x">]><a/>',
    'a DOCTYPE after the XML declaration': '<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    'a DOCTYPE after comments and white space': '<!-- <a/> -->\r\n\t <!----> <!DOCTYPE a><a/>',
    'a DOCTYPE after a byte order mark': '\ufeff<!DOCTYPE a><a/>',
    'a DOCTYPE that never ends, before it looks for the end': `<!DOCTYPE a [${'<!ENTITY a "b">'.repeat(10)}`,
    'a DOCTYPE that is not well-formed either': '<!DOCTYPE<a/>',
  });

  refuses('malformed-xml', {
    'a DOCTYPE within the root': '<a><!DOCTYPE a></a>',
    'a DOCTYPE after the root': '<a/><!DOCTYPE a>',
    'a doctype in small letters': '<!doctype a><a/>',
    'an entity declaration without a DOCTYPE': '<!ENTITY a "b"><a/>',
  });

  accepts({
    'the word in a comment before the root': '<!-- <!DOCTYPE a> --><a/>',
    'the word in a comment within the root': '<a><!-- <!DOCTYPE a> --></a>',
    'the word in a CDATA section': '<a><![CDATA[<!DOCTYPE a>]]></a>',
    'the word as text': '<a>&lt;!DOCTYPE a></a>',
  });
});

describe('parse: processing instructions and the XML declaration', () => {
  refuses('forbidden-xml', {
    'a processing instruction before the root': '<?style sheet?><a/>',
    'a processing instruction within the root': '<a><?php echo ?></a>',
    'a processing instruction after the root': '<a/><?end?>',
    'one whose target begins with xml': '<?xml-stylesheet href="x"?><a/>',
    'XML 1.1': '<?xml version="1.1"?><a/>',
    'a version of XML that nobody has written': '<?xml version="1.7"?><a/>',
  });

  refuses('malformed-xml', {
    'a version that is none': '<?xml version="2"?><a/>',
    'an XML declaration without a version': '<?xml encoding="utf-8"?><a/>',
    'an XML declaration with nothing in it': '<?xml?><a/>',
    'an XML declaration after white space': ' <?xml version="1.0"?><a/>',
    'an XML declaration after a comment': '<!-- --><?xml version="1.0"?><a/>',
    'an XML declaration within the root': '<a><?xml version="1.0"?></a>',
    'two XML declarations': '<?xml version="1.0"?><?xml version="1.0"?><a/>',
    'an XML declaration in capital letters': '<?XML version="1.0"?><a/>',
    'something unknown in the XML declaration': '<?xml version="1.0" charset="utf-8"?><a/>',
    'a processing instruction without a target': '<a><? x?></a>',
  });

  accepts({
    'an XML declaration': '<?xml version="1.0"?><a/>',
    'an XML declaration with everything in it': "<?xml version='1.0' encoding='utf-8' standalone='no' ?><a/>",
  });

  for (const encoding of ['UTF-8', 'utf-8', 'UTF-16', 'us-ascii']) {
    it(`accepts a message that says it is in ${encoding}`, () => {
      expect(parse(Buffer.from(`<?xml version="1.0" encoding="${encoding}"?><a/>`)).root.local).to.equal('a');
    });
  }

  for (const encoding of ['ISO-8859-1', 'windows-1252', 'UTF-7', 'EBCDIC-CP-US', 'utf-32']) {
    it(`refuses bytes that say they are in ${encoding}`, () => {
      thrown(
        () => parse(Buffer.from(`<?xml version="1.0" encoding="${encoding}"?><a>\u00e9</a>`)),
        'unsupported-encoding',
      );
    });
  }

  it('does not mind what a text that is decoded already says of its encoding', () => {
    expect(parse('<?xml version="1.0" encoding="ISO-8859-1"?><a/>').root.local).to.equal('a');
  });
});

describe('parse: well-formedness (XML 1.0)', () => {
  refuses('malformed-xml', {
    nothing: '',
    'white space alone': ' \n',
    'a comment alone': '<!-- a -->',
    'an XML declaration alone': '<?xml version="1.0"?>',
    'text alone': 'a',
    JSON: '{"a":1}',
    'text before the root': 'x<a/>',
    'text after the root': '<a/>x',
    'a NUL after the root': '<a/>\0',
    'a CDATA section before the root': '<![CDATA[]]><a/>',
    'a CDATA section after the root': '<a/><![CDATA[ ]]>',
    'an entity reference after the root': '<a/>&amp;',
    'a character reference to a space after the root': '<a/>&#32;',
    'two roots': '<a/><b/>',
    'two roots with content': '<a></a><b></b>',
    'a root that is not closed': '<a>',
    'an element that is not closed': '<a><b></a>',
    'elements that overlap': '<a><b><c></b></c></a>',
    'a closing tag too many': '<a></a></a>',
    'a closing tag alone': '</a>',
    'a closing tag without a name': '<a></></a>',
    'a closing tag with an attribute': '<a></a b="c">',
    'names that differ in case': '<a></A>',
    'the same name with another prefix': '<p:a xmlns:p="urn:p" xmlns:q="urn:p"></q:a>',
    'a tag that is not finished': '<a',
    'an attribute that is not finished': '<a b="c',
    'a comment that is not finished': '<a/><!-- ',
    'a CDATA section that is not finished': '<a><![CDATA[x]]',
    'an entity reference that is not finished': '<a>&amp</a>',
    'a space before the name of a tag': '< a/>',
    'a digit at the start of a name': '<1a/>',
    'a hyphen at the start of a name': '<-a/>',
    'a combining character at the start of a name': '<\u0301a/>',
    'a multiplication sign in a name': '<a\u00d7/>',
    'a solidus within a tag': '<a / >',
    'an attribute without a value': '<a b/>',
    'an attribute without quotation marks': '<a b=c/>',
    'attributes without a space between them': '<a b="c"d="e"/>',
    'an attribute in marks that do not match': '<a b="c\'/>',
    'a < in an attribute': '<a b="<"/>',
    'a bare & in text': '<a>a & b</a>',
    'a bare & in an attribute': '<a b="a & b"/>',
    ']]> in text': '<a>]]></a>',
    ']]> in text, in parts': '<a>]]]]]></a>',
    '-- in a comment': '<a><!-- a -- b --></a>',
    'a comment that ends with a hyphen': '<a><!-- a ---></a>',
    'something else that begins with <!': '<a><!x></a>',
    'CDATA in small letters': '<a><![cdata[x]]></a>',
    'an attribute twice': '<a b="1" b="2"/>',
    'an attribute twice, with the same value': '<a b="1" c="" b="1"/>',
    'the default namespace twice': '<a xmlns="urn:a" xmlns="urn:a"/>',
    'a prefix twice': '<a xmlns:p="urn:a" xmlns:p="urn:b"/>',
  });

  refuses('malformed-xml', {
    'an entity that is not declared': '<a>&nbsp;</a>',
    'an entity that is not declared, in an attribute': '<a b="&x;"/>',
    'an entity named like a property of objects': '<a>&constructor;</a>',
    'an entity named __proto__': '<a>&__proto__;</a>',
    'an entity in capital letters': '<a>&AMP;</a>',
    'an entity without a name': '<a>&;</a>',
    'a character reference without a number': '<a>&#;</a>',
    'a character reference that is not a number': '<a>&#xZZ;</a>',
    'a character reference with a capital X': '<a>&#X41;</a>',
    'a reference to U+0000': '<a>&#0;</a>',
    'a reference to U+0001': '<a>&#x1;</a>',
    'a reference to a surrogate': '<a>&#xD800;</a>',
    'a reference to U+FFFE': '<a>&#xFFFE;</a>',
    'a reference beyond Unicode': '<a>&#x110000;</a>',
    'a reference beyond all numbers': `<a>&#${'9'.repeat(400)};</a>`,
  });

  for (const code of [0x00, 0x01, 0x08, 0x0b, 0x0c, 0x0e, 0x1b, 0x1f, 0xfffe, 0xffff]) {
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    const character = String.fromCharCode(code);
    refuses('malformed-xml', {
      [`${name} in text`]: `<a>${character}</a>`,
      [`${name} in an attribute`]: `<a b="${character}"/>`,
      [`${name} in a comment`]: `<a><!--${character}--></a>`,
      [`${name} in a CDATA section`]: `<a><![CDATA[${character}]]></a>`,
      [`${name} in a name`]: `<a${character}/>`,
    });
  }

  for (const [what, text] of Object.entries({ high: '\ud800', low: '\udc00', reversed: '\udc00\ud800' })) {
    it(`refuses a text with half of a surrogate pair (${what})`, () => {
      thrown(() => parse(`<a>${text}</a>`), 'malformed-xml');
      thrown(() => parse(`<a b="${text}"/>`), 'malformed-xml');
    });
  }

  accepts({
    'white space around the root': '\n <a/>\r\n\t',
    'comments around the root': '<!--a--><a/><!--b-->',
    'white space in tags': '<a \n b = "c"\t></a \r\n>',
    'attributes in either quotation mark': `<a b="it's" c='"'/>`,
    'a > in text and attributes': '<a b=">">></a>',
    'names beyond ASCII': '<größe 日本="x"/>',
    'names beyond the basic plane': '<𐐀/>',
    'characters beyond the basic plane': '<a>😀</a>',
    'what looks dangerous to JavaScript': '<__proto__ constructor="" __proto__="" toString=""/>',
  });
});

describe('parse: Namespaces in XML 1.0', () => {
  refuses('malformed-xml', {
    'a prefix of an element that is not declared': '<p:a/>',
    'a prefix of an attribute that is not declared': '<a p:b=""/>',
    'a prefix that is declared beside, not around': '<a><b xmlns:p="urn:p"/><p:c/></a>',
    'a prefix that is declared within': '<p:a><b xmlns:p="urn:p"/></p:a>',
    'a prefix that is bound to no namespace': '<a xmlns:p=""/>',
    'the prefix xmlns on an element': '<xmlns:a/>',
    'a declaration of the prefix xmlns': `<a xmlns:xmlns="${XMLNS_NAMESPACE}"/>`,
    'another namespace for the prefix xml': '<a xmlns:xml="urn:x"/>',
    'no namespace for the prefix xml': '<a xmlns:xml=""/>',
    'another prefix for the namespace of xml': `<a xmlns:p="${XML_NAMESPACE}"/>`,
    'the namespace of xml as the default': `<a xmlns="${XML_NAMESPACE}"/>`,
    'a prefix for the namespace of xmlns': `<a xmlns:p="${XMLNS_NAMESPACE}"/>`,
    'the namespace of xmlns as the default': `<a xmlns="${XMLNS_NAMESPACE}"/>`,
    'an element name with two colons': '<p:a:b xmlns:p="urn:p"/>',
    'an attribute name with two colons': '<a xmlns:p="urn:p" p:b:c=""/>',
    'an element name that begins with a colon': '<:a/>',
    'an element name that ends with a colon': '<p: xmlns:p="urn:p"/>',
    'an attribute name that begins with a colon': '<a :b=""/>',
    'an attribute name that ends with a colon': '<a xmlns:p="urn:p" p:=""/>',
    'a declaration without a prefix after the colon': '<a xmlns:="urn:p"/>',
    'a declaration with two colons': '<a xmlns:p:q="urn:p"/>',
    'a digit at the start of a local part': '<p:1 xmlns:p="urn:p"/>',
    'a hyphen at the start of a local part': '<a xmlns:p="urn:p" p:-b=""/>',
    'a combining character at the start of a local part': '<p:\u0301 xmlns:p="urn:p"/>',
    'a digit at the start of a prefix': '<a xmlns:1="urn:p"/>',
    'an attribute twice by its expanded name': '<a xmlns:p="urn:n" xmlns:q="urn:n" p:b="1" q:b="2"/>',
    'an attribute twice by its expanded name, declared around':
      '<a xmlns:p="urn:n"><b xmlns:q="urn:n" q:b="" c="" p:b=""/></a>',
  });

  accepts({
    'the prefix xml without a declaration': '<a xml:lang="en"/>',
    'the prefix xml declared as what it is': `<a xmlns:xml="${XML_NAMESPACE}" xml:lang="en"/>`,
    'a prefix that is declared after its use in the same tag': '<p:a p:b="" xmlns:p="urn:p"/>',
    'attributes of the same local name in different namespaces':
      '<a xmlns:p="urn:p" xmlns:q="urn:q" b="" p:b="" q:b=""/>',
    'an unprefixed attribute beside a prefixed one of the default namespace':
      '<a xmlns="urn:n" xmlns:p="urn:n" b="" p:b=""/>',
    'two prefixes for one namespace': '<p:a xmlns:p="urn:n" xmlns:q="urn:n"><q:a/></p:a>',
    'an undeclared default namespace': '<a xmlns="urn:n"><b xmlns=""/></a>',
    'a default namespace that is undeclared where there is none': '<a xmlns=""/>',
    'a prefix that begins with xml': '<xmlfoo:a xmlns:xmlfoo="urn:x" xmlnsfoo=""/>',
  });
});

describe('parse: Ids', () => {
  const declared = `xmlns:wsu="${WSU}" xmlns:ds="${DS}" xmlns:xenc="${XENC}" xmlns:s1="${SAML_1}" xmlns:s2="${SAML_2}"`;
  const within = (content: string): string => `<r ${declared}>${content}</r>`;
  const forms: Rows = {
    'wsu:Id': '<a wsu:Id="x"/>',
    'xml:id': '<a xml:id="x"/>',
    'Id of an element of XML Signature': '<ds:Signature Id="x"/>',
    'Id of an element of XML Encryption': '<xenc:EncryptedData Id="x"/>',
    'ID of a SAML 2.0 assertion': '<s2:Assertion ID="x"/>',
    'AssertionID of a SAML 1.1 assertion': '<s1:Assertion AssertionID="x"/>',
  };

  for (const [name, one] of Object.entries(forms)) {
    for (const [other, two] of Object.entries(forms)) {
      it(`refuses a value twice: ${name} and ${other}`, () => {
        thrown(() => parse(within(`${one}<b>${two}</b>`)), 'duplicate-id');
      });
    }
  }

  refuses('duplicate-id', {
    'two Ids in one element, of the same value': within('<a wsu:Id="x" xml:id="x"/>'),
    'two Ids in one element, of different values': within('<a wsu:Id="x" xml:id="y"/>'),
    'two Ids of one value in one element of XML Signature': within('<ds:Signature Id="x" wsu:Id="x"/>'),
    'a value twice when one of them is written with character references': within(
      '<a wsu:Id="x"/><b wsu:Id="&#x78;"/>',
    ),
    'a value twice when one of them has another prefix': within(`<a wsu:Id="x"/><b xmlns:u="${WSU}" u:Id="x"/>`),
    'the Id of an ancestor': within('<a wsu:Id="x"><b><c wsu:Id="x"/></b></a>'),
    'an empty Id twice': within('<a wsu:Id=""/><b wsu:Id=""/>'),
  });

  accepts({
    'Ids that differ in case': within('<a wsu:Id="x"/><b wsu:Id="X"/>'),
    'a word of the application that is called Id': within('<a wsu:Id="x"/><b Id="x"/><c ID="x"/><d id="x"/>'),
    'an Id of another namespace': within('<a wsu:Id="x"/><b ds:Id="x"/>'),
  });

  it('finds every element by its Id', () => {
    const rows = Object.values(forms).map((form, at) => form.replace('"x"', `"i${at}"`));
    const { root, ids } = parse(within(rows.join('')));
    expect([...ids.keys()]).to.deep.equal(rows.map((_, at) => `i${at}`));
    expect([...ids.values()]).to.have.ordered.members(root.children);
  });

  it('does not find what is not an Id', () => {
    expect(parse(within('<a Id="1" ID="2" id="3" AssertionID="4"/>')).ids.size).to.equal(0);
  });
});

describe('parse: what an error says', () => {
  it('quotes no more than a line of a hostile message', () => {
    const { message } = thrown(() => parse(`<a>${`<${'p'.repeat(400)}:b/>`}</a>`), 'malformed-xml');
    expect(message).to.have.length.below(200);
  });

  it('quotes nothing that begins a line of its own', () => {
    const id = '&#xA;level=info all is well&#x85;&#x2028;';
    const { message } = thrown(() => parse(`<a xmlns:u="${WSU}" u:Id="${id}"><b u:Id="${id}"/></a>`), 'duplicate-id');
    expect(message)
      .to.include('all is well')
      .and.not.match(/[\0-\x1f\x7f-\x9f\u2028\u2029]/);
  });

  it('names the prefix that is not declared', () => {
    expect(thrown(() => parse('<wsse:Security/>'), 'malformed-xml').message).to.include('"wsse"');
  });
});
